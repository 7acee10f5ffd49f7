//! Pictures of dates and times, read: `[D1o] [MNn,3-3] [Y0001]` (XPath functions 3.1, section 9.8.4).

use super::Fault;
use super::characters::is_blank;
use super::integer::{Case, Form, IntegerPicture, leading_integer};
use super::limit::out_of_memory;

/// The most digits that a width may ask for.
const WIDTH_MAX: usize = 1000;

/// How dates and times look.
#[derive(Clone, Debug, PartialEq)]
pub struct DatePicture {
    pub(super) parts: Vec<Part>,
}

/// A piece of a picture.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Part {
    Literal(String),
    Marker(Marker),
}

/// A variable of a picture.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Marker {
    /// `Y`, `M`, …; one of [`COMPONENTS`].
    pub(super) component: char,
    pub(super) style: Style,
    pub(super) width_max: Option<usize>,
    /// The years that are left of this many digits go.
    pub(super) year_digits: Option<usize>,
    /// Read exactly so many digits, for the next number follows at once.
    pub(super) digits_to_read: Option<usize>,
    /// UTC is `Z`.
    pub(super) traditional: bool,
}

/// Whether a variable is a name or a number.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Style {
    Name(Case),
    Number(IntegerPicture),
}

/// The variables and how they look unless said otherwise.
const COMPONENTS: [(char, &str); 19] = [
    ('Y', "1"),
    ('M', "1"),
    ('D', "1"),
    ('d', "1"),
    ('F', "n"),
    ('W', "1"),
    ('w', "1"),
    ('X', "1"),
    ('x', "1"),
    ('H', "1"),
    ('h', "1"),
    ('P', "n"),
    ('m', "01"),
    ('s', "01"),
    ('f', "1"),
    ('Z', "01:01"),
    ('z', "01:01"),
    ('C', "n"),
    ('E', "n"),
];

impl DatePicture {
    /// Reads a picture.
    ///
    /// # Errors
    /// D3132 for an unknown variable, D3135 for a missing bracket, D3131 for mixed digits, U1001 for numbers that are
    /// too wide.
    pub fn new(picture: &str) -> Result<DatePicture, Box<Fault>> {
        let mut parts = Vec::new();
        let mut rest = picture;
        while let Some(at) = rest.find('[') {
            push_literal(&rest[..at], &mut parts);
            rest = &rest[at + 1..];
            if let Some(behind) = rest.strip_prefix('[') {
                parts.push(Part::Literal("[".to_owned()));
                rest = behind;
                continue;
            }
            let end = rest.find(']').ok_or_else(|| Fault::new("D3135"))?;
            let marker: String = rest[..end].chars().filter(|&character| !is_blank(character)).collect();
            let marker = Marker::new(&marker)?;
            fix_width_of_last(&mut parts, &marker);
            parts.push(Part::Marker(marker));
            rest = &rest[end + 1..];
        }
        push_literal(rest, &mut parts);
        Ok(DatePicture { parts })
    }
}

/// Doubled closing brackets are one.
fn push_literal(text: &str, parts: &mut Vec<Part>) {
    if !text.is_empty() {
        parts.push(Part::Literal(text.replace("]]", "]")));
    }
}

/// A number right before a number is read with its own width.
fn fix_width_of_last(parts: &mut [Part], next: &Marker) {
    let is_number = matches!(next.style, Style::Number(_)) && !matches!(next.component, 'Z' | 'z');
    if let (true, Some(Part::Marker(last))) = (is_number, parts.last_mut()) {
        last.digits_to_read = last.digits().map(|(mandatory, _)| mandatory);
    }
}

impl Marker {
    /// Reads what is between the brackets.
    fn new(text: &str) -> Result<Marker, Box<Fault>> {
        let component = text.chars().next();
        let known = COMPONENTS.iter().find(|(known, _)| Some(*known) == component);
        let Some(&(component, usual)) = known else {
            let unknown = component.map(String::from).unwrap_or_default();
            return Err(Fault::new("D3132").with_text("value", &unknown));
        };
        let (presentation, width) = text[1..].rsplit_once(',').unwrap_or((&text[1..], ""));
        let (first, second) = split_presentation(if presentation.is_empty() { usual } else { presentation });
        let (width_min, width_max) = read_width(width)?;
        let style = match first.as_bytes() {
            _ if matches!(component, 'Z' | 'z') => Style::Number(IntegerPicture::new(first)?),
            [b'N', b'n', ..] => Style::Name(Case::Title),
            [b'N', ..] => Style::Name(Case::Upper),
            [b'n', ..] => Style::Name(Case::Lower),
            _ => Style::Number(IntegerPicture::new(&format!("{first};{second}"))?),
        };
        let traditional = second == "t";
        let mut marker = Marker { component, style, width_max, year_digits: None, digits_to_read: None, traditional };
        if !matches!(component, 'Z' | 'z') {
            marker.apply_width(width_min);
        }
        Ok(marker)
    }

