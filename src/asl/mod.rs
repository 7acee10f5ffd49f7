//! A definition as it was written (`ast`) and as it is meant (`graph`).

pub mod graph;
