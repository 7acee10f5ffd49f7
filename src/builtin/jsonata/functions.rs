//! The functions that every JSONata expression knows, as one table.

use super::fault::Fault;
use super::heap::{Heap, Outcome};
use super::item::Item;
use super::{aggregates, arrays, conditions, dates, numbers, objects, patterns, texts};
use crate::builtin::random::Random;
use crate::json::Texts;
use std::borrow::Cow;

/// A function that every expression knows.
#[derive(Debug)]
pub struct Builtin {
    /// Its name without `$`.
    pub name: &'static str,
    /// The types of its parameters, as JSONata's documentation writes them.
    pub signature: &'static str,
    /// How many parameters it declares; functions that call functions ask.
    pub arity: u8,
    /// How it is done.
    pub work: Work,
}

/// How a function is done.
#[derive(Clone, Copy, Debug)]
pub enum Work {
    /// At once.
    Plain(fn(&mut Call<'_>) -> Outcome<Item>),
    /// By calling the function it is given again and again.
    Higher(Higher),
    /// At once, unless it is given a function other than a regular expression.
    Either(fn(&mut Call<'_>) -> Outcome<Item>, Higher),
}

/// The functions that call functions; the vm does them step by step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the function of that name")]
pub enum Higher {
    Map,
    Filter,
    Single,
    Reduce,
    Sift,
    Each,
    Sort,
    Match,
    Contains,
    Split,
    Replace,
}

/// One call.
pub struct Call<'a> {
    /// The arguments, checked against the signature and as many as it has parameters; undefined where left out.
    pub arguments: &'a [Item],
    /// Where results are made.
    pub heap: &'a mut Heap,
    /// Where the arguments may lie.
    pub texts: Texts<'a>,
    /// The regular expressions of the program, which [`Function::Regex`](super::Function::Regex) counts.
    pub regexes: &'a [super::Regex],
    /// Where random numbers come from.
    pub random: &'a mut Random,
    /// The time of the evaluation, in milliseconds since 1970; the same throughout.
    pub now_ms: u64,
}

impl Call<'_> {
    /// An argument; undefined where there is none.
    #[inline]
    pub(super) fn argument(&self, index: usize) -> Item {
        self.arguments.get(index).copied().unwrap_or_default()
    }

    /// What an argument is worth; `None` for what is no number.
    #[inline]
    pub(super) fn number(&self, index: usize) -> Option<f64> {
        self.heap.number(self.argument(index), self.texts)
    }

    /// What an argument says; empty for what is no string.
    pub(super) fn text(&self, index: usize) -> Cow<'_, str> {
        self.heap.text(self.argument(index), self.texts)
    }

    /// What an argument says; `None` for what is no string.
    pub(super) fn optional(&self, index: usize) -> Option<Cow<'_, str>> {
        self.argument(index).is_string().then(|| self.text(index))
    }

    /// The fault of an argument, which is counted from 0, that no signature forbids but the function cannot use.
    #[cold]
    pub(super) fn misfit(&self, index: usize) -> Box<Fault> {
        let mut value = Vec::new();
        super::write(self.heap, self.argument(index), self.texts, &mut value);
        let value = String::from_utf8(value).unwrap_or_default();
        Fault::new("T0410").with("value", value).with("index", (index + 1).to_string())
    }
}

