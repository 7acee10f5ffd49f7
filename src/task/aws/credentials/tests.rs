use super::*;
use crate::task::http::Trust;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Files of a test's own, gone with it.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str, files: &[(&str, &str)]) -> Folder {
        let path = std::env::temp_dir().join(format!("expressway-credentials-{name}-{}", std::process::id()));
        std::fs::create_dir_all(path.join(".aws")).expect("a folder can be made");
        for (name, text) in files {
            std::fs::write(path.join(".aws").join(name), text).expect("a file can be written");
        }
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn with<'a>(variables: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<String> + use<'a> {
    move |name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.to_string())
}

#[track_caller]
fn assert_fixed(source: &Source, environment: Environment<'_>, id: &str, token: Option<&str>) {
    match Provider::new(source, environment) {
        Ok(Provider(Way::Fixed(found))) => {
            assert_eq!((&*found.access_key_id, found.session_token.as_deref()), (id, token));
        }
        other => panic!("{other:?}"),
    }
}

const CREDENTIALS: &str = "# keys
[default]
aws_access_key_id = A1
aws_secret_access_key=S1   # not part of it
[work]
aws_access_key_id=A2
aws_secret_access_key=S2
aws_session_token=T2
[half]
aws_access_key_id=A3
";

const CONFIG: &str = "[default]
region = eu-west-1
s3 =
    aws_access_key_id = nested
[profile  work]
region=eu-central-1
[profile role]
role_arn = arn:aws:iam::1:role/r
[profile bare]
region = us-west-2
";

#[test]
fn the_chain_is_gone_in_order() {
    let folder = Folder::new("chain", &[("credentials", CREDENTIALS), ("config", CONFIG)]);
    let home = folder.0.to_str().expect("text");
    let keys = ("AWS_ACCESS_KEY_ID", "A0");
    let secret = ("AWS_SECRET_ACCESS_KEY", "S0");
    let token = ("AWS_SESSION_TOKEN", "T0");
    let both = [("HOME", home), keys, secret, token];
    assert_fixed(&Source::Chain, &with(&both), "A0", Some("T0"));
    assert_fixed(&Source::Chain, &with(&[("HOME", home), keys]), "A1", None);
    assert_fixed(&Source::Chain, &with(&[("HOME", home), ("AWS_PROFILE", "work")]), "A2", Some("T2"));
    assert_fixed(&Source::Profile("work".into()), &with(&both), "A2", Some("T2"));
    let given = Credentials { access_key_id: "A9".into(), secret_access_key: "S9".into(), session_token: None };
    assert_fixed(&Source::Given(given), &with(&both), "A9", None);
    match Provider::new(&Source::Chain, &with(&[])) {
        Ok(Provider(Way::Remote(Remote::Instance { url }, _))) => {
            assert_eq!(url.to_string(), "http://169.254.169.254/")
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn files_may_have_other_names() {
    let folder = Folder::new("names", &[("mine", CREDENTIALS)]);
    let path = folder.0.join(".aws/mine");
    let file = ("AWS_SHARED_CREDENTIALS_FILE", path.to_str().expect("text"));
    assert_fixed(&Source::Profile("work".into()), &with(&[file]), "A2", Some("T2"));
}

#[test]
fn profiles_that_cannot_be_used_say_why() {
    let folder = Folder::new("why", &[("credentials", CREDENTIALS), ("config", CONFIG)]);
    let home = [("HOME", folder.0.to_str().expect("text"))];
    for (name, reason) in [
        ("half", "the profile 'half' has one of its keys, and lacks the other"),
        ("role", "the profile 'role' has `role_arn`, which is not supported here"),
        ("bare", "the profile 'bare' has no `aws_access_key_id`"),
        ("none", "no profile is called 'none'"),
    ] {
        assert_eq!(Provider::new(&Source::Profile(name.into()), &with(&home)).expect_err(name), reason);
    }
    let disabled = [("AWS_EC2_METADATA_DISABLED", "true")];
    assert!(Provider::new(&Source::Chain, &with(&disabled)).expect_err("none").contains("there are no credentials"));
}

#[test]
fn a_region_is_that_of_the_environment_or_the_profile() {
    let folder = Folder::new("region", &[("config", CONFIG)]);
    let home = ("HOME", folder.0.to_str().expect("text"));
    let found = |source: &Source, variables: &[(&str, &str)]| region(source, &with(variables)).expect("it is read");
    assert_eq!(
        found(&Source::Chain, &[home, ("AWS_REGION", "r1"), ("AWS_DEFAULT_REGION", "r2")]).as_deref(),
        Some("r1")
    );
    assert_eq!(found(&Source::Chain, &[home, ("AWS_DEFAULT_REGION", "r2")]).as_deref(), Some("r2"));
    assert_eq!(found(&Source::Chain, &[home]).as_deref(), Some("eu-west-1"));
    assert_eq!(found(&Source::Profile("work".into()), &[home]).as_deref(), Some("eu-central-1"));
    assert_eq!(found(&Source::Chain, &[]), None);
}

/// A server that answers each request by its first line and its headers; and how many it has answered.
fn server(answer: impl Fn(&str, &str) -> String + Send + 'static) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
    let address = format!("http://{}", listener.local_addr().expect("it is bound"));
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("loopback connects");
            let lines = BufReader::new(stream.try_clone().expect("it is open")).lines();
            let lines: Vec<String> = lines.map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
            let body = answer(&lines[0], &lines[1..].join("\n"));
            let status = if body.is_empty() { "404 Not Found" } else { "200 OK" };
            counted.fetch_add(1, Ordering::SeqCst);
            let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            stream.write_all((head + &body).as_bytes()).expect("the client listens");
        }
    });
    (address, count)
}

