//! The context object, as a document: what is the same for every execution is known here.

use super::document::{Document, Root};
use super::expression::literal;
use super::lower::Lowering;
use crate::asl::graph::{Kind, ScopeId};
use crate::program::{ContextField, Pattern, Resource};

impl Lowering<'_> {
    /// The context object (developer guide, "Accessing execution data from the Context object").
    pub fn context(&mut self) -> Document {
        let identity = &self.options.identity;
        let field = |name: &str, value: Document| (name.to_owned(), value);
        let state = &self.graph.states[self.context_state.0 as usize];
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
        let mut item = vec![field("Index", Document::of(Root::Place(scope)))];
        if self.has_keys(scope) {
            item.push(field("Key", Document::of(Root::Key(scope))));
        }
        item.push(field("Value", Document::of(Root::Input(scope))));
        item.push(field("Source", Document::string("STATE_DATA")));
        Some(Document::Object(item))
    }
}
