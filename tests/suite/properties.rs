//! Random definitions over random inputs do what the reference does, whichever way they run.

use crate::driver::{self, Ended, Reply};
use crate::random::{self, Dice};
use crate::reference::{self, Stop};
use expressway::compile::Options;
use expressway::vm::Status;
use serde_json::{Value, json};
use std::time::Duration;

/// Definitions that are tried; `TRIES` in the environment says otherwise.
const TRIES: u64 = 3_000;
const INPUTS: usize = 4;
/// What takes longer never ends.
const TIME_MAX: Duration = Duration::from_secs(30);

/// Parts of mistakes that are known; the list only shrinks.
const KNOWN: &[&str] = &["a path of the read set has", "ids have no gaps: ExecutionFailed"];

#[test]
fn random_definitions_do_what_the_reference_does() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let (first, tries) = (number("SEED").unwrap_or(1), number("TRIES").unwrap_or(TRIES));
    let (mut decided, mut succeeded) = (0, 0);
    for seed in first..first + tries {
        let mut dice = Dice::new(seed);
        let definition = random::definition(&mut dice);
        let inputs: Vec<String> = (0..INPUTS).map(|_| random::input(&mut dice)).collect();
        match quietly(&definition, &inputs) {
            Ok(sums) => {
                decided += sums.0;
                succeeded += sums.1;
            }
            Err(mistake) if KNOWN.iter().any(|known| mistake.contains(known)) => {}
            Err(_) => {
                let (definition, inputs) = shrunk(definition, inputs);
                let mistake = quietly(&definition, &inputs).expect_err("what is shrunk is still wrong");
                panic!("seed {seed}: {mistake}\n{definition}\n{}", inputs.join("\n"));
            }
        }
    }
    let all = tries * INPUTS as u64;
    println!("{all} executions, {decided} decided by the reference, {succeeded} succeeded");
    assert!(tries < TRIES || decided * 2 > all && succeeded * 8 > all, "most executions are worth running");
}

/// How many of the executions the reference decided, and how many succeeded; or what is wrong.
fn quietly(definition: &Value, inputs: &[String]) -> Result<(u64, u64), String> {
    let (sender, receiver) = std::sync::mpsc::channel();
    let (own_definition, own_inputs) = (definition.clone(), inputs.to_vec());
    std::thread::spawn(move || {
        let checked = std::panic::catch_unwind(|| check(&own_definition, &own_inputs));
        sender.send(checked)
    });
    let Ok(checked) = receiver.recv_timeout(TIME_MAX) else { panic!("this does not end:\n{definition}\n{inputs:?}") };
    checked.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        Err(format!(
            "a panic: {}",
            text.or(panic.downcast_ref::<&str>().map(|text| (*text).into())).unwrap_or_default()
        ))
    })
}

fn check(definition: &Value, inputs: &[String]) -> Result<(u64, u64), String> {
    let options = Options { instructions: 100_000, ..Options::default() };
    let text = definition.to_string();
    let program = match driver::program(&text, &options, false) {
        Err(found) if found.contains("no terminal state") => return Ok((0, 0)),
        program => program.map_err(|found| format!("refused: {found}"))?,
    };
    let told = driver::program(&text, &options, true).map_err(|found| format!("refused: {found}"))?;
    let run = |(place, input): (usize, &String)| driver::run(&program, input, &tasks, place as u64 + 1);
    let first: Vec<Option<Ended>> = inputs.iter().enumerate().map(run).collect();
    let borrowed: Vec<&str> = inputs.iter().map(String::as_str).collect();
    let agree =
        |way: &str, others: Vec<Option<Ended>>| match first.iter().zip(&others).find(|(one, other)| one != other) {
            None => Ok(()),
            Some((one, other)) => Err(format!("{way} it is another:\n{one:?}\n{other:?}")),
        };
    agree("in turns", driver::run_in_turns(&program, &borrowed, &tasks))?;
    let with_history =
        inputs.iter().enumerate().map(|(place, input)| driver::run(&told, input, &tasks, place as u64 + 1));
    agree("with a history", with_history.collect())?;
    agree("in turns with a history", driver::run_in_turns(&told, &borrowed, &tasks))?;
    let mut sums = (0, 0);
    for (input, ended) in inputs.iter().zip(&first) {
        let ended = ended.as_ref().ok_or("the input is no JSON")?;
        sums.0 += u64::from(compare(definition, input, ended)?);
        sums.1 += u64::from(ended.outcome.status == Status::Succeeded);
    }
    Ok(sums)
}

