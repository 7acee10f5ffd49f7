//! Moments read from texts by picture.

use std::collections::HashSet;
use std::ops::Range;

use super::Fault;
use super::calendar::{Moment, utc};
use super::characters::canonical;
use super::date_picture::{DatePicture, Marker, Part, Style};
use super::datetime::{component_of, names_of};
use super::integer::{Form, leading_integer, unsupported};
use super::limit::out_of_time;
use super::words;

/// The most ways that a text is tried against a picture.
const TRIALS_MAX: usize = 100_000;

impl DatePicture {
    /// Reads milliseconds since 1970; see [`super::datetime::to_millis`].
    ///
    /// # Errors
    /// D3130 for an unknown sequence, D3133 for a name where there are none, D3136 for parts with gaps between them and
    /// for weeks, U1001 for a text that has too many ways to fit.
    pub fn parse(&self, text: &str, now_ms: i64) -> Result<Option<i64>, Box<Fault>> {
        self.parts.iter().try_for_each(check)?;
        let Some(ranges) = fit(&self.parts, text)? else { return Ok(None) };
        let mut found = Components::default();
        for (part, range) in self.parts.iter().zip(ranges) {
            if let Part::Marker(marker) = part {
                match read(marker, &text[range])? {
                    Reading::Is(value) => found.set(marker.component, value),
                    // A name in another case than its picture's is passed over.
                    Reading::Unknown => found.is_any = true,
                    Reading::Wrong => return Ok(None),
                }
            }
        }
        if found.is_any { found.moment(&Moment::new(now_ms)) } else { Ok(None) }
    }
}

/// Whether a part can be read at all.
fn check(part: &Part) -> Result<(), Box<Fault>> {
    match part {
        Part::Marker(Marker { component: 'Z' | 'z' | 'f', .. }) | Part::Literal(_) => Ok(()),
        Part::Marker(Marker { component: 'P', style: Style::Name(_), .. }) => Ok(()),
        Part::Marker(Marker { style: Style::Number(picture), component, .. }) => match &picture.form {
            Form::Other(form) => Err(unsupported(form)),
            _ => names_or_number(*component),
        },
        Part::Marker(marker) => names_of(marker.component).map(drop),
    }
}

/// The parts that are no numbers have no reading but a name's.
fn names_or_number(component: char) -> Result<(), Box<Fault>> {
    if matches!(component, 'P' | 'C' | 'E') { names_of(component).map(drop) } else { Ok(()) }
}

/// Where in the text each part stands, if all do; the first ones as long as they can be.
fn fit(parts: &[Part], text: &str) -> Result<Option<Vec<Range<usize>>>, Box<Fault>> {
    let mut choices: Vec<(usize, std::vec::IntoIter<usize>)> = Vec::new();
    let mut tried = HashSet::new();
    let (mut at, mut trials) = (0, 0);
    loop {
        let number = choices.len();
        if number == parts.len() && at == text.len() {
            let starts: Vec<usize> = choices.iter().map(|(start, _)| *start).collect();
            let ends = starts.iter().copied().skip(1).chain([at]);
            return Ok(Some(starts.iter().copied().zip(ends).map(|(start, end)| start..end).collect()));
        }
        // From where a part has been tried before, the rest does not fit.
        if number < parts.len() && tried.insert((number, at)) {
            let ends = ends_of(&parts[number], text, at);
            trials += ends.len() + 1;
            if trials > TRIALS_MAX {
                return Err(out_of_time());
            }
            choices.push((at, ends.into_iter()));
        }
        loop {
            match choices.last_mut().map(|(_, ends)| ends.next()) {
                None => return Ok(None),
                Some(Some(end)) => break at = end,
                Some(None) => drop(choices.pop()),
            }
        }
    }
}

