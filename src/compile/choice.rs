//! Choice: rules in order, or one table where all of them look at the same value.

use super::document::{Document, Place};
use super::lower::{Last, Lowering};
use super::path::Blame;
use crate::asl::graph::{Condition, Expression, Operand, Rule, State, StateId, Template};
use crate::builtin::comparisons::{self, Operator, Ordered};
use crate::json::{self, tree};
use crate::program::{self, Case, Cases, Comparison, Label, Lack, Op, Slot, Switch};
use std::collections::HashSet;

/// Where a rule leads: a label, and the code to be put there unless it is the next state's own.
struct Way<'a> {
    label: Label,
    code: Option<(StateId, Option<&'a Template>)>,
}

/// Cases from which on exact texts are searched by halves.
const SORTED_MIN: usize = 8;

impl Lowering<'_> {
    pub fn lower_choice(&mut self, state: &State, rules: &[Rule], default: Option<StateId>, entry: &Document) {
        self.charge_exit();
        let input = self.filter(&state.input_path, entry);
        let output = self.filter(&state.output_path, &input);
        let mut ways: Vec<Way<'_>> =
            rules.iter().map(|rule| self.way(rule.next, rule.assign.as_ref(), &output)).collect();
        let fallback = default.map(|next| self.way(next, state.assign.as_ref(), &output));
        let otherwise = fallback.as_ref().map_or_else(|| self.builder.label(), |way| way.label);
        let present = self.present.clone();
        if !self.lower_table(rules, &ways, otherwise, &input) {
            self.lower_rules(rules, &ways, &input);
            self.builder.emit(Op::Jump { target: otherwise });
        }
        match fallback {
            Some(way) => ways.push(way),
            None => {
                self.builder.bind(otherwise);
                let lack = self.builder.lack(Lack::NoChoice);
                self.builder.emit(Op::Raise { lack });
            }
        }
        self.break_run();
        // What a rule found to be there was not looked for where an earlier rule decided.
        self.lower_ways(ways, &input, &output, &present);
    }

    fn way<'a>(&mut self, next: StateId, assign: Option<&'a Template>, output: &Document) -> Way<'a> {
        let direct = self.way_to(next, output).filter(|_| assign.is_none() && !self.options.history);
        match direct {
            Some(label) => Way { label, code: None },
            None => Way { label: self.builder.label(), code: Some((next, assign)) },
        }
    }

    /// The code between a rule and the next state.
    fn lower_ways(&mut self, ways: Vec<Way<'_>>, input: &Document, output: &Document, present: &HashSet<Slot>) {
        let with_code: Vec<(Label, StateId, Option<&Template>)> =
            ways.into_iter().filter_map(|way| way.code.map(|(next, assign)| (way.label, next, assign))).collect();
        let count = with_code.len();
        for (index, (label, next, assign)) in with_code.into_iter().enumerate() {
            self.break_run();
            self.present.clone_from(present);
            self.builder.bind(label);
            let assignment = self.evaluate_assign(assign, input);
            let assigned = self.assign(assignment);
            self.tell_exit(output, assigned);
            self.go(next, output, if index + 1 == count { Last::Yes } else { Last::No });
        }
    }

    /// One rule after another.
    fn lower_rules(&mut self, rules: &[Rule], ways: &[Way<'_>], input: &Document) {
        for (rule, way) in rules.iter().zip(ways) {
            self.lower_condition(&rule.condition, input);
            self.builder.emit(Op::When { target: way.label });
        }
    }

    /// Leaves whether it holds in the condition flag. `And` and `Or` stop as soon as they know.
    fn lower_condition(&mut self, condition: &Condition, input: &Document) {
        match condition {
            Condition::And(parts) | Condition::Or(parts) => {
                let end = self.builder.label();
                let present = self.present.clone();
                for (index, part) in parts.iter().enumerate() {
                    if index > 0 {
                        let and = matches!(condition, Condition::And(_));
                        self.builder.emit(if and { Op::Unless { target: end } } else { Op::When { target: end } });
                    }
                    self.lower_condition(part, input);
                }
                // What later parts found to be there was not looked for when an earlier one decided.
                self.present = present;
                self.builder.bind(end);
            }
            Condition::Not(part) => {
                self.lower_condition(part, input);
                self.builder.emit(Op::Negate {});
            }
            Condition::Test { variable, operator, operand } => self.lower_test(variable, operator, operand, input),
            Condition::Computed(_) => {}
        }
    }

    fn lower_test(&mut self, variable: &Expression, name: &str, operand: &Operand, input: &Document) {
        let Some((known, _)) = comparisons::comparison(name) else { return };
        let operator = known.operator;
        let left = match operator {
            Operator::IsPresent => self.presence(variable, input),
            _ => {
                let found = self.path(variable, input, &Blame::Choice);
                let place = self.materialize(&found);
                self.slot(&place)
            }
        };
        let operand = self.operand(operator, operand, input);
        let comparison = self.builder.comparison(Comparison { operator, operand, lack: None, branch: None });
        self.builder.emit(Op::Compare { left, comparison });
    }

    fn operand(&mut self, operator: Operator, operand: &Operand, input: &Document) -> program::Operand {
        match operand {
            Operand::Constant(node) => {
                let text = written(node);
                match operator {
                    _ if is_numeric(operator) && is_exact(&text) => program::Operand::Number(json::number(&text)),
                    _ => program::Operand::Constant(self.builder.text(&text)),
                }
            }
            Operand::Path(path) => {
                let found = self.path(path, input, &Blame::Choice);
                let place = self.materialize(&found);
                program::Operand::Slot(self.slot(&place))
            }
        }
    }

    /// The slot of a value that need not be there.
    fn presence(&mut self, variable: &Expression, input: &Document) -> Slot {
        self.optional = true;
        let found = self.path(variable, input, &Blame::Choice);
        self.optional = false;
        let place = self.materialize(&found);
        self.slot(&place)
    }

    /// All rules as one table, where they look at one value and a table says the same.
    fn lower_table(&mut self, rules: &[Rule], ways: &[Way<'_>], otherwise: Label, input: &Document) -> bool {
        let Some(tests) = simple_tests(rules) else { return false };
        let labels: Vec<Label> = ways.iter().map(|way| way.label).collect();
        let numeric = |test: &Test<'_>| is_numeric(test.operator) && is_exact(&written(test.operand));
        let cases = if tests.iter().all(numeric) {
            number_table(&tests, &labels, otherwise)
        } else {
            match text_table(&tests, &labels, otherwise) {
                Some(cases) => cases,
                None => return false,
            }
        };
        let found = self.path(tests[0].variable, input, &Blame::Choice);
        let place: Place = self.materialize(&found);
        let slot = self.slot(&place);
        let lack = self.path_lack(tests[0].variable, input);
        let table = self.builder.switch(Switch { cases, lack });
        self.builder.emit(Op::Switch { slot, table });
        true
    }
}

/// A rule that compares a path with a constant.
struct Test<'a> {
    variable: &'a Expression,
    operator: Operator,
    operand: &'a tree::Node,
}