/// Whether the reference had something to say.
fn compare(definition: &Value, input: &str, ended: &Ended) -> Result<bool, String> {
    let input: Value = serde_json::from_str(input).map_err(|error| error.to_string())?;
    let (outcome, reference) = reference::run(definition, &input, answer);
    let failure = ended.outcome.failure.clone().unwrap_or_default();
    let same = match &outcome {
        Err(Stop::Open(_)) => return Ok(false),
        Err(Stop::Failed(error, _)) => {
            ended.outcome.status == Status::Failed && failure.error.as_deref() == error.as_deref()
        }
        Ok(output) => {
            let got = serde_json::from_str(&ended.output).map(plain);
            ended.outcome.status == Status::Succeeded && got.is_ok_and(|got| got == plain(output.clone()))
        }
    };
    let usage = &ended.outcome.usage;
    let counts = (usage.transitions, usage.retries, usage.tasks);
    let counted = (reference.transitions, reference.retries, reference.tasks_asked);
    if !same || (!reference.branch_failed && counts != counted) {
        let what = if same { "the counts are" } else { "the outcome is" };
        return Err(format!("by the reference {what} different:\n{ended:?}\n{counted:?} {outcome:?}"));
    }
    Ok(true)
}

/// What a task does: it depends on its parameters alone, and sometimes fails.
fn answer(parameters: &Value) -> Result<Value, (String, String)> {
    match plain(parameters.clone()).to_string().len() % 5 {
        0 => Err(("Odd".into(), "a task's cause".into())),
        1 => Ok(json!({"a": parameters, "b": {"a": 2, "b": [3]}, "c": [4, {"a": {"b": 5}}]})),
        2 => Ok(parameters.clone()),
        _ => Ok(json!({"c": [1, {"a": parameters}], "b": {"a": "b"}, "a": {"a": {}, "b": 6}})),
    }
}

fn tasks(_: &str, parameters: &str, _: u32) -> Reply {
    let parameters = serde_json::from_str(parameters).expect("parameters are JSON");
    match answer(&parameters) {
        Ok(output) => Reply::Output(output.to_string()),
        Err((error, cause)) => Reply::Failed(Some(error), Some(cause)),
    }
}

/// The engine's own causes are its own; the reference has none.
fn plain(value: Value) -> Value {
    match value {
        Value::String(text) if text.starts_with("An error occurred while executing") => json!(""),
        Value::Array(elements) => elements.into_iter().map(plain).collect(),
        Value::Object(members) => members.into_iter().map(|(key, value)| (key, plain(value))).collect(),
        other => other,
    }
}

/// The least that is still wrong, as far as leaving parts out gets.
fn shrunk(mut definition: Value, mut inputs: Vec<String>) -> (Value, Vec<String>) {
    // A mistake stays the same kind of mistake as long as it begins alike, numbers aside.
    let kind = |definition: &Value, inputs: &[String]| {
        let mistake = quietly(definition, inputs).err();
        mistake.map(|mistake| mistake.chars().filter(|one| !one.is_ascii_digit()).take(60).collect::<String>())
    };
    let wrong = kind(&definition, &inputs);
    if let Some(input) = inputs.iter().find(|input| kind(&definition, std::slice::from_ref(input)) == wrong) {
        inputs = vec![input.clone()];
    }
    let mut tree: Vec<Value> = inputs.iter().filter_map(|input| serde_json::from_str(input).ok()).collect();
    let mut smaller = true;
    while smaller {
        smaller = false;
        for place in places(&definition) {
            let mut less = definition.clone();
            if remove(&mut less, &place) && kind(&less, &inputs) == wrong {
                (definition, smaller) = (less, true);
            }
        }
        for one in 0..tree.len() {
            for place in places(&tree[one]) {
                let mut less = tree.clone();
                let texts = |tree: &[Value]| tree.iter().map(Value::to_string).collect::<Vec<_>>();
                if remove(&mut less[one], &place) && kind(&definition, &texts(&less)) == wrong {
                    (inputs, tree, smaller) = (texts(&less), less, true);
                }
            }
        }
    }
    (definition, inputs)
}

/// Every place below, the outer ones first.
fn places(value: &Value) -> Vec<Vec<String>> {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(members) => members.iter().map(|(key, value)| (key.clone(), value)).collect(),
        Value::Array(elements) => {
            elements.iter().enumerate().map(|(place, value)| (place.to_string(), value)).collect()
        }
        _ => Vec::new(),
    };
    let own = children.iter().map(|(key, _)| vec![key.clone()]);
    let below = children
        .iter()
        .flat_map(|(key, value)| places(value).into_iter().map(|place| [vec![key.clone()], place].concat()));
    own.chain(below).collect()
}

fn remove(value: &mut Value, place: &[String]) -> bool {
    match (value, place) {
        (Value::Object(members), [key]) => members.remove(key).is_some(),
        (Value::Array(elements), [key]) => {
            let place = key.parse().unwrap_or(usize::MAX);
            place < elements.len() && {
                elements.remove(place);
                true
            }
        }
        (Value::Object(members), [key, rest @ ..]) => members.get_mut(key).is_some_and(|value| remove(value, rest)),
        (Value::Array(elements), [key, rest @ ..]) => {
            elements.get_mut(key.parse().unwrap_or(usize::MAX)).is_some_and(|value| remove(value, rest))
        }
        _ => false,
    }
}
