//! The types that signatures tell apart, and sets of them.

/// The type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the type of that name")]
pub enum Type {
    String,
    Number,
    Boolean,
    Null,
    Object,
    Array,
    Function,
    /// No value at all.
    Missing,
}

/// Types and their letters.
const LETTERS: [(char, Type); 8] = [
    ('s', Type::String),
    ('n', Type::Number),
    ('b', Type::Boolean),
    ('l', Type::Null),
    ('o', Type::Object),
    ('a', Type::Array),
    ('f', Type::Function),
    ('m', Type::Missing),
];

impl Type {
    /// The type of this letter.
    pub(super) fn of_letter(letter: char) -> Option<Type> {
        LETTERS.iter().find(|(known, _)| *known == letter).map(|(_, kind)| *kind)
    }

    /// As T0412 calls many of them; null and what is missing it does not name.
    pub(super) fn plural(self) -> Option<&'static str> {
        Some(match self {
            Type::String => "strings",
            Type::Number => "numbers",
            Type::Boolean => "booleans",
            Type::Object => "objects",
            Type::Array => "arrays",
            Type::Function => "functions",
            Type::Null | Type::Missing => return None,
        })
    }
}

/// A set of types.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Types(u8);

impl Types {
    /// No type.
    pub const NONE: Types = Types(0);
    /// Every type.
    pub const ALL: Types = Types(u8::MAX);

    /// One type.
    pub const fn of(kind: Type) -> Types {
        Types(1 << kind as u8)
    }

    /// The type of this letter, or none.
    pub(super) fn letter(letter: char) -> Types {
        Type::of_letter(letter).map_or(Types::NONE, Types::of)
    }

    /// Those of both.
    pub const fn or(self, other: Types) -> Types {
        Types(self.0 | other.0)
    }

    /// These and one more.
    pub const fn with(self, kind: Type) -> Types {
        self.or(Types::of(kind))
    }

    /// These but one.
    pub const fn without(self, kind: Type) -> Types {
        Types(self.0 & !Types::of(kind).0)
    }

    /// Whether the type is among them.
    pub const fn contains(self, kind: Type) -> bool {
        self.0 & Types::of(kind).0 != 0
    }
}
