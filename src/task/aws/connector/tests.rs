//! The connector against servers on the same machine.

use super::*;
use crate::task::aws::service::find;
use crate::task::aws::sign::{Unsigned, sign};
use crate::task::http::scripted::{Asker, LIMITS, answering, read_request, response, server};
use std::io::Write;
use std::sync::Mutex;

const PUBLISH: &str = "arn:aws:states:::sns:publish";
const SEND: &str = "arn:aws:states:::aws-sdk:sqs:sendMessage";

fn settings(origin: &Origin) -> Settings {
    let endpoint = Some(Url::parse(&format!("{origin}/base/")).expect("it is an URL"));
    let credentials = Some(Credentials {
        access_key_id: "AKIDEXAMPLE".into(),
        secret_access_key: "secret".into(),
        session_token: Some("token".into()),
    });
    Settings { endpoint, region: Some("eu-west-1".into()), credentials, ..Settings::default() }
}

/// Somebody who asks a connector with these settings, in an environment without variables.
fn asker(resource: &str, settings: Settings) -> Asker {
    Asker::new(resource, |thread| settings.connect(LIMITS, thread, &|_| None).expect("it can be used"))
}

#[track_caller]
fn assert_failed(reply: &Reply, error: &str, part: &str) {
    let Reply::Failed(failure) = reply else { panic!("{reply:?}") };
    assert_eq!(failure.error.as_deref(), Some(error));
    assert!(failure.cause.as_deref().is_some_and(|cause| cause.contains(part)), "{failure:?}");
}

/// The server computes the signature again, from what it has received.
#[test]
fn a_request_is_signed_for_the_service_that_gets_it() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let kept = seen.clone();
    let origin = server(move |_, mut stream| {
        while let Some(request) = read_request(&mut stream) {
            kept.lock().expect("nobody panics").push(request);
            let body = "<PublishResponse><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>";
            stream.write_all(response("200 OK", &["x-amzn-RequestId: r"], body).as_bytes()).expect("it is read");
        }
    });
    let asker = asker(PUBLISH, settings(&origin));
    let reply = asker.ask(r#"{"TopicArn":"arn:t","Message":{"a":1}}"#);
    let Reply::Output(output) = reply else { panic!("{reply:?}") };
    let about = r#"{"MessageId":"m","SdkHttpMetadata":{"AllHttpHeaders":{"x-amzn-RequestId":["r"]"#;
    assert!(output.starts_with(about.as_bytes()), "{}", output.escape_ascii());
    let (head, body) = seen.lock().expect("nobody panics").remove(0);
    assert!(head.starts_with("POST /base/ HTTP/1.1\r\n"), "{head}");
    assert_eq!(body, "Action=Publish&Version=2010-03-31&TopicArn=arn%3At&Message=%7B%22a%22%3A1%7D");
    let headers: Vec<(&str, &str)> = head.lines().filter_map(|line| line.split_once(": ")).collect();
    let header = |name: &str| headers.iter().find(|(known, _)| *known == name).map(|(_, value)| *value).expect(name);
    assert_eq!(header("x-amz-security-token"), "token");
    let time = header("x-amz-date");
    let written =
        format!("{}-{}-{}T{}:{}:{}Z", &time[..4], &time[4..6], &time[6..8], &time[9..11], &time[11..13], &time[13..15]);
    let seconds = crate::task::aws::time::read(&written).expect("it is a time").seconds;
    let signed = [("host", header("host")), ("content-type", header("content-type"))];
    let unsigned = Unsigned { method: "POST", path: "/base/", query: "", headers: &signed, body: body.as_bytes() };
    let credentials = settings(&origin).credentials.expect("they are given");
    let added = sign(&unsigned, &credentials, Scope { region: "eu-west-1", service: "sns" }, seconds);
    assert_eq!(added.last().map(|(_, value)| &**value), Some(header("authorization")));
}

#[test]
fn refusals_and_silence_are_failures_of_the_service() {
    let body = r#"{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"no queue"}"#;
    let refusing = answering(response("400 Bad Request", &["x-amzn-RequestId: r"], body));
    let parameters = r#"{"QueueUrl":"u","MessageBody":"b"}"#;
    let reply = asker(SEND, settings(&refusing)).ask(parameters);
    let cause = "no queue (Service: Sqs, Status Code: 400, Request ID: r) (SDK Attempt Count: 1)";
    assert_failed(&reply, "Sqs.QueueDoesNotExistException", cause);
    let throttling = answering(response("503 Slow Down", &[], ""));
    assert_failed(&asker(SEND, settings(&throttling)).ask(parameters), "Sqs.SqsException", "Status Code: 503");
    let closing = server(|_, mut stream| drop(read_request(&mut stream)));
    let reply = asker(SEND, settings(&closing)).ask(parameters);
    assert_failed(&reply, "Sqs.SdkClientException", "Unable to execute HTTP request: ");
    let garbled = answering(response("200 OK", &[], "<html>"));
    let reply = asker(SEND, settings(&garbled)).ask(parameters);
    assert_failed(&reply, "Sqs.SdkClientException", "Unable to unmarshall response: ");
}

