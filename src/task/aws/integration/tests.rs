use super::*;

fn caller() -> Caller {
    Caller { execution: "arn:e".into(), machine: "arn:m".into(), token: "t".into() }
}

fn sent(resource: &str, parameters: &str) -> Result<String, Failure> {
    let integration = find(&format!("arn:aws:states:::{resource}")).expect("it is known");
    let parts = integration.request(parameters.as_bytes(), &caller)?;
    Ok(String::from_utf8(parts.body).expect("text"))
}

fn answered(resource: &str, status: u16, headers: &[(&str, &str)], body: &str) -> Result<String, Failure> {
    let integration = find(&format!("arn:aws:states:::{resource}")).expect("it is known");
    let answer = Answer { status, headers: headers.to_vec(), body: body.as_bytes() };
    integration.result(&answer).map(|result| String::from_utf8(result).expect("text"))
}

#[track_caller]
fn assert_failed(result: Result<String, Failure>, error: &str, cause: &str) {
    let failure = result.expect_err("it fails");
    assert_eq!((failure.error.as_deref(), failure.cause.as_deref()), (Some(error), Some(cause)));
}

#[test]
fn messages_that_are_no_text_are_sent_as_json() {
    for (given, expected) in [
        (r#"{"MessageBody":{"a": 1},"QueueUrl":"u"}"#, r#"{"MessageBody":"{\"a\":1}","QueueUrl":"u"}"#),
        (r#"{"MessageBody":[1],"QueueUrl":"u"}"#, r#"{"MessageBody":"[1]","QueueUrl":"u"}"#),
        (r#"{"MessageBody":true,"QueueUrl":"u"}"#, r#"{"MessageBody":"true","QueueUrl":"u"}"#),
        (r#"{"MessageBody":"x","QueueUrl":"u"}"#, r#"{"MessageBody":"x","QueueUrl":"u"}"#),
    ] {
        assert_eq!(sent("sqs:sendMessage", given).as_deref(), Ok(expected));
    }
    assert_eq!(
        sent("states:startExecution", r#"{"StateMachineArn":"a","Input":null}"#).as_deref(),
        Ok(r#"{"stateMachineArn":"a"}"#)
    );
    let form = "Action=Publish&Version=2010-03-31&TopicArn=t&Message=%7B%22a%22%3A1%7D";
    assert_eq!(sent("sns:publish", r#"{"TopicArn":"t","Message":{"a":1}}"#).as_deref(), Ok(form));
}

#[test]
fn events_say_where_they_come_from() {
    for (given, expected) in [
        (r#"{"Detail":{"a":1}}"#, r#"{"Detail":"{\"a\":1}","Resources":["arn:m","arn:e"]}"#),
        (r#"{"Resources":["r"],"Source":"s"}"#, r#"{"Resources":["r","arn:m","arn:e"],"Source":"s"}"#),
        (r#"{"Resources":[ ],"Source":"s"}"#, r#"{"Resources":["arn:m","arn:e"],"Source":"s"}"#),
        (r#"{"Resources":null}"#, r#"{"Resources":["arn:m","arn:e"]}"#),
        (r#"{}"#, r#"{"Resources":["arn:m","arn:e"]}"#),
    ] {
        let parameters = format!(r#"{{"Entries":[{given}, {given}],"EndpointId":"x"}}"#);
        let expected = format!(r#"{{"Entries":[{expected},{expected}],"EndpointId":"x"}}"#);
        assert_eq!(sent("events:putEvents", &parameters), Ok(expected));
    }
}

#[test]
fn parameters_that_do_not_fit_are_the_executions_own_mistake() {
    let cause = |parameters: &str, reason: &str| {
        format!("The Parameters '{parameters}' could not be used to start the Task: [{reason}]")
    };
    for (parameters, reason) in [
        (r#"{"Filter":[]}"#, "The field 'Filter' is not supported by Step Functions"),
        (r#"{"Filters":{}}"#, "The value for the field 'Filters' must be an ARRAY"),
        (r#"{"InstanceIds":[1]}"#, "The value for the field 'InstanceIds' must be a STRING"),
        (r#"{"DryRun":"yes"}"#, "The value for the field 'DryRun' must be a BOOLEAN"),
        (r#"{"MaxResults":"5"}"#, "The value for the field 'MaxResults' must be a NUMBER"),
        (r#"[]"#, "The value for the field 'Parameters' must be an OBJECT"),
    ] {
        let sent = sent("aws-sdk:ec2:describeInstances", parameters);
        assert_failed(sent, "States.Runtime", &cause(parameters, reason));
    }
    let parameters = r#"{"Bucket":"b"}"#;
    let reason = "The field 'Key' is required but was missing";
    assert_failed(sent("aws-sdk:s3:getObject", parameters), "States.Runtime", &cause(parameters, reason));
}

#[test]
fn an_optimized_result_tells_about_http() {
    let headers = [("x-amzn-RequestId", "id-1"), ("Content-Length", "2"), ("X-Twice", "a"), ("x-twice", "b")];
    let about = concat!(
        r#""SdkHttpMetadata":{"AllHttpHeaders":{"x-amzn-RequestId":["id-1"],"Content-Length":["2"],"X-Twice":["a","b"]},"#,
        r#""HttpHeaders":{"x-amzn-RequestId":"id-1","Content-Length":"2","X-Twice":"a"},"HttpStatusCode":200},"#,
        r#""SdkResponseMetadata":{"RequestId":"id-1"}"#
    );
    let body = r#"{"executionArn":"a","startDate":0}"#;
    let expected = format!(r#"{{"ExecutionArn":"a",{about},"StartDate":"1970-01-01T00:00:00Z"}}"#);
    assert_eq!(answered("states:startExecution", 200, &headers, body), Ok(expected));
    assert_eq!(answered("dynamodb:putItem", 200, &headers, "{}"), Ok(format!("{{{about}}}")));
    let expected = format!(r#"{{"MessageId":"m",{about}}}"#);
    assert_eq!(answered("sqs:sendMessage", 200, &headers, r#"{"MessageId":"m"}"#), Ok(expected));
    assert_eq!(answered("aws-sdk:dynamodb:putItem", 200, &headers, "{}").as_deref(), Ok("{}"));
}

/// The recordings name these errors and causes (LocalStack's snapshots of AWS, `v2/error_handling` and `v2/services`).
#[test]
fn refusals_have_the_names_of_their_integration() {
    let ids = [("x-amzn-RequestId", "id-1")];
    let missing = r#"{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"Requested resource not found"}"#;
    assert_failed(
        answered("aws-sdk:dynamodb:putItem", 400, &ids, missing),
        "DynamoDb.ResourceNotFoundException",
        "Requested resource not found (Service: DynamoDb, Status Code: 400, Request ID: id-1) (SDK Attempt Count: 1)",
    );
    assert_failed(
        answered("dynamodb:putItem", 400, &ids, missing),
        "DynamoDB.ResourceNotFoundException",
        "Requested resource not found (Service: AmazonDynamoDBv2; Status Code: 400; Error Code: ResourceNotFoundException; Request ID: id-1; Proxy: null)",
    );
    assert_failed(
        answered(
            "dynamodb:putItem",
            400,
            &ids,
            r#"{"__type":"com.amazon.coral.validate#ValidationException","message":"no"}"#,
        ),
        "DynamoDB.AmazonDynamoDBException",
        "no (Service: AmazonDynamoDBv2; Status Code: 400; Error Code: ValidationException; Request ID: id-1; Proxy: null)",
    );
    assert_failed(
        answered(
            "aws-sdk:secretsmanager:createSecret",
            400,
            &ids,
            r#"{"__type":"ValidationException","message":"Invalid name."}"#,
        ),
        "SecretsManager.SecretsManagerException",
        "Invalid name. (Service: SecretsManager, Status Code: 400, Request ID: id-1) (SDK Attempt Count: 1)",
    );
    assert_failed(
        answered(
            "aws-sdk:s3:listObjects",
            404,
            &[("x-amz-request-id", "id-1"), ("x-amz-id-2", "id-2")],
            "<?xml version=\"1.0\"?>\n<Error><Code>NoSuchBucket</Code><Message>The specified bucket does not exist</Message></Error>",
        ),
        "S3.NoSuchBucketException",
        "The specified bucket does not exist (Service: S3, Status Code: 404, Request ID: id-1, Extended Request ID: id-2) (SDK Attempt Count: 1)",
    );
    assert_failed(
        answered(
            "sns:publish",
            404,
            &[],
            "<ErrorResponse xmlns=\"x\"><Error><Type>Sender</Type><Code>NotFound</Code><Message>Topic does not exist</Message></Error><RequestId>id-1</RequestId></ErrorResponse>",
        ),
        "SNS.NotFoundException",
        "Topic does not exist (Service: AmazonSNS; Status Code: 404; Error Code: NotFound; Request ID: id-1; Proxy: null)",
    );
    assert_failed(
        answered(
            "states:startExecution",
            400,
            &ids,
            r#"{"__type":"com.amazonaws.swf.service.v2.model#StateMachineDoesNotExist","message":"State Machine Does Not Exist: 'a'"}"#,
        ),
        "StepFunctions.StateMachineDoesNotExistException",
        "State Machine Does Not Exist: 'a' (Service: AWSStepFunctions; Status Code: 400; Error Code: StateMachineDoesNotExist; Request ID: id-1; Proxy: null)",
    );
    assert_failed(
        answered(
            "sqs:sendMessage",
            400,
            &[("x-amzn-query-error", "AWS.SimpleQueueService.NonExistentQueue;Sender")],
            r#"{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"The specified queue does not exist."}"#,
        ),
        "SQS.QueueDoesNotExistException",
        "The specified queue does not exist. (Service: AmazonSQS; Status Code: 400; Error Code: AWS.SimpleQueueService.NonExistentQueue; Request ID: null; Proxy: null)",
    );
    assert_failed(
        answered(
            "aws-sdk:ec2:describeInstances",
            400,
            &[],
            "<Response><Errors><Error><Code>InvalidInstanceID.NotFound</Code><Message>no &lt;i&gt;</Message></Error></Errors><RequestID>id-1</RequestID></Response>",
        ),
        "Ec2.Ec2Exception",
        "no <i> (Service: Ec2, Status Code: 400, Request ID: id-1) (SDK Attempt Count: 1)",
    );
    assert_failed(
        answered("aws-sdk:s3:headObject", 404, &[], ""),
        "S3.NoSuchKeyException",
        "null (Service: S3, Status Code: 404, Request ID: null) (SDK Attempt Count: 1)",
    );
}

#[test]
fn entries_that_eventbridge_did_not_take_fail_the_task() {
    let taken = r#"{"Entries":[{"EventId":"e"}],"FailedEntryCount":0}"#;
    assert_eq!(answered("events:putEvents", 200, &[], taken).as_deref(), Ok(taken));
    let refused =
        r#"{"FailedEntryCount":1,"Entries":[{"ErrorCode":"MalformedDetail","ErrorMessage":"Detail is malformed."}]}"#;
    let cause =
        r#"{"Entries":[{"ErrorCode":"MalformedDetail","ErrorMessage":"Detail is malformed."}],"FailedEntryCount":1}"#;
    assert_failed(answered("events:putEvents", 200, &[], refused), "EventBridge.FailedEntry", cause);
    assert_eq!(answered("aws-sdk:eventbridge:putEvents", 200, &[], refused).as_deref(), Ok(cause));
}

#[test]
fn answers_that_cannot_be_read_fail_the_task() {
    let cause = "Unable to unmarshall response: expected a value, found `<`";
    assert_failed(answered("aws-sdk:sqs:sendMessage", 200, &[], "<html>"), "Sqs.SdkClientException", cause);
    assert_failed(answered("sqs:sendMessage", 200, &[], "<html>"), "SQS.SdkClientException", cause);
}

#[test]
fn what_cannot_be_called_says_why() {
    for (resource, part) in [
        ("arn:aws:states:::aws-sdk:polly:synthesizeSpeech", "'polly' is none of autoscaling, cloudtrail"),
        ("arn:aws:states:::aws-sdk:s3:getObjects", "'s3' has no action 'getObjects'"),
        ("arn:aws:states:::glue:startJobRun", "is no integration"),
        ("arn:aws:lambda:us-east-1:1:function:f", "is no integration"),
        ("arn:aws:states:::sqs:sendMessage.waitForTaskToken", "waits for more"),
        ("arn:aws:states:::states:startExecution.sync:2", "waits for more"),
        ("", "is no integration"),
    ] {
        let reason = find(resource).expect_err("it is not known");
        assert!(reason.contains(part), "{resource}: {reason}");
    }
    for known in OPTIMIZED {
        let resource = format!("arn:aws:states:::{}:{}", known.service, known.action);
        assert!(find(&resource).is_ok(), "{resource}");
    }
}
