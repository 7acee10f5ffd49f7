//! Points in time as the States Language writes them: ISO 8601 with a zone.

use std::io::Write;

/// A point in time. Ordered; two spellings of the same moment are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp {
    /// Whole seconds since 1970-01-01T00:00:00Z, rounded down.
    pub seconds: i64,
    /// The rest, 0 to 999,999,999.
    pub nanoseconds: u32,
}

/// Reads `2016-03-14T01:59:00.5Z` or `…+01:00`; anything else is none.
///
/// The profile of RFC 3339 that the States Language asks for ("Timestamp values"): an upper-case `T` and a zone are
/// a must, `Z` is upper case. Recorded: one to nine digits of fraction are fine, hour 25 or a missing zone is not.
pub fn parse(text: &[u8]) -> Option<Timestamp> {
    let (day, text) = date(text)?;
    let (second, text) = time(text.strip_prefix(b"T")?)?;
    let (nanoseconds, text) = fraction(text)?;
    let seconds = day * 86_400 + second - zone(text)?;
    Some(Timestamp { seconds, nanoseconds })
}

impl Timestamp {
    /// From milliseconds since 1970.
    pub fn from_milliseconds(ms: i64) -> Timestamp {
        Timestamp { seconds: ms.div_euclid(1000), nanoseconds: ms.rem_euclid(1000) as u32 * 1_000_000 }
    }

    /// Milliseconds since 1970, rounded down.
    pub fn milliseconds(self) -> i64 {
        self.seconds * 1000 + i64::from(self.nanoseconds / 1_000_000)
    }
}

/// Writes milliseconds since 1970 as `2026-11-22T15:40:45.120Z`, as records and histories do.
pub fn write(ms: i64, out: &mut Vec<u8>) {
    write_seconds(ms.div_euclid(1000), out);
    write!(out, ".{:03}Z", ms.rem_euclid(1000)).expect("memory takes every write");
}

/// Writes the same without trailing zeros in the fraction, as the context object does: `…:45.12Z`, `…:45Z`
/// (Step Functions developer guide, "Context object").
pub fn write_short(ms: i64, out: &mut Vec<u8>) {
    write_seconds(ms.div_euclid(1000), out);
    let fraction = format!(".{:03}", ms.rem_euclid(1000));
    out.extend_from_slice(fraction.trim_end_matches('0').trim_end_matches('.').as_bytes());
    out.push(b'Z');
}

fn write_seconds(seconds: i64, out: &mut Vec<u8>) {
    let (year, month, day) = civil(seconds.div_euclid(86_400));
    let second = seconds.rem_euclid(86_400);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    write!(out, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}").expect("memory takes every write");
}

/// `2016-03-14` as days since 1970.
fn date(text: &[u8]) -> Option<(i64, &[u8])> {
    let (year, text) = digits(text, 4)?;
    let (month, text) = digits(text.strip_prefix(b"-")?, 2)?;
    let (day, text) = digits(text.strip_prefix(b"-")?, 2)?;
    let known = (1..=12).contains(&month) && (1..=days_of_month(year, month)).contains(&day);
    known.then(|| (days_since_1970(year, month, day), text))
}

/// `01:59:00` as seconds of the day; no leap second.
fn time(text: &[u8]) -> Option<(i64, &[u8])> {
    let (hour, text) = digits(text, 2)?;
    let (minute, text) = digits(text.strip_prefix(b":")?, 2)?;
    let (second, text) = digits(text.strip_prefix(b":")?, 2)?;
    (hour < 24 && minute < 60 && second < 60).then_some((hour * 3600 + minute * 60 + second, text))
}

/// `.25`, or nothing, as nanoseconds.
fn fraction(text: &[u8]) -> Option<(u32, &[u8])> {
    let Some(text) = text.strip_prefix(b".") else { return Some((0, text)) };
    let length = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if !(1..=9).contains(&length) {
        return None;
    }
    let (number, text) = digits(text, length)?;
    Some((number as u32 * 10u32.pow(9 - length as u32), text))
}

