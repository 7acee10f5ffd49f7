//! Rules over one value become a table; it must say what the rules say one after another.

use crate::driver::{self, Reply};
use crate::random::Dice;
use expressway::compile::Options;
use expressway::program::Program;
use serde_json::{Value, json};

const TRIES: u64 = 300;
const NUMBERS: &[&str] =
    &["0", "-0.0", "1", "1.0", "2", "1.5", "-3", "1e308", "1.7e308", "9007199254740993", "9007199254740992", "5e-324"];
const TEXTS: &[&str] = &["", "a", "ab", "abc", "b", "é", "a*", "ab*", "*", "x\"y", "\u{1f600}", "Z", "abcd", "c"];

#[test]
fn a_table_says_what_the_rules_say() {
    for seed in 1..=TRIES {
        let mut dice = Dice::new(seed);
        let numeric = dice.below(2) == 0;
        let rules: Vec<Value> = (0..2 + dice.below(12)).map(|_| rule(&mut dice, numeric)).collect();
        let inputs: Vec<String> = NUMBERS
            .iter()
            .map(|number| format!("{{\"v\":{number}}}"))
            .chain(TEXTS.iter().map(|text| json!({"v": text}).to_string()))
            .chain(["{}", "{\"v\":null}", "{\"v\":[]}", "{\"v\":true}", "{\"v\":\"\\u0061b\"}"].map(str::to_owned))
            .collect();
        let (table, chain) = (program(&rules, false), program(&rules, true));
        for input in &inputs {
            let (one, other) = (end(&table, input), end(&chain, input));
            assert_eq!(one, other, "seed {seed}: {rules:?}\n{input}");
        }
    }
}

/// One test of `$.v` with a constant.
fn rule(dice: &mut Dice, numeric: bool) -> Value {
    let order = ["Equals", "LessThan", "GreaterThan", "LessThanEquals", "GreaterThanEquals"][dice.below(5)];
    if numeric {
        let number: Value = serde_json::from_str(NUMBERS[dice.below(NUMBERS.len())]).expect("a number");
        return json!({"Variable": "$.v", format!("Numeric{order}"): number});
    }
    let operator = match dice.below(8) {
        0 => format!("String{order}"),
        1..=3 => "StringMatches".to_owned(),
        _ => "StringEquals".to_owned(),
    };
    json!({"Variable": "$.v", operator: TEXTS[dice.below(TEXTS.len())]})
}

/// A Choice whose n-th rule leads to a state that says so. An `And` around each rule leaves no table to be made.
fn program(rules: &[Value], wrapped: bool) -> Program {
    let mut states = json!({"No": {"Type": "Pass", "Result": "no", "End": true}});
    let led = rules.iter().enumerate().map(|(place, rule)| {
        let mut rule = if wrapped { json!({"And": [rule]}) } else { rule.clone() };
        rule["Next"] = json!(format!("R{place}"));
        states[format!("R{place}")] = json!({"Type": "Pass", "Result": place, "End": true});
        rule
    });
    let choices: Vec<Value> = led.collect();
    states["A"] = json!({"Type": "Choice", "Choices": choices, "Default": "No"});
    let definition = json!({"StartAt": "A", "States": states}).to_string();
    driver::program(&definition, &Options::default(), false).expect("the definition is valid")
}

fn end(program: &Program, input: &str) -> (Option<String>, String) {
    let ended = driver::run(program, input, &|_, _, _| Reply::TimedOut, 1).expect("the input is JSON");
    (ended.outcome.failure.and_then(|failure| failure.error).map(Into::into), ended.output)
}
