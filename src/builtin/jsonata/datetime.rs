//! Moments as texts: ISO 8601, or by picture. There is no clock here; who asks says what time it is.

use super::Fault;
use super::calendar::{MILLISECONDS_MAX, Moment};
use super::date_picture::{DatePicture, Marker, Part, Style};
use super::integer::{Case, Form, IntegerPicture, leading_integer, unsupported};
use super::iso_8601::parse_iso_8601;
use super::number::number_text;
use crate::builtin::timestamp;

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

pub(super) const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// What is written without a picture.
const ISO_8601: &str = "[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001][Z01:01t]";

/// Writes milliseconds since 1970, in ISO 8601 unless there is a picture, in UTC unless there is a zone: `+hhmm`.
///
/// # Errors
/// Those of [`DatePicture::new`] and [`DatePicture::format`].
pub fn from_millis(millis: f64, picture: Option<&str>, zone: Option<&str>) -> Result<String, Box<Fault>> {
    // From the year 0 to the year 9999.
    let is_usual =
        picture.is_none() && zone.is_none() && (-62_167_219_200_000.0..253_402_300_800_000.0).contains(&millis);
    if is_usual {
        let mut text = Vec::with_capacity(24);
        timestamp::write(millis as i64, &mut text);
        return Ok(String::from_utf8(text).expect("a timestamp is written in ASCII"));
    }
    DatePicture::new(picture.unwrap_or(ISO_8601))?.format(millis, zone)
}

/// Reads a moment as milliseconds since 1970, from ISO 8601 unless there is a picture. None for a text that does not
/// fit its picture. Parts of the date that a picture has not, and that are greater than all it has, are those of now.
///
/// # Errors
/// D3110 for what is no ISO 8601; those of [`DatePicture::new`] and [`DatePicture::parse`].
pub fn to_millis(text: &str, picture: Option<&str>, now_ms: i64) -> Result<Option<i64>, Box<Fault>> {
    match picture {
        Some(picture) => DatePicture::new(picture)?.parse(text, now_ms),
        None => match parse_iso_8601(text.as_bytes()) {
            None => Err(Fault::new("D3110").with_text("value", text)),
            moment => Ok(moment),
        },
    }
}

/// A zone as the reference reads it: the hundreds of `+hhmm` are hours.
#[derive(Clone, Copy)]
struct Zone {
    hours: i64,
    minutes: i64,
}

impl Zone {
    /// # Errors
    /// D1001 for what is no number.
    fn new(text: &str) -> Result<Zone, Box<Fault>> {
        let offset = leading_integer(text).filter(|offset| offset.abs() < 1e9);
        let offset = offset.ok_or_else(|| Fault::new("D1001").with_text("value", text))? as i64;
        // Hours are rounded down and minutes are not: -0330 is four hours and a half, in later versions too.
        Ok(Zone { hours: offset.div_euclid(100), minutes: offset % 100 })
    }

    fn milliseconds(self) -> i64 {
        (self.hours * 60 + self.minutes) * 60_000
    }
}

impl DatePicture {
    /// Writes milliseconds since 1970.
    ///
    /// # Errors
    /// D1001 for a moment or a zone that is none, D3130 for an unknown sequence, D3133 for a name where there are none,
    /// D3134 for a zone with more than four digits.
    pub fn format(&self, millis: f64, zone: Option<&str>) -> Result<String, Box<Fault>> {
        let zone = zone.map_or(Ok(Zone { hours: 0, minutes: 0 }), Zone::new)?;
        let local = (millis + zone.milliseconds() as f64).trunc();
        if local.is_nan() || local.abs() > MILLISECONDS_MAX {
            return Err(Fault::new("D1001").with("value", number_text(millis)));
        }
        let moment = Moment::new(local as i64);
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Literal(literal) => text.push_str(literal),
                Part::Marker(marker) => text.push_str(&format_marker(marker, &moment, zone)?),
            }
        }
        Ok(text)
    }
}

fn format_marker(marker: &Marker, moment: &Moment, zone: Zone) -> Result<String, Box<Fault>> {
    let number = match marker.component {
        'P' => return Ok(format_half(marker, moment)),
        'C' | 'E' => return Ok("ISO".to_owned()),
        'Z' | 'z' => return format_zone(marker, zone),
        component => component_of(component, moment),
    };
    match &marker.style {
        Style::Name(case) => format_name(marker, *case, number),
        Style::Number(picture) => {
            let modulus = marker.year_digits.map_or(f64::INFINITY, |digits| 10f64.powi(digits as i32));
            picture.format(number as f64 % modulus)
        }
    }
}

/// A part of a moment that is a number; 0 and 1 for the halves of the day.
pub(super) fn component_of(component: char, moment: &Moment) -> i64 {
    match component {
        'Y' => moment.year,
        'M' => moment.month,
        'D' => moment.day,
        'd' => moment.day_of_year(),
        'F' => moment.weekday(),
        'W' => moment.week_of_year().1,
        'X' => moment.week_of_year().0,
        'w' => moment.week_of_month().1,
        'x' => moment.week_of_month().0,
        'H' => moment.hour(),
        'h' => (moment.hour() + 11) % 12 + 1,
        'm' => moment.minute(),
        's' => moment.second(),
        'f' => moment.millisecond(),
        _ => moment.hour() / 12,
    }
}

/// The names of a part's values, from 1 on.
///
/// # Errors
/// D3133 for a part without names.
pub(super) fn names_of(component: char) -> Result<&'static [&'static str], Box<Fault>> {
    match component {
        'M' | 'x' => Ok(&MONTHS),
        'F' => Ok(&DAYS),
        other => Err(Fault::new("D3133").with_text("value", &other.to_string())),
    }
}

