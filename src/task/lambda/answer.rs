//! What Lambda's answers mean to a state, as recorded from Step Functions.

use super::Shape;
use crate::failure::Failure;
use crate::json;
use crate::task::http::{Response, Trouble};
use crate::task::{Reply, aws};
use serde::Deserialize;

/// What comes of a call that was answered.
pub(super) fn reply(response: &Response, shape: Shape) -> Reply {
    if !(200..300).contains(&response.status) {
        return Reply::Failed(refused(response));
    }
    if response.header("x-amz-function-error").is_some() {
        return Reply::Failed(function_error(&response.body));
    }
    match shape {
        Shape::Payload => Reply::output(payload(response).to_vec()),
        Shape::Whole => Reply::output(whole(response)),
    }
}

/// The failure of a call that was not answered, as the SDK names it on which Step Functions stands.
pub(super) fn unanswered(trouble: &Trouble) -> Failure {
    failure("SdkClientException", format!("Unable to execute HTTP request: {trouble}"))
}

/// The failure of a call that could not be signed.
pub(super) fn unsent(reason: &str) -> Failure {
    failure("SdkClientException", format!("Unable to load credentials: {reason}"))
}

/// The function itself failed: its error type is the error, all it said the cause.
fn function_error(payload: &[u8]) -> Failure {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Said {
        error_type: Option<String>,
    }
    let text = String::from_utf8_lossy(payload);
    match serde_json::from_slice::<Said>(payload).ok().and_then(|said| said.error_type) {
        Some(name) if !name.is_empty() => Failure { error: Some(name.into()), cause: Some(text.into_owned().into()) },
        _ => failure(
            "Unknown",
            format!(
                "The cause could not be determined because Lambda did not return an error type. Returned payload: {text}"
            ),
        ),
    }
}

/// The service did not call the function.
fn refused(response: &Response) -> Failure {
    #[derive(Default, Deserialize)]
    struct Said {
        #[serde(rename = "__type")]
        code: Option<String>,
        #[serde(alias = "Message", alias = "errorMessage")]
        message: Option<String>,
    }
    let said: Said = serde_json::from_slice(&response.body).unwrap_or_default();
    let code = response.header("x-amzn-errortype").map(str::to_owned).or(said.code);
    // `namespace#Name:http://…` in its longest form.
    let code = code
        .as_deref()
        .map(|code| code.split(':').next().unwrap_or(code))
        .map(|code| code.rsplit('#').next().unwrap_or(code));
    let known = |code| aws::service::find("lambda")?.exception_of(code).map(|(_, name)| name);
    let name = match code {
        Some(code) => known(code).unwrap_or("AWSLambdaException"),
        None => unnamed(response.status),
    };
    let message = said.message.unwrap_or_else(|| String::from_utf8_lossy(&response.body).chars().take(1000).collect());
    let request = response.header("x-amzn-requestid").unwrap_or("null");
    let (status, code) = (response.status, code.unwrap_or("null"));
    failure(
        name,
        format!(
            "{message} (Service: AWSLambda; Status Code: {status}; Error Code: {code}; Request ID: {request}; Proxy: null)"
        ),
    )
}

/// What a status means that comes without a name, from a proxy perhaps (API reference, "Invoke", errors).
fn unnamed(status: u16) -> &'static str {
    match status {
        404 => "ResourceNotFoundException",
        429 => "TooManyRequestsException",
        500 => "ServiceException",
        _ => "AWSLambdaException",
    }
}

fn failure(name: &str, cause: String) -> Failure {
    Failure { error: Some(format!("Lambda.{name}").into()), cause: Some(cause.into()) }
}

/// What the function returned; an asynchronous call returns nothing.
fn payload(response: &Response) -> &[u8] {
    if response.body.is_empty() { b"{}" } else { &response.body }
}

/// The result of `lambda:invoke`.
fn whole(response: &Response) -> Vec<u8> {
    let payload = payload(response);
    let mut out = Vec::with_capacity(payload.len() + 1024);
    let mut put = |text: &str, value: Option<&str>| {
        out.extend_from_slice(text.as_bytes());
        value.inspect(|value| json::quote(value, &mut out));
    };
    put("{", None);
    for (field, header) in [("\"ExecutedVersion\":", "x-amz-executed-version"), ("\"LogResult\":", "x-amz-log-result")]
    {
        if let Some(value) = response.header(header) {
            put(field, Some(value));
            put(",", None);
        }
    }
    out.extend_from_slice(b"\"Payload\":");
    out.extend_from_slice(payload);
    out.extend_from_slice(b",\"SdkHttpMetadata\":{\"AllHttpHeaders\":{");
    response.write_headers(true, &mut out);
    out.extend_from_slice(b"},\"HttpHeaders\":{");
    response.write_headers(false, &mut out);
    let status = response.status;
    out.extend_from_slice(
        format!("}},\"HttpStatusCode\":{status}}},\"SdkResponseMetadata\":{{\"RequestId\":").as_bytes(),
    );
    json::quote(response.header("x-amzn-requestid").unwrap_or_default(), &mut out);
    out.extend_from_slice(format!("}},\"StatusCode\":{status}}}").as_bytes());
    out
}
