//! Query languages: texts of expressions, parsed and checked.
