//! Endpoints called over a real connection: what they are asked, and what comes of their answers.

use super::*;
use crate::task::http::Origin;
use crate::task::http::scripted::{Asker, LIMITS, answering, failure, output, read_request, response, server};
use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

const INVOKE: &str = "arn:aws:states:::http:invoke";
const OPEN: &str = r#"connections."*" = {}"#;

fn asker(settings: &str) -> Asker {
    let settings: Settings = toml::from_str(settings).expect("the settings are right");
    Asker::new(INVOKE, |thread| settings.connect(LIMITS, thread).expect("there is no file"))
}

/// Parameters of a call to this server, with these fields beside those that must be.
fn call(origin: &Origin, path: &str, method: &str, fields: &str) -> String {
    let fields = if fields.is_empty() { String::new() } else { format!(",{fields}") };
    format!(
        r#"{{"ApiEndpoint":"{origin}{path}","Method":"{method}","Authentication":{{"ConnectionArn":"arn:aws:events:eu-west-1:111122223333:connection/shop/1"}}{fields}}}"#
    )
}

/// A server that answers with what it was asked.
fn mirror() -> Arc<Origin> {
    server(|_, mut stream| {
        while let Some((head, body)) = read_request(&mut stream) {
            let said = response("200 OK", &["content-type: text/plain"], &format!("{head}{body}"));
            stream.write_all(said.as_bytes()).expect("the client listens");
        }
    })
}

/// The lines of the request that comes of these parameters, without those that are always the same.
fn asked(settings: &str, path: &str, method: &str, fields: &str) -> Vec<String> {
    let result: serde_json::Value =
        serde_json::from_str(&output(asker(settings).ask(&call(&mirror(), path, method, fields)))).expect("it is JSON");
    let usual = ["host: ", "user-agent: ", "range: ", "content-length: "];
    let lines = result["ResponseBody"].as_str().expect("a text").lines();
    lines
        .filter(|line| !line.is_empty() && !usual.iter().any(|name| line.starts_with(name)))
        .map(str::to_owned)
        .collect()
}

/// The failure that comes of these parameters, without a server.
fn refused(settings: &str, method: &str, fields: &str) -> (String, String) {
    let nowhere = Origin { is_secure: false, host: "127.0.0.1".into(), port: 9 };
    failure(asker(settings).ask(&call(&nowhere, "/", method, fields)))
}

