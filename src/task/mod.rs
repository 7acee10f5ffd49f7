//! Who answers a Task state: mocks first, then the first binding whose pattern matches the resource.

pub mod aws;
mod back;
pub mod bindings;
pub mod command;
pub mod endpoint;
mod executor;
mod futures;
pub mod gateway;
mod glob;
pub mod http;
pub mod lambda;
mod mailbox;
pub mod mock;
mod outbox;
mod owed;
mod pool;
pub mod secret;
#[cfg(all(test, unix))]
mod tests;
mod worker;

use crate::failure::{ErrorName, Failure};
use crate::program::{Program, ResourceKind, TaskId};
use crate::vm::{Answer, Name};
pub use back::{Address, Back, Delivery, Letters};
pub use futures::Doing;
use futures::{Begun, Futures, Handler};
pub use mailbox::Mailbox;
pub use mock::Mocks;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use tokio::runtime::EnterGuard;

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

    /// What it holds, in bytes.
    pub fn bytes(&self) -> usize {
        match self {
            Reply::Output(text) => text.len(),
            Reply::Failed(Failure { error, cause }) => {
                error.as_ref().map_or(0, |error| error.len()) + cause.as_ref().map_or(0, |cause| cause.len())
            }
            Reply::TimedOut => 0,
        }
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

/// Somebody outside the shard who does tasks: workers, services.
pub trait Connector: Send + Sync {
    /// Takes a task. Must not block.
    fn call(&self, request: &Request<'_>, back: Back);

    /// No more calls, or cancellations, come for the moment: who gathers them should send them on their way.
    fn flush(&self) {}

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
    futures: Option<Futures>,
}

struct Binding {
    pattern: String,
    who: Who,
}

#[derive(Clone)]
enum Who {
    Function(Arc<Function>),
    Future(Arc<Handler>),
    Connector(u16),
}

/// Where futures stand among those who are told that nobody waits any more: behind all connectors.
pub(crate) const FUTURES: u16 = u16::MAX - 1;

/// Who answers one request.
pub enum Route<'a> {
    /// Somebody who has answered it.
    Answered(Reply),
    /// A connector, to be called; its place among [`Tasks::connector`].
    Connector(u16, &'a dyn Connector),
    /// A future that has begun and waits; [`Tasks::finish`] has it go on.
    Begun(Doing),
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

    /// Lets an async Rust function answer resources that match a pattern. What it needs of the request it must take out
    /// before it waits: `|request| { let input = request.parameters.to_vec(); async move { … } }`.
    ///
    /// It begins on the shard; if it must wait it goes on as a task of a tokio runtime, on a thread of its own. It is
    /// dropped when nobody waits for it any more.
    ///
    /// # Errors
    /// The system gives no thread, or no means to wait for input and output.
    pub fn asynchronous<F>(
        &mut self,
        pattern: impl Into<String>,
        function: impl Fn(&Request<'_>) -> F + Send + Sync + 'static,
    ) -> std::io::Result<()>
    where
        F: Future<Output = Result<Vec<u8>, Failure>> + Send + 'static,
    {
        if self.futures.is_none() {
            self.futures = Some(Futures::start()?);
        }
        let handler: Arc<Handler> = Arc::new(move |request| Box::pin(function(request)));
        self.bindings.push(Binding { pattern: pattern.into(), who: Who::Future(handler) });
        Ok(())
    }

    /// Lets an async Rust function answer that takes and gives types known to serde. An input that is no `Input` fails
    /// with `States.TaskFailed`, and a cause that says why. See [`asynchronous`](Tasks::asynchronous).
    ///
    /// ```
    /// use expressway::{compile, engine::{Engine, Options}, failure::Failure, task::Tasks};
    /// use serde::{Deserialize, Serialize};
    /// use std::{sync::Arc, time::Duration};
    ///
    /// #[derive(Deserialize)]
    /// struct Order { items: u32 }
    /// #[derive(Serialize)]
    /// struct Price { total: f64 }
    ///
    /// let mut tasks = Tasks::new();
    /// tasks.typed("arn:aws:lambda:*:*:function:Price", |order: Order| async move {
    ///     tokio::time::sleep(Duration::from_millis(5)).await;
    ///     match order.items {
    ///         0 => Err(Failure { error: Some("Order.Empty".into()), cause: None }),
    ///         items => Ok(Price { total: 2.5 * f64::from(items) }),
    ///     }
    /// })?;
    /// let definition = r#"{"StartAt": "Price", "States": {"Price": {"Type": "Task", "End": true,
    ///     "Resource": "arn:aws:lambda:eu-west-1:111122223333:function:Price"}}}"#;
    /// let program = Arc::new(compile::compile(definition, &Default::default()).expect("it has no mistakes"));
    /// let executed = Engine::new(Options::default(), tasks).execute(&program, br#"{"items": 4}"#)??;
    /// assert_eq!(executed.output, br#"{"total":10.0}"#);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The system gives no thread, or no means to wait for input and output.
    pub fn typed<Input, Output, F>(
        &mut self,
        pattern: impl Into<String>,
        function: impl Fn(Input) -> F + Send + Sync + 'static,
    ) -> std::io::Result<()>
    where
        Input: DeserializeOwned + Send + 'static,
        Output: Serialize,
        F: Future<Output = Result<Output, Failure>> + Send + 'static,
    {
        self.asynchronous(pattern, move |request| {
            let begun = serde_json::from_slice(request.parameters).map(&function);
            async move {
                let output = begun.map_err(|error| failed(format!("the input does not fit: {error}")))?.await?;
                serde_json::to_vec(&output).map_err(|error| failed(format!("the output is no JSON: {error}")))
            }
        })
    }

    /// Lets a connector answer resources that match a pattern.
    pub fn connect(&mut self, pattern: impl Into<String>, connector: Arc<dyn Connector>) {
        let place = u16::try_from(self.connectors.len()).ok().filter(|place| *place < FUTURES);
        let place = place.expect("a file holds fewer bindings");
        self.connectors.push(connector);
        self.bindings.push(Binding { pattern: pattern.into(), who: Who::Connector(place) });
    }

    /// A connector by its place.
    pub fn connector(&self, place: u16) -> &dyn Connector {
        &*self.connectors[place as usize]
    }

    /// Has a future that [`route`](Tasks::route) began go on, and bring its answer.
    pub fn finish(&self, doing: Doing, back: Back) {
        if let Some(futures) = &self.futures {
            futures.finish(doing, back);
        }
    }

    /// Tells a connector, or whoever runs futures, that nobody waits for this any more.
    pub(crate) fn cancel(&self, place: u16, address: Address) {
        match &self.futures {
            Some(futures) if place == FUTURES => futures.cancel(address),
            _ => self.connector(place).cancel(address),
        }
    }

    /// Has whatever was gathered in a burst of calls sent on its way.
    pub fn flush(&self) {
        self.connectors.iter().for_each(|connector| connector.flush());
        self.futures.iter().for_each(Futures::flush);
    }

    /// Lets this thread begin futures, until the guard is dropped.
    pub fn enter(&self) -> Option<EnterGuard<'_>> {
        self.futures.as_ref().map(Futures::enter)
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
        self.connectors.is_empty() && self.futures.is_none()
    }

    /// Answers a request, or says who will.
    pub fn route(&self, request: &Request<'_>) -> Route<'_> {
        if let Some(reply) = self.mocks.as_ref().and_then(|mocks| mocks.reply(request.state(), request.earlier)) {
            return Route::Answered(reply);
        }
        match self.find_for(request) {
            Some(Who::Function(function)) => Route::Answered(function(request).into()),
            Some(Who::Future(handler)) => match futures::begin(handler(request)) {
                Begun::Done(reply) => Route::Answered(reply),
                Begun::Doing(doing) => Route::Begun(doing),
            },
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
            Route::Connector(..) | Route::Begun(_) => panic!("only functions were bound"),
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
}
