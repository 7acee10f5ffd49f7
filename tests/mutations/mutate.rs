//! Changes to a JSON value: fields dropped, copied, renamed and replaced, by others' or by what often makes trouble.

use serde_json::{Map, Value};

/// Field names and values that definitions are made of.
pub struct Vocabulary {
    names: Vec<String>,
    values: Vec<Value>,
}

/// Fields and values that the seeds may not have, as JSON objects to be taken apart.
const TROUBLE: &[&str] = &[
    r#"{"Type": "Pass", "Result": {"a.$": 1}, "Next": "Ship", "End": true, "a.$": "$.a", "a": "$$.Execution.Id"}"#,
    r#"{"Type": "Task", "Resource": "arn:aws:lambda:eu-west-1:111122223333:function:F", "TimeoutSecondsPath": "$.a"}"#,
    r#"{"Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 3, "BackoffRate": 1.5}]}"#,
    r#"{"Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.a.b", "Next": "Ship", "Assign": {"a.$": "$"}}]}"#,
    r#"{"ResultPath": "$.a[0].b", "InputPath": "$.a", "OutputPath": "$.a.b", "ItemsPath": "$", "SecondsPath": "$.b"}"#,
    r#"{"Wait": {"Type": "Wait", "Seconds": 0, "Timestamp": "2026-01-01T00:00:01Z", "TimestampPath": "$$.State.Name"}}"#,
    r#"{"Parameters": {"a.$": "$..a", "b.$": "$.lines[?(@.count > 1)]", "c.$": "$.lines[1:]", "d.$": "$a.b"}}"#,
    r#"{"ResultSelector": {"a.$": "States.JsonMerge($, $.a, false)", "b.$": "States.ArrayGetItem($, 0)"}}"#,
    r#"{"Assign": {"a.$": "States.StringToJson($)", "b.$": "States.ArrayPartition($.lines, 2)", "c.$": "$b"}}"#,
    r#"{"And": [{"Variable": "$.a", "IsPresent": true}], "Or": [], "Not": {"Variable": "$b", "IsNull": false}}"#,
    r#"{"MaxConcurrency": 1, "MaxConcurrencyPath": "$.a", "Default": "Ship", "Branches": [], "Credentials": {}}"#,
    r#"{"Variable": "$.a[0]", "StringMatches": "a*\\*", "NumericEqualsPath": "$.b", "NumericLessThan": 1e308}"#,
    r#"{"zero": 0, "negative": -1, "deep": [[[[]]]], "empty": "", "null": null, "large": 18446744073709551616}"#,
];

/// All names and values of these definitions, and some that often make trouble.
pub fn vocabulary<'a>(definitions: impl Iterator<Item = &'a Value>) -> Vocabulary {
    let mut words = Vocabulary { names: Vec::new(), values: Vec::new() };
    definitions.for_each(|definition| learn(definition, &mut words));
    // Often, so that they are a fair part.
    for _ in 0..5 {
        for text in TROUBLE {
            learn(&serde_json::from_str(text).expect("written as JSON"), &mut words);
        }
    }
    words
}

fn learn(value: &Value, words: &mut Vocabulary) {
    words.values.push(value.clone());
    match value {
        Value::Array(items) => items.iter().for_each(|item| learn(item, words)),
        Value::Object(fields) => fields.iter().for_each(|(name, value)| {
            words.names.push(name.clone());
            learn(value, words);
        }),
        _ => {}
    }
}

/// Makes one change somewhere.
pub fn mutate(value: &mut Value, words: &Vocabulary, random: &mut Random) {
    let mut target = random.below(size(value));
    let target = find(value, &mut target).expect("the target is one of the values counted");
    match target {
        Value::Object(fields) if !fields.is_empty() && random.below(4) > 0 => mutate_fields(fields, words, random),
        Value::Array(items) if !items.is_empty() && random.below(4) > 0 => mutate_items(items, random),
        other => *other = random.one_of(&words.values).clone(),
    }
}

fn mutate_fields(fields: &mut Map<String, Value>, words: &Vocabulary, random: &mut Random) {
    let names: Vec<String> = fields.keys().cloned().collect();
    let (name, other) = (random.one_of(&names), random.one_of(&names));
    let new_name = if random.below(4) > 0 { random.one_of(&words.names) } else { other };
    match random.below(5) {
        0 => drop(fields.remove(name)),
        1 => {
            let value = fields.remove(name).expect("one of its names");
            fields.insert(new_name.clone(), value);
        }
        2 => {
            let value = fields[name].clone();
            fields.insert(new_name.clone(), value);
        }
        _ => {
            fields.insert(new_name.clone(), random.one_of(&words.values).clone());
        }
    }
}

fn mutate_items(items: &mut Vec<Value>, random: &mut Random) {
    let (from, to) = (random.below(items.len()), random.below(items.len()));
    match random.below(3) {
        0 => drop(items.remove(from)),
        1 => items.insert(to, items[from].clone()),
        _ => items.swap(from, to),
    }
}

/// How many values there are in it, itself included.
fn size(value: &Value) -> usize {
    1 + children(value).map(size).sum::<usize>()
}

fn children(value: &Value) -> Box<dyn Iterator<Item = &Value> + '_> {
    match value {
        Value::Array(items) => Box::new(items.iter()),
        Value::Object(fields) => Box::new(fields.values()),
        _ => Box::new(std::iter::empty()),
    }
}

/// The value with this number, counting parents before children.
fn find<'a>(value: &'a mut Value, number: &mut usize) -> Option<&'a mut Value> {
    if *number == 0 {
        return Some(value);
    }
    *number -= 1;
    match value {
        Value::Array(items) => items.iter_mut().find_map(|item| find(item, number)),
        Value::Object(fields) => fields.values_mut().find_map(|value| find(value, number)),
        _ => None,
    }
}

/// A xorshift generator: the same numbers every time.
pub struct Random(pub u64);

impl Random {
    /// A number below `bound`, which is not 0.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }

    fn one_of<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len())]
    }
}
