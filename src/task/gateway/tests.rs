//! Calls over a real connection: what is asked, what is answered, and how calls fail.

use super::*;
use crate::task::http::Origin;
use crate::task::http::scripted::{Asker, LIMITS, answering, failure, output, read_request, response, server};
use std::io::Write;

fn asker(origin: &Origin) -> Asker {
    Asker::new("arn:aws:states:::apigateway:invoke", |thread| connector(origin, thread))
}

fn connector(origin: &Origin, thread: &Arc<Thread>) -> Arc<dyn Connector> {
    let endpoint = Url::parse(&format!("{origin}/base/")).expect("it is one");
    let settings = Settings { endpoint: Some(endpoint), ..Settings::default() };
    settings.connect(LIMITS, thread, &keys).expect("there is no file")
}

/// Surroundings with keys and without a region.
fn keys(name: &str) -> Option<String> {
    let value = match name {
        "AWS_ACCESS_KEY_ID" => "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY" => "secret",
        "AWS_CONFIG_FILE" | "AWS_SHARED_CREDENTIALS_FILE" => "/nowhere",
        _ => return None,
    };
    Some(value.into())
}

/// The request that a state with these parameters sends, beside the headers that every request has.
fn asked(parameters: &str) -> String {
    let mirror = server(|_, mut stream| {
        while let Some((head, body)) = read_request(&mut stream) {
            let text = response("200 OK", &["content-type: text/plain"], &format!("{head}{body}"));
            stream.write_all(text.as_bytes()).expect("the client listens");
        }
    });
    let said: serde_json::Value = serde_json::from_str(&output(asker(&mirror).ask(parameters))).expect("it is JSON");
    let usual = ["host:", "content-length:", "connection:", "user-agent:"];
    let lines = said["ResponseBody"].as_str().expect("it is no JSON").lines();
    lines
        .filter(|line| !line.is_empty() && !usual.iter().any(|name| line.starts_with(name)))
        .collect::<Vec<_>>()
        .join("|")
}

#[test]
fn parameters_make_a_request() {
    assert_eq!(
        asked(
            r#"{"ApiEndpoint":"x","Method":"PUT","Stage":"prod","Path":"/pets/a b","QueryParameters":{"q":["1","ü&"],"r":["2"]},
            "Headers":{"x-kind":["cat","dog"]},"RequestBody":{"n": 1}}"#
        ),
        "PUT /base/prod/pets/a%20b?q=1&q=%C3%BC%26&r=2 HTTP/1.1|x-kind: cat|x-kind: dog|content-type: application/json|{\"n\": 1}"
    );
    let bare = "GET /base HTTP/1.1|content-type: application/json";
    assert_eq!(asked(r#"{"ApiEndpoint":"x","Method":"GET","RequestBody":null}"#), bare);
    assert_eq!(
        asked(r#"{"ApiEndpoint":"x","Method":"GET","RequestBody":null,"AllowNullValues":true}"#),
        format!("{bare}|null")
    );
}

#[test]
fn a_text_is_sent_as_json_unless_the_state_says_otherwise() {
    let text = |headers: &str| {
        asked(&format!(r#"{{"ApiEndpoint":"x","Method":"POST","AuthType":"NO_AUTH","RequestBody":"a\"b"{headers}}}"#))
    };
    assert_eq!(text(""), r#"POST /base HTTP/1.1|content-type: application/json|"a\"b""#);
    assert_eq!(
        text(r#","Headers":{"Content-Type":["text/plain"]}"#),
        r#"POST /base HTTP/1.1|Content-Type: text/plain|a"b"#
    );
}

#[test]
fn a_call_is_signed_for_the_region_in_the_name_of_the_api() {
    let api = "a1b2.execute-api.eu-west-1.amazonaws.com";
    let said = asked(&format!(r#"{{"ApiEndpoint":"{api}","Method":"GET","Path":"pets","AuthType":"IAM_ROLE"}}"#));
    let signed = "/eu-west-1/execute-api/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=";
    assert!(
        said.contains("|authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/") && said.contains(signed),
        "{said}"
    );
}

#[test]
fn other_resources_are_refused_before_anything_runs() {
    let connector = connector(&answering(""), &Arc::new(Thread::start().expect("there are threads")));
    let refused = |resource: &str| connector.refuse(resource);
    assert_eq!(refused("arn:aws:states:::apigateway:invoke"), None);
    let reason = "an `apigateway` binding does not answer 'arn:aws:states:::sns:publish'";
    assert_eq!(refused("arn:aws:states:::sns:publish").as_deref(), Some(reason));
}

#[test]
fn the_result_is_as_recorded() {
    let head = ["Content-Type: application/json", "X-Twice: 1", "x-twice: 2"];
    let origin = answering(response("200 OK", &head, r#"{"message":  "hi"}"#));
    let expected = r#"{"Headers":{"Content-Type":["application/json"],"X-Twice":["1","2"],"content-length":["18"]},"ResponseBody":{"message":  "hi"},"StatusCode":200,"StatusText":"OK"}"#;
    assert_eq!(output(asker(&origin).ask(r#"{"ApiEndpoint":"x","Method":"GET"}"#)), expected);
}

#[test]
fn what_the_api_refuses_fails_with_its_status() {
    let origin = answering(response("503 Service Unavailable", &[], "come back later"));
    let failed = failure(asker(&origin).ask(r#"{"ApiEndpoint":"x","Method":"GET"}"#));
    assert_eq!(failed, ("ApiGateway.503".into(), "come back later".into()));
    let nowhere = Origin { is_secure: false, host: "127.0.0.1".into(), port: 1 };
    let (error, cause) = failure(asker(&nowhere).ask(r#"{"ApiEndpoint":"x","Method":"GET"}"#));
    assert_eq!(error, "ApiGateway.SdkClientException");
    assert!(cause.starts_with("Unable to execute HTTP request: cannot connect"), "{cause}");
}

#[test]
fn parameters_that_make_no_request_are_told() {
    let asker = asker(&answering(response("200 OK", &[], "{}")));
    let wrong = |parameters: &str, reason: &str| {
        let expected = format!("The Parameters '{parameters}' could not be used to start the Task: [{reason}]");
        assert_eq!(failure(asker.ask(parameters)), ("States.Runtime".into(), expected));
    };
    // Recorded.
    wrong(
        r#"{"ApiEndpoint":"x","Method":"POST","Headers":{"custom_header":"singleStringHeader"}}"#,
        "The value of the field 'Headers' has an invalid format",
    );
    wrong(r#"{"ApiEndpoint":"x"}"#, "missing field `Method`");
    wrong(
        r#"{"ApiEndpoint":"x","Method":"GET","AuthType":"IAM_ROLE"}"#,
        "a signature needs a region, and the binding has none",
    );
}
