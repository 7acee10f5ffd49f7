use super::*;
use crate::task::aws::service;

fn read_as(service: &str, action: &str, status: u16, headers: &[(&str, &str)], body: &str) -> Result<String, Trouble> {
    let action = service::action(service, action).expect("it is described");
    let answer = Answer { status, headers: headers.to_vec(), body: body.as_bytes() };
    read(&action, &answer).map(|result| String::from_utf8(result).expect("text"))
}

#[track_caller]
fn assert_result(service: &str, action: &str, body: &str, expected: &str) {
    assert_eq!(read_as(service, action, 200, &[], body).as_deref(), Ok(expected));
}

#[test]
fn json_gets_the_names_of_definitions() {
    assert_result(
        "sfn",
        "startExecution",
        r#" {"executionArn":"arn:x", "startDate":1440938160.5, "unknown":{}} "#,
        r#"{"ExecutionArn":"arn:x","StartDate":"2015-08-30T12:36:00.500Z"}"#,
    );
    assert_result("dynamodb", "putItem", "{}", "{}");
}
