//! Orders: small events, all built alike.

use super::dice::Dice;
use super::tree::{Node, object};

const REGIONS: &[&str] = &["eu-west-1", "eu-central-1", "us-east-1", "us-west-2"];
const CURRENCIES: &[&str] = &["EUR", "USD", "GBP", "SEK"];
const STATUSES: &[&str] = &["NEW", "PAID", "PACKED", "SHIPPED", "RETURN_REQUESTED", "CANCELLED"];

/// An order of one of 2,000 customers.
pub fn order(dice: &mut Dice) -> Node {
    object([
        ("version", "0".into()),
        ("id", dice.hex(16).into()),
        ("detail-type", "OrderPlaced".into()),
        ("source", "shop.orders".into()),
        ("time", dice.time().into()),
        ("region", dice.pick(REGIONS).into()),
        (
            "detail",
            object([
                ("orderId", format!("ord-{:09}", dice.below(1_000_000_000)).into()),
                ("customer", format!("c-{:07}", dice.below(2_000)).into()),
                ("total", total(dice)),
                ("currency", dice.pick(CURRENCIES).into()),
                ("items", (dice.below(9) + 1).into()),
                ("status", dice.pick(STATUSES).into()),
                ("express", dice.percent(20).into()),
            ]),
        ),
    ])
}

/// Most orders are small.
fn total(dice: &mut Dice) -> Node {
    let most = dice.pick(&[20, 50, 100, 1_000]);
    Node::Plain(format!("{}.{:02}", dice.below(most) + 1, dice.below(100)))
}
