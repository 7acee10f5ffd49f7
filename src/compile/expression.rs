//! Expressions: paths followed through documents, intrinsic functions called, payload templates filled in.

use super::document::{Document, Found, Place, Root};
use super::lower::Lowering;
use crate::asl::graph::{Expression, Filter, Kind, ScopeId};
use crate::builtin::intrinsics::{Builtin, INTRINSICS};
use crate::builtin::path::{Selector, is_definite};
use crate::diagnostic::{Site, Span};
use crate::json::{self, Step, tree};
use crate::program::{ContextField, Lack, Op, Pattern, Query, Resource, Slot};
use crate::query::intrinsic::Expression as Intrinsic;
use crate::query::jsonpath::{self, PathExpression};
use crate::query::template::{expression_key, parse_expression};
use crate::query::{SyntaxError, jsonpath::Root as PathRoot};

/// How a failure names what was looked for.
#[derive(Clone, Debug)]
pub(super) enum Blame {
    /// `The JSONPath '…' specified for the field '…' could not be found in the input '…'`
    Field(String),
    /// `Invalid path '…' : …`
    Path,
    /// `The … parameter does not reference an input value: …`
    Reference(&'static str),
}

/// The longest path that is looked up while a value is read; longer ones are followed in parts.
pub(super) const STEPS_MAX: usize = 24;

impl Lowering<'_> {
    /// `InputPath` or `OutputPath`, applied.
    pub fn filter(&mut self, filter: &Filter, document: &Document) -> Document {
        match filter {
            Filter::Whole => document.clone(),
            Filter::Nothing => Document::empty_object(),
            Filter::Path(path) => self.path(path, document, &Blame::Path),
        }
    }

    /// A path, followed through a document, the context object or a variable.
    pub fn path(&mut self, expression: &Expression, document: &Document, blame: &Blame) -> Document {
        match jsonpath::parse(&expression.text) {
            Ok(path) => self.follow(&path, &expression.text, &expression.site, document, blame),
            Err(error) => self.refuse(error, &expression.site),
        }
    }

    /// A path or an intrinsic function.
    pub fn expression(&mut self, text: &str, site: &Site, document: &Document, blame: &Blame) -> Document {
        match parse_expression(text) {
            Ok(expression) => self.evaluate(&expression, text, site, document, blame),
            Err(error) => self.refuse(error, site),
        }
    }

    fn refuse(&mut self, error: SyntaxError, site: &Site) -> Document {
        let at = site.span.start + error.offset as u32;
        // The text of a string begins behind its quote; escapes before the mistake shift it, so stay inside.
        let start = (at + 1).min(site.span.end.saturating_sub(1)).max(site.span.start);
        let span = Span { start, end: site.span.end.saturating_sub(1).max(start) };
        let site = Site { span, location: site.location.clone() };
        self.diagnostics.error(&site, error.message).help = error.help;
        Document::empty_object()
    }

    fn evaluate(
        &mut self,
        expression: &Intrinsic,
        text: &str,
        site: &Site,
        document: &Document,
        blame: &Blame,
    ) -> Document {
        match expression {
            Intrinsic::Path { path, span } => self.follow(path, &text[span.clone()], site, document, blame),
            Intrinsic::Literal { text, .. } => literal(text),
            Intrinsic::Call { builtin, arguments, .. } => {
                let arguments: Vec<Document> =
                    arguments.iter().map(|argument| self.evaluate(argument, text, site, document, blame)).collect();
                self.call(builtin, &arguments)
            }
        }
    }

    fn call(&mut self, builtin: &Builtin, arguments: &[Document]) -> Document {
        let fixed: Vec<Document> = arguments.iter().map(|argument| self.fix(argument.clone())).collect();
        let sources: Vec<Source> = fixed.iter().map(|argument| self.source(argument)).collect();
        let places: Vec<Place> = fixed.iter().map(|_| Place::of(self.temporary())).collect();
        // New slots are handed out one after another, as a call wants its arguments.
        let slots: Vec<Slot> = places.iter().map(|place| self.slot(place)).collect();
        for (slot, source) in slots.iter().zip(sources) {
            self.builder.emit(source.into_slot(*slot));
        }
        let function = INTRINSICS.iter().position(|known| known.name == builtin.name).unwrap_or(0) as u8;
        let result = self.temporary();
        let to = self.slot(&Place::of(result.clone()));
        let first = slots.first().copied().unwrap_or(to);
        self.builder.emit(Op::Call { to, first, function, count: slots.len() as u8 });
        self.project(&result);
        Document::of(result)
    }

