//! The intrinsic functions of the States Language, as one table.
//!
//! What they do is said in the States Language, "Intrinsic functions", and in the Step Functions developer guide;
//! where recordings of Step Functions differ from both, the recordings count, and the function says so.

use std::borrow::Cow;

use crate::builtin::random::Random;
use crate::builtin::{array, data, hash, math, text};
use crate::failure::{ErrorName, Failure};
use crate::json::{self, Kind};

/// The largest arguments of one call, all together, in bytes: sixteen times the largest payload.
/// Results grow no faster than their arguments, so this bounds what nested calls can build, too.
pub const ARGUMENT_BYTES_MAX: usize = 4 * 1024 * 1024;

/// An intrinsic function.
#[derive(Debug)]
pub struct Builtin {
    /// Its name, `States.Format`.
    pub name: &'static str,
    /// How many arguments it takes.
    pub arity: Arity,
    function: fn(&mut Call<'_>) -> Result<(), Complaint>,
}

/// How many arguments a function takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arity {
    /// The fewest.
    pub least: usize,
    /// The most.
    pub most: usize,
}

/// One call: the arguments, and where the result goes.
pub struct Call<'a> {
    /// The arguments, JSON texts.
    pub arguments: &'a [&'a [u8]],
    /// Where random numbers come from.
    pub random: &'a mut Random,
    /// The result's JSON text is appended here; after a failure there may be a part of it.
    pub out: &'a mut Vec<u8>,
}

/// What a function has against its arguments, without its name.
pub(super) type Complaint = Cow<'static, str>;

/// Every intrinsic function.
pub const INTRINSICS: &[Builtin] = &[
    Builtin { name: "States.Array", arity: at_least(0), function: array::array },
    Builtin { name: "States.ArrayPartition", arity: exactly(2), function: array::partition },
    Builtin { name: "States.ArrayContains", arity: exactly(2), function: array::contains },
    Builtin { name: "States.ArrayRange", arity: exactly(3), function: array::range },
    Builtin { name: "States.ArrayGetItem", arity: exactly(2), function: array::get_item },
    Builtin { name: "States.ArrayLength", arity: exactly(1), function: array::length },
    Builtin { name: "States.ArrayUnique", arity: exactly(1), function: array::unique },
    Builtin { name: "States.Base64Encode", arity: exactly(1), function: text::base64_encode },
    Builtin { name: "States.Base64Decode", arity: exactly(1), function: text::base64_decode },
    Builtin { name: "States.Hash", arity: exactly(2), function: hash::hash },
    Builtin { name: "States.JsonMerge", arity: exactly(3), function: data::json_merge },
    Builtin { name: "States.StringToJson", arity: exactly(1), function: data::string_to_json },
    Builtin { name: "States.JsonToString", arity: exactly(1), function: data::json_to_string },
    Builtin { name: "States.MathRandom", arity: Arity { least: 2, most: 3 }, function: math::random },
    Builtin { name: "States.MathAdd", arity: exactly(2), function: math::add },
    Builtin { name: "States.StringSplit", arity: exactly(2), function: text::string_split },
    Builtin { name: "States.Format", arity: at_least(1), function: text::format },
    Builtin { name: "States.UUID", arity: exactly(0), function: math::uuid },
];

const fn exactly(count: usize) -> Arity {
    Arity { least: count, most: count }
}

const fn at_least(count: usize) -> Arity {
    Arity { least: count, most: usize::MAX }
}

/// The function of this name.
pub fn intrinsic(name: &str) -> Option<&'static Builtin> {
    INTRINSICS.iter().find(|builtin| builtin.name == name)
}

impl Builtin {
    /// Calls the function; it fails with `States.IntrinsicFailure`.
    pub fn call(&self, call: &mut Call<'_>) -> Result<(), Failure> {
        self.check(call).and_then(|()| (self.function)(call)).map_err(|complaint| {
            Failure::new(ErrorName::IntrinsicFailure, format!("The function '{}' failed: {complaint}.", self.name))
        })
    }

