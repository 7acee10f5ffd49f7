//! The `Resource` of a Task: whether it is an ARN, and whether Express may use it.

use super::substitute;
use super::value::Field;
use crate::diagnostic::Diagnostics;

/// Checks a resource's text.
pub(super) fn check(text: &str, field: &Field<'_>, express: bool, diagnostics: &mut Diagnostics) {
    if express && let Some(refused) = refused_in_express(text) {
        diagnostics.error(&field.site(), format!("Express state machine does not support {refused}"));
        return;
    }
    if !substitute::has_placeholder(text) && !is_resource(text) && !is_activity(text) {
        let found = diagnostics.error(&field.site(), "Value is not a valid resource ARN");
        found.help = Some("a resource is written arn:partition:service:region:account:resource".to_owned());
    }
}

/// What Express workflows cannot wait for (Developer Guide, "Standard and Express workflows").
fn refused_in_express(text: &str) -> Option<&'static str> {
    let is_service = text.contains(":states:") || text.contains("${");
    if is_service && (text.ends_with(".sync") || text.ends_with(".sync:2")) {
        Some("'.sync' service integration")
    } else if is_service && text.ends_with(".waitForTaskToken") {
        Some("'.waitForTaskToken' service integration")
    } else if is_activity(text) {
        Some("Activity ARN")
    } else {
        None
    }
}

/// Recordings of AWS hide the ARN behind the name `activity_arn`, so bare names that begin so count too.
fn is_activity(text: &str) -> bool {
    text.split(':').nth(5) == Some("activity") || !text.contains(':') && text.starts_with("activity")
}

fn is_resource(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let [arn, partition, service, _, _, resource] = parts[..] else { return false };
    let lambda_is_fine = service != "lambda" || is_function(resource);
    arn == "arn" && !partition.is_empty() && !service.is_empty() && !resource.is_empty() && lambda_is_fine
}

/// `function:NAME` with an optional version or alias (Lambda, "Invoke", FunctionName).
fn is_function(resource: &str) -> bool {
    let mut parts = resource.split(':');
    // Examples, and recordings of AWS, write `<name>` where a name was.
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'<' | b'>');
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(is_letter);
    let kind = parts.next() == Some("function");
    let name = parts.next().is_some_and(is_word);
    let qualifier = parts.next().is_none_or(|alias| alias == "$LATEST" || is_word(alias));
    kind && name && qualifier && parts.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lambda_alias_is_a_word() {
        assert!(is_resource("arn:aws:lambda:us-east-1:123456789012:function:Price:live"));
        assert!(is_resource("arn:aws:lambda:us-east-1:123456789012:function:Price:$LATEST"));
        assert!(!is_resource("arn:aws:lambda:us-east-1:123456789012:function:Price:"));
        assert!(!is_resource("arn:aws:lambda:us-east-1:123456789012:function:Price:$*#"));
    }
}
