//! States as written become states as meant: common fields here, the rest by type.

use super::ast::{self, Definition};
use super::fields::StateType;
use super::graph::{
    Amount, Filter, Graph, Kind, Pause, Placement, QueryLanguage, Scope, ScopeId, State, StateId, Template, Text,
};
use super::value::{Bounds, Field, Fields};
use super::{choice, nearest, recovery, template, timestamp, work};
use crate::diagnostic::{Diagnostics, MISSING_TRANSITION_TARGET, PASS_RESULT_IS_STATIC, Severity, Site};
use crate::json::tree;

/// A state as meant, and what only the checks of the whole machine want to know of it.
pub(super) struct Draft {
    pub state: State,
    /// Where it may go.
    pub targets: Vec<StateId>,
    /// Whether its scope may end with it.
    pub ends: bool,
    /// The variables it assigns in its own scope.
    pub assigned: Vec<(String, Site)>,
}

/// Reads every state. Holes are filled so that each id in the result names a state.
pub(super) fn states(definition: &Definition<'_>, text: &str, diagnostics: &mut Diagnostics) -> Vec<Draft> {
    machine(definition, diagnostics);
    let ids = (0..definition.states.len() as u32).map(StateId);
    ids.map(|id| Reader::of(definition, id, text, diagnostics).state()).collect()
}

fn machine(definition: &Definition<'_>, diagnostics: &mut Diagnostics) {
    let machine = &definition.scopes[0].fields;
    if let Some(version) = machine.get("Version") {
        version.word(&[("1.0", ())], diagnostics);
    }
    if let Some(timeout) = machine.get("TimeoutSeconds") {
        timeout.number(Bounds::from(1.0), diagnostics);
    }
}

/// Joins the states with their scopes.
pub(super) fn assemble(definition: &Definition<'_>, drafts: Vec<Draft>, text: &str) -> Graph {
    let mut states: Vec<State> = drafts.into_iter().map(|draft| draft.state).collect();
    let mut scopes = Vec::new();
    for (index, scope) in definition.scopes.iter().enumerate() {
        let named = scope.fields.get("StartAt").and_then(|start| scope.names.get(start.node.as_str()?).copied());
        let start = named.or(scope.members.first().copied()).unwrap_or_else(|| {
            states.push(hole(ScopeId(index as u32)));
            StateId(states.len() as u32 - 1)
        });
        scopes.push(Scope { start, parent: scope.parent });
    }
    let timeout = definition.scopes[0].fields.get("TimeoutSeconds");
    let timeout_seconds = timeout.and_then(|timeout| match &timeout.node.kind {
        tree::Kind::Number(digits) => digits.parse::<f64>().ok().map(|seconds| seconds as u64),
        _ => None,
    });
    Graph { states, scopes, timeout_seconds, definition_bytes: text.len() }
}

/// The only state of a scope whose own states cannot be read.
fn hole(scope: ScopeId) -> State {
    State {
        name: String::new(),
        scope,
        site: Site::default(),
        language: QueryLanguage::default(),
        kind: Kind::Succeed,
        input_path: Filter::default(),
        output_path: Filter::default(),
        result_path: Placement::default(),
        parameters: None,
        result_selector: None,
        output: None,
        assign: None,
        retriers: Vec::new(),
        catchers: Vec::new(),
        next: None,
    }
}

/// Reads one state.
pub(super) struct Reader<'d, 'a> {
    pub definition: &'d Definition<'a>,
    pub id: StateId,
    pub written: &'d ast::State<'a>,
    pub diagnostics: &'d mut Diagnostics,
    /// The definition's text.
    pub text: &'d str,
    targets: Vec<StateId>,
    pub assigned: Vec<(String, Site)>,
}

impl<'d, 'a> Reader<'d, 'a> {
    fn of(
        definition: &'d Definition<'a>,
        id: StateId,
        text: &'d str,
        diagnostics: &'d mut Diagnostics,
    ) -> Reader<'d, 'a> {
        let written = &definition.states[id.0 as usize];
        Reader { definition, id, written, diagnostics, text, targets: Vec::new(), assigned: Vec::new() }
    }

    fn state(mut self) -> Draft {
        let fields = &self.written.fields;
        let (next, ends) = self.next(fields);
        let state = State {
            name: self.written.name.to_owned(),
            site: fields.site(),
            language: self.written.language,
            kind: self.kind(fields),
            input_path: self.filter(fields, "InputPath"),
            output_path: self.filter(fields, "OutputPath"),
            result_path: self.placement(fields),
            parameters: self.parameters(fields),
            result_selector: self.object_template(fields, "ResultSelector"),
            output: self.template(fields, "Output"),
            assign: self.assign(fields),
            retriers: recovery::retriers(fields, self.diagnostics),
            catchers: recovery::catchers(&mut self, fields),
            next,
            ..hole(self.written.scope)
        };
        Draft { state, targets: self.targets, ends, assigned: self.assigned }
    }