/// Every function.
pub const BUILTINS: &[Builtin] = &[
    plain("sum", "<a<n>:n>", 1, aggregates::sum),
    plain("count", "<a:n>", 1, aggregates::count),
    plain("max", "<a<n>:n>", 1, aggregates::max),
    plain("min", "<a<n>:n>", 1, aggregates::min),
    plain("average", "<a<n>:n>", 1, aggregates::average),
    plain("append", "<xx:a>", 2, arrays::append),
    plain("reverse", "<a:a>", 1, arrays::reverse),
    plain("zip", "<a+>", 0, arrays::zip),
    plain("distinct", "<x:x>", 1, arrays::distinct),
    plain("shuffle", "<a:a>", 1, arrays::shuffle),
    plain("partition", "<jn?:a>", 2, arrays::partition),
    plain("range", "<nnn?:a<n>>", 3, arrays::range),
    plain("keys", "<x-:a<s>>", 1, objects::keys),
    plain("lookup", "<x-s:x>", 2, objects::lookup),
    plain("spread", "<x-:a<o>>", 1, objects::spread),
    plain("merge", "<a<o>:o>", 1, objects::merge),
    plain("clone", "<(oa)-:o>", 1, objects::clone),
    plain("parse", "<s?:x>", 1, objects::parse),
    plain("string", "<x-b?:s>", 1, texts::string),
    plain("substring", "<s-nn?:s>", 3, texts::substring),
    plain("substringBefore", "<s-s:s>", 2, texts::substring_before),
    plain("substringAfter", "<s-s:s>", 2, texts::substring_after),
    plain("lowercase", "<s-:s>", 1, texts::lowercase),
    plain("uppercase", "<s-:s>", 1, texts::uppercase),
    plain("length", "<s-:n>", 1, texts::length),
    plain("trim", "<s-:s>", 1, texts::trim),
    plain("pad", "<s-ns?:s>", 3, texts::pad),
    plain("join", "<a<s>s?:s>", 2, texts::join),
    plain("base64encode", "<s-:s>", 1, texts::base64encode),
    plain("base64decode", "<s-:s>", 1, texts::base64decode),
    plain("encodeUrlComponent", "<s-:s>", 1, texts::encode_url_component),
    plain("encodeUrl", "<s-:s>", 1, texts::encode_url),
    plain("decodeUrlComponent", "<s-:s>", 1, texts::decode_url_component),
    plain("decodeUrl", "<s-:s>", 1, texts::decode_url),
    plain("hash", "<ss?:s>", 2, texts::hash),
    plain("uuid", "<:s>", 0, texts::uuid),
    plain("formatNumber", "<n-so?:s>", 3, numbers::format_number),
    plain("formatBase", "<n-n?:s>", 2, numbers::format_base),
    plain("formatInteger", "<n-s:s>", 2, numbers::format_integer),
    plain("parseInteger", "<s-s:n>", 2, numbers::parse_integer),
    plain("number", "<(nsb)-:n>", 1, numbers::number),
    plain("floor", "<n-:n>", 1, numbers::floor),
    plain("ceil", "<n-:n>", 1, numbers::ceil),
    plain("round", "<n-n?:n>", 2, numbers::round),
    plain("abs", "<n-:n>", 1, numbers::abs),
    plain("sqrt", "<n-:n>", 1, numbers::sqrt),
    plain("power", "<n-n:n>", 2, numbers::power),
    plain("random", "<n?:n>", 1, numbers::random),
    plain("boolean", "<x-:b>", 1, conditions::boolean),
    plain("not", "<x-:b>", 1, conditions::not),
    plain("exists", "<x:b>", 1, conditions::exists),
    plain("type", "<x:s>", 1, conditions::type_),
    plain("error", "<s?:x>", 1, conditions::error),
    plain("assert", "<bs?:x>", 2, conditions::assert),
    either("contains", "<s-(sf):b>", 2, patterns::contains, Higher::Contains),
    either("split", "<s-(sf)n?:a<s>>", 3, patterns::split, Higher::Split),
    either("match", "<s-f<s:o>n?:a<o>>", 3, patterns::match_, Higher::Match),
    either("replace", "<s-(sf)(sf)n?:s>", 4, patterns::replace, Higher::Replace),
    plain("now", "<s?s?:s>", 2, dates::now),
    plain("millis", "<:n>", 0, dates::millis),
    plain("toMillis", "<s-s?:n>", 2, dates::to_millis),
    plain("fromMillis", "<n-s?s?:s>", 3, dates::from_millis),
    higher("map", "<af>", 2, Higher::Map),
    higher("filter", "<af>", 2, Higher::Filter),
    higher("single", "<af?>", 2, Higher::Single),
    higher("reduce", "<afj?:j>", 3, Higher::Reduce),
    higher("sift", "<o-f?:o>", 2, Higher::Sift),
    higher("each", "<o-f:a>", 2, Higher::Each),
    higher("sort", "<af?:a>", 2, Higher::Sort),
];

const fn plain(
    name: &'static str,
    signature: &'static str,
    arity: u8,
    work: fn(&mut Call<'_>) -> Outcome<Item>,
) -> Builtin {
    Builtin { name, signature, arity, work: Work::Plain(work) }
}

const fn higher(name: &'static str, signature: &'static str, arity: u8, work: Higher) -> Builtin {
    Builtin { name, signature, arity, work: Work::Higher(work) }
}

const fn either(
    name: &'static str,
    signature: &'static str,
    arity: u8,
    work: fn(&mut Call<'_>) -> Outcome<Item>,
    higher: Higher,
) -> Builtin {
    Builtin { name, signature, arity, work: Work::Either(work, higher) }
}

/// The function of this name, by its row.
pub fn builtin(name: &str) -> Option<u8> {
    BUILTINS.iter().position(|known| known.name == name).map(|row| row as u8)
}