    fn check(&self, call: &Call<'_>) -> Result<(), Complaint> {
        if !self.arity.allows(call.arguments.len()) {
            return Err(format!("it takes {}, not {}", self.arity, call.arguments.len()).into());
        }
        let bytes: usize = call.arguments.iter().map(|argument| argument.len()).sum();
        if bytes > ARGUMENT_BYTES_MAX {
            return Err(format!("its arguments have {bytes} bytes; {ARGUMENT_BYTES_MAX} is the most").into());
        }
        Ok(())
    }
}

impl Arity {
    /// Whether so many arguments are allowed.
    pub fn allows(self, count: usize) -> bool {
        (self.least..=self.most).contains(&count)
    }
}

impl std::fmt::Display for Arity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.least, self.most) {
            (0, 0) => f.write_str("no arguments"),
            (1, 1) => f.write_str("1 argument"),
            (least, most) if least == most => write!(f, "{least} arguments"),
            (1, usize::MAX) => f.write_str("at least 1 argument"),
            (least, usize::MAX) => write!(f, "at least {least} arguments"),
            (least, most) => write!(f, "{least} to {most} arguments"),
        }
    }
}

/// What functions ask of their arguments; `at` counts from 0.
impl<'a> Call<'a> {
    /// The text of a string.
    pub(super) fn string(&self, at: usize) -> Result<Cow<'a, str>, Complaint> {
        self.of_kind(at, Kind::String).map(json::decode)
    }

    /// An array's JSON text.
    pub(super) fn array(&self, at: usize) -> Result<&'a [u8], Complaint> {
        self.of_kind(at, Kind::Array)
    }

    /// An object's JSON text.
    pub(super) fn object(&self, at: usize) -> Result<&'a [u8], Complaint> {
        self.of_kind(at, Kind::Object)
    }

    /// A whole number. Others are rounded as Java's `Math.round` does, halves up (recorded for MathAdd; the developer
    /// guide says "rounds off to the nearest integer" for the other functions).
    pub(super) fn integer(&self, at: usize) -> Result<i64, Complaint> {
        let number = self.of_kind(at, Kind::Number)?;
        Ok(json::integer(number).unwrap_or_else(|| round(json::number(number))))
    }

    /// Appends a string, quoted.
    pub(super) fn put_string(&mut self, text: &str) {
        json::quote(text, self.out);
    }

    /// Appends JSON text.
    pub(super) fn put(&mut self, text: impl AsRef<[u8]>) {
        self.out.extend_from_slice(text.as_ref());
    }

    /// Appends a whole number.
    pub(super) fn put_integer(&mut self, number: i64) {
        let start = self.out.len();
        let mut rest = number.unsigned_abs();
        loop {
            self.out.push(b'0' + (rest % 10) as u8);
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        self.out.extend_from_slice(if number < 0 { b"-" } else { b"" });
        self.out[start..].reverse();
    }

    /// Appends an array of JSON texts.
    pub(super) fn put_array<T: AsRef<[u8]>>(&mut self, items: impl IntoIterator<Item = T>) {
        self.put_items(items, |call, item| call.put(item));
    }

    /// Appends an array of what `put` appends for each item.
    pub(super) fn put_items<T>(&mut self, items: impl IntoIterator<Item = T>, mut put: impl FnMut(&mut Self, T)) {
        self.put("[");
        for (count, item) in items.into_iter().enumerate() {
            self.put(if count == 0 { "" } else { "," });
            put(self, item);
        }
        self.put("]");
    }

    fn of_kind(&self, at: usize, kind: Kind) -> Result<&'a [u8], Complaint> {
        let found = json::kind(self.arguments[at]);
        if found == kind {
            return Ok(self.arguments[at]);
        }
        Err(format!("argument {} must be {}, but is {}", at + 1, name(kind), name(found)).into())
    }
}

fn round(number: f64) -> i64 {
    let floor = number.floor();
    (if number - floor >= 0.5 { floor + 1.0 } else { floor }) as i64
}

fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Null => "null",
        Kind::Bool => "a boolean",
        Kind::Number => "a number",
        Kind::String => "a string",
        Kind::Array => "an array",
        Kind::Object => "an object",
    }
}

#[cfg(test)]
mod tests;
