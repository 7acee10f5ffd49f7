//! One case of each way of writing; `tests/differential/aws/run` compares thousands with botocore.

use super::*;
use crate::task::aws::service;

fn parts(service: &str, action: &str, parameters: &str) -> Result<Parts, Refusal> {
    let action = service::action(service, action).expect("it is described");
    write(&action, parameters.as_bytes(), &|| "TOKEN".into())
}

/// Method, path and query, headers but for the type, body.
#[track_caller]
fn assert_written(service: &str, action: &str, parameters: &str, line: &str, headers: &[(&str, &str)], body: &str) {
    let parts = parts(service, action, parameters).expect("it can be written");
    let question = if parts.query.is_empty() { "" } else { "?" };
    assert_eq!(format!("{} {}{question}{}", parts.method, parts.path, parts.query), line);
    let given = parts.headers.iter().filter(|(name, _)| name != "content-type");
    assert_eq!(given.map(|(name, value)| (&**name, &**value)).collect::<Vec<_>>(), headers);
    assert_eq!(String::from_utf8_lossy(&parts.body), body);
}

#[track_caller]
fn assert_type(service: &str, action: &str, parameters: &str, expected: Option<&str>) {
    let parts = parts(service, action, parameters).expect("it can be written");
    let given = parts.headers.iter().find(|(name, _)| name == "content-type").map(|(_, value)| &**value);
    assert_eq!(given, expected);
}

