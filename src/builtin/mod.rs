//! Functions that expressions call, as tables.
