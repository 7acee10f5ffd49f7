//! Random definitions and inputs: small worlds of few keys, so that states often meet the same places.

use serde_json::{Map, Value, json};

/// A generator of numbers that depend on nothing but the seed (xorshift).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn below(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 11) % sides as u64) as usize
    }

    fn one_in(&mut self, sides: usize) -> bool {
        self.below(sides) == 0
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

const KEYS: &[&str] = &["a", "b", "c"];
/// Places that most inputs have; longer ones that few have.
const PATHS: &[&str] = &["$.a", "$.b", "$.c", "$", "$['a']", "$.b", "$.a", "$['c']"];
const LONGER: &[&str] = &["$.a.b", "$.b.a", "$.a.a", "$.a.a.b", "$.c[0]", "$.c[1].a", "$.c[1]", "$.b.c[1].a", "$.d"];
const MANY: &[&str] = &["$.c[*]", "$.c[0:1]", "$.c[-1]", "$.c[1:]", "$.c[*].a", "$.a.c[*]"];
const RESULTS: &[&str] = &["$.a", "$.b", "$.d", "$.a.b", "$.b.a", "$.a.a", "$.d.a", "$.a.d.c", "$.b.c", "$.a", "$.b"];
const ODD_RESULTS: &[&str] = &["$.a.b.c", "$.a.a.b", "$.c", "$.c.a", "$", "$.c[0]", "$.c[1].a"];

/// An input: an object whose members are of different kinds, in any order, spaced in any way.
pub fn input(dice: &mut Dice) -> String {
    if dice.one_in(30) {
        return value(dice, 1);
    }
    let mut members: Vec<String> = KEYS.iter().map(|key| format!("\"{key}\":{}", member(dice, key))).collect();
    let shift = dice.below(members.len());
    members.rotate_left(shift);
    if dice.one_in(6) {
        members.push(format!("\"{}\": {}", dice.pick(KEYS), value(dice, 1)));
    }
    let space = dice.pick(&["", "", " ", "  "]);
    format!("{{{space}{}{space}}}", members.join(&format!("{space},{space}")))
}

fn member(dice: &mut Dice, key: &str) -> String {
    if dice.one_in(9) {
        return value(dice, 2);
    }
    match key {
        "c" => format!("[{},{}]", value(dice, 1), object(dice, 1)),
        _ => object(dice, 2),
    }
}

fn value(dice: &mut Dice, depth: usize) -> String {
    match dice.below(if depth == 0 { 7 } else { 10 }) {
        0 => "null".into(),
        1 => dice.pick(&["true", "false"]).into(),
        2 => dice.pick(&["0", "1", "7", "-3"]).into(),
        3 => dice.pick(&["1.10", "12345678901234567890", "1E2"]).into(),
        4 => dice.pick(&[r#""""#, r#""x""#, r#""y\u0041\n""#, r#""é{}""#]).into(),
        5 => "[]".into(),
        6 => "{}".into(),
        7 => format!("[{}, {}]", value(dice, depth - 1), value(dice, depth - 1)),
        _ => object(dice, depth - 1),
    }
}

fn object(dice: &mut Dice, depth: usize) -> String {
    let members: Vec<String> = ["a", "b"].iter().map(|key| format!("\"{key}\":{}", value(dice, depth))).collect();
    if dice.one_in(3) { format!("{{{}}}", members[0]) } else { format!("{{{}}}", members.join(", ")) }
}

/// Makes definitions.
pub struct Maker<'a> {
    pub dice: &'a mut Dice,
    /// States named so far.
    states: usize,
    /// Variables that are assigned somewhere, by the scopes around.
    known: Vec<Vec<String>>,
}

/// A definition. Every loop in it comes to an end: what leads back counts in `$n`.
pub fn definition(dice: &mut Dice) -> Value {
    let mut maker = Maker { dice, states: 0, known: Vec::new() };
    maker.scope(2, false)
}

/// Leaves out what nothing leads to; the language has it refused.
fn prune(states: &mut Map<String, Value>, start: &str) {
    let (mut reached, mut open) = (vec![start.to_owned()], vec![start.to_owned()]);
    while let Some(name) = open.pop() {
        let state = &states[&name];
        let rules = [&state["Choices"], &state["Catch"]].into_iter().filter_map(Value::as_array).flatten();
        let next = rules.map(|rule| &rule["Next"]).chain([&state["Next"], &state["Default"]]).filter_map(Value::as_str);
        let new: Vec<String> = next.map(str::to_owned).filter(|next| !reached.contains(next)).collect();
        reached.extend(new.iter().cloned());
        open.extend(new);
    }
    states.retain(|name, _| reached.contains(name));
}

impl Maker<'_> {
    fn scope(&mut self, depth: usize, in_map: bool) -> Value {
        let count = 1 + self.dice.below(if depth == 2 { 7 } else { 3 });
        let first = self.states;
        self.states += count + 1;
        let names: Vec<String> = (first..=first + count).map(|number| format!("S{number}")).collect();
        let counter = format!("n{first}");
        self.known.push(vec![format!("v{first}"), counter.clone()]);
        let mut states = Map::new();
        // Variables have a value from the start, so that reading one seldom ends it all.
        let begin = json!({counter: 0, format!("v{first}"): {"a": "begun", "b": [1, {"a": 2}]}});
        states.insert(names[0].clone(), json!({"Type": "Pass", "Assign": begin, "Next": names[1]}));
        for place in 1..=count {
            let state = self.state(&names, place, depth, in_map);
            states.insert(names[place].clone(), state);
        }
        self.known.pop();
        prune(&mut states, &names[0]);
        json!({"StartAt": names[0], "States": states})
    }

    fn state(&mut self, names: &[String], place: usize, depth: usize, in_map: bool) -> Value {
        let last = place + 1 == names.len();
        let kind = match self.dice.below(20) {
            0..=6 => "Pass",
            7..=10 => "Task",
            11..=14 if !last => "Choice",
            15 | 16 if depth > 0 => "Parallel",
            17 | 18 if depth > 0 => "Map",
            19 if self.dice.one_in(3) => "Wait",
            19 if last => self.dice.pick(&["Succeed", "Fail"]),
            _ => "Pass",
        };
        let mut state = json!({"Type": kind});
        if kind == "Fail" {
            state["Error"] = json!("Mine");
            return state;
        }
        if self.dice.one_in(12) {
            state["InputPath"] = self.filter(in_map);
        }
        if self.dice.one_in(12) {
            state["OutputPath"] = self.filter(in_map);
        }
        if kind == "Succeed" {
            return state;
        }
        if kind != "Wait" && kind != "Choice" && !self.dice.one_in(4) {
            let path = if self.dice.one_in(6) { self.dice.pick(ODD_RESULTS) } else { self.dice.pick(RESULTS) };
            state["ResultPath"] = if self.dice.one_in(12) { Value::Null } else { json!(path) };
        }
        if self.dice.one_in(4) {
            state["Assign"] = self.assign(in_map);
        }
        self.work(&mut state, kind, depth, in_map);
        self.recovery(&mut state, kind, names, place);
        match (kind, last) {
            ("Choice", _) => self.choice(&mut state, names, place, in_map),
            (_, true) => state["End"] = json!(true),
            _ => state["Next"] = json!(self.later(names, place)),
        }
        state
    }

    fn later(&mut self, names: &[String], place: usize) -> String {
        let far = if self.dice.one_in(4) { self.dice.below(names.len() - place - 1) } else { 0 };
        names[place + 1 + far].clone()
    }

    fn work(&mut self, state: &mut Value, kind: &str, depth: usize, in_map: bool) {
        match kind {
            "Pass" if self.dice.one_in(3) => state["Result"] = json!({"a": 1, "b": {"a": "r"}, "$.x": "$.y"}),
            "Pass" | "Task" | "Parallel" if !self.dice.one_in(3) => state["Parameters"] = self.template(in_map),
            "Wait" => state["Seconds"] = json!(self.dice.below(9)),
            _ => {}
        }
        match kind {
            "Task" => state["Resource"] = json!("arn:aws:lambda:us-east-1:123456789012:function:f"),
            "Parallel" => {
                let count = 1 + self.dice.below(2);
                let branches: Vec<Value> = (0..count).map(|_| self.scope(depth - 1, in_map)).collect();
                state["Branches"] = json!(branches);
            }
            "Map" => {
                if !self.dice.one_in(9) {
                    state["ItemsPath"] = json!(self.dice.pick(&[
                        "$.c",
                        "$.c",
                        "$.c",
                        "$.c",
                        "$.a",
                        "$.b.a",
                        "$.c[*]",
                        "$.c[*]",
                        "$$.Execution.Input.c"
                    ]));
                }
                if self.dice.one_in(2) {
                    state["ItemSelector"] = self.template(true);
                }
                if self.dice.one_in(3) {
                    state["MaxConcurrency"] = json!(1 + self.dice.below(2));
                }
                state["ItemProcessor"] = self.scope(depth - 1, true);
            }
            _ => return,
        }
        if self.dice.one_in(4) {
            state["ResultSelector"] = self.template(in_map);
        }
    }

    fn recovery(&mut self, state: &mut Value, kind: &str, names: &[String], place: usize) {
        if !matches!(kind, "Task" | "Parallel" | "Map") || place + 1 == names.len() {
            return;
        }
        if self.dice.one_in(3) {
            let error = self.dice.pick(&["States.ALL", "Odd", "States.TaskFailed"]);
            state["Retry"] = json!([{"ErrorEquals": [error], "MaxAttempts": self.dice.below(3)}]);
        }
        if self.dice.one_in(2) {
            let path = self.dice.pick(&["$.a", "$.b", "$.a.b", "$.d", "$.d.e", "$"]);
            let next = self.later(names, place);
            let mut catcher = json!({"ErrorEquals": ["States.ALL"], "Next": next, "ResultPath": path});
            if self.dice.one_in(3) {
                let variable = self.known.last().expect("there is a scope")[0].clone();
                catcher["Assign"] = json!({format!("{variable}.$"): "$.Error"});
            }
            state["Catch"] = json!([catcher]);
        }
    }

    fn choice(&mut self, state: &mut Value, names: &[String], place: usize, in_map: bool) {
        let counter = self.known.last().expect("there is a scope")[1].clone();
        let mut rules = Vec::new();
        for _ in 0..self.dice.below(3) {
            let mut rule = self.condition(2, in_map);
            if self.dice.one_in(4) {
                rule["Assign"] = self.assign(in_map);
            }
            rule["Next"] = json!(self.later(names, place));
            rules.push(rule);
        }
        if self.dice.one_in(2) {
            // The way back, a few times.
            let back = names[1 + self.dice.below(place)].clone();
            let mut rule = json!({"Variable": format!("${counter}"), "NumericLessThan": 3, "Next": back});
            rule["Assign"] = json!({format!("{counter}.$"): format!("States.MathAdd(${counter}, 1)")});
            let at = self.dice.below(rules.len() + 1);
            rules.insert(at, rule);
        }
        if rules.is_empty() {
            rules.push(json!({"Variable": "$.a", "IsPresent": true, "Next": names[place + 1]}));
        }
        state["Choices"] = json!(rules);
        if !self.dice.one_in(12) {
            state["Default"] = json!(self.later(names, place));
        }
    }

    fn condition(&mut self, depth: usize, in_map: bool) -> Value {
        match self.dice.below(if depth == 0 { 6 } else { 9 }) {
            6 => json!({"Not": self.condition(depth - 1, in_map)}),
            sides @ (7 | 8) => {
                let parts = json!([self.condition(depth - 1, in_map), self.condition(depth - 1, in_map)]);
                if sides == 7 { json!({"And": parts}) } else { json!({"Or": parts}) }
            }
            _ => self.test(in_map),
        }
    }

    fn test(&mut self, in_map: bool) -> Value {
        let (mut variable, kind) = (self.path(in_map), self.dice.below(14));
        if kind > 4 && !self.dice.one_in(4) {
            variable = self.dice.pick(&["$.a", "$.b"]).into();
        }
        let (operator, operand) = match kind {
            0..=3 | 12 | 13 => ("IsPresent", json!(self.dice.one_in(2))),
            4 => ("IsString", json!(true)),
            5 => ("IsNumeric", json!(false)),
            6 => ("NumericGreaterThan", json!(1)),
            7 => ("NumericEquals", json!(7)),
            8 => ("StringEquals", json!("x")),
            9 => ("StringLessThanEqualsPath", json!("$.a")),
            10 => ("BooleanEquals", json!(true)),
            _ => ("NumericLessThanEquals", json!(self.dice.below(4))),
        };
        json!({"Variable": variable, operator: operand})
    }

    fn filter(&mut self, in_map: bool) -> Value {
        if self.dice.one_in(6) { Value::Null } else { json!(self.path(in_map)) }
    }

    /// A path of any kind.
    fn path(&mut self, in_map: bool) -> String {
        match self.dice.below(20) {
            0 => self.dice.pick(MANY).into(),
            5 | 6 => self.dice.pick(LONGER).into(),
            1 => self.dice.pick(&["$$.Execution.Input", "$$.Execution.Input.a", "$$.State.Name"]).into(),
            2 if in_map => self.dice.pick(&["$$.Map.Item.Index", "$$.Map.Item.Value", "$$.Map.Item.Value.a"]).into(),
            3 | 4 => {
                let scope = self.dice.below(self.known.len());
                let variable = self.known[scope][self.dice.below(2)].clone();
                format!("${variable}{}", self.dice.pick(&["", "", ".a", ".b", ".b[1].a"]))
            }
            _ => self.dice.pick(PATHS).into(),
        }
    }

    fn expression(&mut self, in_map: bool) -> String {
        let path = self.path(in_map);
        match self.dice.below(20) {
            0 | 5..=7 => format!("States.Array({path}, {})", self.path(in_map)),
            1 => format!("States.Format('f-{{}}', {path})"),
            2 => format!("States.ArrayLength({path})"),
            3 => format!("States.JsonMerge({path}, {}, false)", self.path(in_map)),
            4 => format!("States.ArrayGetItem({path}, 0)"),
            _ => path,
        }
    }

    fn template(&mut self, in_map: bool) -> Value {
        let mut template = Map::new();
        for key in KEYS {
            match self.dice.below(12) {
                0..=5 => template.insert(format!("{key}.$"), json!(self.expression(in_map))),
                6 | 7 => {
                    let inner = self.expression(in_map);
                    template.insert((*key).into(), json!({"a.$": inner, "b": [1, {"a.$": self.path(in_map)}]}))
                }
                8 => template.insert((*key).into(), json!([self.dice.below(9), "k"])),
                9 => None,
                _ => template
                    .insert((*key).into(), json!({"a": {"b": self.dice.below(9)}, "b": [2], "c": [3, {"a": 4}]})),
            };
        }
        Value::Object(template)
    }

    fn assign(&mut self, in_map: bool) -> Value {
        let variable = self.known.last().expect("there is a scope")[0].clone();
        match self.dice.below(4) {
            0 => json!({variable: self.template(in_map)}),
            _ => json!({format!("{variable}.$"): self.expression(in_map)}),
        }
    }
}
