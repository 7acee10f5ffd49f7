//! Changes to a JSON value: fields dropped, copied and added, values replaced by others.

use serde_json::{Map, Value};

/// Values that definitions are made of, and the fields they stand in.
pub struct Vocabulary {
    fields: Vec<(String, Value)>,
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
    r#"{"ResultSelector": {"a.$": "States.JsonMerge($, $.a, false)", "b.$": "States.UUID()"}}"#,
    r#"{"Assign": {"a.$": "States.StringToJson($)", "b.$": "States.ArrayPartition($.lines, 2)", "c.$": "$b"}}"#,
    r#"{"And": [{"Variable": "$.a", "IsPresent": true}], "Or": [], "Not": {"Variable": "$b", "IsNull": false}}"#,
    r#"{"MaxConcurrency": 1, "MaxConcurrencyPath": "$.a", "Default": "Ship", "Branches": [], "Credentials": {}}"#,
    r#"{"Variable": "$.a[0]", "StringMatches": "a*\\*", "NumericEqualsPath": "$.b", "NumericLessThan": 1e308}"#,
    r#"{"zero": 0, "negative": -1, "deep": [[[[]]]], "empty": "", "null": null, "large": 18446744073709551616}"#,
];

/// What these definitions are made of.
pub fn vocabulary<'a>(definitions: impl IntoIterator<Item = &'a Value>) -> Vocabulary {
    let mut words = Vocabulary { fields: Vec::new(), values: Vec::new() };
    definitions.into_iter().for_each(|definition| learn(definition, &mut words));
    words
}

/// Definitions of what often makes trouble.
pub fn trouble() -> Vec<Value> {
    TROUBLE.iter().map(|text| serde_json::from_str(text).expect("written as JSON")).collect()
}

fn learn(value: &Value, words: &mut Vocabulary) {
    words.values.push(value.clone());
    match value {
        Value::Array(items) => items.iter().for_each(|item| learn(item, words)),
        Value::Object(fields) => fields.iter().for_each(|(name, value)| {
            words.fields.push((name.clone(), value.clone()));
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
        Value::Object(fields) if !fields.is_empty() => mutate_fields(fields, words, random),
        Value::Array(items) if !items.is_empty() => mutate_items(items, random),
        other => *other = one_like(other, words, random),
    }
}

/// Makes Tasks of some Pass states, so that there is more to wait for, in branches and items, too.
pub fn wait_more(value: &mut Value, random: &mut Random) {
    if let Value::Object(fields) = value
        && fields.get("Type").is_some_and(|kind| kind == "Pass")
        && random.below(2) == 0
    {
        fields.remove("Result");
        fields.insert("Type".into(), "Task".into());
        fields.insert("Resource".into(), "arn:aws:lambda:eu-west-1:111122223333:function:F".into());
    }
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| wait_more(item, random)),
        Value::Object(fields) => fields.values_mut().for_each(|value| wait_more(value, random)),
        _ => {}
    }
}

fn mutate_fields(fields: &mut Map<String, Value>, words: &Vocabulary, random: &mut Random) {
    let name = fields.keys().nth(random.below(fields.len())).expect("there are so many").clone();
    let (new_name, new_value) = random.one_of(&words.fields).clone();
    match random.below(8) {
        0 => drop(fields.remove(&name)),
        1 => fields.extend([(new_name, fields[&name].clone())]),
        2 => fields.extend([(new_name, new_value)]),
        _ => fields.extend([(name.clone(), one_for(&name, &words.fields, random).unwrap_or(new_value))]),
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

/// A value that stands in a field of this name somewhere.
fn one_for(name: &str, fields: &[(String, Value)], random: &mut Random) -> Option<Value> {
    let start = random.below(fields.len());
    let (before, after) = fields.split_at(start);
    after.iter().chain(before).find(|field| field.0 == name).map(|field| field.1.clone())
}

/// Mostly a value of the same kind: for a path another path.
fn one_like(value: &Value, words: &Vocabulary, random: &mut Random) -> Value {
    let kind = |value: &Value| (std::mem::discriminant(value), value.as_str().and_then(|text| text.chars().next()));
    let mut found = random.one_of(&words.values);
    for _ in 0..random.below(200) {
        if kind(found) == kind(value) {
            break;
        }
        found = random.one_of(&words.values);
    }
    found.clone()
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

    /// One of these; there are some.
    pub fn one_of<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len())]
    }
}
