//! Who answers a Task state: mocks first, then the first binding whose pattern matches the resource.

pub mod aws;
pub mod bindings;
pub mod command;
pub mod endpoint;
mod glob;
pub mod http;
pub mod lambda;
pub mod mock;
pub mod secret;
#[cfg(all(test, unix))]
mod tests;
mod worker;

use crate::failure::{ErrorName, Failure};
use crate::program::{Program, ResourceKind, TaskId};
use crate::vm::{Answer, Name, Ticket};
use crossbeam_channel::Sender;
pub use mock::Mocks;
use std::sync::Arc;
use std::thread::Thread;

/// A task to be done, as those see it who do it.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The program whose task it is.
    pub program: &'a Program,
    /// Which task.
    pub task: TaskId,
    /// The task's input, or the parameters of a service integration: a JSON text.
    pub parameters: &'a [u8],
    /// How often the execution had this task scheduled before, retries included.
    pub earlier: u32,
    /// The execution's name.
    pub execution: Name<'a>,
    /// When the execution began, in milliseconds since 1970.
    pub started_ms: u64,
}

impl<'a> Request<'a> {
    /// The resource, as the definition spells it.
    #[expect(clippy::misnamed_getters, reason = "a resource is told by its ARN")]
    pub fn resource(&self) -> &'a str {
        &self.program.tasks[self.task.0 as usize].resource.arn
    }

    /// The name of the state.
    pub fn state(&self) -> &'a str {
        &self.program.states[self.program.tasks[self.task.0 as usize].state.0 as usize].name
    }
}

/// What came of a task.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// Its output, a JSON text; the vm checks it.
    Output(Vec<u8>),
    /// It failed.
    Failed(Failure),
    /// It took too long.
    TimedOut,
}

impl Reply {
    /// An output that may be spread over several lines; it is put on one, since a value's text goes on as it came.
    pub fn output(mut text: Vec<u8>) -> Reply {
        text.iter_mut().for_each(|byte| *byte = on_one_line(*byte));
        Reply::Output(text)
    }

    /// As the vm takes it.
    pub fn answer(&self) -> Answer<'_> {
        match self {
            Reply::Output(text) => Answer::Output(text),
            Reply::Failed(failure) => Answer::Failed(failure.clone()),
            Reply::TimedOut => Answer::TimedOut,
        }
    }
}

impl From<Result<Vec<u8>, Failure>> for Reply {
    fn from(result: Result<Vec<u8>, Failure>) -> Reply {
        result.map_or_else(Reply::Failed, Reply::output)
    }
}

/// Who waits for a reply: an execution that may have ended when it comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    /// The shard that runs it.
    pub shard: u16,
    /// Its place there,
    pub sleeper: u32,
    /// and which tenant of that place it is.
    pub generation: u32,
    /// What it waits for.
    pub ticket: Ticket,
}

/// A reply on its way to a shard.
#[derive(Debug)]
pub struct Delivery {
    /// Whom it is for.
    pub address: Address,
    /// What came of the task.
    pub reply: Reply,
}

/// Where a shard's replies go, and the thread to be woken when one has come.
#[derive(Clone, Debug)]
pub struct Letters {
    /// Where they go.
    pub sender: Sender<Delivery>,
    /// Who sleeps, if the receiver's own waiting is not used.
    pub wakes: Option<Thread>,
}

impl From<Sender<Delivery>> for Letters {
    fn from(sender: Sender<Delivery>) -> Letters {
        Letters { sender, wakes: None }
    }
}

/// The way back to whoever asked. Dropped without a word it says that the task failed, so that nobody waits in vain.
#[derive(Debug)]
pub struct Back {
    letters: Option<Letters>,
    address: Address,
}

impl Back {
    /// A way back into a shard's inbox.
    pub fn new(letters: impl Into<Letters>, address: Address) -> Back {
        Back { letters: Some(letters.into()), address }
    }

    /// Whom it leads to.
    pub fn address(&self) -> Address {
        self.address
    }

    /// Brings the reply.
    pub fn reply(mut self, reply: Reply) {
        self.send(reply);
    }

    fn send(&mut self, reply: Reply) {
        if let Some(Letters { sender, wakes }) = self.letters.take() {
            // Nobody there: the run is over, and with it the execution.
            let _ = sender.send(Delivery { address: self.address, reply });
            wakes.inspect(Thread::unpark);
        }
    }
}

impl Drop for Back {
    fn drop(&mut self) {
        self.send(Reply::Failed(failed("the task was dropped before it was done")));
    }
}

