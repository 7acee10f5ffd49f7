//! The services that can be called: what their descriptions say, read when they are first asked for.

use crate::task::aws::shape::{Member, Shape, Shapes, Type};
use std::sync::OnceLock;

/// One row for each service: its name in `aws-sdk` resources, and its description. How one is written is told in
/// `services/generate.py`.
const DESCRIPTIONS: [(&str, &str); 19] = [
    ("autoscaling", include_str!("services/autoscaling.txt")),
    ("cloudtrail", include_str!("services/cloudtrail.txt")),
    ("cloudwatchlogs", include_str!("services/cloudwatchlogs.txt")),
    ("config", include_str!("services/config.txt")),
    ("dynamodb", include_str!("services/dynamodb.txt")),
    ("ec2", include_str!("services/ec2.txt")),
    ("eventbridge", include_str!("services/eventbridge.txt")),
    ("guardduty", include_str!("services/guardduty.txt")),
    ("iam", include_str!("services/iam.txt")),
    ("kms", include_str!("services/kms.txt")),
    ("lambda", include_str!("services/lambda.txt")),
    ("s3", include_str!("services/s3.txt")),
    ("secretsmanager", include_str!("services/secretsmanager.txt")),
    ("securityhub", include_str!("services/securityhub.txt")),
    ("sfn", include_str!("services/sfn.txt")),
    ("sns", include_str!("services/sns.txt")),
    ("sqs", include_str!("services/sqs.txt")),
    ("ssm", include_str!("services/ssm.txt")),
    ("sts", include_str!("services/sts.txt")),
];

/// How requests and answers are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// AWS JSON 1.0 and 1.1: a JSON body, the action in a header.
    Json,
    /// A form; the answer is XML.
    Query,
    /// A form with rules of its own; the answer is XML.
    Ec2,
    /// Parts in path, query and headers; the rest a JSON body.
    RestJson,
    /// Parts in path, query and headers; the rest an XML body.
    RestXml,
}

/// A service.
#[derive(Debug)]
pub struct Service {
    /// Its name in `aws-sdk` resources: `sfn`.
    pub name: &'static str,
    /// How it is spoken to.
    pub protocol: Protocol,
    /// The version of its API: `2016-11-15`.
    pub version: &'static str,
    /// Its name in signatures: `states`.
    pub signing: &'static str,
    /// Its host before `.amazonaws.com`, with `{region}` in it unless it is global.
    pub host: &'static str,
    /// What stands before the action in `X-Amz-Target`.
    pub target: &'static str,
    /// The version in `application/x-amz-json-1.0`.
    pub json_version: &'static str,
    /// It spoke query before JSON, and tells the error codes it had then to those who ask for them.
    pub spoke_query: bool,
    /// How failures of `aws-sdk` calls begin: `DynamoDb`.
    pub exception: &'static str,
    /// What optimized integrations call it.
    pub optimized: Optimized,
    actions: &'static str,
    errors: Vec<[&'static str; 3]>,
    shapes: Vec<&'static str>,
}

/// Names in failures of optimized integrations, which come through an older SDK.
#[derive(Clone, Copy, Debug)]
pub struct Optimized {
    /// How they begin: `DynamoDB`.
    pub exception: &'static str,
    /// The exception for errors that have none of their own, without the word itself: `AmazonDynamoDB`.
    pub base: &'static str,
    /// The service in the cause: `AmazonDynamoDBv2`.
    pub service: &'static str,
}

/// One thing a service can be asked to do.
#[derive(Debug)]
pub struct Action {
    /// Who does it.
    pub service: &'static Service,
    /// As the service spells it: `SendMessage`.
    pub name: &'static str,
    /// What its parameters are, and its result.
    pub input: Option<Type>,
    /// See `input`.
    pub output: Option<Type>,
    /// All the structures, lists and maps within both.
    pub shapes: Shapes,
    /// `POST` but for REST.
    pub method: &'static str,
    /// The path, and for REST the query, with `{labels}` to be filled.
    pub path: &'static str,
    /// The request has a checksum of its body.
    pub checksum: bool,
    /// What comes before the service's host: `sync-`.
    pub host_prefix: &'static str,
}

/// Why there is no such action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// The service has no description.
    Service,
    /// The service has no such action, or Step Functions does not offer it.
    Action,
}

