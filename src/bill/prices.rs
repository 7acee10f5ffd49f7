//! Price lists: what a region charges, built in or read from a file. Prices stay decimals, exact to the last digit.

use std::fmt;
use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use crate::bill::money::Money;

/// What one region charges. Made from a price list only, so that every price and the currency are checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prices {
    /// `us-east-1`
    pub(super) region: String,
    /// When the prices were looked up, `2026-11`.
    pub(super) date: String,
    /// `USD`
    pub(super) currency: String,
    /// Standard: a thousand state transitions.
    pub(super) thousand_transitions: Money,
    /// Standard: transitions that cost nothing, each month.
    pub(super) free_transitions: u64,
    /// Express: a million requests.
    pub(super) million_requests: Money,
    /// Express: memory held for a time, in tiers that begin anew each month. The last has no end.
    pub(super) tiers: Vec<Tier>,
}

/// What a GB-hour (1,024 MB for an hour) costs while the month's total is in this tier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tier {
    /// Where it ends, counted from the month's first GB-hour; `None` for the last tier.
    pub(super) up_to: Option<u64>,
    /// The price of a GB-hour.
    pub(super) gigabyte_hour: Money,
}

/// Why a price file cannot be used: lower case, with the line where there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(String);

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}

/// The prices used unless a file gives others.
const US_EAST_1: &str = include_str!("us-east-1.toml");

impl Prices {
    /// The prices of us-east-1.
    pub fn us_east_1() -> Prices {
        Prices::parse(US_EAST_1).expect("the built-in list is tested")
    }

    /// Which region's they are: `us-east-1`.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// When they were looked up: `2026-11`.
    pub fn date(&self) -> &str {
        &self.date
    }

    /// `USD`
    pub fn currency(&self) -> &str {
        &self.currency
    }

    /// The name of a JSON member that holds an amount: `expressUsd`.
    pub fn member(&self, name: &str) -> String {
        let (first, rest) = self.currency.split_at(1);
        format!("{name}{first}{}", rest.to_ascii_lowercase())
    }