    /// Numbers have at least the lesser width; years have at most the greater, or as many digits as their picture.
    fn apply_width(&mut self, width_min: Option<usize>) {
        let is_year = self.component == 'Y' && matches!(self.style, Style::Number(_));
        self.year_digits = self.width_max.filter(|_| is_year);
        if let Style::Number(IntegerPicture { form: Form::Digits(digits), .. }) = &mut self.style {
            digits.mandatory = digits.mandatory.max(width_min.unwrap_or(0));
            if is_year {
                digits.mandatory = self.width_max.unwrap_or(digits.mandatory);
                let most = digits.mandatory + digits.optional;
                self.year_digits = self.width_max.or((most >= 2).then_some(most));
            }
        }
    }

    /// How many digits a number must and may have.
    pub(super) fn digits(&self) -> Option<(usize, usize)> {
        match &self.style {
            Style::Number(IntegerPicture { form: Form::Digits(digits), .. }) => {
                Some((digits.mandatory, digits.optional))
            }
            _ => None,
        }
    }
}

/// The last of several letters may be a modifier: `o` for ordinal, `c` for cardinal, `t` for traditional, `a`.
fn split_presentation(text: &str) -> (&str, &str) {
    let is_modified = text.chars().count() > 1 && text.ends_with(['a', 't', 'c', 'o']);
    text.split_at(if is_modified { text.len() - 1 } else { text.len() })
}

/// The least and the greatest width of `3-5`; `*` and what is no number are none.
fn read_width(text: &str) -> Result<(Option<usize>, Option<usize>), Box<Fault>> {
    let (least, most) = text.split_once('-').unwrap_or((text, ""));
    let width = |text: &str| leading_integer(text).map(|width| width as usize);
    let (least, most) = (width(least), width(most));
    let is_too_wide = least.max(most).is_some_and(|width| width > WIDTH_MAX);
    if is_too_wide { Err(out_of_memory()) } else { Ok((least, most)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn markers(picture: &str) -> Vec<Marker> {
        let parts = DatePicture::new(picture).expect("a picture").parts;
        let marker = |part| match part {
            Part::Marker(marker) => Some(marker),
            Part::Literal(_) => None,
        };
        parts.into_iter().filter_map(marker).collect()
    }

    #[test]
    fn pictures_are_literals_and_markers() {
        let parts = DatePicture::new("[[a]]b [ Y 0001 ]c").expect("a picture").parts;
        let literals: Vec<&str> = parts
            .iter()
            .map(|part| match part {
                Part::Literal(text) => text.as_str(),
                Part::Marker(_) => "*",
            })
            .collect();
        assert_eq!(literals, ["[", "a]b ", "*", "c"]);
    }

    #[test]
    fn widths_and_modifiers_shape_a_marker() {
        let years = markers("[Y0001] [Y,2-2] [Y##01,*-3] [Y]");
        let digits: Vec<_> = years.iter().map(|marker| marker.year_digits).collect();
        assert_eq!(digits, [Some(4), Some(2), Some(3), None]);
        assert_eq!(markers("[D#1,2]")[0].digits(), Some((2, 1)));
        assert_eq!(markers("[MNn,3-3]")[0].style, Style::Name(Case::Title));
        assert!(markers("[Z01:01t]")[0].traditional);
        let widths: Vec<_> = markers("[Y0001][M01]-[D01]").iter().map(|marker| marker.digits_to_read).collect();
        assert_eq!(widths, [Some(4), None, None]);
    }

    #[test]
    fn wrong_pictures_are_faults() {
        for (picture, code) in
            [("[q]", "D3132"), ("[]", "D3132"), ("[é]", "D3132"), ("a[Y", "D3135"), ("[Y,999999999]", "U1001")]
        {
            assert_eq!(DatePicture::new(picture).map_err(|fault| fault.code), Err(code), "{picture}");
        }
    }
}
