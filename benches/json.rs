//! How fast lines are read, beside simd-json on the same lines. Outcomes are checked before the time is taken.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use expressway::json::{Index, Level, PADDING, ReadSet, Reader, Source, Step, Utf8, Value};
use std::fmt::Write;
use std::hint::black_box;
use std::ops::Range;

const FINDING_PATHS: &[&str] =
    &["id", "account", "region", "detail.severity", "detail.type", "detail.resource.instanceDetails.instanceId"];
const ORDER_PATHS: &[&str] = &["id", "region", "detail.customer", "detail.total", "detail.status", "detail.orderId"];

fn benches(criterion: &mut Criterion) {
    bench(criterion, "findings", FINDING_PATHS, &lines(400, finding));
    bench(criterion, "orders", ORDER_PATHS, &lines(2_000, order));
}

fn bench(criterion: &mut Criterion, name: &str, paths: &[&str], lines: &Lines) {
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Bytes(lines.ranges.iter().map(|range| range.len() as u64).sum()));
    let end = lines.block.len() - PADDING;
    let set = ReadSet::new(paths.iter().map(|path| steps(path)).zip(0..));
    let mut reader = Reader::new(&set);
    let mut slots = vec![Value::MISSING; paths.len()];
    check(&mut reader, paths, lines);
    group.bench_function("read", |bencher| {
        bencher.iter(|| {
            for range in &lines.ranges {
                let read = reader.read(&lines.block, range.clone(), Utf8::Unknown, Source::Line, &mut slots);
                black_box((read.is_ok(), &slots));
            }
        });
    });
    for level in [Level::Avx512, Level::Avx2].into_iter().filter(|level| level.is_there()) {
        let (mut index, mut reader) = (Index::new(level), Reader::new(&set));
        group.bench_function(format!("read by index, {level:?}"), |bencher| {
            bencher.iter(|| {
                index.clear();
                for range in &lines.ranges {
                    if index.next_line().is_none() {
                        assert!(index.fill(&lines.block, range.start..end) && index.next_line().is_some());
                    }
                    let known = Utf8::Indexed(&index);
                    let read = reader.read(&lines.block, range.clone(), known, Source::Line, &mut slots);
                    black_box((read.is_ok(), &slots));
                }
            });
        });
    }
    let (mut buffers, mut copy) = (simd_json::Buffers::default(), Vec::new());
    group.bench_function("simd-json, tape only", |bencher| {
        bencher.iter(|| {
            for range in &lines.ranges {
                // It writes into what it parses.
                copy.clear();
                copy.extend_from_slice(&lines.block[range.clone()]);
                black_box(simd_json::to_tape_with_buffers(&mut copy, &mut buffers).is_ok());
            }
        });
    });
}

/// Every slot of every line must hold what serde_json finds there.
fn check(reader: &mut Reader, paths: &[&str], lines: &Lines) {
    let mut slots = vec![Value::MISSING; paths.len()];
    for range in &lines.ranges {
        let tree: serde_json::Value = serde_json::from_slice(&lines.block[range.clone()]).expect("a line is JSON");
        reader.read(&lines.block, range.clone(), Utf8::Unknown, Source::Line, &mut slots).expect("a line is JSON");
        for (path, slot) in paths.iter().zip(&slots) {
            let found: serde_json::Value = serde_json::from_slice(&lines.block[slot.range()]).expect("a part is JSON");
            assert_eq!(tree.pointer(&format!("/{}", path.replace('.', "/"))), Some(&found), "{path}");
        }
    }
}

fn steps(path: &str) -> Vec<Step> {
    path.split('.').map(|name| Step::Key(name.into())).collect()
}

/// A block of lines as a feed would hand it over.
struct Lines {
    block: Vec<u8>,
    ranges: Vec<Range<usize>>,
}

fn lines(count: u64, line: fn(&mut String, &mut dyn FnMut(u64) -> u64)) -> Lines {
    let mut state = 88_172_645_463_325_252_u64;
    let mut dice = |sides: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % sides
    };
    let (mut text, mut ranges) = (String::new(), Vec::new());
    for _ in 0..count {
        let start = text.len();
        line(&mut text, &mut dice);
        ranges.push(start..text.len());
        text.push('\n');
    }
    Lines { block: [text.as_bytes(), &[b'\n'; PADDING]].concat(), ranges }
}