#[test]
fn what_cannot_be_asked_is_answered_without_asking() {
    let nobody = server(|_, _| panic!("nobody is asked"));
    let reply = asker(SEND, settings(&nobody)).ask(r#"{"Queue":"u"}"#);
    assert_failed(&reply, "States.Runtime", "The field 'Queue' is not supported by Step Functions");
    let asker = asker("arn:aws:states:::aws-sdk:sqs:sendMessages", settings(&nobody));
    assert_failed(&asker.ask("{}"), "States.TaskFailed", "'sqs' has no action 'sendMessages'");
}

#[test]
fn what_will_never_be_answered_is_known_before() {
    let thread = Arc::new(Thread::start().expect("there are threads"));
    let connector = settings(&origin()).connect(LIMITS, &thread, &|_| None).expect("it can be used");
    assert_eq!(connector.refuse(SEND), None);
    assert_eq!(connector.refuse(PUBLISH), None);
    for resource in
        ["arn:aws:states:::aws-sdk:sqs:send", "arn:aws:states:::aws-sdk:polly:x", "arn:aws:states:::sqs:receiveMessage"]
    {
        assert!(connector.refuse(resource).is_some(), "{resource}");
    }
}

#[test]
fn settings_that_cannot_be_used_say_why() {
    let thread = Arc::new(Thread::start().expect("there are threads"));
    let reason = |settings: Settings, variables: &'static [(&str, &str)]| {
        let environment =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.to_string());
        settings.connect(LIMITS, &thread, &environment).err().expect("it cannot be used")
    };
    let good = settings(&origin());
    let both = Settings { profile: Some("p".into()), ..good.clone() };
    assert!(reason(both, &[]).contains("only one can say who signs"));
    assert!(reason(Settings { region: None, ..good.clone() }, &[]).contains("it has no `region`"));
    assert!(reason(Settings { region: Some("r/x".into()), ..good.clone() }, &[]).contains("is no region"));
    let chain = Settings { credentials: None, ..good.clone() };
    assert!(reason(chain, &[("AWS_EC2_METADATA_DISABLED", "true")]).contains("there are no credentials"));
    assert!(reason(Settings { ca: Some("/nowhere.pem".into()), ..good }, &[]).contains("/nowhere.pem"));
}

#[test]
fn without_an_endpoint_each_service_has_the_host_of_its_region() {
    let host = |service, region| host(find(service).expect("it is described"), region);
    let pair = |host: &str, region: &str| (host.to_owned(), region.to_owned());
    assert_eq!(host("sfn", "eu-west-1"), pair("states.eu-west-1.amazonaws.com", "eu-west-1"));
    assert_eq!(host("eventbridge", "us-gov-east-1"), pair("events.us-gov-east-1.amazonaws.com", "us-gov-east-1"));
    assert_eq!(host("s3", "cn-north-1"), pair("s3.cn-north-1.amazonaws.com.cn", "cn-north-1"));
    assert_eq!(host("iam", "eu-west-1"), pair("iam.amazonaws.com", "us-east-1"));
    assert_eq!(host("iam", "cn-northwest-1"), pair("iam.cn-north-1.amazonaws.com.cn", "cn-north-1"));
    assert_eq!(host("iam", "us-gov-east-1"), pair("iam.us-gov.amazonaws.com", "us-gov-west-1"));
    let provider =
        Provider::new(&Source::Given(settings(&origin()).credentials.expect("given")), &|_| None).expect("given");
    let aws = Aws { endpoint: None, region: "eu-west-1".into(), provider, known: RwLock::default() };
    let target = aws.target("arn:aws:states:::aws-sdk:sfn:startSyncExecution").expect("it is known");
    assert_eq!(target.origin.to_string(), "https://sync-states.eu-west-1.amazonaws.com");
}

fn origin() -> Origin {
    Origin { is_secure: false, host: "127.0.0.1".into(), port: 1 }
}
