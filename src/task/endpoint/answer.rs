//! What an endpoint's response means to a state.

use crate::failure::{ErrorName, Failure};
use crate::json;
use crate::task::Reply;
use crate::task::http::Response;
use serde_json::value::RawValue;

/// The result, or the failure named by the status.
pub(super) fn reply(response: &Response) -> Reply {
    let kind = response.header("content-type").unwrap_or_default().split(';').next().unwrap_or_default();
    let kind = kind.trim().to_ascii_lowercase();
    let Some(body) = std::str::from_utf8(&response.body).ok().filter(|_| !is_binary(&kind)) else {
        let cause = format!("The response cannot be read as text; its content type is '{kind}'");
        return Reply::Failed(Failure::new(ErrorName::Runtime, cause));
    };
    let result = result(response, body, kind.ends_with("json"));
    if (200..300).contains(&response.status) {
        return Reply::output(result);
    }
    let error = format!("States.Http.StatusCode.{}", response.status);
    let cause = String::from_utf8_lossy(&result).into_owned();
    Reply::Failed(Failure { error: Some(error.into()), cause: Some(cause.into()) })
}

/// Kinds that fail whatever they contain (developer guide, "Unsupported HTTP Task responses").
fn is_binary(kind: &str) -> bool {
    kind == "application/octet-stream" || ["image/", "video/", "audio/"].iter().any(|prefix| kind.starts_with(prefix))
}

fn result(response: &Response, body: &str, is_json: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() + 1024);
    out.extend_from_slice(b"{\"Headers\":{");
    // In small letters, as the guide's example has them.
    response.write_headers_named(str::to_ascii_lowercase, true, &mut out);
    out.extend_from_slice(b"},\"ResponseBody\":");
    match serde_json::from_str::<&RawValue>(body) {
        Ok(value) if is_json => out.extend_from_slice(value.get().as_bytes()),
        _ => json::quote(body, &mut out),
    }
    out.extend_from_slice(format!(",\"StatusCode\":{},\"StatusText\":", response.status).as_bytes());
    json::quote(response.reason(), &mut out);
    out.push(b'}');
    out
}
