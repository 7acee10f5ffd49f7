//! Functions called over a real connection, and every way in which calls fail.

use super::*;
use crate::task::http::scripted::{Asker, LIMITS, answering, failure, output, read_request, response, server};
use std::io::Write;

const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:Price";
const INVOKE: &str = "arn:aws:states:::lambda:invoke";

fn asker(resource: &str, origin: &Origin, limits: Limits, function: Option<&str>) -> Asker {
    let endpoint = Some(Url::parse(&format!("{origin}/base/")).expect("it is one"));
    connected(resource, Settings { endpoint, function: function.map(str::to_owned), ..Settings::default() }, limits)
}

fn connected(resource: &str, settings: Settings, limits: Limits) -> Asker {
    let nothing = |_: &str| None;
    Asker::new(resource, |thread| settings.connect(limits, thread, &nothing).expect("nothing is missing"))
}

/// What a state makes of this answer.
fn answered(resource: &str, status: &str, head: &[&str], body: &str) -> Reply {
    let origin = answering(response(status, head, body));
    asker(resource, &origin, LIMITS, None).ask(r#"{"FunctionName":"Price"}"#)
}

/// A server that returns, as the function's payload, what it was asked.
fn mirror() -> Arc<Origin> {
    server(|_, mut stream| {
        while let Some((head, body)) = read_request(&mut stream) {
            let text = serde_json::to_string(&format!("{head}{body}")).expect("it is text");
            stream.write_all(response("200 OK", &[], &text).as_bytes()).expect("the client listens");
        }
    })
}

/// Method, target, and the lines of the head that are not always there; then the body.
fn asked(resource: &str, function: Option<&str>, parameters: &str) -> Vec<String> {
    let text = output(asker(resource, &mirror(), LIMITS, function).ask(parameters));
    let text = match resource {
        INVOKE => serde_json::from_str::<serde_json::Value>(&text).expect("it is JSON")["Payload"].clone(),
        _ => serde_json::from_str(&text).expect("it is JSON"),
    };
    let usual = ["host: ", "user-agent: ", "content-type: ", "content-length: "];
    let lines = text.as_str().expect("a text").lines();
    lines
        .filter(|line| !line.is_empty() && !usual.iter().any(|name| line.starts_with(name)))
        .map(str::to_owned)
        .collect()
}

#[test]
fn a_function_is_called_with_the_states_input() {
    assert_eq!(
        asked(ARN, None, r#"{"a":[1, "ä"]}"#),
        [
            "POST /base/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3APrice/invocations HTTP/1.1",
            r#"{"a":[1, "ä"]}"#
        ]
    );
    assert_eq!(asked(ARN, Some("function"), "1")[0], "POST /base/2015-03-31/functions/function/invocations HTTP/1.1");
}

#[test]
fn parameters_of_invoke_go_where_the_api_has_them() {
    let parameters = r#"{"FunctionName":"a b/c","Payload":{"x":1},"InvocationType":"RequestResponse","LogType":"Tail",
        "ClientContext":"e30=","Qualifier":"$LATEST"}"#;
    assert_eq!(
        asked(INVOKE, None, parameters),
        [
            "POST /base/2015-03-31/functions/a%20b%2Fc/invocations?Qualifier=%24LATEST HTTP/1.1",
            "x-amz-invocation-type: RequestResponse",
            "x-amz-log-type: Tail",
            "x-amz-client-context: e30=",
            r#"{"x":1}"#
        ]
    );
    // Recorded: null is no payload.
    assert_eq!(asked(INVOKE, None, r#"{"FunctionName":"f","Payload":null}"#).len(), 1);
    // Recorded: a text is the payload itself.
    assert_eq!(asked(INVOKE, None, r#"{"FunctionName":"f","Payload":"\"a\""}"#)[1], r#""a""#);
    assert_eq!(asked(INVOKE, None, r#"{"FunctionName":"f","Payload":"{\"x\":1}"}"#)[1], r#"{"x":1}"#);
}

#[test]
fn what_a_function_returns_is_the_result() {
    for text in ["0", "null", "\"a\"", "[]", "{\"a\": \"ä\"}"] {
        assert_eq!(output(answered(ARN, "200 OK", &[], text)), text);
    }
    assert_eq!(output(answered(ARN, "200 OK", &[], "{\n\"a\":\r\n1}")), "{ \"a\":  1}");
}

#[test]
fn the_result_of_invoke_is_as_recorded() {
    let head = [
        "Date: Sun, 22 Nov 2026 10:00:00 GMT",
        "Content-Type: application/json",
        "Connection: keep-alive",
        "x-amzn-RequestId: r-1",
        "X-Amz-Executed-Version: $LATEST",
        "X-Amz-Log-Result: bG9n",
        "X-Twice: 1",
        "x-twice: \"2\"",
    ];
    let result = output(answered(INVOKE, "200 OK", &head, r#"{"price": 1.50}"#));
    let expected = concat!(
        r#"{"ExecutedVersion":"$LATEST","LogResult":"bG9n","Payload":{"price": 1.50},"SdkHttpMetadata":{"AllHttpHeaders":{"#,
        r#""Date":["Sun, 22 Nov 2026 10:00:00 GMT"],"Content-Type":["application/json"],"Connection":["keep-alive"],"#,
        r#""x-amzn-RequestId":["r-1"],"X-Amz-Executed-Version":["$LATEST"],"X-Amz-Log-Result":["bG9n"],"#,
        r#""X-Twice":["1","\"2\""],"content-length":["15"]},"HttpHeaders":{"Date":"Sun, 22 Nov 2026 10:00:00 GMT","#,
        r#""Content-Type":"application/json","Connection":"keep-alive","x-amzn-RequestId":"r-1","#,
        r#""X-Amz-Executed-Version":"$LATEST","X-Amz-Log-Result":"bG9n","X-Twice":"1","content-length":"15"},"#,
        r#""HttpStatusCode":200},"SdkResponseMetadata":{"RequestId":"r-1"},"StatusCode":200}"#,
    );
    assert_eq!(result, expected);
    let event: serde_json::Value =
        serde_json::from_str(&output(answered(INVOKE, "202 Accepted", &[], ""))).expect("it is JSON");
    assert_eq!((&event["StatusCode"], &event["Payload"]), (&202.into(), &serde_json::json!({})));
}

#[test]
fn a_function_that_fails_gives_its_error_type_and_all_it_said() {
    let said = r#"{"errorMessage": "no", "errorType": "CustomException", "requestId": "r", "stackTrace": []}"#;
    for resource in [ARN, INVOKE] {
        let reply = answered(resource, "200 OK", &["X-Amz-Function-Error: Unhandled"], said);
        assert_eq!(failure(reply), ("CustomException".into(), said.into()));
    }
    let killed = r#"{"errorMessage":"2026-11-22T10:00:00Z r-1 Task timed out after 3.00 seconds"}"#;
    for said in [killed, "not JSON", "", "{\"errorType\":null}", "{\"errorType\":\"\"}"] {
        let cause = format!(
            "The cause could not be determined because Lambda did not return an error type. Returned payload: {said}"
        );
        let reply = answered(ARN, "200 OK", &["X-Amz-Function-Error: Unhandled"], said);
        assert_eq!(failure(reply), ("Lambda.Unknown".into(), cause));
    }
}

#[track_caller]
fn assert_refused(status: &str, head: &[&str], body: &str, name: &str, cause: &str) {
    assert_eq!(failure(answered(INVOKE, status, head, body)), (name.into(), cause.into()));
}

#[test]
fn a_service_that_refuses_is_named_as_its_sdk_names_it() {
    let missing = r#"{"Type":"User","Message":"Function not found: arn:f:$LATEST"}"#;
    assert_refused(
        "404 Not Found",
        &["x-amzn-RequestId: r-1", "x-amzn-ErrorType: ResourceNotFoundException:http://internal/"],
        missing,
        "Lambda.ResourceNotFoundException",
        "Function not found: arn:f:$LATEST (Service: AWSLambda; Status Code: 404; Error Code: ResourceNotFoundException; Request ID: r-1; Proxy: null)",
    );
    assert_refused(
        "429 Too Many Requests",
        &[],
        r#"{"__type":"com.amazonaws.lambda#TooManyRequestsException","message":"Rate Exceeded."}"#,
        "Lambda.TooManyRequestsException",
        "Rate Exceeded. (Service: AWSLambda; Status Code: 429; Error Code: TooManyRequestsException; Request ID: null; Proxy: null)",
    );
    assert_refused(
        "403 Forbidden",
        &["x-amzn-errortype: AccessDeniedException"],
        r#"{"Message":"User is not authorized"}"#,
        "Lambda.AWSLambdaException",
        "User is not authorized (Service: AWSLambda; Status Code: 403; Error Code: AccessDeniedException; Request ID: null; Proxy: null)",
    );
    for (status, name) in [
        ("429 Slow", "Lambda.TooManyRequestsException"),
        ("500 No", "Lambda.ServiceException"),
        ("503 Full", "Lambda.AWSLambdaException"),
        ("302 There", "Lambda.AWSLambdaException"),
    ] {
        let (error, cause) = failure(answered(ARN, status, &[], "<html>a proxy</html>"));
        assert_eq!(error, name);
        assert!(cause.starts_with("<html>a proxy</html> (Service: AWSLambda; Status Code: "), "{cause}");
    }
}

#[test]
fn parameters_that_cannot_be_used_say_why() {
    let origin = Origin { is_secure: false, host: "127.0.0.1".into(), port: 9 };
    let asker = asker(INVOKE, &origin, LIMITS, None);
    for (parameters, reason) in [
        ("{}", "missing field `FunctionName`"),
        (r#"{"FunctionName":1}"#, "invalid type: integer `1`, expected a string"),
        (r#"{"FunctionName":"f","Paylod":1}"#, "unknown field `Paylod`"),
    ] {
        let (error, cause) = failure(asker.ask(parameters));
        assert_eq!(error, "States.Runtime");
        assert!(
            cause.starts_with(&format!("The Parameters '{parameters}' could not be used to start the Task: [{reason}")),
            "{cause}"
        );
    }
    let (error, cause) = failure(asker.ask(r#"{"FunctionName":"f","LogType":"Tail\r\nx-evil: 1"}"#));
    assert_eq!(error, "Lambda.SdkClientException");
    assert!(cause.contains("the header `x-amz-log-type` has characters that none may have"), "{cause}");
}

#[test]
fn a_resource_that_is_no_function_is_told() {
    let origin = Origin { is_secure: false, host: "127.0.0.1".into(), port: 9 };
    let (error, cause) = failure(asker("arn:aws:states:::sns:publish", &origin, LIMITS, None).ask("{}"));
    assert_eq!(
        (error.as_str(), cause.as_str()),
        ("States.TaskFailed", "a `lambda` binding does not answer 'arn:aws:states:::sns:publish'")
    );
}

#[test]
fn calls_are_signed_where_keys_are_named() {
    let settings = Settings {
        endpoint: Some(Url::parse(&mirror().to_string()).expect("it is one")),
        region: Some("eu-west-1".into()),
        credentials: Some(Credentials {
            access_key_id: "AKID".into(),
            secret_access_key: "secret".into(),
            session_token: Some("token".into()),
        }),
        ..Settings::default()
    };
    let text = output(connected(ARN, settings, LIMITS).ask("{}"));
    let asked: String = serde_json::from_str(&text).expect("it is a text");
    assert!(asked.contains("\r\nx-amz-security-token: token\r\n"), "{asked}");
    let (_, signature) = asked.split_once("\r\nauthorization: AWS4-HMAC-SHA256 Credential=AKID/").expect(&asked);
    let (scope, rest) = signature.split_once(", SignedHeaders=").expect(&asked);
    assert!(scope.ends_with("/eu-west-1/lambda/aws4_request"), "{scope}");
    assert!(rest.starts_with("content-type;host;user-agent;x-amz-date;x-amz-security-token, Signature="), "{rest}");
}

#[test]
fn what_is_needed_to_sign_is_asked_for_at_once() {
    let thread = Arc::new(Thread::start().expect("there are threads"));
    let refused = |settings: Settings, environment: &dyn Fn(&str) -> Option<String>| {
        settings.connect(LIMITS, &thread, environment).err().expect("something is missing")
    };
    let none = |name: &str| (name == "AWS_EC2_METADATA_DISABLED").then(|| "true".to_owned());
    assert!(refused(Settings::default(), &none).contains("no `region`"));
    let region = Some("eu-west-1".to_owned());
    assert!(refused(Settings { region: region.clone(), ..Settings::default() }, &none).contains("no credentials"));
    let odd = Settings { region: Some("evil.example/".into()), ..Settings::default() };
    assert!(refused(odd, &none).contains("is no region"));
    let keys = |name: &str| name.starts_with("AWS_").then(|| "k".to_owned());
    assert!(Settings { region, ..Settings::default() }.connect(LIMITS, &thread, &keys).is_ok());
}