/// Somebody outside the shard who does tasks: workers, services.
pub trait Connector: Send + Sync {
    /// Takes a task. Must not block.
    fn call(&self, request: &Request<'_>, back: Back);

    /// Nobody waits for this task any more; one that is not under way need not be done.
    fn cancel(&self, address: Address);

    /// Why it will never answer this resource, where that is known before it is asked.
    fn refuse(&self, _resource: &str) -> Option<String> {
        None
    }
}

/// A Rust function that does tasks at once, on the shard.
pub type Function = dyn Fn(&Request<'_>) -> Result<Vec<u8>, Failure> + Send + Sync;

/// Who answers Task states.
#[derive(Default)]
pub struct Tasks {
    mocks: Option<Mocks>,
    bindings: Vec<Binding>,
    connectors: Vec<Arc<dyn Connector>>,
}

struct Binding {
    pattern: String,
    who: Who,
}

#[derive(Clone)]
enum Who {
    Function(Arc<Function>),
    Connector(u16),
}

/// Who answers one request.
pub enum Route<'a> {
    /// Somebody who has answered it.
    Answered(Reply),
    /// A connector, to be called; its place among [`Tasks::connector`].
    Connector(u16, &'a dyn Connector),
}

impl Tasks {
    /// Nobody answers.
    pub fn new() -> Tasks {
        Tasks::default()
    }

    /// Lets mocks answer the states they name.
    pub fn mock(&mut self, mocks: Mocks) {
        self.mocks = Some(mocks);
    }

    /// Lets a Rust function answer resources that match a pattern (`*` and `?` as in ARNs).
    pub fn function(
        &mut self,
        pattern: impl Into<String>,
        function: impl Fn(&Request<'_>) -> Result<Vec<u8>, Failure> + Send + Sync + 'static,
    ) {
        self.bindings.push(Binding { pattern: pattern.into(), who: Who::Function(Arc::new(function)) });
    }

    /// Lets a connector answer resources that match a pattern.
    pub fn connect(&mut self, pattern: impl Into<String>, connector: Arc<dyn Connector>) {
        let place = u16::try_from(self.connectors.len()).expect("a file holds fewer bindings");
        self.connectors.push(connector);
        self.bindings.push(Binding { pattern: pattern.into(), who: Who::Connector(place) });
    }

    /// A connector by its place.
    pub fn connector(&self, place: u16) -> &dyn Connector {
        &*self.connectors[place as usize]
    }

    /// The tasks of a program that nobody answers. With mocks there are none: they answer every state, if only to say
    /// that they have no response. What `lambda:invoke` calls is known only when it is called.
    pub fn unbound(&self, program: &Program) -> Vec<TaskId> {
        let bound = |task: TaskId| {
            let resource = &*program.tasks[task.0 as usize].resource.arn;
            self.mocks.is_some() || self.find(resource).is_some() || (is_invoke(resource) && !self.bindings.is_empty())
        };
        (0..program.tasks.len()).map(|place| TaskId(place as u16)).filter(|task| !bound(*task)).collect()
    }

    /// The tasks of a program whose binding will never answer them, and why. With mocks there are none.
    pub fn refused(&self, program: &Program) -> Vec<(TaskId, String)> {
        let refused = |place: usize| {
            let resource = &*program.tasks[place].resource.arn;
            match self.find(resource) {
                Some(Who::Connector(place)) if self.mocks.is_none() => self.connector(*place).refuse(resource),
                _ => None,
            }
        };
        (0..program.tasks.len()).filter_map(|place| Some((TaskId(place as u16), refused(place)?))).collect()
    }

    /// Whether everybody answers at once: only then can time be virtual.
    pub fn are_instant(&self) -> bool {
        self.connectors.is_empty()
    }

    /// Answers a request, or says who will.
    pub fn route(&self, request: &Request<'_>) -> Route<'_> {
        if let Some(reply) = self.mocks.as_ref().and_then(|mocks| mocks.reply(request.state(), request.earlier)) {
            return Route::Answered(reply);
        }
        match self.find_for(request) {
            Some(Who::Function(function)) => Route::Answered(function(request).into()),
            Some(Who::Connector(place)) => Route::Connector(*place, self.connector(*place)),
            None => Route::Answered(Reply::Failed(self.nobody(request))),
        }
    }

    fn find_for(&self, request: &Request<'_>) -> Option<&Who> {
        let resource = request.resource();
        self.find(resource).or_else(|| {
            let function = is_invoke(resource).then(|| function_arn(request))??;
            self.find(&function)
        })
    }

    fn find(&self, resource: &str) -> Option<&Who> {
        self.bindings.iter().find(|binding| glob::matches(&binding.pattern, resource)).map(|binding| &binding.who)
    }

    fn nobody(&self, request: &Request<'_>) -> Failure {
        let (state, resource) = (request.state(), request.resource());
        failed(match &self.mocks {
            Some(mocks) => format!("the test case '{}' has no mock for the state '{state}'", mocks.test_case()),
            None => format!("nobody answers the task '{state}': no binding matches '{resource}'"),
        })
    }
}

/// Whether a request's text should be called `parameters`; functions and activities get an `input`.
fn takes_parameters(request: &Request<'_>) -> bool {
    request.program.tasks[request.task.0 as usize].resource.kind == ResourceKind::Service
}

fn is_invoke(resource: &str) -> bool {
    resource.contains(":states:::lambda:invoke")
}

/// The ARN of the function that a `lambda:invoke` calls: its parameter is an ARN, the end of one, or a name.
fn function_arn(request: &Request<'_>) -> Option<String> {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Parameters {
        function_name: String,
    }
    let name = serde_json::from_slice::<Parameters>(request.parameters).ok()?.function_name;
    let identity = &request.program.identity;
    Some(match (name.starts_with("arn:"), name.contains(":function:")) {
        (true, _) => name,
        (false, true) => format!("arn:aws:lambda:{}:{name}", identity.region),
        (false, false) => format!("arn:aws:lambda:{}:{}:function:{name}", identity.region, identity.account),
    })
}

/// The byte of a JSON text that is to stand on one line: valid JSON has line breaks only as white space.
fn on_one_line(byte: u8) -> u8 {
    if matches!(byte, b'\n' | b'\r') { b' ' } else { byte }
}

/// Parameters that a service cannot be asked with, in the words of Step Functions (recorded for `apigateway:invoke`).
fn unusable(parameters: &[u8], reason: &str) -> Failure {
    let parameters = String::from_utf8_lossy(parameters);
    let cause = format!("The Parameters '{parameters}' could not be used to start the Task: [{reason}]");
    Failure::new(ErrorName::Runtime, cause)
}

/// A failure of a task itself.
fn failed(cause: impl Into<String>) -> Failure {
    Failure::new(ErrorName::TaskFailed, cause.into())
}

#[cfg(test)]
mod routing {
    use super::*;

    const DEFINITION: &str = r#"{"StartAt":"A","States":{
        "A":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Next":"B"},
        "B":{"Type":"Task","Resource":"arn:aws:states:::sns:publish","End":true}}}"#;

    fn program() -> Program {
        crate::compile::compile(DEFINITION, &Default::default()).expect("the definition is right")
    }

    fn answer(tasks: &Tasks, program: &Program, task: u16, parameters: &str) -> Reply {
        let execution = Name { prefix: "x", number: 1 };
        let parameters = parameters.as_bytes();
        let request = Request { program, task: TaskId(task), parameters, earlier: 0, execution, started_ms: 0 };
        match tasks.route(&request) {
            Route::Answered(reply) => reply,
            Route::Connector(..) => panic!("no connector was bound"),
        }
    }

    fn says(text: &str) -> impl Fn(&Request<'_>) -> Result<Vec<u8>, Failure> + use<> {
        let text = text.as_bytes().to_vec();
        move |_: &Request<'_>| Ok(text.clone())
    }

    #[test]
    fn the_first_matching_binding_answers() {
        let mut tasks = Tasks::new();
        tasks.function("arn:aws:states:::sns:*", says("1"));
        tasks.function("*", says("2"));
        assert_eq!(answer(&tasks, &program(), 1, "{}"), Reply::Output(b"1".into()));
        assert_eq!(answer(&tasks, &program(), 0, "{}"), Reply::Output(b"2".into()));
    }

    #[test]
    fn invoke_reaches_the_function_it_names() {
        let mut tasks = Tasks::new();
        tasks.function("arn:aws:lambda:*:*:function:Enrich", says("1"));
        tasks.function("arn:aws:lambda:*:*:function:Other", says("2"));
        let program = program();
        for name in ["Enrich", "123456789012:function:Enrich", "arn:aws:lambda:eu-west-1:1:function:Enrich"] {
            let parameters = format!(r#"{{"Payload":{{}},"FunctionName":"{name}"}}"#);
            assert_eq!(answer(&tasks, &program, 0, &parameters), Reply::Output(b"1".into()), "{name}");
        }
        assert_eq!(answer(&tasks, &program, 0, r#"{"FunctionName":"Other"}"#), Reply::Output(b"2".into()));
        let Reply::Failed(failure) = answer(&tasks, &program, 0, "{}") else { panic!("no function is named") };
        assert!(failure.is(ErrorName::TaskFailed));
    }

    #[test]
    fn a_task_nobody_answers_is_known_before_and_fails_clearly() {
        let mut tasks = Tasks::new();
        let program = program();
        assert_eq!(tasks.unbound(&program), [TaskId(0), TaskId(1)]);
        tasks.function("arn:aws:lambda:*:*:function:Enrich", says("1"));
        assert_eq!(tasks.unbound(&program), [TaskId(1)]);
        let Reply::Failed(failure) = answer(&tasks, &program, 1, "{}") else { panic!("nobody answers") };
        let cause = "nobody answers the task 'B': no binding matches 'arn:aws:states:::sns:publish'";
        assert_eq!(failure.cause.as_deref(), Some(cause));
    }

    #[test]
    fn a_dropped_way_back_still_answers() {
        let (inbox, received) = crossbeam_channel::unbounded();
        let address = Address { shard: 0, sleeper: 1, generation: 2, ticket: Ticket { branch: 3, generation: 4 } };
        drop(Back::new(inbox.clone(), address));
        Back::new(inbox, address).reply(Reply::TimedOut);
        let deliveries: Vec<Delivery> = received.try_iter().collect();
        assert_eq!(deliveries.len(), 2);
        assert!(matches!(&deliveries[0].reply, Reply::Failed(failure) if failure.is(ErrorName::TaskFailed)));
        assert_eq!((deliveries[1].address, &deliveries[1].reply), (address, &Reply::TimedOut));
    }
}
