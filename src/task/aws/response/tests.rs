//! One case of each way of reading; `tests/differential/aws/run` compares thousands with botocore.

use super::*;
use crate::task::aws::service;

fn read_as(service: &str, action: &str, status: u16, headers: &[(&str, &str)], body: &[u8]) -> Result<String, Trouble> {
    let action = service::action(service, action).expect("it is described");
    let answer = Answer { status, headers: headers.to_vec(), body };
    read(&action, &answer).map(|result| String::from_utf8(result).expect("text"))
}

#[track_caller]
fn assert_result(service: &str, action: &str, body: &str, expected: &str) {
    assert_eq!(read_as(service, action, 200, &[], body.as_bytes()).as_deref(), Ok(expected));
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
    assert_result("sqs", "deleteMessage", "", "{}");
    assert_result("secretsmanager", "listSecrets", r#"{"SecretList":[],"NextToken":null}"#, r#"{"SecretList":[]}"#);
    assert_result(
        "dynamodb",
        "query",
        r#"{"ScannedCount":1,"Items":[{"id":{"S":"id1"},"é":{"M":{"a":{"NULL":true}}}}],"Count":1}"#,
        r#"{"Count":1,"Items":[{"id":{"S":"id1"},"é":{"M":{"a":{"NULL":true}}}}],"ScannedCount":1}"#,
    );
    assert_result("kms", "encrypt", r#"{"CiphertextBlob":"aGk="}"#, r#"{"CiphertextBlob":"aGk="}"#);
    assert_result(
        "securityhub",
        "getFindingHistory",
        r#"{"Records":[{"UpdateTime":"2015-08-30T12:36:00.000Z"}]}"#,
        r#"{"Records":[{"UpdateTime":"2015-08-30T12:36:00Z"}]}"#,
    );
}

#[test]
fn query_answers_are_inside_their_result() {
    assert_result(
        "sns",
        "publish",
        "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\">\n  <PublishResult>\n    <MessageId>m-1</MessageId>\n  \
         </PublishResult>\n  <ResponseMetadata><RequestId>r</RequestId></ResponseMetadata>\n</PublishResponse>",
        r#"{"MessageId":"m-1"}"#,
    );
    assert_result(
        "sns",
        "getTopicAttributes",
        "<R><GetTopicAttributesResult><Attributes><entry><key>Owner</key><value>1</value></entry><entry><key>a</key>\
         <value/></entry></Attributes></GetTopicAttributesResult></R>",
        r#"{"Attributes":{"Owner":"1","a":""}}"#,
    );
    assert_result(
        "iam",
        "getUser",
        "<R><GetUserResult><User><UserName>a &amp; &#98; &lt;</UserName><CreateDate>2015-08-30T12:36:00Z</CreateDate><Tags><member>\
         <Key>k</Key><Value><![CDATA[<v>]]></Value></member></Tags></User></GetUserResult></R>",
        r#"{"User":{"CreateDate":"2015-08-30T12:36:00Z","Tags":[{"Key":"k","Value":"<v>"}],"UserName":"a & b <"}}"#,
    );
    assert_result("sns", "subscribe", "<SubscribeResponse/>", "{}");
}

#[test]
fn ec2_answers_have_sets_of_items() {
    assert_result(
        "ec2",
        "describeInstances",
        "<DescribeInstancesResponse><requestId>r</requestId><reservationSet><item><instancesSet><item>\
         <instanceId>i-1</instanceId><instanceState><code>16</code><name>running</name></instanceState>\
         <ebsOptimized>false</ebsOptimized><launchTime>2015-08-30T12:36:00.000Z</launchTime><tagSet/></item></instancesSet>\
         </item></reservationSet></DescribeInstancesResponse>",
        concat!(
            r#"{"Reservations":[{"Instances":[{"EbsOptimized":false,"InstanceId":"i-1","LaunchTime":"2015-08-30T12:36:00Z","#,
            r#""State":{"Code":16,"Name":"running"},"Tags":[]}]}]}"#
        ),
    );
}

#[test]
fn s3_answers_are_spread_over_headers_and_body() {
    let headers = [
        ("Content-Length", "9"),
        ("ETag", "\"e\""),
        ("Last-Modified", "Sun, 30 Aug 2015 12:36:00 GMT"),
        ("x-amz-meta-Who", "me"),
        ("accept-ranges", "bytes"),
    ];
    let expected = concat!(
        r#"{"AcceptRanges":"bytes","ContentLength":9,"ETag":"\"e\"","LastModified":"2015-08-30T12:36:00Z","#,
        r#""Metadata":{"Who":"me"},"Body":"text data"}"#
    );
    assert_eq!(read_as("s3", "getObject", 200, &headers, b"text data").as_deref(), Ok(expected));
    // Recorded: an empty object has a Body, and Metadata without any.
    assert_result("s3", "getObject", "", r#"{"Metadata":{},"Body":""}"#);
    let lossy = read_as("s3", "getObject", 206, &[], b"\xFF\"").expect("any bytes are a body");
    assert_eq!(lossy, "{\"Metadata\":{},\"Body\":\"\u{FFFD}\\\"\"}");
    assert_result(
        "s3",
        "listObjectsV2",
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>b</Name>\
         <KeyCount>2</KeyCount><IsTruncated>false</IsTruncated><Contents><Key>a</Key><Size>1</Size></Contents>\
         <Contents><Key>b</Key><Size>2</Size></Contents></ListBucketResult>",
        r#"{"Contents":[{"Key":"a","Size":1},{"Key":"b","Size":2}],"IsTruncated":false,"KeyCount":2,"Name":"b"}"#,
    );
    assert_result(
        "s3",
        "getBucketLocation",
        "<LocationConstraint>eu-west-1</LocationConstraint>",
        r#"{"LocationConstraint":"eu-west-1"}"#,
    );
    assert_result(
        "s3",
        "copyObject",
        "<CopyObjectResult><ETag>e</ETag></CopyObjectResult>",
        r#"{"CopyObjectResult":{"ETag":"e"}}"#,
    );
}

#[test]
fn s3_may_fail_behind_a_good_status() {
    let body = b"<Error><Code>InternalError</Code><Message>try again</Message><HostId>h</HostId></Error>";
    let Err(Trouble::Refused(error)) = read_as("s3", "copyObject", 200, &[], body) else { panic!("it is an error") };
    assert_eq!((error.code.as_deref(), error.extended_id.as_deref()), (Some("InternalError"), Some("h")));
    assert!(matches!(read_as("s3", "getObject", 200, &[], body), Ok(text) if text.contains("<Error>")));
}

#[test]
fn error_codes_are_found_wherever_services_put_them() {
    let code = |service: &str, action: &str, headers: &[(&str, &str)], body: &str| match read_as(
        service,
        action,
        400,
        headers,
        body.as_bytes(),
    ) {
        Err(Trouble::Refused(error)) => (error.code, error.message),
        other => panic!("{other:?}"),
    };
    let both = |code: &str, message: &str| (Some(code.to_owned()), Some(message.to_owned()));
    let header = [("x-amzn-ErrorType", "BadRequestException:http://internal.amazon.com/coral/")];
    assert_eq!(code("guardduty", "listDetectors", &header, r#"{"message":"m"}"#), both("BadRequestException", "m"));
    assert_eq!(code("lambda", "getFunction", &[], r#"{"code":"X","Message":"m"}"#), both("X", "m"));
    let wrapped = "<UnknownWrapper><Code>X</Code><Message>m</Message></UnknownWrapper>";
    assert_eq!(code("iam", "getUser", &[], wrapped), both("X", "m"));
    for body in ["", "<html>", "{}", "[]", "<a/>", "\u{0}", r#"{"__type":1,"message":{}}"#] {
        for (service, action) in
            [("sqs", "purgeQueue"), ("iam", "getUser"), ("ec2", "createTags"), ("s3", "headObject")]
        {
            assert_eq!(code(service, action, &[], body), (None, None), "{service} {body}");
        }
    }
}

#[test]
fn what_does_not_have_its_type_stays_as_it_came() {
    assert_result("sqs", "sendMessage", r#"{"MessageId":{"a":[1]}}"#, r#"{"MessageId":{"a":[1]}}"#);
    assert_result("sqs", "listQueues", r#"{"QueueUrls":"u"}"#, r#"{"QueueUrls":"u"}"#);
    assert_result("sfn", "startExecution", r#"{"startDate":"soon"}"#, r#"{"StartDate":"soon"}"#);
    assert_result("sqs", "sendMessage", "[1]", "{}");
    let numbers = "<R><instanceCount>many</instanceCount></R>";
    assert_result("ec2", "describeHosts", numbers, "{}");
    assert_result("s3", "listObjectsV2", "<R><KeyCount>0x1</KeyCount></R>", r#"{"KeyCount":"0x1"}"#);
    assert_result("s3", "listObjectsV2", "<R><IsTruncated>yes</IsTruncated></R>", r#"{"IsTruncated":"yes"}"#);
}

#[test]
fn what_is_no_answer_is_refused() {
    let deep = "<a>".repeat(100_000);
    let many = format!("<a>{}</a>", "<b/>".repeat(1_000_001));
    let nested = format!("{{\"a\":{}", "[".repeat(100_000));
    for (service, action, body) in [
        ("sqs", "sendMessage", "{"),
        ("sqs", "sendMessage", "{}}"),
        ("sqs", "sendMessage", nested.as_str()),
        ("iam", "getUser", "{}"),
        ("iam", "getUser", "<a><b></a>"),
        ("iam", "getUser", "<a>"),
        ("iam", "getUser", "</a>"),
        ("iam", "getUser", "<a b=c/>"),
        ("iam", "getUser", "<a>&unknown;</a>"),
        ("iam", "getUser", "<a>&#xD800;</a>"),
        ("iam", "getUser", "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>"),
        ("iam", "getUser", deep.as_str()),
        ("ec2", "describeInstances", many.as_str()),
        ("s3", "listObjectsV2", "no XML"),
    ] {
        let body = body.as_bytes();
        let result = read_as(service, action, 200, &[], body);
        assert!(
            matches!(result, Err(Trouble::Unreadable(_))),
            "{}: {result:?}",
            &body[..body.len().min(80)].escape_ascii()
        );
    }
    assert!(matches!(read_as("iam", "getUser", 200, &[], b"<a>\xFF</a>"), Err(Trouble::Unreadable(_))));
    assert!(matches!(read_as("sqs", "sendMessage", 200, &[], b"{\"a\":\"\xFF\"}"), Err(Trouble::Unreadable(_))));
}

/// Good answers cut short and with bytes changed: whatever comes of them, it comes, and a result is JSON.
#[test]
fn damaged_answers_are_survived() {
    let cases = [
        ("dynamodb", "query", r#"{"Count":1,"Items":[{"id":{"S":"é","L":[{"N":"1"}]}}],"ScannedCount":1.5e3}"#),
        ("sfn", "describeExecution", r#"{"startDate":1.44e9,"status":"x","inputDetails":{"included":true}}"#),
        (
            "ec2",
            "describeInstances",
            "<R a=\"b\"><reservationSet><item><instancesSet><item><launchTime>2015-08-30T12:36:00Z</launchTime><amiLaunchIndex>3</amiLaunchIndex></item></instancesSet></item></reservationSet></R>",
        ),
        (
            "sns",
            "getTopicAttributes",
            "<R><GetTopicAttributesResult><Attributes><entry><key>a</key><value>&#98;</value></entry></Attributes></GetTopicAttributesResult></R>",
        ),
        (
            "s3",
            "getBucketAcl",
            "<R><AccessControlList><Grant><Grantee xmlns:xsi=\"x\" xsi:type=\"Group\"><URI>u</URI></Grantee></Grant></AccessControlList></R>",
        ),
    ];
    let mut random = crate::builtin::Random::new(1);
    let mut below = |end: usize| random.below(end as u64) as usize;
    for (service, action, text) in cases {
        assert!(read_as(service, action, 200, &[], text.as_bytes()).is_ok(), "{action}");
        for _ in 0..1000 {
            let mut bytes = text.as_bytes().to_vec();
            for _ in 0..=below(3) {
                let at = below(bytes.len());
                match below(4) {
                    0 => bytes.truncate(at + 1),
                    1 => bytes[at] = b"<>&\"'{}[]:,;#x\\\0\xFF-9e"[below(20)],
                    2 => drop(bytes.remove(at)),
                    _ => bytes.extend_from_within(at..),
                }
                if bytes.is_empty() {
                    bytes.push(b' ');
                }
            }
            for status in [200, 400] {
                if let Ok(result) = read_as(service, action, status, &[], &bytes) {
                    let value: Result<serde_json::Value, _> = serde_json::from_str(&result);
                    assert!(value.is_ok(), "{}: {result}", bytes.escape_ascii());
                }
            }
        }
    }
}

/// Whatever a member of an answer is, a result comes of it, and it is JSON: for every member of every action.
#[test]
fn no_value_is_too_strange_for_any_member() {
    const JSON: [&str; 9] =
        ["null", "\"\"", "0", "-1e999", "true", "[null,[{}],1]", "{}", "{\"a\":[{\"b\":null}]}", "\"é\""];
    const XML: [&str; 7] =
        ["", "é", "-1e999", "true", "<item/>", "<a><b/>c</a>", "<entry><key>k</key></entry><member>1</member>"];
    let mut place = 0;
    for name in service::names() {
        for action in service::find(name).expect("it is described").action_names() {
            let spelled = format!("{}{}", action[..1].to_ascii_lowercase(), &action[1..]);
            let action = service::action(name, &spelled).expect("it is described");
            for member in action.members(action.output) {
                place += 1;
                let (json, xml, wire) = (JSON[place % JSON.len()], XML[place % XML.len()], member.wire);
                let body = match action.service.protocol {
                    Protocol::Json | Protocol::RestJson => format!("{{\"{wire}\":{json}}}"),
                    _ => format!(
                        "<R><{0}Result><{wire}>{xml}</{wire}></{0}Result><{wire}>{xml}</{wire}></R>",
                        action.name
                    ),
                };
                let answer = Answer { status: 200, headers: vec![(wire, xml)], body: body.as_bytes() };
                let result = read(&action, &answer).expect("it can be read");
                assert!(json::check(&result).is_ok(), "{name} {}: {body}", action.name);
            }
        }
    }
    assert!(place > 3_000, "there are many members: {place}");
}
