//! What the definition's paths, expressions and constants say, read once however often they are lowered.

use super::atlas::{Atlas, Map, Name, Step};
use super::document::Document;
use super::path::STEPS_MAX;
use crate::asl::graph::{ScopeId, StateId};
use crate::builtin::path::Selector;
use crate::json::tree::Node;
use crate::query::SyntaxError;
use crate::query::intrinsic::Expression;
use crate::query::jsonpath::{self, PathExpression};
use crate::query::template::parse_expression;
use std::collections::HashMap;
use std::rc::Rc;

/// A path, and the steps it begins with.
#[derive(Debug)]
pub(super) struct Route {
    pub path: PathExpression,
    pub steps: Vec<Step>,
}

impl Route {
    pub fn of(path: PathExpression, atlas: &mut Atlas) -> Route {
        let steps = path.selectors.iter().take(STEPS_MAX).map_while(|selector| step(selector, atlas)).collect();
        Route { path, steps }
    }

    /// What needs more than steps.
    pub fn rest(&self) -> &[Selector] {
        &self.path.selectors[self.steps.len()..]
    }
}

/// A selector that is no more than a step.
pub(super) fn step(selector: &Selector, atlas: &mut Atlas) -> Option<Step> {
    match selector {
        Selector::Key(key) => Some(Step::Key(atlas.name(key))),
        Selector::Index(index) => u32::try_from(*index).ok().map(Step::Index),
        _ => None,
    }
}

/// What was read, by where it stands in memory: the definition stays there while it is compiled.
#[derive(Debug, Default)]
pub(super) struct Parsed {
    routes: Map<(usize, usize), Result<Rc<Route>, SyntaxError>>,
    /// The same by their words, which states often share.
    known: HashMap<Box<str>, Rc<Route>>,
    expressions: Map<(usize, usize), Result<Rc<Expression>, SyntaxError>>,
    constants: Map<usize, Document>,
    names: Map<(usize, usize), Name>,
    /// The context object of each state, in each scope.
    pub contexts: Map<(StateId, ScopeId), Document>,
}

impl Parsed {
    /// A path of the definition.
    pub fn route(&mut self, text: &str, atlas: &mut Atlas) -> Result<Rc<Route>, SyntaxError> {
        let known = &mut self.known;
        self.routes
            .entry(place(text))
            .or_insert_with(|| match known.get(text) {
                Some(route) => Ok(route.clone()),
                None => {
                    let route = Rc::new(Route::of(jsonpath::parse(text)?, atlas));
                    known.insert(text.into(), route.clone());
                    Ok(route)
                }
            })
            .clone()
    }

    /// A path or an intrinsic function of the definition.
    pub fn expression(&mut self, text: &str) -> Result<Rc<Expression>, SyntaxError> {
        self.expressions.entry(place(text)).or_insert_with(|| parse_expression(text).map(Rc::new)).clone()
    }

    /// A name in the definition.
    pub fn name(&mut self, text: &str, atlas: &mut Atlas) -> Name {
        *self.names.entry(place(text)).or_insert_with(|| atlas.name(text))
    }

    /// A value that the definition writes down.
    pub fn constant(&mut self, node: &Node) -> Document {
        let place = std::ptr::from_ref(node).addr();
        self.constants.entry(place).or_insert_with(|| Document::constant(node.clone())).clone()
    }
}

fn place(text: &str) -> (usize, usize) {
    (text.as_ptr().addr(), text.len())
}
