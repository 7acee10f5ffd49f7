//! What a Task state asks for: its resource, taken apart as history events name the parts.

/// The `Resource` of a Task state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// As the definition spells it.
    pub arn: String,
    /// Who answers it.
    pub kind: ResourceKind,
    /// The service, `sqs` or `aws-sdk:dynamodb`; empty for Lambda functions, activities and free text.
    pub resource_type: String,
    /// The action with its pattern, `sendMessage.waitForTaskToken`; the whole text where there is no service.
    pub resource: String,
    /// When the task counts as done.
    pub pattern: Pattern,
}

/// Who answers a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResourceKind {
    /// A service integration, or text of which nothing more is known.
    Service,
    /// A function, named by its own ARN.
    Lambda,
    /// A worker that asks for work.
    Activity,
}

/// When a task counts as done (developer guide, "Service integration patterns").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// When the service has answered.
    RequestResponse,
    /// When the job it started has ended: `.sync`, `.sync:2`.
    Sync,
    /// When somebody hands the task's token back: `.waitForTaskToken`.
    WaitForTaskToken,
}

impl Resource {
    /// Takes a resource apart. Total: what is no ARN of a known form is a service without a type.
    pub fn parse(arn: &str) -> Resource {
        let (kind, resource_type, resource) = parts(arn);
        let pattern = if kind == ResourceKind::Service { pattern(resource) } else { Pattern::RequestResponse };
        Resource { arn: arn.into(), kind, resource_type: resource_type.into(), resource: resource.into(), pattern }
    }
}

/// Kind, type and resource of `arn:partition:service:region:account:rest`.
fn parts(arn: &str) -> (ResourceKind, &str, &str) {
    let mut pieces = arn.splitn(6, ':');
    let prefix = pieces.next();
    let service = pieces.nth(1).unwrap_or("");
    let rest = pieces.nth(2).unwrap_or("");
    match service {
        // AWS's recorded histories hide activity ARNs behind this word.
        _ if arn == "activity_arn" => (ResourceKind::Activity, "", arn),
        _ if prefix != Some("arn") => (ResourceKind::Service, "", arn),
        "lambda" if rest.starts_with("function:") => (ResourceKind::Lambda, "", arn),
        "states" if rest.starts_with("activity:") => (ResourceKind::Activity, "", arn),
        "states" => match split_service(rest) {
            Some((service, action)) => (ResourceKind::Service, service, action),
            None => (ResourceKind::Service, "", arn),
        },
        _ => (ResourceKind::Service, "", arn),
    }
}

/// `sqs:sendMessage` at its first colon; `aws-sdk:dynamodb:putItem` at its second. The action may hold more (`.sync:2`).
fn split_service(rest: &str) -> Option<(&str, &str)> {
    let sdk = if rest.starts_with("aws-sdk:") { "aws-sdk:".len() } else { 0 };
    let colon = sdk + rest[sdk..].find(':')?;
    Some((&rest[..colon], &rest[colon + 1..]))
}

fn pattern(action: &str) -> Pattern {
    match action.split_once('.') {
        Some((_, "sync" | "sync:2")) => Pattern::Sync,
        Some((_, "waitForTaskToken")) => Pattern::WaitForTaskToken,
        _ => Pattern::RequestResponse,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Pattern::{RequestResponse, Sync, WaitForTaskToken};
    use ResourceKind::{Activity, Lambda, Service};

    #[track_caller]
    fn assert_parts(arn: &str, kind: ResourceKind, resource_type: &str, resource: &str, pattern: Pattern) {
        let found = Resource::parse(arn);
        assert_eq!(found.arn, arn);
        assert_eq!(
            (found.kind, &*found.resource_type, &*found.resource, found.pattern),
            (kind, resource_type, resource, pattern)
        );
    }

    #[test]
    fn a_service_integration_has_a_type_an_action_and_a_pattern() {
        assert_parts("arn:aws:states:::sns:publish", Service, "sns", "publish", RequestResponse);
        assert_parts("arn:aws:states:::lambda:invoke", Service, "lambda", "invoke", RequestResponse);
        let token = "sendMessage.waitForTaskToken";
        assert_parts("arn:aws:states:::sqs:sendMessage.waitForTaskToken", Service, "sqs", token, WaitForTaskToken);
        let (first, second) = ("startExecution.sync", "startExecution.sync:2");
        assert_parts("arn:aws:states:::states:startExecution.sync", Service, "states", first, Sync);
        assert_parts("arn:aws-cn:states:::states:startExecution.sync:2", Service, "states", second, Sync);
    }

    #[test]
    fn an_sdk_integration_keeps_its_service_in_the_type() {
        let (table, machine) = ("aws-sdk:dynamodb", "aws-sdk:sfn");
        assert_parts("arn:aws:states:::aws-sdk:dynamodb:putItem", Service, table, "putItem", RequestResponse);
        let token = "startExecution.waitForTaskToken";
        let arn = "arn:aws:states:::aws-sdk:sfn:startExecution.waitForTaskToken";
        assert_parts(arn, Service, machine, token, WaitForTaskToken);
    }

    #[test]
    fn functions_and_activities_are_named_by_their_whole_arn() {
        for arn in [
            "arn:aws:lambda:us-east-1:111111111111:function:Enrich",
            "arn:aws:lambda:us-east-1:111111111111:function:Enrich:live",
            "arn:aws:lambda:us-east-1:111111111111:function:enrich.sync",
        ] {
            assert_parts(arn, Lambda, "", arn, RequestResponse);
        }
        let arn = "arn:aws:states:us-east-1:111111111111:activity:weigh";
        assert_parts(arn, Activity, "", arn, RequestResponse);
        assert_parts("activity_arn", Activity, "", "activity_arn", RequestResponse);
    }

    #[test]
    fn anything_else_is_a_service_without_a_type() {
        for text in
            ["", ":", "arn", "arn:aws:states", "arn:aws:states:::", "arn:aws:states:::aws-sdk:x", "anything:at:all"]
        {
            assert_parts(text, Service, "", text, RequestResponse);
        }
        assert_parts("arn:aws:s3:::bucket/key", Service, "", "arn:aws:s3:::bucket/key", RequestResponse);
    }
}
