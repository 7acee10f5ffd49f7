//! What a service says about a request it refuses, and what Step Functions makes of it.

use super::{Answer, json, xml};
use crate::failure::Failure;
use crate::json::{Kind, decode, kind, member};
use crate::task::aws::service::{Action, Protocol, Service};

/// What a service says went wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Error {
    /// The status of the answer.
    pub status: u16,
    /// The error's name on the wire: `ResourceNotFoundException`.
    pub code: Option<String>,
    /// The code it had before the service spoke JSON: `AWS.SimpleQueueService.NonExistentQueue`.
    pub older_code: Option<String>,
    /// For people.
    pub message: Option<String>,
    /// The request's number.
    pub request_id: Option<String>,
    /// S3's second number.
    pub extended_id: Option<String>,
}

impl Error {
    /// Reads the answer to a request that was refused; total.
    pub(super) fn read(action: &Action, answer: &Answer<'_>) -> Error {
        let mut error = match action.service.protocol {
            Protocol::Json | Protocol::RestJson => from_json(answer),
            Protocol::Query | Protocol::Ec2 | Protocol::RestXml => from_xml(answer),
        };
        error.status = answer.status;
        error.code = error.code.or_else(|| of_head(action, answer.status).map(str::to_owned));
        error.request_id = answer.request_id().map(str::to_owned).or(error.request_id);
        error.extended_id = answer.header("x-amz-id-2").map(str::to_owned).or(error.extended_id);
        error
    }

    /// As an `aws-sdk` integration reports it (recorded: `DynamoDb.ResourceNotFoundException`, `Sfn.InvalidTokenException`
    /// with the count of attempts, `S3.NoSuchBucketException` with the second number).
    pub fn of_sdk(&self, service: &Service) -> Failure {
        let prefix = service.exception;
        let known = self.code.as_deref().and_then(|code| service.exception_of(code)).map(|(name, _)| name);
        let name = known.map_or_else(|| format!("{prefix}.{prefix}Exception"), |name| format!("{prefix}.{name}"));
        let extended = self.extended_id.as_ref().map(|id| format!(", Extended Request ID: {id}"));
        let cause = format!(
            "{} (Service: {prefix}, Status Code: {}, Request ID: {}{}) (SDK Attempt Count: 1)",
            or_null(self.message.as_deref()),
            self.status,
            or_null(self.request_id.as_deref()),
            extended.unwrap_or_default()
        );
        failure(name, cause)
    }

    /// As an optimized integration reports it (recorded: `SNS.NotFoundException`, `DynamoDB.AmazonDynamoDBException`).
    pub fn of_optimized(&self, service: &Service) -> Failure {
        let names = service.optimized;
        let known = self.code.as_deref().and_then(|code| service.exception_of(code)).map(|(_, name)| name.to_owned());
        let name = known.unwrap_or_else(|| format!("{}Exception", names.base));
        let code = self.older_code.as_deref().or(self.code.as_deref());
        let cause = format!(
            "{} (Service: {}; Status Code: {}; Error Code: {}; Request ID: {}; Proxy: null)",
            or_null(self.message.as_deref()),
            names.service,
            self.status,
            or_null(code),
            or_null(self.request_id.as_deref())
        );
        failure(format!("{}.{name}", names.exception), cause)
    }
}

/// A failure with a name that is not the language's.
pub fn failure(error: String, cause: String) -> Failure {
    Failure { error: Some(error.into()), cause: Some(cause.into()) }
}

/// What is missing is told as Java prints it.
fn or_null(text: Option<&str>) -> &str {
    text.unwrap_or("null")
}

/// `{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"…"}`, or the type in a header.
fn from_json(answer: &Answer<'_>) -> Error {
    let body = json::check(answer.body).unwrap_or(b"{}");
    let text = |names: &[&str]| {
        let found = names.iter().find_map(|name| member(body, name.as_bytes()));
        found.filter(|range| kind(&body[range.clone()]) == Kind::String).map(|range| decode(&body[range]).into_owned())
    };
    let code = answer.header("x-amzn-errortype").map(str::to_owned).or_else(|| text(&["__type", "code", "Code"]));
    let older = answer.header("x-amzn-query-error").and_then(|text| text.split(';').next()).map(str::to_owned);
    Error {
        code: code.map(|code| bare(&code).to_owned()),
        older_code: older,
        message: text(&["message", "Message", "errorMessage"]),
        ..Error::default()
    }
}

/// Without the namespace before `#` and the URL behind `:`.
fn bare(code: &str) -> &str {
    let code = code.split(':').next().unwrap_or(code);
    code.rsplit('#').next().unwrap_or(code)
}

/// An answer to HEAD has no body that could say what is missing; the SDK knows it by what was asked for (its
/// `ExceptionTranslationInterceptor` for S3).
fn of_head(action: &Action, status: u16) -> Option<&'static str> {
    match (action.name, status) {
        ("HeadObject", 404) => Some("NoSuchKey"),
        ("HeadBucket", 404) => Some("NoSuchBucket"),
        _ => None,
    }
}

/// `<ErrorResponse><Error>` of query, `<Response><Errors><Error>` of ec2, `<Error>` of S3.
fn from_xml(answer: &Answer<'_>) -> Error {
    let Ok(root) = xml::parse(answer.body) else { return Error::default() };
    let around = root.child("Errors").unwrap_or(&root);
    let error = around.child("Error").unwrap_or(around);
    let text = |name: &str| error.text_of(name).or_else(|| root.text_of(name)).map(str::to_owned);
    Error {
        code: text("Code"),
        message: text("Message"),
        request_id: text("RequestId").or_else(|| text("RequestID")),
        extended_id: text("HostId"),
        ..Error::default()
    }
}