    fn follow(
        &mut self,
        path: &PathExpression,
        text: &str,
        site: &Site,
        document: &Document,
        blame: &Blame,
    ) -> Document {
        match &path.root {
            PathRoot::Input => self.pick(document, &path.selectors, text, document, blame),
            PathRoot::Context => {
                let context = self.context();
                let found = self.pick(&context, &path.selectors, text, document, blame);
                self.fix(found)
            }
            PathRoot::Variable(name) => self.variable(name, &path.selectors, text, site),
        }
    }

    /// Follows selectors from `from`; what is missing is reported as missing in `input`.
    fn pick(
        &mut self,
        from: &Document,
        selectors: &[Selector],
        text: &str,
        input: &Document,
        blame: &Blame,
    ) -> Document {
        let (steps, rest) = split(selectors);
        let lack = |this: &mut Self| this.lack(text, selectors, input, blame);
        let found = match from.select(&steps) {
            Found::Document(found) => found,
            Found::Nothing if !rest.is_empty() && !is_definite(selectors) => {
                Document::Constant(std::rc::Rc::new(array(Vec::new())))
            }
            Found::Nothing if self.optional => return self.nothing(),
            Found::Nothing => {
                let lack = lack(self);
                self.builder.emit(Op::Raise { lack });
                return Document::empty_object();
            }
            Found::Unknown => {
                let place = self.materialize(from);
                Document::At(Place { root: place.root, path: place.path.into_iter().chain(steps).collect() })
            }
        };
        let localized = self.localize(found);
        let found = self.shorten(localized);
        if rest.is_empty() {
            if let Document::At(place) = &found {
                self.require(place, |this| this.lack(text, selectors, input, blame));
            }
            return found;
        }
        let place = self.materialize(&found);
        self.query(&place, rest, |this| this.lack(text, selectors, input, blame))
    }

    /// A value that is not there.
    fn nothing(&mut self) -> Document {
        let nothing = self.temporary();
        let to = self.slot(&Place::of(nothing.clone()));
        let constant = self.builder.constant(None);
        self.builder.emit(Op::Set { to, constant });
        Document::of(nothing)
    }

    /// Selectors that need more than steps.
    fn query(
        &mut self,
        place: &Place,
        rest: &[Selector],
        lack: impl FnOnce(&mut Self) -> crate::program::LackId,
    ) -> Document {
        let definite = is_definite(rest);
        let query = self.builder.query(Query { selectors: rest.to_vec(), definite });
        let result = self.temporary();
        let (from, to) = (self.slot(place), self.slot(&Place::of(result.clone())));
        self.builder.emit(Op::Select { to, from, query });
        if definite && !self.optional {
            let lack = lack(self);
            self.builder.emit(Op::Require { slot: to, lack });
        }
        self.project(&result);
        Document::of(result)
    }

    /// Fails here if there is nothing at the place.
    pub fn require(&mut self, place: &Place, lack: impl FnOnce(&mut Self) -> crate::program::LackId) {
        let certain = place.path.is_empty() && !matches!(place.root, Root::Captured(..) | Root::Variable(..));
        if certain || self.optional {
            return;
        }
        let slot = self.slot(place);
        if self.present.insert(slot) {
            let lack = lack(self);
            self.builder.emit(Op::Require { slot, lack });
        }
    }

    fn lack(&mut self, text: &str, selectors: &[Selector], input: &Document, blame: &Blame) -> crate::program::LackId {
        let lack = match blame {
            Blame::Field(field) => {
                Lack::Field { path: text.into(), field: field.as_str().into(), input: self.local_template(input) }
            }
            Blame::Path => {
                Lack::Path { path: text.into(), selectors: selectors.to_vec(), input: self.local_template(input) }
            }
            Blame::Reference(field) => Lack::Reference { field: (*field).into(), path: text.into() },
        };
        self.builder.lack(lack)
    }

    fn local_template(&mut self, document: &Document) -> crate::program::TemplateId {
        let local = self.localize(document.clone());
        self.template(&local)
    }

    /// A variable of this scope or one around it.
    fn variable(&mut self, name: &str, selectors: &[Selector], text: &str, site: &Site) -> Document {
        let Some(scope) = self.variables.scope_of(self.graph, self.scope, name) else {
            let known = self.variables.known(self.graph, self.scope);
            let message = format!("no state assigns the variable \"{name}\": using it fails the state");
            let list = known.iter().map(|name| format!("\"${name}\"")).collect::<Vec<_>>().join(", ");
            let help = (!known.is_empty()).then(|| format!("the variables known here are {list}"));
            self.diagnostics.warning(site, message).help = help;
            if self.optional {
                return self.nothing();
            }
            let lack = self.builder.lack(Lack::Variable { name: name.into(), path: text.into() });
            self.builder.emit(Op::Raise { lack });
            return Document::empty_object();
        };
        let (steps, rest) = split(selectors);
        let place = Place { root: Root::Variable(scope, name.into()), path: steps };
        let Document::At(place) = self.localize(Document::At(place)) else { return Document::empty_object() };
        let lack = |this: &mut Self| this.builder.lack(Lack::Variable { name: name.into(), path: text.into() });
        if !rest.is_empty() {
            return self.query(&place, rest, lack);
        }
        let from = self.slot(&place);
        if !self.optional {
            let missing = lack(self);
            self.builder.emit(Op::Require { slot: from, lack: missing });
        }
        // The variable may be assigned again while documents still hold this value.
        let copy = self.temporary();
        let to = self.slot(&Place::of(copy.clone()));
        self.builder.emit(Op::Copy { to, from });
        self.project(&copy);
        Document::of(copy)
    }

