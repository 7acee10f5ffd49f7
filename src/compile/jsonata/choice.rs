//! Choice in JSONata: conditions in order, each rule with its own output and assignments.

use super::Bindings;
use crate::asl::graph::{Condition, Rule, State, StateId, Template};
use crate::compile::document::Document;
use crate::compile::lower::{Last, Lowering};
use crate::json::tree;
use crate::program::{Lack, Op};

/// What is done once it is known where to go.
#[derive(Clone, Copy)]
struct Way<'a> {
    next: StateId,
    output: Option<&'a Template>,
    assign: Option<&'a Template>,
}

impl Lowering<'_> {
    pub fn lower_jsonata_choice(&mut self, state: &State, rules: &[Rule], default: Option<StateId>, entry: &Document) {
        self.charge_exit();
        let bindings = Bindings::entering(entry);
        for rule in rules {
            let way = Way { next: rule.next, output: rule.output.as_ref(), assign: rule.assign.as_ref() };
            let Condition::Computed(condition) = &rule.condition else { continue };
            match condition.node.kind {
                // What stands behind such a rule is never asked.
                tree::Kind::Bool(true) => return self.lower_jsonata_way(way, entry, &bindings, Last::Yes),
                tree::Kind::Bool(false) => {}
                _ => self.lower_jsonata_rule(condition, way, entry, &bindings),
            }
        }
        match default {
            Some(next) => {
                let way = Way { next, output: state.output.as_ref(), assign: state.assign.as_ref() };
                self.lower_jsonata_way(way, entry, &bindings, Last::Yes);
            }
            None => {
                let lack = self.builder.lack(Lack::NoChoice);
                self.builder.emit(Op::Raise { lack });
                self.break_run();
            }
        }
    }

    /// Goes the rule's way if its condition holds.
    fn lower_jsonata_rule(&mut self, condition: &Template, way: Way<'_>, entry: &Document, bindings: &Bindings) {
        let otherwise = self.builder.label();
        self.decide(condition, bindings, otherwise);
        // What is found to be there on the way was not looked for where the condition does not hold.
        let present = self.present.clone();
        self.lower_jsonata_way(way, entry, bindings, Last::No);
        self.present = present;
        self.builder.bind(otherwise);
    }

    fn lower_jsonata_way(&mut self, way: Way<'_>, entry: &Document, bindings: &Bindings, last: Last) {
        let output = self.jsonata_output(way.output, entry, bindings);
        let assignment = self.evaluate_jsonata_assign(way.assign, bindings);
        self.limit(&output, entry);
        let assigned = self.assign(assignment);
        self.tell_exit(&output, assigned);
        self.go(way.next, &output, last);
    }
}
