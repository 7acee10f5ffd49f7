//! Paths, followed through documents at compile time as far as they are known, and at run time from there.

use super::document::{Document, Found, Place, Root};
use super::lower::Lowering;
use super::parsed::Route;
use crate::asl::graph::{Expression, Filter, ScopeId};
use crate::builtin::path::{Selector, is_definite};
use crate::diagnostic::{Site, Span};
use crate::json::tree;
use crate::program::{Lack, LackId, Op, Query, TemplateId};
use crate::query::SyntaxError;
use crate::query::jsonpath::Root as PathRoot;
use std::rc::Rc;

/// How a failure names what was looked for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Blame<'a> {
    /// `The JSONPath '…' specified for the field '…' could not be found in the input '…'`
    Field(&'a str),
    /// `Invalid path '…' : …`
    Path,
    /// `Invalid path '…': The choice state's condition path references an invalid value.`
    Choice,
    /// `The … parameter does not reference an input value: …`
    Reference(&'a str),
}

/// Where an expression stands: a field, or a member of a template that is a field.
#[derive(Clone, Copy)]
pub(super) struct Origin<'a> {
    pub site: &'a Site,
    pub member: Option<&'a tree::Member>,
}

impl Origin<'_> {
    pub fn site(self) -> Site {
        match self.member {
            None => self.site.clone(),
            Some(member) => {
                let location = format!("{}/{}", self.site.location, member.name);
                Site { span: member.value.span, location }
            }
        }
    }
}

impl<'a> From<&'a Site> for Origin<'a> {
    fn from(site: &'a Site) -> Origin<'a> {
        Origin { site, member: None }
    }
}

/// The longest path that is looked up while a value is read; longer ones are followed in parts.
pub(super) const STEPS_MAX: usize = 24;

