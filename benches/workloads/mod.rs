//! What the benches of compiler and vm work on: definitions, inputs, and the outputs that must come of them.

use serde_json::{Value, json};

/// A definition, lines of input, what each must come to, and what every task answers.
pub struct Workload {
    pub name: &'static str,
    pub definition: String,
    pub lines: Vec<String>,
    pub outputs: Vec<Value>,
    pub answer: &'static str,
}

/// All of them.
pub fn workloads() -> Vec<Workload> {
    vec![triage(), enrichment(), chain(), choice(), map(), parallel()]
}

const LINES: usize = 100;
const FUNCTION: &str = "arn:aws:lambda:eu-west-1:111122223333:function:Lookup";

fn workload(name: &'static str, states: Value, line: impl Fn(usize) -> (Value, Value)) -> Workload {
    let (lines, outputs): (Vec<Value>, Vec<Value>) = (0..LINES).map(line).unzip();
    Workload {
        name,
        definition: json!({"StartAt": "A", "States": states}).to_string(),
        lines: lines.iter().map(Value::to_string).collect(),
        outputs,
        answer: r#"{"owner":{"team":"search","mail":"search@example.org"},"tags":["prod","eu"]}"#,
    }
}

fn finding(number: usize) -> Value {
    json!({
        "id": format!("finding-{number}"), "account": "111122223333", "region": "eu-west-1",
        "detail": {
            "severity": number % 10, "type": ["Recon", "Trojan", "Backdoor"][number % 3],
            "resource": {"instance": format!("i-{number:017x}"), "tags": [{"key": "env", "value": "prod"}]},
            "service": {"count": number, "archived": number % 7 == 0, "info": {"sample": false, "text": "probed"}},
        },
    })
}

/// Findings sorted by severity, the severe ones made into tickets. No task.
fn triage() -> Workload {
    let states = json!({
        "A": {"Type": "Choice", "Choices": [
            {"Variable": "$.detail.service.archived", "BooleanEquals": true, "Next": "Drop"},
            {"Variable": "$.detail.severity", "NumericGreaterThanEquals": 7, "Next": "Ticket"}], "Default": "Note"},
        "Drop": {"Type": "Succeed", "OutputPath": "$.id"},
        "Ticket": {"Type": "Pass", "Parameters": {
            "title.$": "States.Format('{} on {}', $.detail.type, $.detail.resource.instance)",
            "urgent": true, "account.$": "$.account", "tags.$": "$.detail.resource.tags"}, "Next": "Done"},
        "Note": {"Type": "Pass", "Result": {"noted": true}, "ResultPath": "$.triage", "Next": "Done"},
        "Done": {"Type": "Succeed"},
    });
    workload("triage", states, |number| {
        let line = finding(number);
        let detail = &line["detail"];
        let output = match number {
            _ if number % 7 == 0 => line["id"].clone(),
            _ if number % 10 >= 7 => json!({
                "title": format!("{} on i-{number:017x}", ["Recon", "Trojan", "Backdoor"][number % 3]),
                "urgent": true, "account": "111122223333", "tags": detail["resource"]["tags"]}),
            _ => {
                let mut noted = line.clone();
                noted["triage"] = json!({"noted": true});
                noted
            }
        };
        (line, output)
    })
}

/// A task looks something up; a part of its answer goes into the finding.
fn enrichment() -> Workload {
    let states = json!({
        "A": {"Type": "Task", "Resource": FUNCTION, "Parameters": {"instance.$": "$.detail.resource.instance"},
              "ResultSelector": {"team.$": "$.owner.team", "first.$": "$.tags[0]"}, "ResultPath": "$.detail.owner",
              "Retry": [{"ErrorEquals": ["States.ALL"]}], "Next": "B"},
        "B": {"Type": "Choice", "Choices": [{"Variable": "$.detail.owner.team", "StringEquals": "search", "Next": "C"}]},
        "C": {"Type": "Pass", "InputPath": "$.detail", "End": true},
    });
    workload("enrichment", states, |number| {
        let line = finding(number);
        let mut output = line["detail"].clone();
        output["owner"] = json!({"team": "search", "first": "prod"});
        (line, output)
    })
}

/// Thirty states one after another, each of which puts something in.
fn chain() -> Workload {
    let name = |place: usize| if place == 0 { "A".to_owned() } else { format!("S{place}") };
    let mut states = json!({});
    for place in 0..30 {
        states[name(place)] =
            json!({"Type": "Pass", "Result": place, "ResultPath": format!("$.s{place}"), "Next": name(place + 1)});
    }
    states[name(30)] = json!({"Type": "Succeed"});
    workload("chain", states, |number| {
        let line = json!({"id": number, "text": "carried along"});
        let mut output = line.clone();
        (0..30).for_each(|place| output[format!("s{place}")] = json!(place));
        (line, output)
    })
}

/// A thousand rules over one text.
fn choice() -> Workload {
    let rule = |place: usize| json!({"Variable": "$.key", "StringEquals": format!("key-{place}"), "Next": format!("S{}", place % 5)});
    let rules: Vec<Value> = (0..1000).map(rule).collect();
    let mut states = json!({"A": {"Type": "Choice", "Choices": rules, "Default": "S0"}});
    for place in 0..5 {
        states[format!("S{place}")] = json!({"Type": "Pass", "Result": place, "End": true});
    }
    workload("choice", states, |number| (json!({"key": format!("key-{}", number * 10 + 3)}), json!((number * 10 + 3) % 5)))
}

/// A hundred items of each line.
fn map() -> Workload {
    let item = json!({"StartAt": "I", "States": {"I": {"Type": "Pass", "Parameters": {"v.$": "$.x", "n.$": "$$.Map.Item.Index"}, "End": true}}});
    let states = json!({"A": {"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": item, "End": true}});
    workload("map", states, |number| {
        let items: Vec<Value> = (0..100).map(|place| json!({"x": number + place, "y": "not read"})).collect();
        let results: Vec<Value> = (0..100).map(|place| json!({"v": number + place, "n": place})).collect();
        (json!({"items": items}), json!(results))
    })
}

/// Five branches over each line.
fn parallel() -> Workload {
    let branch = |place: usize| {
        let name = format!("B{place}");
        json!({"StartAt": name, "States": {name.clone(): {"Type": "Pass", "Parameters": {"place": place, "id.$": "$.id"}, "End": true}}})
    };
    let branches: Vec<Value> = (0..5).map(branch).collect();
    let states = json!({"A": {"Type": "Parallel", "Branches": branches, "ResultPath": "$.all", "End": true}});
    workload("parallel", states, |number| {
        let all: Vec<Value> = (0..5).map(|place| json!({"place": place, "id": number})).collect();
        (json!({"id": number}), json!({"id": number, "all": all}))
    })
}
