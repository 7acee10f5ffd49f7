//! The context object, as a document: what is the same for every execution is known here.

use super::document::{Document, Root};
use super::expression::literal;
use super::lower::Lowering;
use crate::asl::graph::{Kind, ScopeId};
use crate::program::{ContextField, Pattern, Resource};

impl Lowering<'_> {
    /// The context object (developer guide, "Accessing execution data from the Context object").
    pub fn context(&mut self) -> Document {
        let key = (self.context_state, self.scope);
        if let Some(known) = self.facts.parsed.contexts.get(&key) {
            return known.clone();
        }
        let context = self.new_context();
        self.facts.parsed.contexts.insert(key, context.clone());
        context
    }

    fn new_context(&mut self) -> Document {
        let identity = &self.options.identity;
        let state = &self.graph.states[self.context_state.0 as usize];
        let execution = self.object([
            ("Id", Document::Context(ContextField::ExecutionId)),
            ("Input", Document::of(Root::Input(ScopeId(0)))),
            ("StartTime", Document::Context(ContextField::ExecutionStartTime)),
            ("Name", Document::Context(ContextField::ExecutionName)),
            ("RoleArn", Document::string(&identity.role_arn)),
            ("RedriveCount", literal(b"0")),
        ]);
        let machine = self.object([
            ("Id", Document::string(&identity.state_machine_arn())),
            ("Name", Document::string(&identity.state_machine_name)),
        ]);
        let mut of_state = vec![
            ("Name", Document::string(&state.name)),
            ("EnteredTime", Document::Context(ContextField::StateEnteredTime)),
        ];
        let mut fields = vec![("Execution", execution), ("StateMachine", machine)];
        if let Kind::Task(task) = &state.kind {
            of_state.push(("RetryCount", Document::Context(ContextField::StateRetryCount)));
            if Resource::parse(&task.resource.text).pattern != Pattern::RequestResponse {
                let token = Document::Context(ContextField::TaskToken);
                fields.push(("Task", self.object([("Token", token)])));
            }
        }
        fields.insert(2, ("State", self.object(of_state)));
        if let Some(item) = self.item() {
            fields.push(("Map", self.object([("Item", item)])));
        }
        self.object(fields)
    }

    /// The item of the innermost Map around this scope.
    fn item(&mut self) -> Option<Document> {
        let mut scope = self.scope;
        while self.processed_by(scope).is_none() {
            let parent = self.graph.scopes[scope.0 as usize].parent?;
            scope = self.graph.states[parent.0 as usize].scope;
        }
        let mut item = vec![("Index", Document::of(Root::Place(scope)))];
        if self.has_keys(scope) {
            item.push(("Key", Document::of(Root::Key(scope))));
        }
        item.push(("Value", Document::of(Root::Input(scope))));
        item.push(("Source", Document::string("STATE_DATA")));
        Some(self.object(item))
    }

    /// An object put together.
    pub fn object<'n>(&mut self, fields: impl IntoIterator<Item = (&'n str, Document)>) -> Document {
        let fields = fields.into_iter().map(|(name, value)| (self.facts.atlas.name(name), value));
        Document::object(fields.collect())
    }
}