impl Lowering<'_> {
    /// `InputPath` or `OutputPath`, applied.
    pub fn filter(&mut self, filter: &Filter, document: &Document) -> Document {
        match filter {
            Filter::Whole => document.clone(),
            Filter::Nothing => Document::empty_object(),
            Filter::Path(path) => self.path(path, document, Blame::Path),
        }
    }

    /// A path, followed through a document, the context object or a variable.
    pub fn path(&mut self, expression: &Expression, document: &Document, blame: Blame<'_>) -> Document {
        let origin = Origin::from(&expression.site);
        match self.route(&expression.text) {
            Ok(route) => self.follow(&route, &expression.text, origin, document, blame),
            Err(error) => self.refuse(error, origin),
        }
    }

    /// A path of the definition.
    pub fn route(&mut self, text: &str) -> Result<Rc<Route>, SyntaxError> {
        self.facts.parsed.route(text, &mut self.facts.atlas)
    }

    pub fn follow(
        &mut self,
        route: &Route,
        text: &str,
        origin: Origin<'_>,
        document: &Document,
        blame: Blame<'_>,
    ) -> Document {
        match &route.path.root {
            PathRoot::Input => self.pick(document, route, text, document, blame),
            PathRoot::Context => {
                let context = self.context();
                let found = self.pick(&context, route, text, document, blame);
                self.fix(found)
            }
            PathRoot::Variable(name) => self.variable(name, route, text, origin),
        }
    }

    /// Follows selectors from `from`; what is missing is reported as missing in `input`.
    fn pick(&mut self, from: &Document, route: &Route, text: &str, input: &Document, blame: Blame<'_>) -> Document {
        let (selectors, steps, rest) = (&route.path.selectors[..], &route.steps[..], route.rest());
        let lack = |this: &mut Self| this.lack(text, selectors, input, blame);
        let found = match from.select(steps, &mut self.facts.atlas) {
            Found::Document(found) => found,
            Found::Nothing if !rest.is_empty() && !is_definite(selectors) => Document::constant(array(Vec::new())),
            Found::Nothing if self.optional => return self.nothing(),
            Found::Nothing => {
                let lack = lack(self);
                self.builder.emit(Op::Raise { lack });
                return Document::empty_object();
            }
            Found::Unknown => {
                let place = self.materialize(from);
                Document::At(place.below(steps, &mut self.facts.atlas))
            }
        };
        let localized = self.localize(found);
        let found = self.shorten(localized);
        if rest.is_empty() {
            if let Document::At(place) = found {
                self.require(place, |this| this.lack(text, selectors, input, blame));
            }
            return found;
        }
        let place = self.materialize(&found);
        self.query(place, rest, |this| this.lack(text, selectors, input, blame))
    }

    /// A value that is not there.
    pub fn nothing(&mut self) -> Document {
        let nothing = self.temporary();
        let to = self.slot(Place::of(nothing));
        let constant = self.constant(None);
        self.builder.emit(Op::Set { to, constant });
        Document::of(nothing)
    }

    /// Selectors that need more than steps.
    fn query(&mut self, place: Place, rest: &[Selector], lack: impl FnOnce(&mut Self) -> LackId) -> Document {
        let definite = is_definite(rest);
        let query = self.builder.query(Query { selectors: rest.to_vec(), definite });
        let result = self.temporary();
        let (from, to) = (self.slot(place), self.slot(Place::of(result)));
        self.builder.emit(Op::Select { to, from, query });
        if definite && !self.optional {
            let lack = lack(self);
            self.builder.emit(Op::Require { slot: to, lack });
        }
        self.project(result);
        Document::of(result)
    }

    /// Fails here if there is nothing at the place.
    pub fn require(&mut self, place: Place, lack: impl FnOnce(&mut Self) -> LackId) {
        let is_given = !matches!(place.root, Root::Captured(..) | Root::Variable(..) | Root::Hole(..));
        let certain = place.path.is_empty() && is_given;
        if certain || self.optional {
            return;
        }
        let slot = self.slot(place);
        if self.present.insert(slot) {
            let lack = lack(self);
            self.builder.emit(Op::Require { slot, lack });
        }
    }

    fn lack(&mut self, text: &str, selectors: &[Selector], input: &Document, blame: Blame<'_>) -> LackId {
        if self.is_learning() {
            if let Blame::Field(_) | Blame::Path = blame {
                self.local_template(input);
            }
            return LackId(0);
        }
        let lack = match blame {
            Blame::Field(field) => {
                Lack::Field { path: text.into(), field: field.into(), input: self.local_template(input) }
            }
            Blame::Path => {
                Lack::Path { path: text.into(), selectors: selectors.to_vec(), input: self.local_template(input) }
            }
            Blame::Choice => Lack::Choice { path: text.into() },
            Blame::Reference(field) => Lack::Reference { field: field.into(), path: text.into() },
        };
        self.builder.lack(lack)
    }

    /// What to say when nothing is where a path leads.
    pub fn path_lack(&mut self, expression: &Expression, input: &Document) -> LackId {
        self.lack(&expression.text, &[], input, Blame::Choice)
    }

    fn local_template(&mut self, document: &Document) -> TemplateId {
        let local = self.localize(document.clone());
        self.template(&local)
    }

    /// A variable of this scope or one around it.
    fn variable(&mut self, name: &str, route: &Route, text: &str, origin: Origin<'_>) -> Document {
        let Some(scope) = self.variables.scope_of(self.graph, self.scope, name) else {
            let known = self.variables.known(self.graph, self.scope);
            let message = format!("no state assigns the variable \"{name}\": using it fails the state");
            let list = known.iter().map(|name| format!("\"${name}\"")).collect::<Vec<_>>().join(", ");
            let help = (!known.is_empty()).then(|| format!("the variables known here are {list}"));
            self.diagnostics.warning(&origin.site(), message).help = help;
            if self.optional {
                return self.nothing();
            }
            let lack = self.builder.lack(Lack::Variable { name: name.into(), path: text.into() });
            self.builder.emit(Op::Raise { lack });
            return Document::empty_object();
        };
        let rest = route.rest();
        let place = self.variable_of(scope, name).below(&route.steps, &mut self.facts.atlas);
        let Document::At(place) = self.localize(Document::At(place)) else { return Document::empty_object() };
        let lack = |this: &mut Self| this.builder.lack(Lack::Variable { name: name.into(), path: text.into() });
        if !rest.is_empty() {
            return self.query(place, rest, lack);
        }
        let from = self.slot(place);
        if !self.optional {
            let missing = lack(self);
            self.builder.emit(Op::Require { slot: from, lack: missing });
        }
        // The variable may be assigned again while documents still hold this value.
        let copy = self.temporary();
        let to = self.slot(Place::of(copy));
        self.builder.emit(Op::Copy { to, from });
        self.project(copy);
        Document::of(copy)
    }

    /// A variable of this scope or one around it, by itself.
    pub fn workflow_variable(&mut self, name: &str) -> Option<Document> {
        let scope = self.variables.scope_of(self.graph, self.scope, name)?;
        let variable = self.variable_of(scope, name);
        Some(self.localize(Document::At(variable)))
    }

    /// The variable of a scope.
    pub fn variable_of(&mut self, scope: ScopeId, name: &str) -> Place {
        Place::of(Root::Variable(scope, self.facts.atlas.name(name)))
    }

    /// A place that is not too many steps away: the value halfway gets a slot of its own.
    fn shorten(&mut self, document: Document) -> Document {
        match document {
            Document::At(place) if self.depth(place) > STEPS_MAX => {
                let steps = self.facts.atlas.steps(place.path).clone();
                let (near, far) = steps.split_at(steps.len().saturating_sub(STEPS_MAX));
                let near = Place::of(place.root).below(near, &mut self.facts.atlas);
                let (made, from) = (self.temporary(), self.slot(near));
                let to = self.slot(Place::of(made));
                self.builder.emit(Op::Copy { to, from });
                self.project(made);
                Document::At(Place::of(made).below(far, &mut self.facts.atlas))
            }
            other => other,
        }
    }
}

fn array(elements: Vec<tree::Node>) -> tree::Node {
    tree::Node { kind: tree::Kind::Array(elements), span: Span::default() }
}
