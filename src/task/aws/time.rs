//! Points in time as services write them, and as definitions and results do: ISO 8601.

use crate::builtin::Timestamp;
use crate::builtin::timestamp;
use crate::task::aws::shape::Time;
use std::fmt::Write;

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/// 1970 began on a Thursday.
const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
/// The years 0000 to 9999, which all forms can write.
const SECONDS: std::ops::RangeInclusive<i64> = -62_167_219_200..=253_402_300_799;

/// Reads any of the forms; services mix them.
pub fn read(text: &str) -> Option<Timestamp> {
    let time = timestamp::parse(text.as_bytes()).or_else(|| seconds(text)).or_else(|| http(text))?;
    SECONDS.contains(&time.seconds).then_some(time)
}

/// `1440938160.25`; an exponent is allowed.
fn seconds(text: &str) -> Option<Timestamp> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if let (Ok(seconds), true) =
        (whole.parse(), fraction.len() <= 9 && fraction.bytes().all(|byte| byte.is_ascii_digit()))
    {
        let nanoseconds = format!("{fraction:0<9}").parse().ok()?;
        if nanoseconds == 0 || !whole.starts_with('-') {
            return Some(Timestamp { seconds, nanoseconds });
        }
    }
    let number = text.parse::<f64>().ok().filter(|number| number.abs() < 1e15)?;
    Some(Timestamp::from_milliseconds((number * 1000.0).round() as i64))
}

/// `Sun, 30 Aug 2015 12:36:00 GMT`
fn http(text: &str) -> Option<Timestamp> {
    let words: Vec<_> = text.split_ascii_whitespace().collect();
    let [_, day, month, year, time, "GMT" | "UTC" | "+0000"] = words[..] else { return None };
    let month = MONTHS.iter().position(|name| *name == month)? + 1;
    timestamp::parse(format!("{year}-{month:02}-{day:0>2}T{time}Z").as_bytes())
}

/// Writes a point in time as the wire wants it.
pub fn write(time: Timestamp, form: Time) -> String {
    match form {
        Time::Seconds => with_fraction(time.seconds.to_string(), time.nanoseconds),
        Time::Iso => iso(time),
        Time::Http => {
            let (day, month) = (DAYS[time.seconds.div_euclid(86_400).rem_euclid(7) as usize], &iso(time)[5..7]);
            let month = MONTHS[month.parse::<usize>().expect("it is written in digits") - 1];
            let iso = iso(time);
            format!("{day}, {} {month} {} {} GMT", &iso[8..10], &iso[..4], &iso[11..19])
        }
    }
}

/// `2015-08-30T12:36:00Z`, with the fraction where there is one, as Java's `Instant` prints it.
pub fn iso(time: Timestamp) -> String {
    let mut text = Vec::new();
    timestamp::write_short(time.seconds * 1000, &mut text);
    let text = String::from_utf8(text).expect("digits are text");
    with_fraction(text.trim_end_matches('Z').to_owned(), time.nanoseconds) + "Z"
}

/// In groups of three digits, as few as tell it.
fn with_fraction(mut text: String, nanoseconds: u32) -> String {
    let groups = match nanoseconds {
        0 => return text,
        whole if whole % 1_000_000 == 0 => format!("{:03}", whole / 1_000_000),
        whole if whole % 1000 == 0 => format!("{:06}", whole / 1000),
        whole => format!("{whole:09}"),
    };
    write!(text, ".{groups}").expect("a string takes every write");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read_and_written() {
        let time = read("2015-08-30T12:36:00Z").expect("a time");
        assert_eq!(time, Timestamp { seconds: 1_440_938_160, nanoseconds: 0 });
        assert_eq!(write(time, Time::Seconds), "1440938160");
        assert_eq!(write(time, Time::Iso), "2015-08-30T12:36:00Z");
        assert_eq!(write(time, Time::Http), "Sun, 30 Aug 2015 12:36:00 GMT");
        for form in [Time::Seconds, Time::Iso, Time::Http] {
            for seconds in (-62_167_219_200..=253_402_300_799_i64).step_by(86_400 * 1_013 + 12_345) {
                let time = Timestamp { seconds, nanoseconds: 0 };
                assert_eq!(read(&write(time, form)), Some(time), "{seconds} {form:?}");
            }
        }
    }

    #[test]
    fn fractions_come_in_groups_of_three_digits() {
        for (text, expected) in [
            ("1440938160.5", "2015-08-30T12:36:00.500Z"),
            ("1440938160.123456", "2015-08-30T12:36:00.123456Z"),
            ("1440938160.123456789", "2015-08-30T12:36:00.123456789Z"),
            ("1.44093816E9", "2015-08-30T12:36:00Z"),
            ("-0.5", "1969-12-31T23:59:59.500Z"),
            ("2015-08-30T14:36:00.25+02:00", "2015-08-30T12:36:00.250Z"),
        ] {
            assert_eq!(read(text).map(iso).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn nonsense_is_no_time() {
        for text in [
            "",
            ".",
            "yesterday",
            "NaN",
            "inf",
            "1e300",
            "-1e300",
            "Sun, 30 Foo 2015 12:36:00 GMT",
            "9999999999999",
            "é, é é é é GMT",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