/// The action of a resource `aws-sdk:SERVICE:ACTION`, whose name begins with a lower-case letter there.
///
/// # Errors
/// There is no such service, or no such action of it.
pub fn action(service: &str, action: &str) -> Result<Action, Unknown> {
    let service = find(service).ok_or(Unknown::Service)?;
    let mut letters = action.chars();
    let name: String = match letters.next() {
        Some(first) if first.is_ascii_lowercase() => [first.to_ascii_uppercase()].into_iter().chain(letters).collect(),
        _ => return Err(Unknown::Action),
    };
    let line = service.actions().find(|line| line.split(' ').next() == Some(&name)).ok_or(Unknown::Action)?;
    Ok(Action::parse(service, line))
}

/// The names of all services that can be called.
pub fn names() -> impl Iterator<Item = &'static str> {
    DESCRIPTIONS.iter().map(|(name, _)| *name)
}

/// The service of that name.
pub fn find(name: &str) -> Option<&'static Service> {
    static SERVICES: [OnceLock<Service>; DESCRIPTIONS.len()] = [const { OnceLock::new() }; DESCRIPTIONS.len()];
    let place = DESCRIPTIONS.iter().position(|(known, _)| *known == name)?;
    Some(SERVICES[place].get_or_init(|| Service::parse(DESCRIPTIONS[place].1)))
}

impl Service {
    fn parse(text: &'static str) -> Service {
        let parts: Vec<_> = text.splitn(4, "\n--\n").collect();
        let [header, actions, errors, shapes] = parts[..] else { panic!("a description has four parts") };
        let words: Vec<_> = header.split_ascii_whitespace().collect();
        let [_, name, protocol, version, signing, host, target, json_version, query, _, exception, prefix, base, long] =
            words[..]
        else {
            panic!("a header has these words")
        };
        Service {
            name,
            protocol: Protocol::parse(protocol),
            version,
            signing,
            host,
            target,
            json_version,
            spoke_query: query == "query",
            exception,
            optimized: Optimized { exception: prefix, base, service: long },
            actions,
            errors: errors.lines().map(error).collect(),
            shapes: shapes.lines().collect(),
        }
    }

    /// Its actions, a line each.
    fn actions(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.actions.lines()
    }

    /// The names of its actions, as the service spells them.
    pub fn action_names(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.actions().map(|line| line.split(' ').next().unwrap_or(line))
    }

    /// The line of a shape.
    pub(super) fn shape(&self, place: usize) -> &'static str {
        self.shapes[place]
    }

    /// The name of the exception for an error code, in `aws-sdk` integrations and in optimized ones.
    pub fn exception_of(&self, code: &str) -> Option<(&'static str, &'static str)> {
        self.errors.iter().find(|[known, _, _]| *known == code).map(|[_, newer, older]| (*newer, *older))
    }
}

/// `code name [older name]`
fn error(line: &'static str) -> [&'static str; 3] {
    let mut words = line.split(' ');
    let (code, newer) = (words.next().unwrap_or(line), words.next().unwrap_or(line));
    [code, newer, words.next().unwrap_or(newer)]
}

impl Protocol {
    fn parse(name: &str) -> Protocol {
        match name {
            "json" => Protocol::Json,
            "query" => Protocol::Query,
            "ec2" => Protocol::Ec2,
            "rest-json" => Protocol::RestJson,
            "rest-xml" => Protocol::RestXml,
            _ => panic!("no protocol of a description is called {name}"),
        }
    }