#[test]
fn a_request_is_what_the_definition_says() {
    let fields = r#""Headers":{"X-One":"1","X-Many":["a",2]},"QueryParameters":{"a b":"c&d","n":1.50,"l":["x","y"]},
        "RequestBody":{"z": 1.0, "a":null}"#;
    assert_eq!(
        asked(OPEN, "/v1/x?k=v", "PATCH", fields),
        [
            "PATCH /v1/x?k=v&a%20b=c%26d&n=1.50&l=x&l=y HTTP/1.1",
            "X-One: 1",
            "X-Many: a",
            "X-Many: 2",
            "content-type: application/json; charset=UTF-8",
            r#"{"z": 1.0, "a":null}"#
        ]
    );
    assert_eq!(asked(OPEN, "", "GET", ""), ["GET / HTTP/1.1"]);
    assert_eq!(asked(OPEN, "/x", "GET", r#""QueryParameters":"a=b c&d""#), ["GET /x?a=b%20c&d HTTP/1.1"]);
    let xml = asked(OPEN, "/x", "POST", r#""RequestBody":"<a>ä</a>","Headers":{"Content-Type":"text/xml"}"#);
    assert_eq!(xml, ["POST /x HTTP/1.1", "Content-Type: text/xml", "<a>ä</a>"]);
}

#[test]
fn a_body_may_be_a_form() {
    let fields = r#""RequestBody":{"customer":"c 1","tags":["a","b"]},"Headers":{"content-type":"application/x-www-form-urlencoded"},
        "Transform":{"RequestBodyEncoding":"URL_ENCODED","RequestEncodingOptions":{"ArrayFormat":"BRACKETS"}}"#;
    assert_eq!(asked(OPEN, "/", "POST", fields).last().expect("a body"), "customer=c%201&tags%5B%5D=a&tags%5B%5D=b");
    let usual = r#""RequestBody":{"a":[1]},"Transform":{"RequestBodyEncoding":"URL_ENCODED"}"#;
    assert_eq!(asked(OPEN, "/", "POST", usual).last().expect("a body"), "a%5B0%5D=1");
    let none = r#""RequestBody":{"a":[1]},"Transform":{"RequestBodyEncoding":"NONE"}"#;
    assert_eq!(asked(OPEN, "/", "POST", none).last().expect("a body"), r#"{"a":[1]}"#);
}

#[test]
fn a_connection_adds_what_definitions_do_not_know_and_wins() {
    let settings = r#"
        [connections."arn:aws:events:*:*:connection/shop/*"]
        basic = { username = "ada", password = { env = "PATH" } }
        api_key = { name = "X-Key", value = "k" }
        headers = { x-one = "theirs" }
        query = { q = "theirs", r = "s t" }
        body = { Mode = "theirs", More = "\"" }
        [connections."*"]
    "#;
    let fields = r#""Headers":{"X-One":"mine","X-Two":"2"},"QueryParameters":{"q":"mine","p":1},"RequestBody":{"Mode":1,"Job":[2]}"#;
    let path = std::env::var("PATH").expect("there is one");
    let pair = crate::builtin::base64::encode(format!("ada:{path}").as_bytes());
    assert_eq!(
        asked(settings, "/", "POST", fields),
        [
            "POST /?p=1&q=theirs&r=s%20t HTTP/1.1",
            "X-Two: 2",
            "content-type: application/json; charset=UTF-8",
            "x-one: theirs",
            "X-Key: k",
            &format!("authorization: Basic {pair}"),
            r#"{"Job":[2],"Mode":"theirs","More":"\""}"#
        ]
    );
    // Without a body in the definition there is still the connection's.
    assert_eq!(asked(settings, "/", "POST", "").last().expect("a body"), r#"{"Mode":"theirs","More":"\""}"#);
    let (error, cause) = refused(settings, "POST", r#""RequestBody":"text""#);
    assert_eq!(error, "States.Runtime");
    assert!(cause.ends_with("[The value of the field 'RequestBody' has an invalid format]"), "{cause}");
}

#[test]
fn parameters_that_cannot_be_used_say_why() {
    for (method, fields, reason) in [
        ("POST", r#""Headers":{"Authorization":"x"}"#, "The header 'Authorization' is not allowed"),
        ("POST", r#""Headers":{"X-Amz-Date":"x"}"#, "The header 'X-Amz-Date' is not allowed"),
        ("POST", r#""Headers":{"a":{}}"#, "The value of the field 'Headers' has an invalid format"),
        ("POST", r#""Headers":"a""#, "The value of the field 'Headers' has an invalid format"),
        ("POST", r#""QueryParameters":[1]"#, "The value of the field 'QueryParameters' has an invalid format"),
        ("TRACE", "", "The value of the field 'Method' should be one of"),
        ("GET", r#""Transform":{"RequestBodyEncoding":"XML"}"#, "unknown variant `XML`"),
        ("GET", r#""Bdy":1"#, "unknown field `Bdy`"),
    ] {
        let (error, cause) = refused(OPEN, method, fields);
        assert_eq!(error, "States.Runtime");
        assert!(cause.contains(&format!("could not be used to start the Task: [{reason}")), "{cause}");
    }
    let (error, cause) = refused(OPEN, "GET", r#""Headers":{"a":"b\r\nc: d"}"#);
    assert_eq!((error.as_str(), cause.contains("the header `a`")), ("States.Runtime", true), "{cause}");
    let (error, cause) = failure(asker(OPEN).ask(r#"{"ApiEndpoint":"http://h/","Method":"GET"}"#));
    assert_eq!(error, "States.Runtime");
    assert!(cause.ends_with("[The field 'ConnectionArn' is required but was missing]"), "{cause}");
    let (error, cause) =
        failure(asker(OPEN).ask(r#"{"ApiEndpoint":"h/x","Method":"GET","InvocationConfig":{"ConnectionArn":"c"}}"#));
    assert_eq!(error, "States.Runtime");
    assert!(cause.contains("[`h/x` is no URL of a server"), "{cause}");
}

#[test]
fn a_connection_that_is_not_known_is_named() {
    for settings in ["", "connections.\"arn:*:connection/other/*\" = {}"] {
        let (error, cause) = refused(settings, "GET", "");
        assert_eq!(error, "Events.ConnectionResource.ResourceNotFound");
        assert!(cause.contains("connection/shop/1"), "{cause}");
    }
}

#[test]
fn the_first_connection_that_fits_counts() {
    let settings =
        "connections.\"z*\" = {}\nconnections.\"arn*\".headers.x = \"1\"\nconnections.\"a*\".headers.x = \"2\"";
    assert_eq!(asked(settings, "/", "GET", ""), ["GET / HTTP/1.1", "x: 1"]);
}

/// The reply to this answer.
fn answered(status: &str, head: &[&str], body: &str) -> Reply {
    asker(OPEN).ask(&call(&answering(response(status, head, body)), "/", "GET", ""))
}

#[test]
fn a_result_is_as_the_guide_shows_it() {
    let head = ["Content-Type: application/json; charset=utf-8", "Set-Cookie: a", "set-cookie: b"];
    assert_eq!(
        output(answered("201 Created", &head, "{\"a\": 1.50}")),
        r#"{"Headers":{"content-type":["application/json; charset=utf-8"],"set-cookie":["a","b"],"content-length":["11"]},"ResponseBody":{"a": 1.50},"StatusCode":201,"StatusText":"Created"}"#
    );
    for (kind, body, expected) in [
        ("text/plain", "{}", r#""{}""#),
        ("application/problem+json", "[1]", "[1]"),
        ("application/json", "{oops", r#""{oops""#),
        ("application/json", "", r#""""#),
        ("text/html", "<ä>\n", r#""<ä>\n""#),
    ] {
        let result = output(answered("200 OK", &[&format!("content-type: {kind}")], body));
        assert!(result.contains(&format!(r#""ResponseBody":{expected},"#)), "{result}");
    }
}

#[test]
fn a_status_names_the_failure_and_the_answer_is_its_cause() {
    for (status, error) in [
        ("404 Not Found", "States.Http.StatusCode.404"),
        ("429 Too Many Requests", "States.Http.StatusCode.429"),
        ("503 Service Unavailable", "States.Http.StatusCode.503"),
        ("304 Not Modified", "States.Http.StatusCode.304"),
    ] {
        let (found, cause) = failure(answered(status, &["content-type: application/json"], ""));
        assert_eq!(found, error);
        let cause: serde_json::Value = serde_json::from_str(&cause).expect("it is JSON");
        assert_eq!(cause["StatusText"].as_str(), status.split_once(' ').map(|(_, text)| text));
    }
    for (kind, body) in [("image/png", "x"), ("application/octet-stream", "x"), ("Video/MP4; a=b", "x")] {
        let (error, cause) = failure(answered("200 OK", &[&format!("content-type: {kind}")], body));
        assert_eq!(error, "States.Runtime");
        assert!(cause.contains("cannot be read as text"), "{cause}");
    }
    let binary = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n\xff\xfe";
    let (error, _) = failure(asker(OPEN).ask(&call(&answering(&binary[..]), "/", "GET", "")));
    assert_eq!(error, "States.Runtime");
}

/// A server whose answer to `/to?URL` leads to that URL, and that mirrors all else.
fn leading(status: &'static str) -> Arc<Origin> {
    server(move |_, mut stream| {
        while let Some((head, body)) = read_request(&mut stream) {
            let target = head.split(' ').nth(1).expect("a target");
            let said = match target.split_once("/to?") {
                Some((_, there)) => response(status, &[&format!("Location: {there}")], ""),
                None => response("200 OK", &["content-type: text/plain"], &format!("{head}{body}")),
            };
            stream.write_all(said.as_bytes()).expect("the client listens");
        }
    })
}

#[test]
fn redirects_of_questions_lead_on_and_others_fail() {
    let settings = "connections.\"*\".headers.x-secret = \"s\"";
    let fields = r#""Headers":{"x-public":"p"}"#;
    for status in ["301 Moved", "302 Found", "303 See", "307 There", "308 There"] {
        let origin = leading(status);
        let ask = |path: &str, method: &str| asker(settings).ask(&call(&origin, path, method, fields));
        let here = output(ask("/a/to?../b", "GET"));
        assert!(here.contains("GET /b HTTP/1.1") && here.contains("x-secret") && here.contains("x-public"), "{here}");
        // Another server does not learn what the connection knows.
        let there = output(ask(&format!("/to?{}/c", mirror()), "GET"));
        assert!(there.contains("GET /c HTTP/1.1") && there.contains("x-public"), "{there}");
        assert!(!there.contains("x-secret"), "{there}");
        let (error, _) = failure(ask("/to?/b", "POST"));
        assert_eq!(error, format!("States.Http.StatusCode.{}", &status[..3]));
        let (error, _) = failure(ask("/to?ftp://x/", "GET"));
        assert_eq!(error, format!("States.Http.StatusCode.{}", &status[..3]));
    }
    let origin = leading("302 Found");
    let (error, cause) = failure(asker(OPEN).ask(&call(&origin, "/to?/to?", "GET", "")));
    assert_eq!((error.as_str(), cause.as_str()), ("States.Http.Socket", "redirected more than 10 times"));
}

#[test]
fn settings_without_meaning_are_refused() {
    for (settings, part) in [
        ("connection = {}", "unknown field `connection`"),
        ("connections.a.basic = { username = \"u\" }", "missing field `password`"),
        ("connections.a.oauth2 = {}", "unknown field `oauth2`"),
        ("connections.a.headers.x = 1", "a text or { env = "),
        (
            "connections.a.headers.x = { env = \"NO_SUCH_VARIABLE\" }",
            "the environment has no variable `NO_SUCH_VARIABLE`",
        ),
    ] {
        let error = toml::from_str::<Settings>(settings).expect_err(settings).to_string();
        assert!(error.contains(part) && error.contains("line 1"), "{error}");
    }
}

/// An authority whose tokens are `1`, `2`, …, and an endpoint that takes only tokens from this one on.
fn guarded(lasts: &str, from: usize) -> (Arc<Origin>, String) {
    let given = AtomicUsize::new(0);
    let lasts = lasts.to_owned();
    let origin = server(move |_, mut stream| {
        while let Some((head, body)) = read_request(&mut stream) {
            let bearer =
                head.lines().find_map(|line| line.strip_prefix("authorization: Bearer ")).map(str::parse::<usize>);
            let said = match bearer {
                Some(Ok(token)) if token < from => response("401 Unauthorized", &[], ""),
                Some(_) => response("200 OK", &["content-type: text/plain"], &head),
                None => {
                    let token = given.fetch_add(1, SeqCst) + 1;
                    assert_eq!(body, "grant_type=client_credentials&scope=a%20b");
                    assert!(head.contains("authorization: Basic aWQ6cyUzQXQ="), "{head}");
                    response("200 OK", &[], &format!("{{\"access_token\":\"{token}\",\"expires_in\":{lasts}}}"))
                }
            };
            stream.write_all(said.as_bytes()).expect("the client listens");
        }
    });
    let settings = format!(
        "connections.\"*\".oauth = {{ endpoint = \"{origin}/token\", client_id = \"id\", client_secret = \"s:t\", body = {{ scope = \"a b\" }} }}"
    );
    (origin, settings)
}

#[test]
fn tokens_are_kept_replaced_when_refused_and_asked_for_again_when_they_expire() {
    for (lasts, from, tokens) in
        [("3600", 0, ["1", "1"]), ("18446744073709551615", 2, ["2", "2"]), ("60", 0, ["1", "2"])]
    {
        let (origin, settings) = guarded(lasts, from);
        let asker = asker(&settings);
        for token in tokens {
            let result = output(asker.ask(&call(&origin, "/x", "GET", "")));
            assert!(result.contains(&format!("authorization: Bearer {token}\\r\\n")), "{result}");
        }
    }
    let (origin, settings) = guarded("3600", 9);
    assert_eq!(failure(asker(&settings).ask(&call(&origin, "/x", "GET", ""))).0, "States.Http.StatusCode.401");
}

#[test]
fn a_token_that_is_not_given_has_a_name() {
    for (answer, part) in [
        (response("403 Forbidden", &[], ""), "it answered 403 Forbidden"),
        (response("200 OK", &[], "{}"), "no `access_token`"),
        (String::new(), "the connection broke"),
    ] {
        let origin = server(move |_, mut stream| {
            read_request(&mut stream);
            stream.write_all(answer.as_bytes()).expect("the client listens");
        });
        let settings = format!(
            "connections.\"*\".oauth = {{ endpoint = \"{origin}\", client_id = \"i\", client_secret = \"s\" }}"
        );
        let (error, cause) = failure(asker(&settings).ask(&call(&origin, "/x", "GET", "")));
        assert_eq!(error, "Events.ConnectionResource.InvalidConnectionState");
        assert!(cause.contains(part), "{cause}");
    }
}
