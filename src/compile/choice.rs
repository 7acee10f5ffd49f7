//! Choice: rules in order, those that follow each other and look at the same value as one table.

use super::atlas::Set;
use super::cases::{self, Row, is_exact, is_numeric, written};
use super::document::Document;
use super::lower::{Last, Lowering};
use super::path::Blame;
use crate::asl::graph::{Condition, Expression, Operand, Rule, State, StateId, Template};
use crate::builtin::comparisons::{self, Operator};
use crate::json;
use crate::program::{self, Cases, Comparison, Label, Lack, Op, Slot, Sorted, Switch, SwitchId};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

/// Where a rule leads: a label, and the code to be put there unless it is the next state's own.
struct Way<'a> {
    label: Label,
    code: Option<(StateId, Option<&'a Template>)>,
}

/// A rule, or what is left of it to be tested: it leads to the target if all its parts hold, one after the other.
#[derive(Clone, Copy)]
struct Link<'a> {
    parts: &'a [Condition],
    target: Label,
}

/// What becomes of a value: the rules that are left to be tested, and where it goes if none of them holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Fate {
    left: Vec<usize>,
    last: Goal,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Goal {
    Rule(usize),
    Otherwise,
    /// There is no value where one is needed.
    Lack,
}

/// What rules that look at the same value first make of it.
#[derive(Debug)]
pub(super) struct Division {
    row: Row,
    /// For each place of the row, unless that took too many copies of rules.
    fates: Option<Vec<Fate>>,
    /// Rules that may still be copied.
    copies: usize,
}

/// How much tables may still grow.
struct Plan {
    /// Rules that may be tested in more than one place.
    copies: usize,
    /// Tables that this one lies behind.
    depth: u32,
}

/// Copies that a table of few rules may take.
const COPIES_MIN: usize = 16;
/// Tables behind each other, at most.
const DEPTH_MAX: u32 = 8;

