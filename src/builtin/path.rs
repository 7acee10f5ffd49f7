//! A JSONPath, compiled: the selectors that lead from a value to parts of it.
//!
//! The dialect is Jayway's, which Step Functions uses, without its functions and scripts. The normal form that
//! [`std::fmt::Display`] prints is the one in Step Functions' messages: `$['Payload'][0]`.

use std::fmt::{self, Display, Formatter};

/// A path below a root that is known from elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Path {
    /// From the root on; none of them is the root itself.
    pub selectors: Vec<Selector>,
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    /// The member of this name: `.a`, `['a']`.
    Key(Box<str>),
    /// The members of these names: `['a','b']`. At the end of a path, one object of just these members.
    Keys(Vec<Box<str>>),
    /// The element at this place, from the end if negative: `[0]`, `[-1]`.
    Index(i64),
    /// The elements at these places, in this order: `[0,1]`.
    Union(Vec<i64>),
    /// The elements from `start` on, before `end`, each `step`-th: `[0:2]`, `[-3:]`, `[::2]`.
    Slice {
        /// The first, from the end if negative.
        start: Option<i64>,
        /// One past the last, from the end if negative.
        end: Option<i64>,
        /// One or more.
        step: u32,
    },
    /// Every element or member: `[*]`, `.*`.
    Wildcard,
    /// The value and everything inside it that has parts, each before its own parts: the `..` before another selector.
    Descend,
    /// The elements for which it holds, or the object itself if it does: `[?(…)]`.
    Filter(Filter),
}

/// What a `[?(…)]` asks of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// `… || …`
    Any(Vec<Filter>),
    /// `… && …`
    All(Vec<Filter>),
    /// `!(…)`
    Not(Box<Filter>),
    /// A path finds something: `@.a`.
    Exists(Term),
    /// Two values compare: `@.a >= 5`.
    Compare {
        /// The left side.
        left: Term,
        /// How they should stand to one another.
        matching: Matching,
        /// The right side.
        right: Term,
    },
}

/// One side of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Term {
    /// `@…`: below the value that is tested.
    Current(Vec<Selector>),
    /// `$…`: below the value that the whole path began with.
    Root(Vec<Selector>),
    /// A value written in the filter, as JSON text.
    Literal(Box<[u8]>),
}

/// How two values of a filter should stand to one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matching {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Path {
    /// Whether the path leads to at most one value; others give an array of all they find.
    pub fn is_definite(&self) -> bool {
        is_definite(&self.selectors)
    }
}

/// Whether these selectors lead to at most one value.
pub fn is_definite(selectors: &[Selector]) -> bool {
    let Some((last, before)) = selectors.split_last() else { return true };
    let single = |selector: &Selector| matches!(selector, Selector::Key(_) | Selector::Index(_));
    before.iter().all(single) && (single(last) || matches!(last, Selector::Keys(_)))
}

impl Display for Path {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("$")?;
        self.selectors.iter().try_for_each(|selector| selector.fmt(f))
    }
}

impl Display for Selector {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Selector::Key(name) => write!(f, "['{name}']"),
            Selector::Keys(names) => write!(f, "['{}']", names.join("','")),
            Selector::Index(index) => write!(f, "[{index}]"),
            Selector::Union(indices) => {
                let indices: Vec<String> = indices.iter().map(i64::to_string).collect();
                write!(f, "[{}]", indices.join(","))
            }
            Selector::Slice { start, end, step } => {
                let text = |bound: &Option<i64>| bound.map(|bound| bound.to_string()).unwrap_or_default();
                write!(f, "[{}:{}", text(start), text(end))?;
                if *step == 1 { f.write_str("]") } else { write!(f, ":{step}]") }
            }
            Selector::Wildcard => f.write_str("[*]"),
            Selector::Descend => f.write_str(".."),
            Selector::Filter(_) => f.write_str("[?]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Path, Selector};

    #[test]
    fn a_path_is_printed_as_step_functions_does() {
        let key = |name: &str| Selector::Key(name.into());
        let path = Path { selectors: vec![key("no"), Selector::Index(-1)] };
        assert_eq!(path.to_string(), "$['no'][-1]");
        let pick = Selector::Keys(vec!["a".into(), "b".into()]);
        let slice = Selector::Slice { start: Some(-3), end: None, step: 1 };
        let path =
            Path { selectors: vec![Selector::Descend, pick, slice, Selector::Wildcard, Selector::Union(vec![0, 2])] };
        assert_eq!(path.to_string(), "$..['a','b'][-3:][*][0,2]");
    }

    #[test]
    fn a_path_is_definite_if_it_cannot_find_two_values() {
        let definite = |selectors: Vec<Selector>| Path { selectors }.is_definite();
        let pick = || Selector::Keys(vec!["a".into(), "b".into()]);
        assert!(definite(vec![]));
        assert!(definite(vec![Selector::Key("a".into()), Selector::Index(-1)]));
        assert!(definite(vec![Selector::Index(0), pick()]));
        assert!(!definite(vec![pick(), Selector::Index(0)]));
        assert!(!definite(vec![Selector::Descend, Selector::Key("a".into())]));
        assert!(!definite(vec![Selector::Wildcard, Selector::Key("a".into())]));
    }
}