/// Where a part that starts here may end, the farthest first.
fn ends_of(part: &Part, text: &str, at: usize) -> Vec<usize> {
    let rest = &text[at..];
    let lengths = match part {
        Part::Literal(literal) => literal_length(literal, rest).into_iter().collect(),
        Part::Marker(marker) => match (&marker.style, marker.component) {
            (_, 'Z' | 'z') => zone_lengths(marker, rest),
            (_, 'f') => run(rest, |byte| byte.is_ascii_digit()),
            (Style::Name(_), _) => run(rest, |byte| byte.is_ascii_alphabetic()),
            (Style::Number(picture), _) => match &picture.form {
                Form::Digits(_) => digit_lengths(marker, picture.ordinal, rest),
                Form::Words(_) => words::prefixes(rest),
                Form::Roman(_) => run(rest, |byte| b"MDCLXVI".contains(&byte.to_ascii_uppercase())),
                Form::Letters(_) | Form::Other(_) => run(rest, |byte| byte.is_ascii_alphabetic()),
            },
        },
    };
    lengths.into_iter().map(|length| at + length).collect()
}

/// The lengths of the bytes of a kind that a text starts with, the greatest first.
fn run(text: &str, is_of_kind: impl Fn(&u8) -> bool) -> Vec<usize> {
    let length = text.bytes().take_while(|byte| is_of_kind(byte)).count();
    (1..=length).rev().collect()
}

/// How long a literal is in the text, without regard to case.
fn literal_length(literal: &str, text: &str) -> Option<usize> {
    let mut characters = text.chars();
    for wanted in literal.chars() {
        characters.next().filter(|&found| canonical(found) == canonical(wanted))?;
    }
    Some(text.len() - characters.as_str().len())
}

fn digit_lengths(marker: &Marker, ordinal: bool, text: &str) -> Vec<usize> {
    let mut lengths = run(text, u8::is_ascii_digit);
    if let Some(wanted) = marker.digits_to_read {
        lengths.retain(|&length| length == wanted);
    }
    if ordinal {
        let suffix = |length: usize| text.get(length..length + 2).map(str::to_ascii_lowercase);
        lengths.retain(|&length| matches!(suffix(length).as_deref(), Some("th" | "st" | "nd" | "rd")));
        lengths.iter_mut().for_each(|length| *length += 2);
    }
    lengths
}

/// `GMT` where it must be, a sign, digits, and with a regular separator that and more digits.
fn zone_lengths(marker: &Marker, text: &str) -> Vec<usize> {
    let name = if marker.component == 'z' { "GMT" } else { "" };
    let Some(start) = literal_length(name, text) else { return Vec::new() };
    let Some(digits) = text[start..].strip_prefix(['+', '-']) else { return Vec::new() };
    let start = start + 1;
    let hours = run(digits, u8::is_ascii_digit);
    match (separator_of(marker), hours.first()) {
        (_, None) => Vec::new(),
        (None, _) => hours.into_iter().map(|length| start + length).collect(),
        (Some(separator), Some(&length)) => match digits[length..].strip_prefix(separator) {
            Some(minutes) => {
                let before = text.len() - minutes.len();
                run(minutes, u8::is_ascii_digit).into_iter().map(|length| before + length).collect()
            }
            None => Vec::new(),
        },
    }
}

fn separator_of(marker: &Marker) -> Option<char> {
    match &marker.style {
        Style::Number(picture) => match &picture.form {
            Form::Digits(digits) => digits.regular_separator(),
            _ => None,
        },
        Style::Name(_) => None,
    }
}

/// What a piece of text says.
enum Reading {
    Is(f64),
    /// A name that is not in the list.
    Unknown,
    /// No number.
    Wrong,
}

