//! Signatures of functions, such as `<s-nn?:s>`: which arguments a function takes.
//!
//! Like the reference implementation, a signature is a pattern over the letters of the arguments' types.

mod check;
mod types;

pub use check::{Mismatch, Passed};
pub use types::{Type, Types};

use super::Fault;

/// What a function takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Signature {
    /// At most [`PARAMETERS_MAX`].
    parameters: Vec<Parameter>,
}

/// How many parameters a signature may have; the check holds a place for each in the bits of a word.
const PARAMETERS_MAX: usize = 63;

/// One letter of a signature, or `(…)`, with what stands behind it.
#[derive(Clone, Debug, PartialEq)]
struct Parameter {
    /// What fits.
    types: Types,
    /// How many arguments it takes.
    times: Times,
    /// `?` behind `?`, `-` or `+`: it takes no more than it must.
    lazy: bool,
    /// `-`: the context takes the place of a missing argument, if it is one of these.
    context: Option<Types>,
    /// `a`: what does not come as an array becomes one.
    array: Option<Items>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Times {
    Once,
    /// `?` or `-`
    AtMostOnce,
    /// `+`
    AtLeastOnce,
}

/// What the items of an array must be.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Items {
    Anything,
    /// `a<…>`: all of the type of the first letter there; a letter that is no type fits nothing.
    Only {
        item: Option<Type>,
        /// There is one letter only: then a single value of that type will do as well.
        alone: bool,
    },
}

/// Why a text is no signature.
#[derive(Clone, Debug, PartialEq)]
pub struct Mistake {
    /// S0401, S0402, or S0201 for what has no code.
    pub fault: Box<Fault>,
    /// Where, in bytes of the signature.
    pub offset: usize,
}

impl Signature {
    /// Reads a signature, with its angle brackets. Letters without a meaning are passed over.
    pub fn parse(text: &str) -> Result<Signature, Mistake> {
        let mut reader = Reader { text, parameters: Vec::new() };
        let mut at = text.chars().next().map_or(0, char::len_utf8);
        while let Some(symbol) = text[at..].chars().next().filter(|&symbol| symbol != ':') {
            at = reader.symbol(symbol, at).map_err(|fault| Mistake { fault, offset: at })?;
        }
        Ok(Signature { parameters: reader.parameters })
    }
}

struct Reader<'a> {
    text: &'a str,
    parameters: Vec<Parameter>,
}

impl Reader<'_> {
    /// Takes the symbol at `at`; gives where the next one is.
    fn symbol(&mut self, symbol: char, at: usize) -> Result<usize, Box<Fault>> {
        let behind = at + symbol.len_utf8();
        match symbol {
            's' | 'n' | 'b' | 'l' | 'o' => self.parameter(symbol, Types::letter(symbol).with(Type::Missing), None)?,
            'f' => self.parameter(symbol, Types::letter(symbol), None)?,
            'j' => self.parameter(symbol, Types::ALL.without(Type::Function), None)?,
            'x' => self.parameter(symbol, Types::ALL, None)?,
            'a' => self.parameter(symbol, Types::ALL, Some(Items::Anything))?,
            '-' | '?' | '+' => self.modify(symbol)?,
            '(' => return self.choice(at),
            '<' => return self.subtype(at),
            _ => {}
        }
        Ok(behind)
    }

    fn parameter(&mut self, symbol: char, types: Types, array: Option<Items>) -> Result<(), Box<Fault>> {
        if self.parameters.len() == PARAMETERS_MAX {
            return Err(unexpected(symbol));
        }
        self.parameters.push(Parameter { types, times: Times::Once, lazy: false, context: None, array });
        Ok(())
    }

    /// `-`, `?` and `+`; without a parameter before them they mean nothing.
    fn modify(&mut self, symbol: char) -> Result<(), Box<Fault>> {
        let Some(parameter) = self.parameters.last_mut() else { return Ok(()) };
        if symbol == '-' {
            let optional = parameter.times == Times::AtMostOnce;
            parameter.context = Some(if optional { Types::ALL } else { parameter.types });
        }
        match (parameter.times, symbol) {
            (Times::Once, '+') => parameter.times = Times::AtLeastOnce,
            (Times::Once, _) => parameter.times = Times::AtMostOnce,
            (_, '+') => return Err(unexpected(symbol)),
            (..) if parameter.lazy => return Err(unexpected(symbol)),
            (..) => parameter.lazy = true,
        }
        Ok(())
    }

    /// `(sn)`
    fn choice(&mut self, at: usize) -> Result<usize, Box<Fault>> {
        let end = closing(self.text, at, b'(', b')');
        let choice = &self.text[at + 1..end];
        if choice.contains('<') {
            return Err(Fault::new("S0402").with_text("value", choice));
        }
        let types =
            choice.chars().fold(Types::NONE.with(Type::Missing), |types, letter| types.or(Types::letter(letter)));
        self.parameter('(', types, None)?;
        Ok((end + 1).min(self.text.len()))
    }

    /// `<s>` behind `a`, or `<s:b>` behind `f`, where it says nothing that is checked.
    fn subtype(&mut self, at: usize) -> Result<usize, Box<Fault>> {
        let end = closing(self.text, at, b'<', b'>');
        let subtype = &self.text[at + 1..end];
        let parameter = self.parameters.last_mut().ok_or_else(|| Fault::new("S0401"))?;
        if parameter.array.is_some() {
            let item = subtype.chars().next().and_then(Type::of_letter);
            parameter.array = Some(Items::Only { item, alone: subtype.len() == 1 });
        } else if parameter.types != Types::letter('f') {
            return Err(Fault::new("S0401"));
        }
        Ok((end + 1).min(self.text.len()))
    }
}

/// Where the bracket at `at` is closed, or where the text ends.
fn closing(text: &str, at: usize, open: u8, close: u8) -> usize {
    let mut depth = 0;
    let end = text.bytes().skip(at).position(|byte| {
        depth += i32::from(byte == open) - i32::from(byte == close);
        depth == 0
    });
    end.map_or(text.len(), |end| at + end)
}

fn unexpected(symbol: char) -> Box<Fault> {
    Fault::new("S0201").with_text("token", symbol.encode_utf8(&mut [0; 4]))
}

#[cfg(test)]
mod tests;