/// The rules, if each is one test with a constant and all are of the same path.
fn simple_tests(rules: &[Rule]) -> Option<Vec<Test<'_>>> {
    let test = |rule: &'_ Rule| match &rule.condition {
        Condition::Test { variable, operator, operand: Operand::Constant(_) } => {
            comparisons::comparison(operator).map(|(known, _)| (variable.text.clone(), known.operator))
        }
        _ => None,
    };
    let first = test(rules.first()?)?.0;
    if rules.len() < 2 || !rules.iter().all(|rule| test(rule).is_some_and(|(text, _)| text == first)) {
        return None;
    }
    let tests = rules.iter().filter_map(|rule| match &rule.condition {
        Condition::Test { variable, operator, operand: Operand::Constant(operand) } => {
            let operator = comparisons::comparison(operator)?.0.operator;
            Some(Test { variable, operator, operand })
        }
        _ => None,
    });
    Some(tests.collect())
}

fn is_numeric(operator: Operator) -> bool {
    matches!(
        operator,
        Operator::Equals(Ordered::Numbers)
            | Operator::LessThan(Ordered::Numbers)
            | Operator::GreaterThan(Ordered::Numbers)
            | Operator::LessThanEquals(Ordered::Numbers)
            | Operator::GreaterThanEquals(Ordered::Numbers)
    )
}

/// Whether comparing with this number as a `double` is comparing exactly: integers beyond are compared as integers.
fn is_exact(number: &[u8]) -> bool {
    json::number(number).abs() < 9_007_199_254_740_992.0
}

/// Between and on the numbers that the rules name, every number goes the same way: ask the rules once for each.
fn number_table(tests: &[Test<'_>], labels: &[Label], otherwise: Label) -> Cases {
    let numbers: Vec<f64> = tests.iter().map(|test| json::number(&written(test.operand))).collect();
    let mut bounds = numbers.clone();
    bounds.sort_by(f64::total_cmp);
    bounds.dedup();
    let way = |sample: f64| {
        let holds = |place: &usize| comparisons::numbers_hold(tests[*place].operator, sample, numbers[*place]);
        (0..tests.len()).find(holds).map_or(otherwise, |place| labels[place])
    };
    let mut targets = Vec::new();
    for (index, bound) in bounds.iter().enumerate() {
        let below = if index == 0 { f64::NEG_INFINITY } else { bounds[index - 1] / 2.0 + bound / 2.0 };
        targets.extend([way(below), way(*bound)]);
    }
    targets.push(way(f64::INFINITY));
    Cases::Number { bounds, targets, other: otherwise }
}

/// Texts compared for equality, or with a pattern that is a beginning and a star.
fn text_table(tests: &[Test<'_>], labels: &[Label], otherwise: Label) -> Option<Cases> {
    let mut cases = Vec::new();
    for (test, target) in tests.iter().zip(labels) {
        let tree::Kind::String(text) = &test.operand.kind else { return None };
        let (text, prefix) = match test.operator {
            Operator::Equals(Ordered::Strings) => (text.as_str(), false),
            Operator::StringMatches => pattern(text)?,
            _ => return None,
        };
        cases.push(Case { text: text.as_bytes().into(), prefix, target: *target });
    }
    let sorted = cases.len() >= SORTED_MIN && cases.iter().all(|case| !case.prefix);
    if sorted {
        cases.sort_by(|a, b| a.text.cmp(&b.text)); // Stable: of equal texts the first rule stays first …
        cases.dedup_by(|next, first| next.text == first.text); // … and is the one that is kept.
    }
    Some(Cases::Text { cases, sorted, other: otherwise })
}

/// A pattern without a star, or with one at its end.
fn pattern(text: &str) -> Option<(&str, bool)> {
    if text.contains('\\') {
        return None;
    }
    match text.find('*') {
        None => Some((text, false)),
        Some(star) if star + 1 == text.len() => Some((&text[..star], true)),
        Some(_) => None,
    }
}

fn written(node: &tree::Node) -> Vec<u8> {
    let mut text = Vec::new();
    tree::write(node, &mut text);
    text
}
