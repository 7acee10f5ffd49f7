//! Timestamps written in a definition: RFC 3339 with an upper-case `T` and a zone.

use super::ast;
use super::value::Field;
use crate::diagnostic::Diagnostics;

/// Notes a text that is no timestamp; placeholders and expressions pass.
pub(super) fn check(moment: &str, field: &Field<'_>, diagnostics: &mut Diagnostics) -> Option<()> {
    if is_timestamp(moment) || ast::is_placeholder(field.node) || moment.starts_with("{%") {
        return Some(());
    }
    let found = diagnostics.error(&field.site(), "expected a timestamp here");
    found.help = Some("a timestamp is written 2026-03-14T01:59:00Z".to_owned());
    None
}

fn is_timestamp(moment: &str) -> bool {
    let Some((date, time)) = moment.split_once('T') else { return false };
    let Some(zone) = time.find(['Z', '+', '-']) else { return false };
    let (clock, zone) = time.split_at(zone);
    is_date(date) && is_clock(clock) && is_zone(zone)
}

fn is_date(date: &str) -> bool {
    let Some([year, month, day]) = numbers(date, '-', [4, 2, 2]) else { return false };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day)
}

fn is_clock(clock: &str) -> bool {
    let (whole, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let fraction_is_fine = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    fraction_is_fine
        && numbers(whole, ':', [2, 2, 2]).is_some_and(|[hour, minute, second]| hour < 24 && minute < 60 && second <= 60)
}

fn is_zone(zone: &str) -> bool {
    let offset = zone.strip_prefix(['+', '-']).and_then(|offset| numbers(offset, ':', [2, 2]));
    zone == "Z" || offset.is_some_and(|[hours, minutes]| hours < 24 && minutes < 60)
}

/// Numbers of fixed widths with one mark between.
fn numbers<const N: usize>(text: &str, between: char, widths: [usize; N]) -> Option<[u32; N]> {
    let mut parts = text.split(between);
    let mut found = [0; N];
    for (place, width) in found.iter_mut().zip(widths) {
        let part = parts.next().filter(|part| part.len() == width && part.bytes().all(|byte| byte.is_ascii_digit()))?;
        *place = part.parse().ok()?;
    }
    parts.next().is_none().then_some(found)
}

#[cfg(test)]
mod tests {
    use super::is_timestamp;

    #[test]
    fn a_timestamp_has_an_upper_case_t_and_a_zone() {
        for moment in ["2016-03-14T01:59:00Z", "2016-02-29T01:59:00.123+02:00"] {
            assert!(is_timestamp(moment), "{moment}");
        }
        for moment in ["2016-03-14t01:59:00Z", "2016-03-14T01:59:00", "2015-02-29T00:00:00Z", "2016-03-14", "", "T"] {
            assert!(!is_timestamp(moment), "{moment}");
        }
    }
}
