//! Security findings about machines, as a detector in the cloud reports them.

use super::dice::Dice;
use super::tree::{Node, object};

const REGIONS: &[&str] = &["eu-west-1", "eu-central-1", "us-east-1", "ap-southeast-2"];
/// What was found, with the severities it can have, in tenths.
const KINDS: &[(&str, u64, u64)] = &[
    ("UnauthorizedAccess:EC2/SSHBruteForce", 20, 80),
    ("UnauthorizedAccess:EC2/TorClient", 80, 80),
    ("Recon:EC2/PortProbeUnprotectedPort", 20, 50),
    ("Recon:EC2/Portscan", 50, 50),
    ("CryptoCurrency:EC2/BitcoinTool.B!DNS", 80, 80),
    ("Trojan:EC2/DNSDataExfiltration", 80, 80),
    ("Behavior:EC2/NetworkPortUnusual", 40, 69),
    ("Impact:EC2/SuspiciousDomainRequest.Reputation", 10, 39),
];
const TEAMS: &[&str] = &["payments", "search", "identity", "edge", "warehouse"];
const STAGES: &[&str] = &["production", "staging", "development"];
const MACHINES: &[&str] = &["t3.micro", "m5.xlarge", "c6g.large", "r5.4xlarge"];
const CITIES: &[(&str, &str, &str, &str)] = &[
    ("Germany", "Berlin", "52.52", "13.405"),
    ("Brazil", "Sao Paulo", "-23.55", "-46.633"),
    ("Japan", "Tokyo", "35.6895", "139.6917"),
];
const PORTS: &[(u64, &str)] = &[(22, "SSH"), (80, "HTTP"), (443, "HTTPS"), (3389, "RDP")];
/// Tags as people write them, with what has to be escaped.
const NOTES: &[&str] = &[r#"owned by \"blue\""#, r"C:\\agent\\run", "café", r"two\nlines", r"\u691c\u8a3c"];

pub fn finding(dice: &mut Dice) -> Node {
    let (kind, least, most) = dice.pick(KINDS);
    let (region, account) = (dice.pick(REGIONS), format!("{:012}", dice.below(1_000_000_000_000)));
    let machine = format!("i-{}", dice.long_hex(17));
    let (first, last) = (dice.time(), dice.time());
    object([
        ("version", "0".into()),
        ("id", identifier(dice).into()),
        ("detail-type", "GuardDuty Finding".into()),
        ("source", "aws.guardduty".into()),
        ("account", account.as_str().into()),
        ("time", last.as_str().into()),
        ("region", region.into()),
        ("resources", Vec::new().into()),
        (
            "detail",
            object([
                ("schemaVersion", "2.0".into()),
                ("accountId", account.as_str().into()),
                ("region", region.into()),
                ("partition", "aws".into()),
                ("id", dice.long_hex(32).into()),
                ("type", kind.into()),
                ("resource", resource(dice, &machine, &account, region)),
                ("service", service(dice, &first, &last)),
                ("severity", tenths(least + dice.below(most - least + 1))),
                ("createdAt", first.as_str().into()),
                ("updatedAt", last.as_str().into()),
                ("title", format!("The machine {machine}: {kind}").into()),
            ]),
        ),
    ])
}

fn resource(dice: &mut Dice, machine: &str, account: &str, region: &str) -> Node {
    let profile = object([("arn", format!("arn:aws:iam::{account}:instance-profile/app").into())]);
    let interfaces = (0..dice.pick(&[1, 1, 1, 1, 2])).map(|_| interface(dice, region)).collect::<Vec<_>>();
    let details = object([
        ("instanceId", machine.into()),
        ("instanceType", dice.pick(MACHINES).into()),
        ("launchTime", dice.time().into()),
        ("platform", Node::null()),
        ("productCodes", Vec::new().into()),
        ("iamInstanceProfile", profile),
        ("networkInterfaces", interfaces.into()),
        ("tags", tags(dice).into()),
        ("instanceState", "running".into()),
        ("availabilityZone", format!("{region}{}", dice.pick(&["a", "b", "c"])).into()),
        ("imageId", format!("ami-{}", dice.hex(8)).into()),
    ]);
    object([("resourceType", "Instance".into()), ("instanceDetails", details)])
}

fn interface(dice: &mut Dice, region: &str) -> Node {
    let (third, fourth) = (dice.below(256), dice.below(254) + 1);
    let group = object([
        ("groupName", format!("wizard-{}", dice.below(30)).into()),
        ("groupId", format!("sg-{}", dice.hex(8)).into()),
    ]);
    object([
        ("networkInterfaceId", format!("eni-{}", dice.long_hex(17)).into()),
        ("privateDnsName", format!("ip-10-0-{third}-{fourth}.{region}.compute.internal").into()),
        ("privateIpAddress", format!("10.0.{third}.{fourth}").into()),
        ("ipv6Addresses", Vec::new().into()),
        ("publicIp", format!("198.51.100.{}", dice.below(254) + 1).into()),
        ("subnetId", format!("subnet-{}", dice.hex(8)).into()),
        ("vpcId", format!("vpc-{}", dice.hex(8)).into()),
        ("securityGroups", vec![group].into()),
    ])
}

fn tags(dice: &mut Dice) -> Vec<Node> {
    let tag = |key: &str, value: String| object([("key", key.into()), ("value", value.into())]);
    let team = dice.pick(TEAMS);
    let mut tags =
        vec![tag("Name", format!("{team}-{}-{:02}", dice.pick(STAGES), dice.below(40))), tag("team", team.into())];
    for key in ["stage", "cost-center", "managed-by"].into_iter().take(dice.below(4) as usize) {
        tags.push(tag(key, format!("{}-{:04}", dice.pick(STAGES), dice.below(10_000))));
    }
    if dice.percent(6) {
        tags.push(tag("note", dice.pick(NOTES).into()));
    }
    tags
}

fn service(dice: &mut Dice, first: &str, last: &str) -> Node {
    object([
        ("serviceName", "guardduty".into()),
        ("detectorId", dice.long_hex(32).into()),
        ("action", action(dice)),
        ("resourceRole", dice.pick(&["TARGET", "ACTOR"]).into()),
        ("additionalInfo", object([("sample", false.into())])),
        ("evidence", Node::null()),
        ("eventFirstSeen", first.into()),
        ("eventLastSeen", last.into()),
        ("archived", false.into()),
        ("count", (dice.below(4_000) + 1).into()),
    ])
}

fn action(dice: &mut Dice) -> Node {
    match dice.below(3) {
        0 => {
            let question = object([
                ("domain", format!("host-{}.example.net", dice.hex(6)).into()),
                ("protocol", "UDP".into()),
                ("blocked", dice.percent(30).into()),
            ]);
            object([("actionType", "DNS_REQUEST".into()), ("dnsRequestAction", question)])
        }
        1 => {
            let probe = object([("localPortDetails", port(dice)), ("remoteIpDetails", remote(dice))]);
            let probes = object([("portProbeDetails", vec![probe].into()), ("blocked", false.into())]);
            object([("actionType", "PORT_PROBE".into()), ("portProbeAction", probes)])
        }
        _ => {
            let connection = object([
                ("connectionDirection", dice.pick(&["INBOUND", "OUTBOUND"]).into()),
                ("remoteIpDetails", remote(dice)),
                (
                    "remotePortDetails",
                    object([("port", (1024 + dice.below(64_000)).into()), ("portName", "Unknown".into())]),
                ),
                ("localPortDetails", port(dice)),
                ("protocol", "TCP".into()),
                ("blocked", dice.percent(30).into()),
            ]);
            object([("actionType", "NETWORK_CONNECTION".into()), ("networkConnectionAction", connection)])
        }
    }
}

fn port(dice: &mut Dice) -> Node {
    let (port, name) = dice.pick(PORTS);
    object([("port", port.into()), ("portName", name.into())])
}

fn remote(dice: &mut Dice) -> Node {
    let (country, city, latitude, longitude) = dice.pick(CITIES);
    let number = |text: &str| Node::Plain(text.to_owned());
    object([
        ("ipAddressV4", format!("203.0.113.{}", dice.below(254) + 1).into()),
        ("organization", object([("asn", "64511".into()), ("asnOrg", "Example Cloud, Inc.".into())])),
        ("country", object([("countryName", country.into())])),
        ("city", object([("cityName", city.into())])),
        ("geoLocation", object([("lat", number(latitude)), ("lon", number(longitude))])),
    ])
}

fn identifier(dice: &mut Dice) -> String {
    format!("{}-{}-4{}-a{}-{}", dice.hex(8), dice.hex(4), dice.hex(3), dice.hex(3), dice.hex(12))
}

/// Whole severities are written as integers.
fn tenths(tenths: u64) -> Node {
    let (whole, rest) = (tenths / 10, tenths % 10);
    Node::Plain(if rest == 0 { whole.to_string() } else { format!("{whole}.{rest}") })
}