fn read(marker: &Marker, text: &str) -> Result<Reading, Box<Fault>> {
    let number = match (&marker.style, marker.component) {
        (_, 'Z' | 'z') => zone_minutes(marker, text),
        (_, 'f') => format!("{text:0<3}")[..3].parse().ok(),
        (Style::Name(_), 'P') => return Ok(half(text)),
        (Style::Name(_), component) => return Ok(name(names_of(component)?, marker.width_max, text)),
        (Style::Number(picture), _) => picture.parse(text)?,
    };
    Ok(number.map_or(Reading::Wrong, Reading::Is))
}

fn half(text: &str) -> Reading {
    match text {
        "am" | "AM" => Reading::Is(0.0),
        "pm" | "PM" => Reading::Is(1.0),
        _ => Reading::Unknown,
    }
}

/// The number of a name, cut to a width; of equal ones the last.
fn name(names: &[&str], width: Option<usize>, text: &str) -> Reading {
    let cut = |name: &str| width.filter(|&width| width > 0).map_or(name.len(), |width| width.min(name.len()));
    let found = names.iter().rposition(|name| &name[..cut(name)] == text);
    found.map_or(Reading::Unknown, |number| Reading::Is(number as f64 + 1.0))
}

/// Minutes east of Greenwich. As in the reference, minutes count east even behind hours west.
fn zone_minutes(marker: &Marker, text: &str) -> Option<f64> {
    let text = if marker.component == 'z' { &text[3..] } else { text };
    let (hours, minutes) = match separator_of(marker) {
        Some(separator) => text.split_once(separator)?,
        None => text.split_at(text.len().min(3)),
    };
    let minutes = if minutes.is_empty() { 0.0 } else { leading_integer(minutes)? };
    Some(leading_integer(hours)? * 60.0 + minutes)
}

/// The parts of a moment that a text has.
#[derive(Default)]
struct Components {
    is_any: bool,
    values: Vec<(char, f64)>,
}

impl Components {
    fn set(&mut self, component: char, value: f64) {
        self.is_any = true;
        self.values.push((component, value));
    }

    /// The last one counts.
    fn get(&self, component: char) -> Option<f64> {
        self.values.iter().rev().find(|(known, _)| *known == component).map(|(_, value)| *value)
    }

    /// Whether all of these parts that are known, and not zero, are among the wanted ones, and there is one.
    fn is_kind(&self, all: &str, wanted: &str) -> bool {
        let mut known = all.chars().filter(|&component| self.get(component).is_some_and(|value| value != 0.0));
        let first = known.next();
        first.is_some_and(|first| wanted.contains(first)) && known.all(|component| wanted.contains(component))
    }

    /// Milliseconds since 1970. Greater parts that are missing are those of now, lesser ones are the least.
    fn moment(mut self, now: &Moment) -> Result<Option<i64>, Box<Fault>> {
        let is_date = |wanted| self.is_kind("YXMxWwdD", wanted);
        let by_day_of_year = !is_date("YMD") && is_date("Yd");
        if is_date("XxwF") || is_date("XWF") {
            return Err(Fault::new("D3136"));
        }
        let is_time = |wanted| self.is_kind("PHhmsf", wanted);
        let by_halves = !is_time("Hmsf") && is_time("Phmsf");
        let date = if by_day_of_year { "YD" } else { "YMD" };
        let time = if by_halves { "Phmsf" } else { "Hmsf" };
        // Whether it is before or after noon now says nothing of an hour that does not say it.
        let half = self.get('P').unwrap_or(0.0);
        self.fill(&format!("{date}{time}"), now)?;
        let value = |component| self.get(component).unwrap_or(0.0);
        let hour = if by_halves { value('h') % 12.0 + 12.0 * half } else { value('H') };
        let time = ((hour * 60.0 + value('m')) * 60.0 + value('s')) * 1000.0 + value('f');
        let zone = [value('Z'), value('z')].into_iter().find(|&minutes| minutes != 0.0).unwrap_or(0.0);
        let day = if by_day_of_year { value('d') } else { value('D') };
        let month = (value('M') - 1.0).max(0.0);
        Ok(utc(value('Y'), month, day, time - zone * 60_000.0))
    }

