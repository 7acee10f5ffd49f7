//! What each `%` stands for: the value from which a step before it was taken.
//!
//! A `%` looks backwards along its path, and outwards, for a step that is a field or `*`: each such step is one level
//! up, each further `%` on the way one more to go. The step found gets the label of the `%`.

use super::ast::{Kind, Label, Node, Step};
use super::{Mistake, mistake};
use crate::builtin::jsonata::Fault;

/// All `%`s of an expression, by their labels.
#[derive(Default)]
pub(super) struct Ancestry {
    parents: Vec<Parent>,
    /// Steps looked at so far.
    visits: usize,
}

struct Parent {
    /// The label to be used instead of its own: of two that found the same step, the second takes that of the first.
    label: Label,
    /// How many levels up it has yet to go.
    level: i32,
}

/// How many steps are looked at. Texts people write stay far below; others must not keep us busy.
const VISITS_MAX: usize = 1_000_000;

impl Ancestry {
    /// A new `%`.
    pub fn parent(&mut self) -> Label {
        let label = Label(self.parents.len() as u32);
        self.parents.push(Parent { label, level: 1 });
        label
    }

    /// The label to be used for this one.
    pub fn renamed(&self, label: Label) -> Label {
        self.of(label).label
    }

    /// Whether any label is to be replaced.
    pub fn renames(&self) -> bool {
        self.parents.iter().zip(0..).any(|(parent, index)| parent.label != Label(index))
    }

    /// Looks for the steps that the last step's `%`s stand for; gives those that are to be sought further out.
    pub fn resolve(&mut self, steps: &mut [Step], seekers: &[Label]) -> Result<Vec<Label>, Mistake> {
        let mut open = Vec::new();
        for &label in seekers {
            let mut index = steps.len() - 1;
            while self.of(label).level > 0 {
                if index == 0 {
                    open.push(label);
                    break;
                }
                index -= 1;
                // Of steps that bind the focus one after another all were taken from the same value.
                while index > 0 && steps[index].focus.is_some() && steps[index - 1].focus.is_some() {
                    index -= 1;
                }
                self.seek(&mut steps[index], label)?;
            }
        }
        Ok(open)
    }

    /// A `%` in a filter on this step looks at the step, or beyond it.
    pub fn seek_through_filter(&mut self, step: &mut Step, label: Label) -> Result<(), Mistake> {
        if self.of(label).level == 1 {
            return self.seek(step, label);
        }
        self.of_mut(label).level -= 1;
        Ok(())
    }

    fn seek(&mut self, step: &mut Step, label: Label) -> Result<(), Mistake> {
        match &step.node.kind {
            Kind::Name(_) | Kind::Wildcard => {
                self.of_mut(label).level -= 1;
                if self.of(label).level == 0 {
                    let first = *step.ancestor.get_or_insert(self.of(label).label);
                    self.of_mut(label).label = first;
                    step.tuple = true;
                }
                self.visit(&step.node)
            }
            Kind::Block(expressions) => {
                step.tuple |= !expressions.is_empty();
                self.seek_within(&mut step.node, label)
            }
            _ => self.seek_within(&mut step.node, label),
        }
    }

    /// Looks into what is no step itself, but ends with one.
    fn seek_within(&mut self, node: &mut Node, label: Label) -> Result<(), Mistake> {
        self.visit(node)?;
        match &mut node.kind {
            Kind::Wildcard => self.of_mut(label).level -= 1,
            Kind::Parent(_) => self.of_mut(label).level += 1,
            Kind::Block(expressions) => {
                if let Some(last) = expressions.last_mut() {
                    self.seek_within(last, label)?;
                }
            }
            Kind::Path(path) => {
                path.tuple = true;
                for step in path.steps.iter_mut().rev() {
                    self.seek(step, label)?;
                    if self.of(label).level <= 0 {
                        break;
                    }
                }
            }
            _ => return Err(mistake(Fault::new("S0217"), node.span.start)),
        }
        Ok(())
    }

    fn visit(&mut self, node: &Node) -> Result<(), Mistake> {
        self.visits += 1;
        if self.visits <= VISITS_MAX { Ok(()) } else { Err(mistake(Fault::new("S0217"), node.span.start)) }
    }

    fn of(&self, label: Label) -> &Parent {
        &self.parents[label.0 as usize]
    }

    fn of_mut(&mut self, label: Label) -> &mut Parent {
        &mut self.parents[label.0 as usize]
    }
}
