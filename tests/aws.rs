//! AWS services over the wire, and many requests and answers at once for `tests/differential/aws/run`.

use expressway::task::aws::integration::{self, Caller};
use expressway::task::aws::request;
use expressway::task::aws::response::{self, Answer};
use expressway::task::aws::service;
use expressway::task::bindings;
use serde_json::{Value, json};
use std::fs::{self, File};
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, Output};

/// Puts an item, asks for it, and tells a topic; the item comes back through a service's answer.
const WORKFLOW: &str = r#"{
  "StartAt": "Put",
  "States": {
    "Put": {
      "Type": "Task",
      "Resource": "arn:aws:states:::dynamodb:putItem",
      "Parameters": {"TableName": "orders", "Item": {"id": {"S.$": "$.id"}}},
      "ResultPath": null,
      "Catch": [{"ErrorEquals": ["DynamoDB.ConditionalCheckFailedException"], "ResultPath": "$.seen", "Next": "Publish"}],
      "Next": "Get"
    },
    "Get": {
      "Type": "Task",
      "Resource": "arn:aws:states:::aws-sdk:dynamodb:getItem",
      "Parameters": {"TableName": "orders", "Key": {"id": {"S.$": "$.id"}}},
      "ResultPath": "$.found",
      "Next": "Publish"
    },
    "Publish": {
      "Type": "Task",
      "Resource": "arn:aws:states:::aws-sdk:sns:publish",
      "Parameters": {"TopicArn": "arn:aws:sns:eu-west-1:111122223333:orders", "Message.$": "$.id"},
      "ResultPath": "$.told",
      "End": true
    }
  }
}"#;

/// A run of the workflow over these lines against a server at this address.
fn run(name: &str, workflow: &str, endpoint: &str, lines: &str) -> Output {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).expect("a folder can be made");
    let file = |name: &str, text: &str| {
        fs::write(folder.join(name), text).expect("a file can be written");
        folder.join(name)
    };
    let keys = r#"credentials = { access_key_id = "AKIDEXAMPLE", secret_access_key = "secret" }"#;
    let binding = format!(
        "[[task]]\nresource = \"arn:aws:states:::*\"\naws = {{ endpoint = \"{endpoint}\", region = \"eu-west-1\", {keys} }}\n"
    );
    Command::new(env!("CARGO_BIN_EXE_expressway"))
        .args(["run", "--quiet", "--tasks"])
        .args([file("tasks.toml", &binding), file("workflow.json", workflow), file("events.ndjson", lines)])
        .output()
        .expect("the binary runs")
}

/// A server that speaks for all services; gives what it was asked to the answerer, and its answer back.
fn server(answer: impl Fn(&str, &str) -> (&'static str, String) + Send + Sync + Clone + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
    let address = listener.local_addr().expect("it is bound");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, answer) = (stream.expect("loopback connects"), answer.clone());
            std::thread::spawn(move || {
                let mut reader = BufReader::new(stream.try_clone().expect("it is open"));
                loop {
                    let mut head = String::new();
                    while !head.ends_with("\r\n\r\n") {
                        if reader.read_line(&mut head).expect("the client writes text") == 0 {
                            return;
                        }
                    }
                    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0");
                    let mut body = vec![0; length.parse().expect("a number")];
                    reader.read_exact(&mut body).expect("the body is there");
                    let (status, body) = answer(&head, &String::from_utf8_lossy(&body));
                    let answer = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
                    stream.write_all(answer.as_bytes()).expect("the client reads");
                }
            });
        }
    });
    format!("http://{address}")
}

