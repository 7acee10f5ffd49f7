//! Stand-in for the compiled program until the real one is merged: a straight line of waits and tasks.

mod resource;

pub use resource::{Pattern, Resource, ResourceKind};

use crate::usage::Limits;

/// A state, by its place in [`Program::states`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StateId(pub u16);

/// A task, by its place in [`Program::tasks`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaskId(pub u16);

/// A state.
#[derive(Clone, Debug)]
pub struct StateInfo {
    /// The name.
    pub name: Box<str>,
    /// The type: `Pass`.
    pub kind: &'static str,
}

/// A task.
#[derive(Clone, Debug)]
pub struct TaskInfo {
    /// The state.
    pub state: StateId,
    /// What it calls.
    pub resource: Resource,
}

/// One step of the stand-in.
#[derive(Clone, Debug)]
pub enum Step {
    /// A wait in milliseconds.
    Wait(u64),
    /// A task and its timeout.
    Task(TaskId, Option<u64>),
    /// Ends badly.
    Fail,
}

/// Who the state machine is, as ARNs and the context object say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Twelve digits.
    pub account: String,
    /// `us-east-1`
    pub region: String,
    /// The machine's name.
    pub state_machine_name: String,
    /// The role it runs as.
    pub role_arn: String,
    /// Whether its executions are Express.
    pub express: bool,
}

impl Identity {
    /// What every execution's ARN begins with, up to its name.
    pub fn execution_arn_prefix(&self) -> String {
        let kind = if self.express { "express" } else { "execution" };
        format!("arn:aws:states:{}:{}:{kind}:{}:", self.region, self.account, self.state_machine_name)
    }
}

/// A compiled state machine.
#[derive(Debug)]
pub struct Program {
    /// The steps.
    pub steps: Vec<Step>,
    /// The states.
    pub states: Vec<StateInfo>,
    /// The tasks.
    pub tasks: Vec<TaskInfo>,
    /// Who the machine is.
    pub identity: Identity,
    /// What an execution may use.
    pub limits: Limits,
    /// Whether transitions are recorded.
    pub history: bool,
}

impl Program {
    /// Reads the states of a definition in the order they are written. Only for tests of other rooms.
    pub fn stand_in(definition: &str) -> Program {
        let mut program = Program {
            steps: Vec::new(),
            states: Vec::new(),
            tasks: Vec::new(),
            identity: Identity {
                account: "000000000000".into(),
                region: "us-east-1".into(),
                state_machine_name: "StateMachine".into(),
                role_arn: "arn:aws:iam::000000000000:role/StateMachine".into(),
                express: true,
            },
            limits: Limits::EXPRESS,
            history: false,
        };
        let states = definition.split("\"Type\":\"");
        let head = states.clone().next().unwrap_or("");
        if let Some(seconds) = number(head, "\"TimeoutSeconds\":") {
            program.limits.duration_ms = seconds * 1000;
        }
        let mut name = last_name(head);
        for state in states.skip(1) {
            let id = StateId(program.states.len() as u16);
            let kind =
                ["Wait", "Task", "Fail", "Pass"].into_iter().find(|kind| state.starts_with(kind)).unwrap_or("Pass");
            program.states.push(StateInfo { name: name.into(), kind });
            match kind {
                "Wait" => program.steps.push(Step::Wait(number(state, "\"Seconds\":").unwrap_or(0) * 1000)),
                "Fail" => program.steps.push(Step::Fail),
                "Task" => {
                    let arn =
                        state.split("\"Resource\":\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or("");
                    program.steps.push(Step::Task(
                        TaskId(program.tasks.len() as u16),
                        number(state, "\"TimeoutSeconds\":").map(|seconds| seconds * 1000),
                    ));
                    program.tasks.push(TaskInfo { state: id, resource: Resource::parse(arn) });
                }
                _ => {}
            }
            name = last_name(state);
        }
        program
    }
}

fn last_name(text: &str) -> &str {
    text.rsplit("\":{").nth(1).map_or("", |before| before.rsplit('"').next().unwrap_or(""))
}

fn number(text: &str, key: &str) -> Option<u64> {
    let rest = text.split(key).nth(1)?;
    rest[..rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len())].parse().ok()
}
