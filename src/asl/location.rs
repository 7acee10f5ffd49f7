//! Where something stands in a definition, as AWS says it; spelled out only when somebody must be told.

use super::value::shown;
use std::fmt::Write;
use std::rc::Rc;

/// A value by the way that leads to it: `/States/Price/Retry[0]`.
#[derive(Clone, Debug)]
pub(super) enum Location<'a> {
    /// The machine itself.
    Machine,
    /// A field of an object.
    Field(Rc<Location<'a>>, &'a str),
    /// An element of an array.
    Element(Rc<Location<'a>>, usize),
}

impl Location<'_> {
    pub fn spelled(&self) -> String {
        let mut text = String::with_capacity(64);
        self.spell(&mut text);
        text
    }

    /// The nesting of definitions bounds this recursion.
    fn spell(&self, text: &mut String) {
        match self {
            Location::Machine => {}
            Location::Field(object, name) => {
                object.spell(text);
                text.push('/');
                text.push_str(shown(name));
            }
            Location::Element(array, index) => {
                array.spell(text);
                write!(text, "[{index}]").expect("memory can be written to");
            }
        }
    }
}
