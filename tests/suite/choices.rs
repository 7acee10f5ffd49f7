//! Rules over one value become a table, and so do the first parts of rules; tables must say what the rules say one
//! after another.

use crate::driver::{self, Reply};
use crate::random::Dice;
use expressway::compile::Options;
use expressway::failure::Failure;
use expressway::program::Program;
use serde_json::{Value, json};

const TRIES: u64 = 300;
const NUMBERS: &[&str] =
    &["0", "-0.0", "1", "1.0", "2", "1.5", "-3", "1e308", "1.7e308", "9007199254740993", "9007199254740992", "5e-324"];
const TEXTS: &[&str] = &["", "a", "ab", "abc", "b", "é", "a*", "ab*", "*", "x\"y", "\u{1f600}", "Z", "abcd", "c"];

#[test]
fn tables_say_what_the_rules_say() {
    for seed in 1..=TRIES {
        let mut dice = Dice::new(seed);
        let inputs = inputs();
        let rules: Vec<Value> = (0..2 + dice.below(12)).map(|_| rule(&mut dice, seed % 3)).collect();
        let (tables, chain) = (program(&rules, true), program(&rules, false));
        for input in &inputs {
            let (one, other) = (end(&tables, input), end(&chain, input));
            assert_eq!(one, other, "seed {seed}: {}\n{input}", json!(rules));
        }
    }
}

#[test]
fn five_thousand_rules_are_one_table() {
    let rule = |number: usize| match number % 4 {
        0 => json!({"Variable": "$.v", "StringEquals": format!("vendor-{number:05}")}),
        1 => json!({"Variable": "$.v", "StringMatches": format!("customer-{number:05}*")}),
        2 => {
            json!({"And": [{"Variable": "$.v", "NumericGreaterThan": number}, {"Variable": "$.v", "NumericLessThan": number + 1}]})
        }
        _ => json!({"And": [{"Variable": "$.v", "NumericEquals": number}, {"Variable": "$.w", "IsPresent": true}]}),
    };
    let rules: Vec<Value> = (0..5_000).map(rule).collect();
    let program = program(&rules, true);
    assert!(program.switches.len() == 1 && program.comparisons.len() == 1_250, "the table decides all of $.v");
    for (input, rule) in [
        (r#"{"v":"vendor-04000"}"#, "4000"),
        (r#"{"v":"vendor-040000"}"#, "\"no\""),
        (r#"{"v":"customer-040019"}"#, "4001"),
        (r#"{"v":"customer-04003"}"#, "\"no\""),
        (r#"{"v":4002.5}"#, "4002"),
        (r#"{"v":4003,"w":0}"#, "4003"),
        (r#"{"v":4003}"#, "\"no\""),
        (r#"{"v":null}"#, "\"no\""),
    ] {
        assert_eq!(end(&program, input), (None, rule.to_owned()), "{input}");
    }
}

/// Two values, of every kind that rules tell apart.
fn inputs() -> Vec<String> {
    let numbers = NUMBERS.iter().map(|number| number.to_string());
    let texts = TEXTS.iter().map(|text| json!(text).to_string());
    let others = ["null", "[]", "{}", "true", "false", "\"\\u0061b\""].map(str::to_owned);
    let values: Vec<String> = numbers.chain(texts).chain(others).collect();
    let one = values.iter().map(|value| format!("{{\"v\":{value}}}"));
    let two = values.iter().zip(values.iter().rev()).map(|(v, w)| format!("{{\"v\":{v},\"w\":{w}}}"));
    one.chain(two).chain(["{}".to_owned(), "{\"w\":1}".to_owned()]).collect()
}

/// A rule: one test of `$.v` with a number or with a text, or any condition.
fn rule(dice: &mut Dice, sort: u64) -> Value {
    match sort {
        0 => test(dice, "$.v", 0),
        1 => test(dice, "$.v", 1),
        _ => condition(dice, 2),
    }
}

fn condition(dice: &mut Dice, depth: u32) -> Value {
    let variable = ["$.v", "$.v", "$.v", "$.w"][dice.below(4)];
    let sort = dice.below(3);
    match dice.below(7) {
        0 if depth > 0 => json!({"Not": condition(dice, depth - 1)}),
        1 | 2 if depth > 0 => json!({"And": parts(dice, depth - 1)}),
        3 if depth > 0 => json!({"Or": parts(dice, depth - 1)}),
        _ => test(dice, variable, sort),
    }
}

fn parts(dice: &mut Dice, depth: u32) -> Vec<Value> {
    (0..1 + dice.below(3)).map(|_| condition(dice, depth)).collect()
}

/// One test with a constant: a number, a text, or a question of what kind the value is.
fn test(dice: &mut Dice, variable: &str, sort: usize) -> Value {
    let order = ["Equals", "LessThan", "GreaterThan", "LessThanEquals", "GreaterThanEquals"][dice.below(5)];
    let (operator, operand) = match sort {
        0 => {
            let number = serde_json::from_str(NUMBERS[dice.below(NUMBERS.len())]).expect("a number");
            (format!("Numeric{order}"), number)
        }
        1 => {
            let operator = match dice.below(8) {
                0 => format!("String{order}"),
                1..=3 => "StringMatches".to_owned(),
                _ => "StringEquals".to_owned(),
            };
            (operator, json!(TEXTS[dice.below(TEXTS.len())]))
        }
        _ => {
            let names = ["IsPresent", "IsPresent", "IsNull", "IsString", "IsNumeric", "IsBoolean", "BooleanEquals"];
            (names[dice.below(names.len())].to_owned(), json!(dice.below(2) == 0))
        }
    };
    json!({"Variable": variable, operator: operand})
}

/// A Choice whose n-th rule leads to a state that says so. Rules that never hold between the others leave no tables to
/// be made.
fn program(rules: &[Value], with_tables: bool) -> Program {
    let mut states = json!({"No": {"Type": "Pass", "Result": "no", "End": true}});
    let mut choices = Vec::new();
    for (place, rule) in rules.iter().enumerate() {
        let mut rule = rule.clone();
        rule["Next"] = json!(format!("R{place}"));
        states[format!("R{place}")] = json!({"Type": "Pass", "Result": place, "End": true});
        choices.push(rule);
        if !with_tables {
            choices.push(json!({"Variable": format!("$.none{place}"), "IsPresent": true, "Next": "No"}));
        }
    }
    states["A"] = json!({"Type": "Choice", "Choices": choices, "Default": "No"});
    let definition = json!({"StartAt": "A", "States": states}).to_string();
    driver::program(&definition, &Options::default(), false).expect("the definition is valid")
}

fn end(program: &Program, input: &str) -> (Option<Failure>, String) {
    let ended = driver::run(program, input, &|_, _, _| Reply::TimedOut, 1).expect("the input is JSON");
    (ended.outcome.failure, ended.output)
}