fn format_name(marker: &Marker, case: Case, number: i64) -> Result<String, Box<Fault>> {
    let name = names_of(marker.component)?[number as usize - 1];
    let width = marker.width_max.unwrap_or(name.len()).min(name.len());
    Ok(case.apply(name[..width].to_owned()))
}

fn format_half(marker: &Marker, moment: &Moment) -> String {
    let half = if moment.hour() < 12 { "am" } else { "pm" };
    match marker.style {
        Style::Name(Case::Upper) => half.to_uppercase(),
        _ => half.to_owned(),
    }
}

fn format_zone(marker: &Marker, zone: Zone) -> Result<String, Box<Fault>> {
    let offset = zone.hours * 100 + zone.minutes;
    let Style::Number(picture) = &marker.style else { return Err(Fault::new("D3134")) };
    let text = match &picture.form {
        Form::Digits(digits) if digits.is_regular() => picture.format(offset as f64)?,
        Form::Digits(digits) => match digits.mandatory {
            1 | 2 => format_hours(picture, zone)?,
            3 | 4 => picture.format(offset as f64)?,
            other => return Err(Fault::new("D3134").with("value", other.to_string())),
        },
        Form::Other(form) if form.is_empty() => return Err(unsupported(form)),
        _ => return Err(Fault::new("D3134")),
    };
    if offset == 0 && marker.traditional {
        return Ok("Z".to_owned());
    }
    let name = if marker.component == 'z' { "GMT" } else { "" };
    let sign = if offset >= 0 { "+" } else { "" };
    Ok(format!("{name}{sign}{text}"))
}

/// Hours, and minutes where there are some.
fn format_hours(picture: &IntegerPicture, zone: Zone) -> Result<String, Box<Fault>> {
    let hours = picture.format(zone.hours as f64)?;
    Ok(match zone.minutes {
        0 => hours,
        minutes if minutes < 0 => format!("{hours}:-{:02}", -minutes),
        minutes => format!("{hours}:{minutes:02}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRIDAY: f64 = 1_521_801_216_617.0;

    fn formatted(millis: f64, picture: &str, zone: Option<&str>) -> Result<String, &'static str> {
        from_millis(millis, Some(picture), zone).map_err(|fault| fault.code)
    }

    #[test]
    fn moments_are_written_by_picture() {
        for (picture, expected) in [
            ("[[Year]]: [[[Y0001]]]", "[Year]: [2018]"),
            ("[M01]/[D01]/[Y0001] at [H01]:[m01]:[s01]", "03/23/2018 at 10:33:36"),
            ("[Y]-[ M01]-[D 01]T[H01 ]:[ m   ]:[s].[f0  01][Z01:\n 01t]", "2018-03-23T10:33:36.617Z"),
            ("[Y9,999,*]", "2,018"),
            ("[D#1,2]/[M1,2]/[Y##01,2-2]", "23/03/18"),
            ("[Dwo] [MNn] [Yw]", "twenty-third March two thousand and eighteen"),
            ("[FNn,3-3] [D1o] [MN] [C] [E]", "Fri 23rd MARCH ISO ISO"),
            ("[F0] [F] [h] [P] [PN]", "5 friday 10 am AM"),
            ("[d] [W] [w] [x] [xNn] [X]", "82 12 4 3 March 2018"),
        ] {
            assert_eq!(formatted(FRIDAY, picture, None).as_deref(), Ok(expected), "{picture}");
        }
    }

    #[test]
    fn zones_move_the_clock() {
        for (picture, zone, expected) in [
            ("[H01]:[m01][Z01:01t]", "+0100", "11:33+01:00"),
            ("[H01]:[m01][Z0]", "+0530", "16:03+5:30"),
            ("[H01]:[m01] [z]", "-0500", "05:33 GMT-05:00"),
            ("[H01]:[m01] [Z0000]", "-0530", "04:03 -0630"),
            ("[Z01:01t]", "0000", "Z"),
        ] {
            assert_eq!(formatted(FRIDAY, picture, Some(zone)).as_deref(), Ok(expected), "{picture} {zone}");
        }
    }

    #[test]
    fn without_a_picture_it_is_iso_8601() {
        assert_eq!(from_millis(FRIDAY, None, None).as_deref(), Ok("2018-03-23T10:33:36.617Z"));
        assert_eq!(from_millis(FRIDAY, None, Some("-0500")).as_deref(), Ok("2018-03-23T05:33:36.617-05:00"));
        assert_eq!(from_millis(-62_198_755_200_000.0, None, None).as_deref(), Ok("-0001-01-01T00:00:00.000Z"));
        assert_eq!(from_millis(-1.9, None, None).as_deref(), Ok("1969-12-31T23:59:59.999Z"));
    }

    #[test]
    fn what_cannot_be_written_is_a_fault() {
        assert_eq!(formatted(FRIDAY, "[YN]", None), Err("D3133"));
        assert_eq!(formatted(FRIDAY, "[Z010101]", None), Err("D3134"));
        assert_eq!(formatted(FRIDAY, "[Y#]", None), Err("D3130"));
        assert_eq!(formatted(FRIDAY, "[Y]", Some("UTC")), Err("D1001"));
        assert_eq!(formatted(9e15, "[Y]", None), Err("D1001"));
    }

    #[test]
    fn what_is_no_iso_8601_is_a_fault() {
        assert_eq!(to_millis("2018-02", None, 0), Ok(Some(1_517_443_200_000)));
        assert_eq!(to_millis("foo", None, 0).map_err(|fault| fault.code), Err("D3110"));
    }
}
