//! A sprint: an execution from its start to its end, with no more bookkeeping than that takes.
//!
//! Most executions choose, reshape and succeed. For these there is a plan (`plan/`): a few tests, and an output. What others
//! come to need (frames, an arena, numbers of events, a name, a time) is not even reset. Where the plan comes to its end
//! before the execution does, nothing has happened yet, and the vm runs it the ordinary way, from its first instruction.

use super::choose::compare;
use super::plan::{DUTIES_MAX, Document, Entered, NodeId, Plan, Step};
use super::{Tally, World, document};
use crate::json::{Texts, Value};
use crate::program::{Program, Slot};

/// Runs an execution whose input was read into the slots, and writes its output, if that can be done in a sprint. How
/// many transitions there were.
#[inline(always)]
pub(super) fn sprint(plan: &Plan, program: &Program, slots: &[Value], world: &mut World<'_>) -> Option<u64> {
    let line = world.block;
    let at = |slot: &Slot| slots[slot.0 as usize];
    let text = |value: Value| &line[value.range()];
    let may_be_object = |slot: &Slot| at(slot).is_missing() || text(at(slot))[0] == b'{';
    if slots[0].len() > plan.line_bytes_max || !plan.objects.iter().all(may_be_object) {
        return None;
    }
    let texts = Texts { line, arena: &[], constants: &program.text };
    let (mut way, mut count) = ([NodeId(0); DUTIES_MAX], 0);
    let mut next = NodeId(0);
    // No way that ends comes to a node twice.
    for _ in &plan.nodes {
        let node = plan.nodes.get(next.0 as usize)?;
        if let Some(duties) = &node.duties {
            if duties.present.iter().any(|slot| at(slot).is_missing()) {
                return None;
            }
            *way.get_mut(count)? = next;
            count += 1;
        }
        next = match &node.step {
            Step::Kind { slot, kinds, ways, absent } => match at(slot) {
                value if value.is_missing() => *absent,
                value => ways[usize::from(kinds.hold(line[value.range().start]))],
            },
            Step::Number { slot, interval, ways, absent } => match at(slot) {
                value if value.is_missing() => *absent,
                value => ways[usize::from(interval.holds(text(value)))],
            },
            Step::Switch { slot, table, ways } => match at(slot) {
                value if value.is_missing() => return None,
                value => ways[plan.tables[*table as usize].look_up(line, value)],
            },
            Step::Compare { slot, comparison, ways } => ways[usize::from(compare(comparison, at(slot), slots, texts))],
            Step::End(end) => {
                write(&end.document, slots, texts, world.out)?;
                let duties = way[..count].iter().flat_map(|node| &plan.nodes[node.0 as usize].duties);
                let before: u64 = duties.map(|duties| charge(&duties.entered, world.tally)).sum();
                return Some(before + charge(&end.entered, world.tally));
            }
            Step::Open => return None,
        };
    }
    None
}

/// Writes the output; None, and nothing is written, where a part of it is missing.
#[inline(always)]
fn write(written: &Document, slots: &[Value], texts: Texts<'_>, out: &mut Vec<u8>) -> Option<()> {
    match written {
        Document::Joined(output) => output.write(slots, texts.line, out),
        Document::Spliced(template) => {
            document::write(template, slots, texts, out);
            Some(())
        }
    }
}

/// Counts what was entered; how many transitions that is.
#[inline(always)]
fn charge(entered: &Entered, tally: &mut Tally) -> u64 {
    for run in &entered.runs {
        tally.runs[run.0 as usize] += 1;
    }
    entered.transitions
}
