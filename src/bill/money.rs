//! Money: whole pico-dollars (10⁻¹² USD), and the exact fractions they are rounded from, once.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};

use serde::{Serialize, Serializer};

/// Digits after the point.
const DIGITS: u32 = 12;
/// Pico-dollars in a dollar.
const DOLLAR: i128 = 10_i128.pow(DIGITS);

/// An amount in pico-dollars (or of another currency). Less than nothing is what somebody is given, as free units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money {
    /// Pico-dollars.
    pub pico: i128,
}

/// An amount before it is rounded: a numerator over a denominator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Exact {
    /// Parts of a pico-dollar.
    pub(super) numerator: u128,
    /// How many parts make one; not 0.
    pub(super) denominator: u128,
}

impl Exact {
    /// Rounds to pico-dollars; a half goes to the even neighbour.
    pub(super) fn round(self) -> Money {
        let (whole, rest) = (self.numerator / self.denominator, self.numerator % self.denominator);
        let up = match (rest * 2).cmp(&self.denominator) {
            std::cmp::Ordering::Less => 0,
            std::cmp::Ordering::Equal => whole % 2,
            std::cmp::Ordering::Greater => 1,
        };
        Money { pico: (whole + up) as i128 }
    }
}

impl Money {
    /// Nothing.
    pub const ZERO: Money = Money { pico: 0 };

    /// Reads a plain decimal, `0.0279`, without rounding. `None` for anything else, and for more than twelve digits
    /// after the point or four before it: no such price exists, and sums of such prices always fit.
    pub fn parse(text: &str) -> Option<Money> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(fraction) || whole.len() > 4 || fraction.len() > DIGITS as usize {
            return None;
        }
        let scale = 10_i128.pow(DIGITS - fraction.len() as u32);
        Some(Money { pico: whole.parse::<i128>().ok()? * DOLLAR + fraction.parse::<i128>().ok()? * scale })
    }

    /// The amount with this many digits after the point (up to twelve), rounded half to even: for people.
    pub fn to_digits(self, digits: u32) -> String {
        let unit = 10_u128.pow(DIGITS - digits.min(DIGITS));
        let rounded = Exact { numerator: self.pico.unsigned_abs(), denominator: unit }.round().pico * unit as i128;
        let text = plain(if self.pico < 0 { -rounded } else { rounded });
        match digits {
            0 => text[..text.len() - DIGITS as usize - 1].to_owned(),
            _ => text[..text.len() - (DIGITS - digits.min(DIGITS)) as usize].to_owned(),
        }
    }
}

/// All digits, with the point.
fn plain(pico: i128) -> String {
    let sign = if pico < 0 { "-" } else { "" };
    let (whole, fraction) = (pico.unsigned_abs() / DOLLAR as u128, pico.unsigned_abs() % DOLLAR as u128);
    format!("{sign}{whole}.{fraction:012}")
}

/// Every digit that is there, no zeros at the end: `0.0001`, `25`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(plain(self.pico).trim_end_matches('0').trim_end_matches('.'))
    }
}

/// Text, since JSON's numbers would be rounded by those who read them.
impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Add for Money {
    type Output = Money;
    fn add(self, other: Money) -> Money {
        Money { pico: self.pico + other.pico }
    }
}

impl Sub for Money {
    type Output = Money;
    fn sub(self, other: Money) -> Money {
        Money { pico: self.pico - other.pico }
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Money) {
        *self = *self + other;
    }
}

impl std::iter::Sum for Money {
    fn sum<I: Iterator<Item = Money>>(amounts: I) -> Money {
        amounts.fold(Money::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(numerator: u128, denominator: u128) -> i128 {
        Exact { numerator, denominator }.round().pico
    }

    #[test]
    fn halves_go_to_the_even_neighbour() {
        assert_eq!([round(1, 2), round(3, 2), round(5, 2), round(7, 2)], [0, 2, 2, 4]);
        assert_eq!([round(4, 3), round(5, 3), round(6, 3)], [1, 2, 2]);
    }

    #[test]
    fn amounts_are_printed_without_zeros_at_the_end() {
        let printed = |pico| Money { pico }.to_string();
        assert_eq!(printed(1_104_000), "0.000001104");
        assert_eq!(printed(100_000_000), "0.0001");
        assert_eq!(printed(25 * DOLLAR), "25");
        assert_eq!(printed(100 * DOLLAR), "100");
        assert_eq!(printed(0), "0");
        assert_eq!(printed(-1), "-0.000000000001");
    }

    #[test]
    fn amounts_are_rounded_for_people() {
        let dollars = |text: &str, digits| Money::parse(text).expect("a decimal").to_digits(digits);
        assert_eq!(dollars("482.969444444444", 2), "482.97");
        assert_eq!([dollars("0.125", 2), dollars("0.135", 2)], ["0.12", "0.14"]);
        assert_eq!([dollars("2.5", 0), dollars("3.5", 0)], ["2", "4"]);
        assert_eq!(dollars("1.5", 12), "1.500000000000");
        assert_eq!(Money { pico: -DOLLAR / 4 }.to_digits(1), "-0.2");
    }

    #[test]
    fn decimals_are_read_exactly_or_not_at_all() {
        assert_eq!(Money::parse("0.1"), Some(Money { pico: 100_000_000_000 }));
        assert_eq!(Money::parse("0.000000000001"), Some(Money { pico: 1 }));
        assert_eq!(Money::parse("9999"), Some(Money { pico: 9_999 * DOLLAR }));
        for text in
            ["", ".", "1.", ".1", "-1", "+1", "1e3", "0.0000000000001", "10000", "1.2.3", "1_0", "nan", "0x1", "١"]
        {
            assert_eq!(Money::parse(text), None, "{text}");
        }
    }
}