impl<'a> Link<'a> {
    /// The first parts, which are about the variable, and what is left to be tested.
    fn split(self, variable: &str) -> (&'a [Condition], &'a [Condition]) {
        self.parts.split_at(self.parts.iter().take_while(|part| cases::is_about(part, variable)).count())
    }
}

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
        let all = rules.iter().map(|rule| parts(&rule.condition)).zip(&ways);
        let links: Vec<Link<'_>> = all.map(|(parts, way)| Link { parts, target: way.label }).collect();
        self.lower_rules(&links, otherwise, &input, &mut Plan { copies: COPIES_MIN + 2 * links.len(), depth: 0 });
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
    fn lower_ways(&mut self, ways: Vec<Way<'_>>, input: &Document, output: &Document, present: &Set<Slot>) {
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

    /// Rules in their order; if none holds, on to `otherwise`.
    fn lower_rules(&mut self, mut rules: &[Link<'_>], otherwise: Label, input: &Document, plan: &mut Plan) {
        let mut goes_on = true;
        while !rules.is_empty() {
            let (these, rest) = rules.split_at(alike(rules));
            rules = rest;
            let next = if rest.is_empty() { otherwise } else { self.builder.label() };
            if these.len() > 1 && plan.depth < DEPTH_MAX && self.lower_table(these, next, input, plan) {
                goes_on = !rest.is_empty();
                if goes_on {
                    self.builder.bind(next);
                }
                continue;
            }
            for rule in these {
                self.lower_parts(rule.parts, true, input);
                self.builder.emit(Op::When { target: rule.target });
            }
        }
        // Nobody comes here from a table.
        if goes_on {
            self.builder.emit(Op::Jump { target: otherwise });
        }
    }

    /// Leaves whether it holds in the condition flag. `And` and `Or` stop as soon as they know.
    fn lower_condition(&mut self, condition: &Condition, input: &Document) {
        match condition {
            Condition::And(parts) => self.lower_parts(parts, true, input),
            Condition::Or(parts) => self.lower_parts(parts, false, input),
            Condition::Not(part) => {
                self.lower_condition(part, input);
                self.builder.emit(Op::Negate {});
            }
            Condition::Test { variable, operator, operand } => self.lower_test(variable, operator, operand, input),
            Condition::Computed(_) => {}
        }
    }

    /// Whether all parts hold, or any.
    fn lower_parts(&mut self, parts: &[Condition], all: bool, input: &Document) {
        if let [part] = parts {
            return self.lower_condition(part, input);
        }
        let end = self.builder.label();
        let present = self.present.clone();
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                self.builder.emit(if all { Op::Unless { target: end } } else { Op::When { target: end } });
            }
            self.lower_condition(part, input);
        }
        // What later parts found to be there was not looked for when an earlier one decided.
        self.present = present;
        self.builder.bind(end);
    }

    fn lower_test(&mut self, variable: &Expression, name: &str, operand: &Operand, input: &Document) {
        let Some((known, _)) = comparisons::comparison(name) else { return };
        let operator = known.operator;
        let left = match operator {
            Operator::IsPresent => self.presence(variable, input),
            _ => {
                let found = self.path(variable, input, Blame::Choice);
                let place = self.materialize(&found);
                self.slot(place)
            }
        };
        let operand = self.operand(operator, operand, input);
        let comparison = self.builder.comparison(Comparison { operator, operand, lack: None, branch: None });
        self.builder.emit(Op::Compare { left, comparison });
    }

    fn operand(&mut self, operator: Operator, operand: &Operand, input: &Document) -> program::Operand {
        match operand {
            Operand::Constant(node) => {
                if self.is_learning() {
                    return program::Operand::Number(0.0);
                }
                let text = written(node);
                match operator {
                    _ if is_numeric(operator) && is_exact(&text) => program::Operand::Number(json::number(&text)),
                    _ => program::Operand::Constant(self.builder.text(&text)),
                }
            }
            Operand::Path(path) => {
                let found = self.path(path, input, Blame::Choice);
                let place = self.materialize(&found);
                program::Operand::Slot(self.slot(place))
            }
        }
    }

    /// The slot of a value that need not be there.
    fn presence(&mut self, variable: &Expression, input: &Document) -> Slot {
        self.optional = true;
        let found = self.path(variable, input, Blame::Choice);
        self.optional = false;
        let place = self.materialize(&found);
        self.slot(place)
    }

    /// Rules whose first parts look at one value, as a table of that; false if it would be too large.
    fn lower_table(&mut self, rules: &[Link<'_>], otherwise: Label, input: &Document, plan: &mut Plan) -> bool {
        let Some(variable) = cases::variable(&rules[0].parts[0]) else { return false };
        let about = &*variable.text;
        let division = self.division(rules, about, plan);
        let Some(fates) = &division.fates else { return false };
        let present = self.present.clone();
        let mut chains: HashMap<Fate, Label> = HashMap::new();
        let mut order: Vec<Fate> = Vec::new();
        let mut label = |this: &mut Self, fate: &Fate| match (&fate.left[..], fate.last) {
            ([], Goal::Rule(rule)) => rules[rule].target,
            ([], Goal::Otherwise) => otherwise,
            _ => *chains.entry(fate.clone()).or_insert_with(|| {
                order.push(fate.clone());
                this.builder.label()
            }),
        };
        let slot = match rules.iter().any(|rule| rule.split(about).0.iter().any(cases::asks_for_presence)) {
            true => {
                let slot = self.presence(variable, input);
                let missing = label(self, &fate_without_value(rules, about));
                self.branch_if_missing(slot, missing);
                slot
            }
            false => {
                let found = self.path(variable, input, Blame::Choice);
                let place = self.materialize(&found);
                self.slot(place)
            }
        };
        let targets: Vec<Label> = fates.iter().map(|fate| label(self, fate)).collect();
        let lack = self.path_lack(variable, input);
        let table = match self.is_learning() {
            true => SwitchId(0),
            false => self.builder.switch(Switch { cases: table(&division.row, &targets), lack }),
        };
        self.builder.emit(Op::Switch { slot, table });
        for fate in order {
            self.present.clone_from(&present);
            self.builder.bind(chains[&fate]);
            let left: Vec<Link<'_>> =
                fate.left.iter().map(|rule| Link { parts: rules[*rule].split(about).1, ..rules[*rule] }).collect();
            let end = match fate.last {
                Goal::Rule(rule) => rules[rule].target,
                Goal::Otherwise => otherwise,
                Goal::Lack => self.builder.label(),
            };
            plan.depth += 1;
            self.lower_rules(&left, end, input, plan);
            plan.depth -= 1;
            if fate.last == Goal::Lack {
                self.builder.bind(end);
                self.builder.emit(Op::Raise { lack });
            }
        }
        self.present = present;
        true
    }

    /// What becomes of each value. Of rules as the definition has them, that is found out once.
    fn division(&mut self, rules: &[Link<'_>], about: &str, plan: &mut Plan) -> Rc<Division> {
        let key = (rules[0].parts.as_ptr().addr(), rules.len(), plan.copies);
        let is_written = plan.depth == 0;
        if let Some(known) = self.facts.divisions.get(&key).filter(|_| is_written) {
            plan.copies = known.copies;
            return known.clone();
        }
        let row = Row::of(rules.iter().flat_map(|rule| rule.split(about).0));
        let fates = fates(&row, rules, about, plan);
        let division = Rc::new(Division { row, fates, copies: plan.copies });
        if is_written {
            self.facts.divisions.insert(key, division.clone());
        }
        division
    }

    fn branch_if_missing(&mut self, slot: Slot, target: Label) {
        let operand = program::Operand::Constant(self.builder.text(b"true"));
        let branch = Some((false, target));
        let comparison = Comparison { operator: Operator::IsPresent, operand, lack: None, branch };
        let comparison = self.builder.comparison(comparison);
        self.builder.emit(Op::Compare { left: slot, comparison });
    }
}

/// The parts of a condition that all have to hold.
fn parts(condition: &Condition) -> &[Condition] {
    match condition {
        Condition::And(parts) if !parts.is_empty() => parts,
        one => std::slice::from_ref(one),
    }
}

/// How many of the rules look at the same value first.
fn alike(rules: &[Link<'_>]) -> usize {
    let Some(variable) = cases::variable(&rules[0].parts[0]) else { return 1 };
    let is_alike = |rule: &&Link<'_>| cases::is_about(&rule.parts[0], &variable.text);
    rules.iter().take_while(is_alike).count().max(1)
}

/// What becomes of a value at each place of the row; `None` if that would take too many copies of rules.
fn fates(row: &Row, rules: &[Link<'_>], variable: &str, plan: &mut Plan) -> Option<Vec<Fate>> {
    let mut changes = vec![Vec::new(); row.len() + 1];
    for (rule, link) in rules.iter().enumerate() {
        for range in row.all(link.split(variable).0) {
            changes[range.start].push(rule);
            changes[range.end].push(rule);
        }
    }
    let (mut holding, mut known) = (BTreeSet::new(), HashSet::new());
    let mut fates: Vec<Fate> = Vec::with_capacity(row.len());
    for changed in &changes[..row.len()] {
        if let (true, Some(last)) = (changed.is_empty(), fates.last()) {
            fates.push(last.clone());
            continue;
        }
        for rule in changed {
            if !holding.remove(rule) {
                holding.insert(*rule);
            }
        }
        let last = holding.iter().position(|rule| rules[*rule].split(variable).1.is_empty());
        let left: Vec<usize> = holding.iter().copied().take(last.unwrap_or(usize::MAX)).collect();
        let last = last.and_then(|last| holding.iter().nth(last)).map_or(Goal::Otherwise, |rule| Goal::Rule(*rule));
        let fate = Fate { left, last };
        if known.insert(fate.clone()) {
            plan.copies = plan.copies.checked_sub(fate.left.len())?;
        }
        fates.push(fate);
    }
    Some(fates)
}

/// What becomes of it if there is no value.
fn fate_without_value(rules: &[Link<'_>], variable: &str) -> Fate {
    let mut left = Vec::new();
    for (rule, link) in rules.iter().enumerate() {
        let (first, rest) = link.split(variable);
        match first.iter().map(cases::without_value).find(|holds| *holds != Some(true)) {
            None if rest.is_empty() => return Fate { left, last: Goal::Rule(rule) },
            None => left.push(rule),
            Some(None) => return Fate { left, last: Goal::Lack },
            Some(_) => {}
        }
    }
    Fate { left, last: Goal::Otherwise }
}

/// The table of a row with a target for each place.
fn table(row: &Row, targets: &[Label]) -> Cases {
    let (numbers, texts) = (row.first_number(), row.first_text());
    let kinds = std::array::from_fn(|kind| targets[kind]);
    let numbers = Sorted { bounds: row.numbers.clone(), targets: targets[numbers..texts].to_vec() };
    Cases::new(numbers, Sorted { bounds: row.texts.clone(), targets: targets[texts..].to_vec() }, kinds)
}