    /// Whether answers are XML.
    pub fn answers_in_xml(self) -> bool {
        matches!(self, Protocol::Query | Protocol::Ec2 | Protocol::RestXml)
    }
}

impl Action {
    /// The members of its input or its output.
    pub(super) fn members(&self, end: Option<Type>) -> &[Member] {
        match end {
            Some(Type::Shape(id)) => match &self.shapes[id] {
                Shape::Structure(members) => members,
                _ => unreachable!("an action takes and gives structures"),
            },
            _ => &[],
        }
    }

    /// `GetObject 2f 1c GET /{Bucket}/{Key+} flags`
    fn parse(service: &'static Service, line: &'static str) -> Action {
        let mut words = line.split(' ');
        let mut next = || words.next().expect("an action has a name, an input and an output");
        let (name, input, output) = (next(), next(), next());
        let (shapes, [input, output]) = Shapes::read(service, [input, output]);
        let is_rest = matches!(service.protocol, Protocol::RestJson | Protocol::RestXml);
        let (method, path) = if is_rest { (next(), next()) } else { ("POST", "/") };
        let mut action =
            Action { service, name, input, output, shapes, method, path, checksum: false, host_prefix: "" };
        for flag in words {
            match flag.split_once('=') {
                None if flag == "checksum" => action.checksum = true,
                Some(("host", prefix)) => action.host_prefix = prefix,
                _ => panic!("no action of a description has the flag {flag}"),
            }
        }
        action
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_of_every_service_can_be_read() {
        let mut count = 0;
        for (name, _) in DESCRIPTIONS {
            let service = find(name).expect("it has a description");
            assert_eq!(service.name, name);
            for line in service.actions() {
                let action = Action::parse(service, line);
                assert!(action.path.starts_with('/'), "{line}");
                count += 1;
            }
        }
        assert_eq!(count, 2254);
    }

    #[test]
    fn an_action_is_spelled_as_resources_do() {
        let action = action("sqs", "sendMessage").expect("it is there");
        assert_eq!((action.name, action.service.target), ("SendMessage", "AmazonSQS"));
        let Some(Type::Shape(input)) = action.input else { panic!("it has parameters") };
        let Shape::Structure(members) = &action.shapes[input] else { panic!("parameters have names") };
        assert!(members.iter().any(|member| member.name == "MessageBody" && member.of == Type::String));
        for unknown in ["SendMessage", "sendMessages", "", "s", "élan"] {
            assert_eq!(super::action("sqs", unknown).err(), Some(Unknown::Action), "{unknown}");
        }
        assert_eq!(super::action("polly", "synthesizeSpeech").err(), Some(Unknown::Service));
    }

    #[test]
    fn what_step_functions_does_not_offer_is_not_there() {
        for (service, name) in
            [("sts", "assumeRole"), ("s3", "selectObjectContent"), ("cloudwatchlogs", "startLiveTail")]
        {
            assert_eq!(action(service, name).err(), Some(Unknown::Action), "{name}");
        }
    }

    #[test]
    fn exceptions_have_the_names_of_either_sdk() {
        let name = |service, code| find(service).expect("it is there").exception_of(code);
        assert_eq!(name("sfn", "InvalidToken"), Some(("InvalidTokenException", "InvalidTokenException")));
        assert_eq!(name("sns", "NotFound"), Some(("NotFoundException", "NotFoundException")));
        assert_eq!(name("sns", "KMSDisabled"), Some(("KmsDisabledException", "KMSDisabledException")));
        assert_eq!(name("autoscaling", "AlreadyExists"), Some(("AlreadyExistsException", "AlreadyExistsException")));
        assert_eq!(name("s3", "NoSuchBucket"), Some(("NoSuchBucketException", "NoSuchBucketException")));
        assert_eq!(name("ec2", "InvalidInstanceID.NotFound"), None);
    }
}
