//! How fast lines are read, beside simd-json on the same lines. Outcomes are checked before the time is taken.

mod events;

use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main, measurement::WallTime};
use events::Kind;
use expressway::json::{Index, Level, Lines, PADDING, ReadSet, Reader, Source, Step, Utf8, Value};
use std::hint::black_box;
use std::ops::Range;

const FINDING_PATHS: &[&str] =
    &["id", "account", "region", "detail.severity", "detail.type", "detail.resource.instanceDetails.instanceId"];
const ORDER_PATHS: &[&str] = &["detail.customer", "detail.total", "detail.status", "detail.orderId", "detail.express"];
const FOLDER_PATHS: &[&str] = &["id", "folder.size", "folder.in.in.in.in.in.in.in.in.name", "folder.in.in.in.in.size"];
const SENSOR_PATHS: &[&str] = &["id", "sensor-0000.value", "sensor-0500.ok", "sensor-0999.value"];

/// What is read, how many lines of it, and which parts of them are asked for.
const DOCUMENTS: &[(Kind, usize, &[&str])] = &[
    (Kind::Findings, 1_000, FINDING_PATHS),
    (Kind::Orders, 8_000, ORDER_PATHS),
    (Kind::Diverse, 5_000, FINDING_PATHS),
    (Kind::Deep, 200, FOLDER_PATHS),
    (Kind::Wide, 50, SENSOR_PATHS),
];

/// So many lines are also read by simd-json.
const CHECKED: usize = 50;

fn benches(criterion: &mut Criterion) {
    for (kind, count, paths) in DOCUMENTS {
        let lines = Text::new(&kind.lines(*count));
        let set = ReadSet::new(paths.iter().map(|path| steps(path)).zip(0..));
        let mut group = criterion.benchmark_group(format!("json/{kind}"));
        group.throughput(Throughput::Bytes(lines.end() as u64));
        let found = plain(&mut group, &set, paths, &lines);
        check(paths, &lines, &found);
        for level in [Level::Avx512, Level::Avx2].into_iter().filter(|level| level.is_there()) {
            indexed(&mut group, level, &set, &lines, &found);
        }
        peer(&mut group, &lines);
    }
}

/// By the plain reader. What it finds, line after line.
fn plain(group: &mut BenchmarkGroup<'_, WallTime>, set: &ReadSet, paths: &[&str], lines: &Text) -> Vec<Value> {
    let (mut reader, mut slots) = (Reader::new(set), vec![Value::MISSING; paths.len()]);
    let mut pass = |tell: &mut dyn FnMut(&[Value])| {
        for range in &lines.ranges {
            let read = reader.read(&lines.block, range.clone(), Utf8::Unknown, Source::Line, &mut slots);
            tell(read.map(|_| &slots).expect("a line is JSON"));
        }
    };
    let mut found = Vec::new();
    pass(&mut |slots| found.extend_from_slice(slots));
    group.bench_function("read", |bencher| bencher.iter(|| pass(&mut |slots| _ = black_box(slots))));
    found
}

/// By a structural index, which must find the same.
fn indexed(group: &mut BenchmarkGroup<'_, WallTime>, level: Level, set: &ReadSet, lines: &Text, expected: &[Value]) {
    let (mut index, mut reader) = (Some(Index::new(level)), Reader::new(set));
    let mut slots = vec![Value::MISSING; expected.len() / lines.ranges.len()];
    let mut pass = |tell: &mut dyn FnMut(&[Value])| {
        let mut ahead = Lines::new(index.take().expect("a pass gives it back"), &lines.block, 0..lines.end());
        while let Some(range) = ahead.next(&lines.block) {
            let read = reader.read(&lines.block, range, ahead.utf8(), Source::Line, &mut slots);
            tell(read.map(|_| &slots).expect("a line is JSON"));
        }
        index = Some(ahead.into_index());
    };
    let mut found = Vec::new();
    pass(&mut |slots| found.extend_from_slice(slots));
    assert!(found == expected, "{level:?} finds something else");
    group.bench_function(format!("read by index, {level:?}"), |bencher| {
        bencher.iter(|| pass(&mut |slots| _ = black_box(slots)));
    });
}

/// By simd-json, which tells the parts apart and notes no paths.
fn peer(group: &mut BenchmarkGroup<'_, WallTime>, lines: &Text) {
    let (mut buffers, mut copy) = (simd_json::Buffers::default(), Vec::new());
    group.bench_function("simd-json, tape only", |bencher| {
        bencher.iter(|| {
            for range in &lines.ranges {
                // It writes into what it parses.
                copy.clear();
                copy.extend_from_slice(&lines.block[range.clone()]);
                black_box(simd_json::to_tape_with_buffers(&mut copy, &mut buffers).expect("a line is JSON"));
            }
        });
    });
}

/// The slots of the first lines must hold what simd-json finds there.
fn check(paths: &[&str], lines: &Text, found: &[Value]) {
    for (range, slots) in lines.ranges.iter().zip(found.chunks(paths.len())).take(CHECKED) {
        let tree = parse(&lines.block[range.clone()]);
        for (path, slot) in paths.iter().zip(slots) {
            let expected = path.split('.').fold(&tree, |tree, name| &tree[name]);
            assert_eq!(*expected, parse(&lines.block[slot.range()]), "{path}");
        }
    }
}

fn parse(text: &[u8]) -> simd_json::OwnedValue {
    simd_json::to_owned_value(&mut text.to_vec()).expect("it is JSON")
}

fn steps(path: &str) -> Vec<Step> {
    path.split('.').map(|name| Step::Key(name.into())).collect()
}

/// A block of lines as a feed would hand it over.
struct Text {
    block: Vec<u8>,
    ranges: Vec<Range<usize>>,
}

impl Text {
    fn new(text: &str) -> Text {
        let start = |line: &str| line.as_ptr() as usize - text.as_ptr() as usize;
        let ranges = text.lines().map(|line| start(line)..start(line) + line.len()).collect();
        Text { block: [text.as_bytes(), &[b'\n'; PADDING]].concat(), ranges }
    }

    fn end(&self) -> usize {
        self.block.len() - PADDING
    }
}

criterion_group!(json, benches);
criterion_main!(json);