    /// A document as this scope sees it: what belongs to a scope outside is captured.
    pub fn localize(&mut self, document: Document) -> Document {
        match document {
            Document::At(place) => Document::At(self.capture(self.scope, place)),
            other => other,
        }
    }

    /// A place that is not too many steps away: the value halfway gets a slot of its own.
    fn shorten(&mut self, document: Document) -> Document {
        match document {
            Document::At(place) if self.depth(&place) > STEPS_MAX => {
                let half = place.path.len().saturating_sub(STEPS_MAX);
                let near = Place { root: place.root, path: place.path[..half].to_vec() };
                let (made, from) = (self.temporary(), self.slot(&near));
                let to = self.slot(&Place::of(made.clone()));
                self.builder.emit(Op::Copy { to, from });
                self.project(&made);
                Document::At(Place { root: made, path: place.path[half..].to_vec() })
            }
            other => other,
        }
    }

    fn capture(&mut self, scope: ScopeId, place: Place) -> Place {
        if self.scope_of(&place.root) == scope {
            return place;
        }
        let Some(parent) = self.graph.scopes[scope.0 as usize].parent else { return place };
        let outer = self.capture(self.graph.states[parent.0 as usize].scope, place);
        Place::of(Root::Captured(scope, self.facts.capture(scope, &outer)))
    }

    fn scope_of(&self, root: &Root) -> ScopeId {
        match root {
            Root::Input(scope) | Root::Place(scope) | Root::Variable(scope, _) | Root::Captured(scope, _) => *scope,
            Root::Hole(state, _) | Root::Result(state) | Root::Effective(state) | Root::Temporary(state, _) => {
                self.graph.states[state.0 as usize].scope
            }
        }
    }

    /// The document in a slot.
    pub fn materialize(&mut self, document: &Document) -> Place {
        let fixed = self.fix(document.clone());
        if let Document::At(place) = fixed {
            return place;
        }
        let source = self.source(&fixed);
        let made = self.temporary();
        let to = self.slot(&Place::of(made.clone()));
        self.builder.emit(source.into_slot(to));
        self.facts.widen(&made, self.bound(&fixed));
        self.project(&made);
        Place::of(made)
    }

    /// How a slot gets the document.
    pub fn source(&mut self, document: &Document) -> Source {
        match document {
            Document::At(place) => Source::Slot(self.slot(place)),
            Document::Constant(node) => {
                let mut text = Vec::new();
                tree::write(node, &mut text);
                Source::Constant(self.builder.constant(Some(&text)))
            }
            other => Source::Template(self.template(other)),
        }
    }

    /// The document with fields of the context object looked up.
    pub fn fix(&mut self, document: Document) -> Document {
        match document {
            Document::Context(field) => {
                let made = self.temporary();
                let to = self.slot(&Place::of(made.clone()));
                self.builder.emit(Op::Context { to, field });
                Document::of(made)
            }
            Document::Object(fields) => {
                Document::Object(fields.into_iter().map(|(name, value)| (name, self.fix(value))).collect())
            }
            Document::Array(elements) => {
                Document::Array(elements.into_iter().map(|element| self.fix(element)).collect())
            }
            Document::At(place) => self.localize(Document::At(place)),
            other => other,
        }
    }

    /// The context object (developer guide, "Accessing execution data from the Context object").
    fn context(&mut self) -> Document {
        let identity = &self.options.identity;
        let field = |name: &str, value: Document| (name.to_owned(), value);
        let state = &self.graph.states[self.state.0 as usize];
        let execution = Document::Object(vec![
            field("Id", Document::Context(ContextField::ExecutionId)),
            field("Input", Document::of(Root::Input(ScopeId(0)))),
            field("StartTime", Document::Context(ContextField::ExecutionStartTime)),
            field("Name", Document::Context(ContextField::ExecutionName)),
            field("RoleArn", Document::string(&identity.role_arn)),
            field("RedriveCount", literal(b"0")),
        ]);
        let machine = Document::Object(vec![
            field("Id", Document::string(&identity.state_machine_arn())),
            field("Name", Document::string(&identity.state_machine_name)),
        ]);
        let mut of_state = vec![
            field("Name", Document::string(&state.name)),
            field("EnteredTime", Document::Context(ContextField::StateEnteredTime)),
        ];
        let mut fields = vec![field("Execution", execution), field("StateMachine", machine)];
        if let Kind::Task(task) = &state.kind {
            of_state.push(field("RetryCount", Document::Context(ContextField::StateRetryCount)));
            if Resource::parse(&task.resource.text).pattern != Pattern::RequestResponse {
                let token = Document::Context(ContextField::TaskToken);
                fields.push(field("Task", Document::Object(vec![field("Token", token)])));
            }
        }
        fields.insert(2, field("State", Document::Object(of_state)));
        if let Some(item) = self.item() {
            fields.push(field("Map", Document::Object(vec![field("Item", item)])));
        }
        Document::Object(fields)
    }