/// A small event of about 280 bytes.
fn order(text: &mut String, dice: &mut dyn FnMut(u64) -> u64) {
    let status = ["NEW", "PAID", "SHIPPED", "RETURN_REQUESTED"][dice(4) as usize];
    write!(
        text,
        r#"{{"version":"0","id":"{:016x}","detail-type":"OrderPlaced","source":"shop.orders","time":"2026-07-{:02}T10:10:27Z","region":"eu-central-1","detail":{{"orderId":"ord-{}","customer":"c-{}","total":{}.{:02},"currency":"EUR","items":{},"status":"{status}","express":false}}}}"#,
        dice(u64::MAX), dice(28) + 1, dice(1_000_000_000), dice(10_000_000), dice(500), dice(100), dice(9) + 1,
    )
    .expect("memory can be written to");
}

/// A security finding of about 2 KB, in which tags and addresses come in varying number.
fn finding(text: &mut String, dice: &mut dyn FnMut(u64) -> u64) {
    let mut tags = String::from(r#"{"key":"Name","value":"search-prod-07"}"#);
    for number in 0..dice(5) {
        let value = ["say \\\"hi\\\"", "café", "staging", "terraform"][dice(4) as usize];
        write!(tags, r#",{{"key":"tag-{number}","value":"{value}"}}"#).expect("memory can be written to");
    }
    let kind = ["Recon:EC2/Portscan", "UnauthorizedAccess:EC2/SSHBruteForce", "CryptoCurrency:EC2/BitcoinTool.B!DNS"];
    let (account, instance) = (dice(1_000_000_000_000), dice(u64::MAX));
    write!(
        text,
        r#"{{"version":"0","id":"{:08x}-2fea-475e-a536-5e1458294a90","detail-type":"GuardDuty Finding","source":"aws.guardduty","account":"{account:012}","time":"2026-04-21T11:19:25Z","region":"eu-west-1","resources":[],"detail":{{"schemaVersion":"2.0","accountId":"{account:012}","region":"eu-west-1","partition":"aws","id":"{:032x}","arn":"arn:aws:guardduty:eu-west-1:{account:012}:detector/bafe9bd120c5d1529127c47089bf36a2/finding/{:032x}","type":"{}","resource":{{"resourceType":"Instance","instanceDetails":{{"instanceId":"i-{instance:017x}","instanceType":"c6g.large","launchTime":"2026-05-25T21:58:25Z","platform":null,"productCodes":[],"iamInstanceProfile":{{"arn":"arn:aws:iam::{account:012}:instance-profile/app","id":"AIPA{:016X}"}},"networkInterfaces":[{{"networkInterfaceId":"eni-{:017x}","privateDnsName":"ip-10-223-114-198.eu-west-1.compute.internal","privateIpAddress":"10.223.114.{}","ipv6Addresses":[],"publicIp":"198.51.100.{}","subnetId":"subnet-381e53e7","vpcId":"vpc-f3194a3b","securityGroups":[{{"groupName":"launch-wizard-15","groupId":"sg-dafa3a38"}}]}}],"tags":[{tags}],"instanceState":"running","availabilityZone":"eu-west-1b","imageId":"ami-2f314fdb"}}}},"service":{{"serviceName":"guardduty","detectorId":"bafe9bd120c5d1529127c47089bf36a2","action":{{"actionType":"NETWORK_CONNECTION","networkConnectionAction":{{"connectionDirection":"INBOUND","remoteIpDetails":{{"ipAddressV4":"203.0.113.104","organization":{{"asn":"64511","asnOrg":"Example Cloud, Inc."}},"country":{{"countryName":"Brazil"}},"city":{{"cityName":"Sao Paulo"}},"geoLocation":{{"lat":-23.55,"lon":-46.633}}}},"remotePortDetails":{{"port":{},"portName":"Unknown"}},"localPortDetails":{{"port":443,"portName":"HTTPS"}},"protocol":"TCP","blocked":false}}}},"resourceRole":"ACTOR","additionalInfo":{{"sample":false}},"evidence":null,"eventFirstSeen":"2026-03-14T15:45:31Z","eventLastSeen":"2026-04-21T11:19:25Z","archived":false,"count":{}}},"severity":{}.{},"createdAt":"2026-03-14T15:45:31Z","updatedAt":"2026-04-21T11:19:25Z","title":"EC2 instance i-{instance:017x} is probed.","description":"An unprotected port of EC2 instance i-{instance:017x} is being probed."}}}}"#,
        dice(1 << 32), dice(u64::MAX), dice(u64::MAX), kind[dice(3) as usize], dice(u64::MAX), dice(u64::MAX), dice(255),
        dice(255), dice(65_536), dice(5_000), dice(9), dice(10),
    )
    .expect("memory can be written to");
}

criterion_group!(json, benches);
criterion_main!(json);
