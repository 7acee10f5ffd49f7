use super::*;
use crate::task::aws::service;

fn parts(service: &str, action: &str, parameters: &str) -> Result<Parts, Refusal> {
    let action = service::action(service, action).expect("it is described");
    write(&action, parameters.as_bytes(), &|| "TOKEN".into())
}

#[track_caller]
fn body(service: &str, action: &str, parameters: &str) -> String {
    String::from_utf8(parts(service, action, parameters).expect("it can be written").body).expect("text")
}

#[test]
fn json_has_wire_names() {
    let parts = parts("sfn", "startExecution", r#"{"StateMachineArn":"arn:x","Input":{"a": [1, "b"]},"Name":null}"#);
    let parts = parts.expect("it can be written");
    assert_eq!(parts.body, br#"{"stateMachineArn":"arn:x","input":"{\"a\":[1,\"b\"]}"}"#);
    assert_eq!((parts.method, &*parts.path, &*parts.query), ("POST", "/", ""));
    let header = |name: &str| parts.headers.iter().find(|(other, _)| other == name).map(|(_, value)| &**value);
    assert_eq!(header("content-type"), Some("application/x-amz-json-1.0"));
    assert_eq!(header("x-amz-target"), Some("AWSStepFunctions.StartExecution"));
}