    fn kind(&mut self, fields: &Fields<'a>) -> Kind {
        match self.written.kind {
            Some(StateType::Pass) => Kind::Pass { result: self.pass_result(fields) },
            Some(StateType::Task) => work::task(self, fields),
            Some(StateType::Choice) => choice::choice(self, fields),
            Some(StateType::Wait) => Kind::Wait(self.pause(fields)),
            Some(StateType::Fail) => {
                Kind::Fail { error: self.fixed_text(fields, "Error"), cause: self.fixed_text(fields, "Cause") }
            }
            Some(StateType::Parallel) => work::parallel(self, fields),
            Some(StateType::Map) => work::map(self, fields),
            Some(StateType::Succeed) | None => Kind::Succeed,
        }
    }

    /// `Next` or `End`: where the state goes, and whether it may end its scope.
    fn next(&mut self, fields: &Fields<'a>) -> (Option<StateId>, bool) {
        let next = fields.get("Next");
        let end = fields.get("End").map(|end| (end.boolean(self.diagnostics), end));
        match self.written.kind {
            Some(StateType::Choice) => return (None, false),
            Some(StateType::Succeed | StateType::Fail) | None => return (None, true),
            _ => {}
        }
        match (next, end) {
            (Some(_), Some(_)) => {
                fields.at_most_one_of(&["Next", "End"], self.diagnostics);
                (self.target(fields, "Next"), true)
            }
            (Some(_), None) => (Some(self.target(fields, "Next").unwrap_or(self.id)), false),
            (None, Some((Some(false), end))) => {
                self.diagnostics
                    .error(&end.site(), "the state goes nowhere: \"End\" is false and there is no \"Next\"");
                (None, true)
            }
            (None, Some(_)) => (None, true),
            (None, None) => {
                let found = self.diagnostics.error(&fields.site(), "the state goes nowhere");
                found.help = Some("give it \"Next\", or \"End\": true".to_owned());
                (None, true)
            }
        }
    }

    /// The state a field names. It must stand in the same `States`.
    pub fn target(&mut self, fields: &Fields<'a>, name: &str) -> Option<StateId> {
        let field = fields.get(name)?;
        let wanted = field.text(self.diagnostics)?;
        let target = find_target(self.definition, self.written.scope, wanted, &field, self.diagnostics)?;
        self.targets.push(target);
        Some(target)
    }

    fn pass_result(&mut self, fields: &Fields<'a>) -> Option<tree::Node> {
        let result = fields.get("Result")?;
        if template::has_dollar_key(result.node) {
            let message = "\"Result\" is taken as it is: names that end in \".$\" are not evaluated".to_owned();
            result.warn(PASS_RESULT_IS_STATIC, message, self.diagnostics);
        }
        Some(result.node.clone())
    }

    fn pause(&mut self, fields: &Fields<'a>) -> Pause {
        let names = ["Seconds", "SecondsPath", "Timestamp", "TimestampPath"];
        let Some(field) = fields.at_most_one_of(&names, self.diagnostics) else {
            let found = self.diagnostics.error(&fields.site(), "a Wait needs to know how long");
            found.help = Some(format!("give it one of {}", names.join(", ")));
            return Pause::Seconds(Amount::Fixed(0.0));
        };
        if field.name.starts_with("Seconds") {
            let amount = self.amount_of(&field, Bounds::from(0.0));
            return Pause::Seconds(amount.unwrap_or(Amount::Fixed(0.0)));
        }
        let text = self.text_of(&field).unwrap_or(Text::Fixed(String::new()));
        if let Text::Fixed(moment) = &text {
            timestamp::check(moment, &field, self.diagnostics);
        }
        Pause::Until(text)
    }

    /// `Parameters`, or `Arguments` in JSONata. A Map's Parameters are its item selector in the older form.
    fn parameters(&mut self, fields: &Fields<'a>) -> Option<Template> {
        if let Some(arguments) = fields.get("Arguments") {
            if arguments.node.as_object().is_none() && !template::is_expression(arguments.node) {
                arguments.unlike::<()>("an object or a JSONata expression", self.diagnostics);
            }
            return self.template(fields, "Arguments");
        }
        if self.written.kind == Some(StateType::Map) { None } else { self.template(fields, "Parameters") }
    }
}

/// Looks a state up by name, in AWS's words when it is not there.
pub(super) fn find_target(
    definition: &Definition<'_>,
    scope: ScopeId,
    wanted: &str,
    field: &Field<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<StateId> {
    let names = &definition.scope(scope).names;
    if let Some(&target) = names.get(wanted) {
        return Some(target);
    }
    let outside = || definition.scopes.iter().any(|scope| scope.names.contains_key(wanted));
    let help = if diagnostics.is_long() {
        None
    } else if outside() {
        Some("that state stands in another \"States\"; a transition stays in its own".to_owned())
    } else {
        let mut names: Vec<&str> = names.keys().copied().collect();
        names.sort_unstable();
        nearest::suggestion(wanted, names.into_iter())
    };
    let message = format!("Missing 'Next' target: {wanted}");
    diagnostics.note(Severity::Error, MISSING_TRANSITION_TARGET, &field.site(), message).help = help;
    None
}