#[test]
fn a_workflow_calls_services_and_catches_what_they_refuse() {
    let endpoint = server(|head, body| {
        let asks = |action: &str| head.contains(action);
        assert!(head.contains("authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"), "{head}");
        if asks("DynamoDB_20120810.PutItem") && body.contains("\"2\"") {
            let error = r#"{"__type":"x#ConditionalCheckFailedException","message":"it is there"}"#;
            ("400 Bad Request", error.to_owned())
        } else if asks("DynamoDB_20120810.PutItem") {
            ("200 OK", "{}".to_owned())
        } else if asks("DynamoDB_20120810.GetItem") {
            let key: Value = serde_json::from_str(body).expect("it is JSON");
            ("200 OK", json!({"Item": key["Key"]}).to_string())
        } else {
            assert!(body.starts_with("Action=Publish&"), "{body}");
            ("200 OK", "<R><PublishResult><MessageId>m</MessageId></PublishResult></R>".to_owned())
        }
    });
    let done = run("services", WORKFLOW, &endpoint, "{\"id\":\"1\"}\n{\"id\":\"2\"}\n");
    let said = String::from_utf8(done.stdout).expect("text");
    let cause = "it is there (Service: AmazonDynamoDBv2; Status Code: 400; Error Code: ConditionalCheckFailedException; \
                 Request ID: null; Proxy: null)";
    let expected = [
        r#"{"id":"1","found":{"Item":{"id":{"S":"1"}}},"told":{"MessageId":"m"}}"#.to_owned(),
        format!(
            r#"{{"id":"2","seen":{{"Error":"DynamoDB.ConditionalCheckFailedException","Cause":"{cause}"}},"told":{{"MessageId":"m"}}}}"#
        ),
    ];
    assert_eq!(said.lines().collect::<Vec<_>>(), expected, "{}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn an_action_that_no_service_has_is_told_where_it_stands() {
    let workflow = WORKFLOW.replace("sns:publish", "sns:publsh");
    let done = run("unknown", &workflow, "http://127.0.0.1:1", "{\"id\":\"1\"}\n");
    let said = String::from_utf8(done.stderr).expect("text");
    assert_eq!(done.status.code(), Some(2), "{said}");
    assert!(
        said.contains("the service 'sns' has no action 'publsh'") && said.contains("/States/Publish/Resource"),
        "{said}"
    );
}

#[test]
fn the_documented_bindings_can_be_read() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/tasks/aws.md");
    let text = fs::read_to_string(page).expect("it is there");
    let blocks: Vec<&str> = text.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert_eq!(blocks.len(), 1);
    for block in blocks {
        bindings::parse(block).expect("what is shown works");
    }
}

/// What Step Functions asked services for, as recorded: every parameter is known, and fits.
#[test]
fn recorded_parameters_can_be_sent() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/conformance/executions.ndjson");
    let Ok(recorded) = fs::read_to_string(path) else { return println!("skipped: there are no recordings at {path}") };
    let caller = || Caller { execution: "arn:e".into(), machine: "arn:m".into(), token: "t".into() };
    let mut count = 0;
    for line in recorded.lines() {
        let execution: Value = serde_json::from_str(line).expect("a recording is JSON");
        for task in execution["tasks"].as_array().into_iter().flatten() {
            let Some(service) = task["resourceType"].as_str() else { continue };
            let resource = task["resource"].as_str().expect("a service is asked for something");
            // `.sync` and task tokens begin with the same call.
            let action = resource.split('.').next().expect("a split has a first part");
            let Ok(integration) = integration::find(&format!("arn:aws:states:::{service}:{action}")) else { continue };
            let parameters = task["parameters"].to_string();
            let written = integration.request(parameters.as_bytes(), &caller);
            assert!(written.is_ok(), "{} {service}:{resource} {parameters}: {written:?}", execution["id"]);
            count += 1;
        }
    }
    assert!(count > 50, "only {count} tasks were found");
}

/// One line of cases: `{"service":…,"action":…}` with `parameters`, or with `status`, `headers` and `body` of an answer.
#[test]
#[ignore = "tests/differential/aws/run starts it with cases"]
fn requests_and_answers_are_written_down() {
    let file = |name| std::env::var_os(name).unwrap_or_else(|| panic!("{name} names a file"));
    let cases = BufReader::new(File::open(file("DIFFERENTIAL_CASES")).expect("the cases can be read"));
    let mut answers = BufWriter::new(File::create(file("DIFFERENTIAL_ANSWERS")).expect("answers can be written"));
    for line in cases.lines() {
        let case: Value = serde_json::from_str(&line.expect("cases are lines")).expect("a case is JSON");
        writeln!(answers, "{}", made(&case)).expect("answers can be written");
    }
}

fn made(case: &Value) -> Value {
    let text = |name: &str| case[name].as_str().unwrap_or_else(|| panic!("`{name}` is a text"));
    let action = service::action(text("service"), text("action")).expect("it is described");
    let Some(headers) = case.get("headers") else {
        return match request::write(&action, text("parameters").as_bytes(), &String::new) {
            Ok(parts) => json!({"parts": {
                "method": parts.method, "path": parts.path, "query": parts.query, "headers": parts.headers,
                "body": String::from_utf8(parts.body).expect("all that is sent is text"),
            }}),
            Err(refusal) => json!({"refusal": refusal.to_string()}),
        };
    };
    let headers: Vec<(String, String)> = serde_json::from_value(headers.clone()).expect("headers are pairs");
    let answer = Answer {
        status: case["status"].as_u64().expect("a number") as u16,
        headers: headers.iter().map(|(name, value)| (&**name, &**value)).collect(),
        body: text("body").as_bytes(),
    };
    match response::read(&action, &answer) {
        Ok(result) => json!({"result": String::from_utf8(result).expect("a result is text")}),
        Err(trouble) => json!({"trouble": format!("{trouble:?}")}),
    }
}