#[test]
fn json_has_wire_names() {
    assert_written(
        "sfn",
        "startExecution",
        r#"{"StateMachineArn":"arn:x","Input":{"a": [1, "b"]},"Name":null,"TraceHeader":"\u00e9"}"#,
        "POST /",
        &[("x-amz-target", "AWSStepFunctions.StartExecution")],
        r#"{"stateMachineArn":"arn:x","input":"{\"a\":[1,\"b\"]}","traceHeader":"\u00e9"}"#,
    );
    assert_type("sfn", "startExecution", r#"{"StateMachineArn":"a"}"#, Some("application/x-amz-json-1.0"));
    assert_type("ssm", "listDocuments", "{}", Some("application/x-amz-json-1.1"));
}

#[test]
fn structures_that_hold_themselves_are_written_to_any_depth() {
    let depth = 100;
    let value = format!("{}{}", r#"{"L":[{"M":{"a":"#.repeat(depth), r#"{"N":"1"}"#) + &"}}]}".repeat(depth);
    let parameters = format!(r#"{{"TableName":"t","Item":{{"é":{value}}}}}"#);
    let target = [("x-amz-target", "DynamoDB_20120810.PutItem")];
    assert_written("dynamodb", "putItem", &parameters, "POST /", &target, &parameters);
}

#[test]
fn times_and_bytes_are_as_the_protocol_has_them() {
    let target = [("x-amz-target", "AWSEvents.PutEvents")];
    for time in [r#""2015-08-30T12:36:00Z""#, r#""2015-08-30T14:36:00+02:00""#, "1440938160"] {
        let parameters = format!(r#"{{"Entries":[{{"Time":{time}}}]}}"#);
        let body = r#"{"Entries":[{"Time":1440938160}]}"#;
        assert_written("eventbridge", "putEvents", &parameters, "POST /", &target, body);
    }
    let malformed = parts("eventbridge", "putEvents", r#"{"Entries":[{"Time":"noon"}]}"#);
    assert_eq!(malformed, Err(Refusal::Malformed("Time".into())));
    let form = "Action=GetMetricData";
    assert!(parts("autoscaling", "describePolicies", "{}").is_ok_and(|parts| !parts.body.starts_with(form.as_bytes())));
    assert_written(
        "kms",
        "encrypt",
        r#"{"KeyId":"k","Plaintext":"aGk="}"#,
        "POST /",
        &[("x-amz-target", "TrentService.Encrypt")],
        r#"{"KeyId":"k","Plaintext":"aGk="}"#,
    );
}

#[test]
fn forms_say_the_way_to_each_value() {
    assert_written(
        "sns",
        "publish",
        r#"{"TopicArn":"arn:t","Message":"a b&c","MessageAttributes":{"x":{"DataType":"Binary","BinaryValue":"aGk="}}}"#,
        "POST /",
        &[],
        "Action=Publish&Version=2010-03-31&TopicArn=arn%3At&Message=a%20b%26c&MessageAttributes.entry.1.Name=x\
         &MessageAttributes.entry.1.Value.DataType=Binary&MessageAttributes.entry.1.Value.BinaryValue=aGk%3D",
    );
    assert_written(
        "iam",
        "tagUser",
        r#"{"UserName":"u","Tags":[{"Key":"k","Value":"v"},{"Key":"l","Value":""}]}"#,
        "POST /",
        &[],
        "Action=TagUser&Version=2010-05-08&UserName=u&Tags.member.1.Key=k&Tags.member.1.Value=v&Tags.member.2.Key=l\
         &Tags.member.2.Value=",
    );
    assert_written(
        "iam",
        "untagUser",
        r#"{"UserName":"u","TagKeys":[]}"#,
        "POST /",
        &[],
        "Action=UntagUser&Version=2010-05-08&UserName=u&TagKeys=",
    );
    assert_type("iam", "listUsers", "{}", Some("application/x-www-form-urlencoded; charset=utf-8"));
}

#[test]
fn ec2_has_names_and_lists_of_its_own() {
    assert_written(
        "ec2",
        "modifyInstanceAttribute",
        r#"{"InstanceId":"i-1","Groups":["sg-1","sg-2"],"EbsOptimized":{"Value":true}}"#,
        "POST /",
        &[],
        "Action=ModifyInstanceAttribute&Version=2016-11-15&InstanceId=i-1&GroupId.1=sg-1&GroupId.2=sg-2\
         &EbsOptimized.Value=true",
    );
    assert_written(
        "ec2",
        "runInstances",
        r#"{"MinCount":1,"NetworkInterfaces":[{"PrivateIpAddresses":[{"Primary":true}]}],"BlockDeviceMappings":[]}"#,
        "POST /",
        &[],
        "Action=RunInstances&Version=2016-11-15&MinCount=1&NetworkInterface.1.PrivateIpAddresses.1.Primary=true\
         &ClientToken=TOKEN",
    );
}

#[test]
fn a_token_is_made_only_where_there_is_none() {
    let body = |parameters: &str| parts("ec2", "createFleet", parameters).expect("it can be written").body;
    assert!(body("{}").ends_with(b"&ClientToken=TOKEN"));
    assert!(body(r#"{"ClientToken":"mine"}"#).ends_with(b"&ClientToken=mine"));
    assert!(body(r#"{"ClientToken":null}"#).ends_with(b"&ClientToken=TOKEN"));
}

#[test]
fn rest_puts_each_parameter_in_its_place() {
    assert_written(
        "securityhub",
        "batchUpdateFindings",
        r#"{"FindingIdentifiers":[{"Id":"f","ProductArn":"p"}],"Workflow":{"Status":"NOTIFIED"}}"#,
        "PATCH /findings/batchupdate",
        &[],
        r#"{"FindingIdentifiers":[{"Id":"f","ProductArn":"p"}],"Workflow":{"Status":"NOTIFIED"}}"#,
    );
    assert_written(
        "guardduty",
        "listFindings",
        r#"{"DetectorId":"d/1","FindingCriteria":{"Criterion":{"severity":{"Gte":4,"EqualsValue":["5"]}}}}"#,
        "POST /detector/d%2F1/findings",
        &[],
        r#"{"findingCriteria":{"criterion":{"severity":{"gte":4,"equals":["5"]}}}}"#,
    );
    assert_written(
        "lambda",
        "invoke",
        r#"{"FunctionName":"arn:f","InvocationType":"Event","Qualifier":"a b","Payload":{"k": 1}}"#,
        "POST /2015-03-31/functions/arn%3Af/invocations?Qualifier=a%20b",
        &[("x-amz-invocation-type", "Event")],
        r#"{"k":1}"#,
    );
    assert_type("lambda", "invoke", r#"{"FunctionName":"f","Payload":"x"}"#, Some("application/octet-stream"));
    assert_type("lambda", "getFunction", r#"{"FunctionName":"f"}"#, None);
    assert_type("securityhub", "getFindings", "{}", Some("application/json"));
    assert_written(
        "securityhub",
        "untagResource",
        r#"{"ResourceArn":"a","TagKeys":["k","l&"]}"#,
        "DELETE /tags/a?tagKeys=k&tagKeys=l%26",
        &[],
        "",
    );
    let elsewhere = parts("lambda", "deleteFunction", r#"{"FunctionName":".."}"#);
    assert_eq!(elsewhere, Err(Refusal::Malformed("FunctionName".into())));
    for none in ["{}", r#"{"DetectorId":""}"#, r#"{"DetectorId":null}"#] {
        assert_eq!(parts("guardduty", "listFindings", none), Err(Refusal::Missing("DetectorId".into())), "{none}");
    }
}

/// Recorded: the ETags are the MD5 of these bodies.
#[test]
fn what_is_put_into_s3_is_json() {
    for (body, expected) in
        [(r#""text data""#, r#""text data""#), (r#"{"Dict": "Value"}"#, r#"{"Dict":"Value"}"#), ("false", "false")]
    {
        let parameters =
            format!(r#"{{"Bucket":"b","Key":"a/b c.txt","ContentMD5":"m","Metadata":{{"Who":"x"}},"Body":{body}}}"#);
        let headers = [("content-md5", "m"), ("x-amz-meta-who", "x")];
        assert_written("s3", "putObject", &parameters, "PUT /b/a/b%20c.txt", &headers, expected);
    }
}

#[test]
fn s3_is_asked_by_headers_and_queries() {
    assert_written(
        "s3",
        "getObject",
        r#"{"Bucket":"b","Key":"k","IfModifiedSince":"2015-08-30T12:36:00Z","PartNumber":2}"#,
        "GET /b/k?partNumber=2",
        &[("if-modified-since", "Sun, 30 Aug 2015 12:36:00 GMT")],
        "",
    );
    assert_written(
        "s3",
        "getObjectAttributes",
        r#"{"Bucket":"b","Key":"k","ObjectAttributes":["ETag","Checksum"]}"#,
        "GET /b/k?attributes",
        &[("x-amz-object-attributes", "ETag,Checksum")],
        "",
    );
}

#[test]
fn s3_has_xml_bodies() {
    assert_written(
        "s3",
        "deleteObjects",
        r#"{"Bucket":"b","Delete":{"Objects":[{"Key":"a<&>\r"},{"Key":"b","VersionId":"1"}],"Quiet":true}}"#,
        "POST /b?delete",
        &[("x-amz-sdk-checksum-algorithm", "CRC32"), ("x-amz-checksum-crc32", "RtLdKQ==")],
        "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Object><Key>a&lt;&amp;&gt;&#xD;</Key></Object>\
         <Object><Key>b</Key><VersionId>1</VersionId></Object><Quiet>true</Quiet></Delete>",
    );
    assert_type("s3", "deleteObjects", r#"{"Bucket":"b","Delete":{"Objects":[]}}"#, Some("application/xml"));
    assert_written(
        "s3",
        "putBucketAcl",
        r#"{"Bucket":"b","ContentMD5":"m","AccessControlPolicy":{"Grants":[{"Grantee":{"Type":"Group","URI":"u\"v"}}]}}"#,
        "PUT /b?acl",
        &[("content-md5", "m")],
        "<AccessControlPolicy xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><AccessControlList><Grant>\
         <Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"Group\"><URI>u&quot;v</URI></Grantee>\
         </Grant></AccessControlList></AccessControlPolicy>",
    );
}

#[test]
fn nothing_ends_a_header_early() {
    for metadata in
        [r#"{"a":"x\r\nhost: evil"}"#, r#"{"a: b\r\nc":"x"}"#, r#"{"a":"\u0000"}"#, r#"{"é":"x"}"#, r#"{" ":"x"}"#]
    {
        let parameters = format!(r#"{{"Bucket":"b","Key":"k","Metadata":{metadata}}}"#);
        assert_eq!(parts("s3", "putObject", &parameters), Err(Refusal::Malformed("Metadata".into())), "{metadata}");
    }
}

#[test]
fn of_equal_names_the_last_counts() {
    let target = [("x-amz-target", "AmazonSSM.GetParameter")];
    let parameters = r#"{"Name":"a","WithDecryption":true,"Name":"b","WithDecryption":null}"#;
    assert_written("ssm", "getParameter", parameters, "POST /", &target, r#"{"Name":"b"}"#);
}

/// Whatever a parameter is, it is sent or refused: for every parameter of every action.
#[test]
fn no_value_is_too_strange_for_any_parameter() {
    const VALUES: [&str; 12] = [
        "null",
        "\"\"",
        "\"text\"",
        "0",
        "-1.5e300",
        "true",
        "[]",
        "{}",
        "[null,[],{},1,\"a\",true]",
        r#"{"a":null,"b":[{}],"":{"c":1}}"#,
        r#"[[[[[["\ud800\r\n"]]]]]]"#,
        "\"2015-08-30T12:36:00Z\"",
    ];
    let mut count = 0;
    for name in service::names() {
        for action in service::find(name).expect("it is described").action_names() {
            let spelled = format!("{}{}", action[..1].to_ascii_lowercase(), &action[1..]);
            let action = service::action(name, &spelled).expect("it is described");
            for member in action.members(action.input) {
                count += 1;
                for value in VALUES.iter().skip(count % 4).step_by(4) {
                    let parameters = format!("{{\"{}\":{value}}}", member.name);
                    let Ok(parts) = write(&action, parameters.as_bytes(), &|| "t".into()) else { continue };
                    let is_wire = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
                    assert!(is_wire(&parts.path) && is_wire(&parts.query), "{name} {} {parameters}", action.name);
                }
            }
        }
    }
    assert!(count > 8_000, "there are many parameters: {count}");
}