/// `Z` or `+01:00`, to the end of the text, as seconds east.
fn zone(text: &[u8]) -> Option<i64> {
    let sign = match text.first()? {
        b'Z' if text.len() == 1 => return Some(0),
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, text) = digits(&text[1..], 2)?;
    let (minutes, text) = digits(text.strip_prefix(b":")?, 2)?;
    // Eighteen hours is Java's limit, and farther than any zone.
    let known = minutes < 60 && hours * 60 + minutes <= 18 * 60 && text.is_empty();
    known.then_some(sign * (hours * 3600 + minutes * 60))
}

fn digits(text: &[u8], count: usize) -> Option<(i64, &[u8])> {
    let (number, rest) = text.split_at_checked(count)?;
    let all = number.iter().all(u8::is_ascii_digit);
    all.then(|| (number.iter().fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0')), rest))
}

fn days_of_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The proleptic Gregorian calendar, with years that begin in March so that the leap day comes last.
pub(super) fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year - 719_468
}

/// The reverse of [`days_since_1970`]: year, month, day.
pub(super) fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::{Timestamp, parse, write, write_short};

    fn milliseconds(text: &str) -> Option<i64> {
        parse(text.as_bytes()).map(Timestamp::milliseconds)
    }

    fn written(ms: i64, form: fn(i64, &mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        form(ms, &mut out);
        String::from_utf8(out).expect("digits")
    }

    #[test]
    fn a_timestamp_is_a_date_a_time_and_a_zone() {
        assert_eq!(milliseconds("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(milliseconds("2016-03-14T01:59:00Z"), Some(1_457_920_740_000));
        assert_eq!(milliseconds("2012-10-09T19:00:55+01:00"), milliseconds("2012-10-09T18:00:55Z"));
        assert_eq!(milliseconds("2026-11-22T14:14:41.000000Z"), milliseconds("2026-11-22T14:14:41Z"));
        assert_eq!(parse(b"2016-03-05T21:29:29.243167252Z").map(|time| time.nanoseconds), Some(243_167_252));
        assert_eq!(milliseconds("1969-12-31T23:59:59.999Z"), Some(-1));
    }

    #[test]
    fn what_aws_refuses_is_refused() {
        for text in [
            "2016-12-05T21:29:29",
            "2016-12-05T25:29:29Z",
            "2026-11-22T14:14:41.000000",
            "2023-02-24",
            "2023-02-24 12:15:56.832957",
            "2016-12-05t21:29:29Z",
            "2016-12-05T21:29:29z",
            "2016-12-05T21:29Z",
            "2016-12-05T21:29:60Z",
            "2015-02-29T00:00:00Z",
            "2016-13-01T00:00:00Z",
            "2016-12-05T21:29:29.Z",
            "2016-12-05T21:29:29.1234567890Z",
            "2016-12-05T21:29:29+1:00",
            "2016-12-05T21:29:29+19:00",
            "2016-12-05T21:29:29Z ",
            "",
        ] {
            assert_eq!(milliseconds(text), None, "{text}");
        }
    }

    #[test]
    fn every_day_of_eight_centuries_is_read_as_it_was_written() {
        let mut ms = parse(b"1600-01-01T00:00:00Z").expect("a timestamp").milliseconds();
        for _ in 0..292_194 {
            assert_eq!(milliseconds(&written(ms, write)), Some(ms));
            ms += 86_400_000;
        }
        assert_eq!(written(ms, write), "2400-01-01T00:00:00.000Z");
    }

    #[test]
    fn the_context_object_leaves_trailing_zeros_out() {
        assert_eq!(written(1_795_362_045_123, write), "2026-11-22T15:40:45.123Z");
        assert_eq!(written(1_795_362_045_120, write_short), "2026-11-22T15:40:45.12Z");
        assert_eq!(written(1_795_362_045_000, write_short), "2026-11-22T15:40:45Z");
    }
}