fn fetched(provider: &Provider, now_seconds: i64) -> Result<String, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("there is room");
    let client = Client::new(Trust::new(None).expect("they are built in"), 4);
    runtime.block_on(provider.get(&client, now_seconds)).map(|found| found.access_key_id.clone())
}

const ANSWER: &str =
    r#"{"Code":"Success","AccessKeyId":"A7","SecretAccessKey":"S7","Token":"T7","Expiration":"2015-08-30T12:36:00Z"}"#;
const EXPIRES: i64 = 1_440_938_160;

#[test]
fn an_instance_gives_credentials_for_a_token() {
    let (address, count) = server(|line, headers| match line {
        "PUT /latest/api/token HTTP/1.1" if headers.contains("x-aws-ec2-metadata-token-ttl-seconds: 21600") => {
            "T".into()
        }
        _ if !headers.contains("x-aws-ec2-metadata-token: T") => String::new(),
        "GET /latest/meta-data/iam/security-credentials/ HTTP/1.1" => "my-role\n".into(),
        "GET /latest/meta-data/iam/security-credentials/my-role HTTP/1.1" => ANSWER.into(),
        _ => String::new(),
    });
    let variables = [("AWS_EC2_METADATA_SERVICE_ENDPOINT", &*address)];
    let provider = Provider::new(&Source::Chain, &with(&variables)).expect("there is an endpoint");
    assert_eq!(fetched(&provider, EXPIRES - 1000).as_deref(), Ok("A7"));
    assert_eq!(fetched(&provider, EXPIRES - 301).as_deref(), Ok("A7"));
    assert_eq!(count.load(Ordering::SeqCst), 3);
    assert_eq!(fetched(&provider, EXPIRES - 299).as_deref(), Ok("A7"));
    assert_eq!(count.load(Ordering::SeqCst), 6);
}

#[test]
fn a_container_gives_credentials_for_what_a_file_holds() {
    let folder = Folder::new("container", &[("token", "secret\n")]);
    let (address, _) = server(|line, headers| {
        let is_right = line == "GET /creds?a=b HTTP/1.1" && headers.contains("authorization: secret");
        if is_right { ANSWER.into() } else { String::new() }
    });
    let (url, path) = (format!("{address}/creds?a=b"), folder.0.join(".aws/token"));
    let file = ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", path.to_str().expect("text"));
    let variables = [("AWS_CONTAINER_CREDENTIALS_FULL_URI", &*url), file];
    let provider = Provider::new(&Source::Chain, &with(&variables)).expect("there is an endpoint");
    assert_eq!(fetched(&provider, 0).as_deref(), Ok("A7"));
}

#[test]
fn secrets_are_not_asked_for_on_open_wires() {
    let url = |text: &'static str| [("AWS_CONTAINER_CREDENTIALS_FULL_URI", text)];
    let refused = Provider::new(&Source::Chain, &with(&url("http://example.com/creds"))).expect_err("it is far away");
    assert!(refused.contains("without TLS"), "{refused}");
    for fine in ["https://example.com/creds", "http://localhost:9/", "http://169.254.170.23/v1/credentials"] {
        assert!(Provider::new(&Source::Chain, &with(&url(fine))).is_ok(), "{fine}");
    }
}

#[test]
fn old_credentials_serve_until_they_expire_and_a_refusal_is_remembered_for_a_while() {
    let asked = Arc::new(AtomicUsize::new(0));
    let times = asked.clone();
    let (address, _) = server(move |_, _| match times.fetch_add(1, Ordering::SeqCst) {
        0 => ANSWER.into(),
        _ => String::new(),
    });
    let url = format!("{address}/creds");
    let variables = [("AWS_CONTAINER_CREDENTIALS_FULL_URI", &*url)];
    let provider = Provider::new(&Source::Chain, &with(&variables)).expect("there is an endpoint");
    for (now, is_there, requests) in [
        (EXPIRES - 1000, true, 1),
        (EXPIRES - 100, true, 2),
        (EXPIRES - 95, true, 2),
        (EXPIRES - 90, true, 3),
        (EXPIRES, false, 4),
        (EXPIRES + 5, false, 4),
    ] {
        let found = fetched(&provider, now);
        assert_eq!((found.is_ok(), asked.load(Ordering::SeqCst)), (is_there, requests), "{now}: {found:?}");
    }
    assert!(fetched(&provider, EXPIRES + 5).expect_err("none").contains("was answered with 404"));
}
