//! A program as text, for people: every instruction with what its operands stand for.

use super::{
    Comparison, Label, Lack, LackId, Name, Op, OpOperand, Operand, Piece, Pool, Program, Slot, Sorted, Switch,
    TemplateId,
};
use crate::builtin::jsonata::Item;
use crate::json::Value;
use std::fmt::{self, Display, Formatter, Write};

/// A program's listing; prints itself.
#[derive(Debug)]
pub struct Listing<'a>(&'a Program);

impl Program {
    /// The program as text.
    pub fn listing(&self) -> Listing<'_> {
        Listing(self)
    }
}

impl Display for Listing<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let program = self.0;
        writeln!(f, "; {} instructions, {} states", program.code.len(), program.states.len())?;
        writeln!(f, "; reads {}", self.read_set(program.input_set.0))?;
        let mut state = None;
        for (place, (op, site)) in program.code.iter().zip(&program.sites).enumerate() {
            if state != Some(*site) {
                state = Some(*site);
                let info = &program.states[site.0 as usize];
                writeln!(f, "\n{} ({})", info.name, info.kind)?;
            }
            writeln!(f, "{place:>6}  {}", self.op(op))?;
        }
        Ok(())
    }
}

impl Listing<'_> {
    fn op(&self, op: &Op) -> String {
        let mut operands = String::new();
        let name = op.describe(&mut |name, operand| {
            let _ = write!(operands, " {name}={}", self.operand(operand)); // Writing to a String cannot fail.
        });
        format!("{name:<14}{operands}").trim_end().to_string()
    }

    fn operand(&self, operand: OpOperand) -> String {
        match operand {
            OpOperand::Slot(slot) => slot_name(slot),
            OpOperand::Register(register) => format!("r{}", register.0),
            OpOperand::Label(label) => format!("@{}", label.0),
            OpOperand::Number(number) => number.to_string(),
            OpOperand::Field(field) => format!("{field:?}"),
            OpOperand::Pool(pool, place) => self.pooled(pool, place),
        }
    }

    fn pooled(&self, pool: Pool, place: u32) -> String {
        let (program, at) = (self.0, place as usize);
        match pool {
            Pool::Run => {
                let run = &program.runs[at];
                let name = |state: &(super::StateId, u32)| program.states[state.0.0 as usize].name.to_string();
                let names: Vec<String> = run.entered.iter().map(name).collect();
                format!("[{}] +{} events", names.join(", "), run.events)
            }
            Pool::Constant => self.constant(program.constants[at]),
            Pool::Template => self.template(TemplateId(place)),
            Pool::Transition => self.template(program.transitions[at].document),
            Pool::Set => self.read_set(place),
            Pool::Lack => self.lack(place),
            Pool::Requirements => {
                let one = |(slot, lack): &(Slot, LackId)| format!("{} {}", slot_name(*slot), self.lack(lack.0));
                program.requirements[at].iter().map(one).collect::<Vec<_>>().join(", ")
            }
            Pool::Switch => self.switch(&program.switches[at]),
            Pool::Comparison => self.comparison(&program.comparisons[at]),
            Pool::TaskSite => {
                let site = &program.task_sites[at];
                let arn = &program.tasks[site.task.0 as usize].resource.arn;
                format!("{arn} ({}) -> {}", self.template(site.parameters), slot_name(site.result))
            }
            Pool::Query => format!("{:?}", program.queries[at].selectors),
            Pool::Insertion => format!("{:?}", program.insertions[at].path),
            Pool::Pause => format!("{:?}", program.pauses[at]),
            Pool::Fork => format!("{:?}", program.forks[at].kind),
            Pool::Reach => {
                let reach = &program.expressions.reaches[at];
                format!("{}.{}", slot_name(reach.through[0]), joined(&reach.names))
            }
            Pool::Literal => match program.expressions.literals[at] {
                Item::Digits(value) | Item::Quoted(value) | Item::Listed(value) | Item::Keyed(value) => {
                    self.constant(value)
                }
                Item::Number(number) => number.get().to_string(),
                other => format!("{other:?}").to_lowercase(),
            },
            Pool::Regex => format!("{:?}", program.expressions.regexes[at]),
            Pool::Names => joined(&program.expressions.names[at]),
            Pool::Lambda => {
                let lambda = &program.expressions.lambdas[at];
                format!("@{} of {}, {} registers", lambda.entry.0, lambda.parameters, lambda.registers)
            }
            Pool::Callee => program.expressions.callees[at].name.as_deref().unwrap_or("a value").to_owned(),
            Pool::Fault => program.expressions.faults[at].code.to_owned(),
            Pool::Wanted => {
                let wanted = &program.wanted[at];
                format!("{:?} in {}", wanted.expected, wanted.field)
            }
        }
    }

    fn lack(&self, place: u32) -> String {
        match &self.0.lacks[place as usize] {
            Lack::Field { path, .. } | Lack::Path { path, .. } | Lack::Variable { path, .. } => format!("`{path}`"),
            Lack::Choice { path } | Lack::Reference { path, .. } | Lack::Placement { path, .. } => format!("`{path}`"),
            Lack::NoChoice => "no rule matched".into(),
        }
    }

    fn comparison(&self, comparison: &Comparison) -> String {
        let operand = match &comparison.operand {
            Operand::Constant(value) => self.constant(*value),
            Operand::Number(number) => number.to_string(),
            Operand::Slot(slot) => slot_name(*slot),
        };
        let lack = comparison.lack.map_or(String::new(), |lack| format!(" of {}", self.lack(lack.0)));
        let branch = comparison.branch.map_or(String::new(), |(wanted, target)| format!(", if {wanted} @{}", target.0));
        format!("{:?} {operand}{lack}{branch}", comparison.operator)
    }

    fn switch(&self, switch: &Switch) -> String {
        let cases = &switch.cases;
        let other = cases.kinds[0];
        let kinds = ["null", "false", "true", "array", "object"].iter().zip(cases.kinds);
        let kinds = kinds.filter(|(_, target)| *target != other).map(|(kind, target)| format!("{kind} @{} ", target.0));
        let numbers = sorted(&cases.numbers, other, f64::to_string);
        let texts = sorted(&cases.texts, other, |text| format!("\"{}\"", String::from_utf8_lossy(text)));
        format!("{}{numbers}{texts}else @{}", kinds.collect::<String>(), other.0)
    }

    fn constant(&self, value: Value) -> String {
        match value.is_missing() {
            true => "nothing".into(),
            false => String::from_utf8_lossy(&self.0.text[value.range()]).into_owned(),
        }
    }

    fn template(&self, template: TemplateId) -> String {
        self.pieces(&self.0.templates[template.0 as usize].pieces)
    }

    fn pieces(&self, pieces: &[Piece]) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Text(value) => self.constant(*value),
            Piece::Slot(slot) => format!("·{}", slot_name(*slot)),
            Piece::Spliced(spliced) => {
                let edit = |edit: &super::Edit| {
                    let keys: String = edit.keys.iter().map(|key| self.constant(*key)).collect();
                    format!("{keys}{}", self.pieces(&edit.value))
                };
                let edits: Vec<String> = spliced.edits.iter().map(edit).collect();
                format!("·{} with {}", slot_name(spliced.base), edits.join(", "))
            }
        };
        pieces.iter().map(piece).collect()
    }

    fn read_set(&self, set: u32) -> String {
        let paths: Vec<String> =
            self.0.sets[set as usize].paths().into_iter().map(|(path, slot)| format!("s{slot}={path}")).collect();
        if paths.is_empty() { "nothing".into() } else { paths.join(" ") }
    }
}

fn joined(names: &[Name]) -> String {
    names.iter().map(|name| String::from_utf8_lossy(&name.text)).collect::<Vec<_>>().join(".")
}

fn slot_name(slot: Slot) -> String {
    if slot == Slot::NONE { "-".into() } else { format!("s{}", slot.0) }
}

/// The targets of a table that differ from that of all else.
fn sorted<T>(sorted: &Sorted<T>, other: Label, name: impl Fn(&T) -> String) -> String {
    let mut text = String::new();
    let mut put = |sign: &str, bound: &str, target: Label| {
        if target != other {
            // Writing to a String cannot fail.
            let _ = write!(text, "{sign}{bound} @{} ", target.0);
        }
    };
    for (bound, targets) in sorted.bounds.iter().zip(sorted.targets.chunks(2)) {
        let bound = name(bound);
        put("<", &bound, targets[0]);
        put("", &bound, targets[1]);
    }
    put("above", "", sorted.targets[sorted.targets.len() - 1]);
    text
}