    /// # Errors
    /// D3136 where a part is missing between others.
    fn fill(&mut self, wanted: &str, now: &Moment) -> Result<(), Box<Fault>> {
        let (mut has_started, mut has_ended) = (false, false);
        for component in wanted.chars() {
            match self.get(component) {
                Some(_) if has_ended => return Err(Fault::new("D3136")),
                Some(_) => has_started = true,
                None if has_started => {
                    self.values.push((component, if matches!(component, 'M' | 'D') { 1.0 } else { 0.0 }));
                    has_ended = true;
                }
                None => self.values.push((component, component_of(component, now) as f64)),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::builtin::jsonata::datetime::{from_millis, to_millis};

    /// 2018-11-22T15:40:45.120Z
    const NOW: i64 = 1_542_901_245_120;

    fn read(text: &str, picture: Option<&str>) -> Result<Option<String>, &'static str> {
        let moment = to_millis(text, picture, NOW).map_err(|fault| fault.code)?;
        Ok(moment.map(|moment| from_millis(moment as f64, None, None).expect("a moment that was read")))
    }

    #[test]
    fn moments_are_read_by_picture() {
        for (text, picture, expected) in [
            ("201802", "[Y,*-4][M01]", "2018-02-01T00:00:00.000Z"),
            ("20240101123849", "[Y0000][M00][D00][H00][m00][s00]", "2024-01-01T12:38:49.000Z"),
            ("27 iii MMXVIII", "[D1] [Mi] [YI]", "2018-03-27T00:00:00.000Z"),
            ("ae C mmxviii", "[Da] [MA] [Yi]", "2018-03-31T00:00:00.000Z"),
            ("2 Feb 2012", "[D1] [MNn,3-3] [Y0001]", "2012-02-02T00:00:00.000Z"),
            ("Twentieth of August, two thousand and seventeen", "[DW] of [MNn], [Yw]", "2017-08-20T00:00:00.000Z"),
            ("4/4/2018 12:06 am", "[D1]/[M1]/[Y0001] [h]:[m] [P]", "2018-04-04T00:06:00.000Z"),
            ("4/4/2018 11:30 PM", "[D1]/[M1]/[Y0001] [h]:[m] [P]", "2018-04-04T23:30:00.000Z"),
            ("2018--180", "[Y]--[d]", "2018-06-29T00:00:00.000Z"),
            ("12:00 GMT-05:00", "[H]:[m] [z]", "2018-11-22T17:00:00.000Z"),
            ("2020 +0530", "[Y] [Z0001]", "2019-12-31T18:30:00.000Z"),
            ("1 AT 08:01:02.5", "[D] at [H]:[m]:[s].[f1]", "2018-11-01T08:01:02.500Z"),
        ] {
            assert_eq!(read(text, Some(picture)), Ok(Some(expected.to_owned())), "{text}");
        }
    }

    #[test]
    fn parts_of_now_fill_in_for_greater_parts_only() {
        assert_eq!(read("13:45", Some("[H]:[m]")), Ok(Some("2018-11-22T13:45:00.000Z".to_owned())));
        assert_eq!(read("2018-22", Some("[Y]-[D]")), Err("D3136"));
        assert_eq!(read("2018-22", Some("[X]-[W]")), Err("D3136"));
        assert_eq!(read("xx", Some("[Y]")), Ok(None));
        assert_eq!(read("Hello", Some("Hello")), Ok(None));
        assert_eq!(read("2018", Some("[YN]")), Err("D3133"));
        assert_eq!(read("2018", Some("[Yα]")), Err("D3130"));
    }

    #[test]
    fn a_text_with_endless_ways_to_fit_is_given_up() {
        let picture = "[Yw]".repeat(600);
        assert_eq!(read(&("-".repeat(500) + "x"), Some(&picture)), Err("U1001"));
    }
}
