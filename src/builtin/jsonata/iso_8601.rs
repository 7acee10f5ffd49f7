//! Moments read from ISO 8601, as freely as the reference reads it.

use crate::builtin::timestamp::days_since_1970;

/// Reads a year, or a month or a day of it, then perhaps a time with a fraction, then perhaps a zone; a date alone takes
/// no zone but `Z`. Every month takes a day 31, which may be of the next month; 24:00:00 is the next day.
pub(super) fn parse_iso_8601(text: &[u8]) -> Option<i64> {
    let mut rest = text;
    let year = take_digits(&mut rest, 4)?;
    let month = if take(&mut rest, b'-') { take_digits(&mut rest, 2)? } else { 1 };
    let has_day = text.len() > rest.len() + 4 && take(&mut rest, b'-');
    let day = if has_day { take_digits(&mut rest, 2)? } else { 1 };
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let has_time = take(&mut rest, b'T');
    let time = if has_time { take_time(&mut rest)? } else { 0 };
    let zone = if has_time { take_zone(&mut rest)? } else { 0 };
    if !has_time {
        take(&mut rest, b'Z');
    }
    // Years 0 to 99 are what they say here.
    let days = days_since_1970(year, month, 1) + day - 1;
    rest.is_empty().then_some(days * 86_400_000 + time - zone)
}

/// `10:00:00.5` in milliseconds, further digits are cut off.
fn take_time(rest: &mut &[u8]) -> Option<i64> {
    let hour = take_digits(rest, 2)?;
    let minute = take(rest, b':').then(|| take_digits(rest, 2))??;
    let second = take(rest, b':').then(|| take_digits(rest, 2))??;
    let fraction = if take(rest, b'.') { take_fraction(rest)? } else { 0 };
    let time = (hour * 60 + minute) * 60_000 + second * 1000 + fraction;
    (minute < 60 && second < 60 && time <= 86_400_000).then_some(time)
}

fn take_fraction(rest: &mut &[u8]) -> Option<i64> {
    let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, behind) = rest.split_at(count);
    *rest = behind;
    let digit = |at: usize| digits.get(at).map_or(0, |digit| i64::from(digit - b'0'));
    (count > 0).then(|| digit(0) * 100 + digit(1) * 10 + digit(2))
}

/// `Z`, `+01:00`, `+0100` or nothing, in milliseconds.
fn take_zone(rest: &mut &[u8]) -> Option<i64> {
    let sign = match rest.first() {
        Some(b'+') => 1,
        Some(b'-') => -1,
        _ => {
            take(rest, b'Z');
            return Some(0);
        }
    };
    *rest = &rest[1..];
    let hours = take_digits(rest, 2)?;
    take(rest, b':');
    let minutes = take_digits(rest, 2)?;
    (hours < 24 && minutes < 60).then_some(sign * (hours * 60 + minutes) * 60_000)
}

fn take(rest: &mut &[u8], wanted: u8) -> bool {
    let behind = rest.strip_prefix(&[wanted]);
    *rest = behind.unwrap_or(rest);
    behind.is_some()
}

fn take_digits(rest: &mut &[u8], count: usize) -> Option<i64> {
    let (digits, behind) = rest.split_at_checked(count)?;
    *rest = behind;
    let all = digits.iter().all(u8::is_ascii_digit);
    all.then(|| digits.iter().fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use super::parse_iso_8601;
    use crate::builtin::timestamp;

    #[test]
    fn parts_may_be_missing_and_days_may_be_too_many() {
        for (text, expected) in [
            ("2018", "2018-01-01T00:00:00.000Z"),
            ("2018-02", "2018-02-01T00:00:00.000Z"),
            ("2018-02-31", "2018-03-03T00:00:00.000Z"),
            ("2018-01-01Z", "2018-01-01T00:00:00.000Z"),
            ("2018T10:00:00", "2018-01-01T10:00:00.000Z"),
            ("2018-01-01T10:00:00.1239+0100", "2018-01-01T09:00:00.123Z"),
            ("2018-01-01T24:00:00-23:59", "2018-01-02T23:59:00.000Z"),
            ("0050", "0050-01-01T00:00:00.000Z"),
        ] {
            let mut written = Vec::new();
            timestamp::write(parse_iso_8601(text.as_bytes()).expect("a moment"), &mut written);
            assert_eq!(written, expected.as_bytes(), "{text}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "foo",
            "01-02-2018",
            "2018-13",
            "2018-00",
            "2018-01-32",
            "2018-01-01+01:00",
            "2018-01-01T10:00",
            "2018-01-01T24:00:01Z",
            "2018-01-01T10:00:00+24:00",
            "2018-01-01T10:00:00Z ",
            "2018-01-01-01",
            "2018-",
        ] {
            assert_eq!(parse_iso_8601(text.as_bytes()), None, "{text}");
        }
    }
}