    /// The item of the innermost Map around this scope.
    fn item(&self) -> Option<Document> {
        let mut scope = self.scope;
        while self.processed_by(scope).is_none() {
            let parent = self.graph.scopes[scope.0 as usize].parent?;
            scope = self.graph.states[parent.0 as usize].scope;
        }
        let field = |name: &str, value: Document| (name.to_owned(), value);
        Some(Document::Object(vec![
            field("Index", Document::of(Root::Place(scope))),
            field("Value", Document::of(Root::Input(scope))),
            field("Source", Document::string("STATE_DATA")),
        ]))
    }

    /// A payload template, filled in.
    pub fn payload(&mut self, node: &tree::Node, site: &Site, document: &Document) -> Document {
        match &node.kind {
            tree::Kind::Object(members) if is_dynamic(node) => {
                let mut fields = Vec::new();
                for member in members {
                    let text = match &member.value.kind {
                        tree::Kind::String(text) => Some(text),
                        _ => None,
                    };
                    let value = match (expression_key(&member.name), text) {
                        (Some(name), Some(text)) => {
                            let site = self.member_site(site, member);
                            let blame = Blame::Field(member.name.clone());
                            let value = self.expression(text, &site, document, &blame);
                            (name.to_owned(), self.fix(value))
                        }
                        _ => (member.name.clone(), self.payload(&member.value, site, document)),
                    };
                    fields.push(value);
                }
                Document::Object(fields)
            }
            tree::Kind::Array(elements) if is_dynamic(node) => {
                Document::Array(elements.iter().map(|element| self.payload(element, site, document)).collect())
            }
            _ => Document::constant(node),
        }
    }

    fn member_site(&self, site: &Site, member: &tree::Member) -> Site {
        Site { span: member.value.span, location: format!("{}/{}", site.location, member.name) }
    }
}

/// How a slot gets its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Slot(Slot),
    Constant(crate::program::ConstantId),
    Template(crate::program::TemplateId),
}

impl Source {
    /// The instruction that puts it there.
    pub fn into_slot(self, to: Slot) -> Op {
        match self {
            Source::Slot(from) => Op::Copy { to, from },
            Source::Constant(constant) => Op::Set { to, constant },
            Source::Template(template) => Op::Write { to, template },
        }
    }
}

/// The steps a path begins with, and what needs more than steps.
fn split(selectors: &[Selector]) -> (Vec<Step>, &[Selector]) {
    let step = |selector: &Selector| match selector {
        Selector::Key(key) => Some(Step::Key(key.clone())),
        Selector::Index(index) => u32::try_from(*index).ok().map(Step::Index),
        _ => None,
    };
    let steps: Vec<Step> = selectors.iter().map_while(step).take(STEPS_MAX).collect();
    let rest = &selectors[steps.len()..];
    (steps, rest)
}

/// Whether anything inside has to be evaluated.
fn is_dynamic(node: &tree::Node) -> bool {
    match &node.kind {
        tree::Kind::Object(members) => members.iter().any(|member| {
            expression_key(&member.name).is_some() && matches!(member.value.kind, tree::Kind::String(_))
                || is_dynamic(&member.value)
        }),
        tree::Kind::Array(elements) => elements.iter().any(is_dynamic),
        _ => false,
    }
}

/// A literal of an intrinsic function.
fn literal(text: &[u8]) -> Document {
    let kind = match json::kind(text) {
        json::Kind::String => tree::Kind::String(json::decode(text).into_owned()),
        json::Kind::Number => tree::Kind::Number(String::from_utf8_lossy(text).into_owned()),
        json::Kind::Bool => tree::Kind::Bool(json::is_true(text)),
        _ => tree::Kind::Null,
    };
    Document::constant(&tree::Node { kind, span: Span::default() })
}

fn array(elements: Vec<tree::Node>) -> tree::Node {
    tree::Node { kind: tree::Kind::Array(elements), span: Span::default() }
}
