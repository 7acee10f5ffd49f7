//! Reads an indexed line: by its shape, if that is known, else token by token.

use super::shapes::{Known, Shapes};
use super::tokens::{LINE_END, Line};
use super::walk::{Findings, Span, walk};
use crate::json::grammar::Text;
use crate::json::read_set::Tree;
use crate::json::rows::Rows;
use crate::json::{Source, Value};

/// What a reader remembers of indexed lines, and its scratch.
#[derive(Clone, Debug, Default)]
pub struct Finder {
    pub(super) shapes: Shapes,
    pub(super) findings: Findings,
}

impl Finder {
    /// Checks the line, fills the slots of the tree, and returns the value. None: it is no JSON, or lies where no value can.
    #[inline(always)]
    pub fn find(
        &mut self,
        bytes: &[u8],
        line: &Line<'_>,
        tree: &Tree,
        source: Source,
        (slots, rows): (&mut [Value], &mut Rows),
    ) -> Option<Value> {
        let last = line.marks.len() - 1;
        if line.marks[last] != LINE_END || bytes.len() >= u32::MAX as usize {
            return None;
        }
        if !line.escapes.is_empty() && !has_good_escapes(bytes, line) {
            return None;
        }
        let found = match self.shapes.look_up(bytes, line) {
            Known::Found(found) => found,
            Known::Malformed => return None,
            Known::Stranger(stranger) => {
                if !walk(bytes, line, tree, &mut self.findings) {
                    return None;
                }
                self.shapes.meet(stranger, bytes, line, &self.findings);
                &self.findings.found
            }
        };
        let value = |first: usize, behind: usize| Value::new(source, line.position(first), line.end(bytes, behind));
        for (slot, Span { first, behind }) in tree.all_slots().iter().zip(&found.spans) {
            let is_there = *first != Span::NONE.first;
            slots[*slot as usize] = if is_there { value((*first).into(), (*behind).into()) } else { Value::MISSING };
        }
        if !tree.tables.is_empty() {
            let in_bytes = |tokens: Value| match tokens.is_missing() {
                true => tokens,
                false => value(tokens.range().start, tokens.range().end),
            };
            rows.fill(&found.rows, |token| line.position(token), in_bytes);
        }
        Some(Value::new(source, line.position(0), line.end(bytes, last)))
    }
}

/// Whether every escape is one that JSON knows. Escapes outside strings are for others to refuse.
#[cold]
fn has_good_escapes(bytes: &[u8], line: &Line<'_>) -> bool {
    let text = Text::new(bytes, line.position(line.marks.len() - 1));
    let mut behind = 0;
    line.escapes.iter().all(|&escape| {
        let at = line.base + usize::from(escape);
        // The second half of a surrogate pair was checked with the first.
        if at >= behind {
            behind = text.escape(at).unwrap_or(usize::MAX);
        }
        behind != usize::MAX
    })
}