    /// Reads a price list; `docs/prices.md` describes it. Unknown keys are errors, and so is a price that is no plain
    /// decimal.
    pub fn parse(text: &str) -> Result<Prices, Error> {
        let file: File = toml::from_str(text).map_err(|error| at(text, error.span(), error.message()))?;
        let tiers = &file.express.gigabyte_hours;
        let prices = Prices {
            region: file.region,
            date: file.date,
            currency: file.currency,
            thousand_transitions: price(text, &file.standard.thousand_transitions)?,
            free_transitions: file.standard.free_transitions_per_month,
            million_requests: price(text, &file.express.million_requests)?,
            tiers: tiers.iter().map(|tier| tier.read(text)).collect::<Result<_, _>>()?,
        };
        check_currency(&prices.currency)?;
        check_tiers(&prices.tiers)?;
        Ok(prices)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    region: String,
    date: String,
    currency: String,
    standard: Standard,
    express: Express,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Standard {
    thousand_transitions: Spanned<toml::Value>,
    free_transitions_per_month: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Express {
    million_requests: Spanned<toml::Value>,
    gigabyte_hours: Vec<FileTier>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileTier {
    up_to: Option<u64>,
    price: Spanned<toml::Value>,
}

impl FileTier {
    fn read(&self, text: &str) -> Result<Tier, Error> {
        Ok(Tier { up_to: self.up_to, gigabyte_hour: price(text, &self.price)? })
    }
}

/// A price is taken from the file's own digits: as a floating-point number it would already be rounded.
fn price(text: &str, value: &Spanned<toml::Value>) -> Result<Money, Error> {
    let written = match value.get_ref() {
        toml::Value::String(decimal) => decimal,
        _ => &text[value.span()],
    };
    Money::parse(written).ok_or_else(|| {
        at(
            text,
            Some(value.span()),
            "a price is a plain decimal below 10,000 with up to twelve digits after the point, like 0.025",
        )
    })
}

/// The code becomes part of the names of JSON members.
fn check_currency(currency: &str) -> Result<(), Error> {
    match currency.len() == 3 && currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
        true => Ok(()),
        false => Err(Error(format!("a currency is a code of three letters, like \"USD\", not {currency:?}"))),
    }
}

fn check_tiers(tiers: &[Tier]) -> Result<(), Error> {
    let mut ends = tiers.iter().map(|tier| tier.up_to.unwrap_or(u64::MAX));
    let rising = ends.clone().zip(ends.clone().skip(1)).all(|(end, next)| end < next);
    match tiers {
        [] => Err(Error("express.gigabyte_hours has no tier; give at least one price".into())),
        [.., Tier { up_to: Some(_), .. }] => {
            Err(Error("the last tier of express.gigabyte_hours must not have up_to".into()))
        }
        _ if !rising || ends.next() == Some(0) => Err(Error(
            "each tier of express.gigabyte_hours must end later than the one before; only the last has no up_to".into(),
        )),
        _ => Ok(()),
    }
}

fn at(text: &str, span: Option<Range<usize>>, message: &str) -> Error {
    let message = message.trim_end().replace('\n', ", ");
    match span {
        Some(span) => Error(format!("line {}: {message}", text[..span.start].matches('\n').count() + 1)),
        None => Error(message),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRICES_PAGE: &str = include_str!("../../docs/prices.md");

    fn refused(from: &str, to: &str) -> String {
        assert!(US_EAST_1.contains(from), "{from}");
        Prices::parse(&US_EAST_1.replacen(from, to, 1)).expect_err("a mistake was put in").to_string()
    }

    #[test]
    fn the_built_in_list_is_what_aws_publishes() {
        let prices = Prices::us_east_1();
        let decimal = |text| Money::parse(text).expect("a decimal");
        assert_eq!(prices.region, "us-east-1");
        assert_eq!(prices.thousand_transitions, decimal("0.025"));
        assert_eq!(prices.free_transitions, 4_000);
        assert_eq!(prices.million_requests, decimal("1"));
        let tier = |up_to, price| Tier { up_to, gigabyte_hour: decimal(price) };
        assert_eq!(prices.tiers, [tier(Some(1000), "0.06"), tier(Some(5000), "0.03"), tier(None, "0.01642")]);
    }

    #[test]
    fn the_example_of_the_documentation_is_the_built_in_list() {
        let example = PRICES_PAGE.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next());
        assert_eq!(Prices::parse(example.expect("the page has an example")), Ok(Prices::us_east_1()));
    }

    #[test]
    fn prices_may_be_numbers_or_text_and_are_exact_either_way() {
        let number = US_EAST_1.replacen("\"0.025\"", "0.027100000001", 1);
        let text = US_EAST_1.replacen("\"0.025\"", "'0.027100000001'", 1);
        assert_ne!(number, US_EAST_1);
        let prices = Prices::parse(&number).expect("a number");
        assert_eq!(prices.thousand_transitions, Money { pico: 27_100_000_001 });
        assert_eq!(Prices::parse(&text), Ok(prices));
    }

    #[test]
    fn a_byte_order_mark_and_names_in_any_script_do_no_harm() {
        let text = format!("\u{FEFF}# Preise für größere Mengen\n{}", US_EAST_1.replacen("\"0.025\"", "0.5", 1));
        let prices = Prices::parse(&text).expect("still a price list");
        assert_eq!(prices.thousand_transitions, Money { pico: 500_000_000_000 });
        let wrong = format!("\u{FEFF}größer = 1\n{US_EAST_1}");
        assert!(Prices::parse(&wrong).is_err());
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        assert!(
            refused("region", "regions").contains("line 4: unknown field `regions`"),
            "{}",
            refused("region", "regions")
        );
        let decimal = "a price is a plain decimal below 10,000 with up to twelve digits after the point, like 0.025";
        for wrong in ["1e-3", "-0.025", "inf", "\"free\"", "[1]", "0.0000000000001"] {
            assert_eq!(refused("\"0.025\"", wrong), format!("line 9: {decimal}"), "{wrong}");
        }
        assert!(refused("[standard]", "[standard").starts_with("line 8: "));
        assert!(refused("currency = \"USD\"\n", "").contains("missing field `currency`"));
        assert!(refused("= 4000", "= -1").starts_with("line 10: "));
        assert_eq!(refused("USD", "$"), "a currency is a code of three letters, like \"USD\", not \"$\"");
    }

    #[test]
    fn tiers_rise_and_only_the_last_is_open() {
        let rise = "each tier of express.gigabyte_hours must end later than the one before; only the last has no up_to";
        assert_eq!(refused("up_to = 1000", "up_to = 5000"), rise);
        assert_eq!(refused("up_to = 1000", "up_to = 0"), rise);
        assert_eq!(refused("up_to = 1000, ", ""), rise);
        let open = "the last tier of express.gigabyte_hours must not have up_to";
        assert_eq!(refused("{ price = \"0.01642\"", "{ up_to = 9000, price = \"0.01642\""), open);
    }
}
