//! JSONata here and in the crate `jsonata-core`: from the line to the written value, on one thread.
//!
//! Each expression first gives the same value in both; then rounds alternate, and the median of each side is told.
//! Run it with `cargo run --release --manifest-path benches/jsonata/Cargo.toml`.

use expressway::json::PADDING;
use expressway::jsonata::{Expression, Given};
use serde_json::Value;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

/// An order of our own, so that there is something to run over everywhere.
const ORDER: &str = include_str!("../order.json");

/// An odd number, so that there is a middle one.
const ROUNDS: usize = 11;

/// How long one round of one side lasts, about.
const ROUND: Duration = Duration::from_millis(100);

/// What is compared: a name, the expression over the corpus' document, and over ours.
const EXPRESSIONS: &[(&str, &str, &str)] = &[
    (
        "path, filter, object",
        r#"Account.Order.Product[Price > 30].{"name": `Product Name`, "total": Price * Quantity}"#,
        r#"order.parcels.items[price > 30].{"name": `display name`, "total": price * count}"#,
    ),
    ("$sum", "$sum(Account.Order.Product.(Price * Quantity))", "$sum(order.parcels.items.(price * count))"),
    (
        "string concatenation",
        r#"Account.`Account Name` & ": " & Account.Order[0].OrderID & ", " & Account.Order[1].OrderID"#,
        r#"order.`ordered by` & ": " & order.parcels[0].parcel & ", " & order.parcels[1].parcel"#,
    ),
    (
        "$map with a lambda",
        "$map(Account.Order.Product, function($product) { $product.Price * $product.Quantity })",
        "$map(order.parcels.items, function($item) { $item.price * $item.count })",
    ),
];

fn main() {
    match dataset() {
        Some(document) => compare("dataset5 of the corpus", &document, |row| row.1),
        None => println!("dataset5 is left out: ../shared/conformance/jsonata/datasets.json is not there\n"),
    }
    let order: Value = serde_json::from_str(ORDER).expect("the order is JSON");
    compare("an order of our own", &order.to_string(), |row| row.2);
}

/// The corpus' document, on one line, where the corpus lies beside the repository.
fn dataset() -> Option<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance/jsonata/datasets.json");
    let datasets: Value = serde_json::from_str(&std::fs::read_to_string(path).ok()?).expect("the datasets are JSON");
    Some(datasets["dataset5"].to_string())
}

/// Prints a row for each expression over the document.
fn compare(name: &str, document: &str, text: impl Fn(&(&str, &'static str, &'static str)) -> &'static str) {
    println!("{name}, {} bytes: million events a second", document.len());
    println!("{:<24}{:>10}{:>14}{:>8}", "", "here", "jsonata-core", "ratio");
    for row in EXPRESSIONS {
        let mut here = Here::new(text(row), document);
        let mut there = There::new(text(row), document);
        let (ours, theirs) = (parsed(here.run()), parsed(there.run()));
        assert!(same(&ours, &theirs), "{}: {ours} here, {theirs} there", row.0);
        let (here, there) = race(|| here.run().len(), || there.run().len());
        println!("{:<24}{:>10.3}{:>14.3}{:>7.1}x", row.0, here / 1e6, there / 1e6, here / there);
    }
    println!();
}

/// This crate's side: what stays from event to event.
struct Here {
    expression: Expression,
    /// The event, and the padding that a feed leaves behind what it has read.
    event: Vec<u8>,
    out: Vec<u8>,
}

impl Here {
    fn new(text: &str, document: &str) -> Here {
        let expression = Expression::new(text, &Given::input()).expect("it is an expression");
        Here { expression, event: [document.as_bytes(), &[b' '; PADDING]].concat(), out: Vec::new() }
    }

    fn run(&mut self) -> &[u8] {
        self.out.clear();
        self.expression.evaluate(&self.event, 0, 0, &mut self.out).expect("the expression has a value");
        &self.out
    }
}

/// The peer's side: its compiled form, its own reader (simd-json with kept buffers), its own writer into a kept buffer.
struct There<'a> {
    expression: jsonata_core::Expression,
    event: &'a str,
    out: Vec<u8>,
}

impl<'a> There<'a> {
    fn new(text: &str, document: &'a str) -> There<'a> {
        let expression = jsonata_core::Expression::compile(text).expect("it is an expression");
        There { expression, event: document, out: Vec::new() }
    }

    fn run(&mut self) -> &[u8] {
        let document = jsonata_core::value::JValue::from_json_str(self.event).expect("the event is JSON");
        let value = self.expression.evaluate(&document).expect("the expression has a value");
        self.out.clear();
        serde_json::to_writer(&mut self.out, &value).expect("memory can be written to");
        &self.out
    }
}

fn parsed(text: &[u8]) -> Value {
    serde_json::from_slice(text).expect("both write JSON")
}

/// Whether two values are the same; numbers are doubles, which may be written with or without a fraction.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64() == right.as_f64(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(name, value)| right.get(name).is_some_and(|other| same(value, other)))
        }
        _ => left == right,
    }
}

/// Runs a second of both sides can do, the medians of rounds that alternate.
fn race(mut here: impl FnMut() -> usize, mut there: impl FnMut() -> usize) -> (f64, f64) {
    let (runs_here, runs_there) = (runs_in_a_round(&mut here), runs_in_a_round(&mut there));
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(per_second(runs_here, &mut here));
        theirs.push(per_second(runs_there, &mut there));
    }
    (median(ours), median(theirs))
}

/// How many runs fill one round, found after as many to warm up.
fn runs_in_a_round(run: &mut impl FnMut() -> usize) -> usize {
    let (start, mut runs) = (Instant::now(), 0);
    while start.elapsed() < ROUND {
        (0..100).for_each(|_| _ = black_box(run()));
        runs += 100;
    }
    runs
}

fn per_second(runs: usize, run: &mut impl FnMut() -> usize) -> f64 {
    let start = Instant::now();
    (0..runs).for_each(|_| _ = black_box(run()));
    runs as f64 / start.elapsed().as_secs_f64()
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}
