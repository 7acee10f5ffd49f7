//! Any bytes: our reader accepts them exactly where serde_json does, and finds the same; nothing else panics or hangs.
#![no_main]

use expressway::json::{self, DEPTH_MAX, ReadSet, Reader, Reason, Source, Step, Utf8, Value};
use libfuzzer_sys::fuzz_target;
use serde::Deserialize;
use std::sync::LazyLock;

static PATHS: LazyLock<[Vec<Step>; 6]> = LazyLock::new(|| {
    let key = |name: &str| Step::Key(name.into());
    [
        vec![],
        vec![key("a")],
        vec![key("a"), key("b")],
        vec![key("a"), Step::Index(1)],
        vec![Step::Index(0), key("")],
        vec![key("id")],
    ]
});

fuzz_target!(|bytes: &[u8]| {
    // The first byte says how much of the block is not the text.
    let Some((&around, block)) = bytes.split_first() else { return };
    let after = (around as usize).min(block.len());
    let end = block.len() - after;
    let text = &block[..end];
    walk(text);
    let set = ReadSet::new(PATHS.iter().cloned().zip(0..));
    let mut reader = Reader::new(&set);
    let mut slots = [Value::MISSING; 6];
    // The second time it has learned the order of the keys.
    for _ in 0..2 {
        match reader.read(block, 0..end, Utf8::Unknown, Source::Line, &mut slots) {
            Err(malformed) if malformed.reason == Reason::Depth => return,
            // To serde_json this name is a message to itself.
            _ if memmem(text, b"$serde_json::private::Number") => return,
            Err(malformed) => assert!(malformed.offset <= end && tree(text).is_none(), "{malformed}"),
            Ok(whole) => compare(block, whole, &slots, &mut reader),
        }
    }
});

fn compare(block: &[u8], whole: Value, slots: &[Value; 6], reader: &mut Reader) {
    let text = &block[whole.range()];
    let tree = tree(text).expect("serde_json accepts it, too");
    for (path, slot) in PATHS.iter().zip(slots) {
        let expected = path.iter().try_fold(&tree, |tree, step| match step {
            Step::Key(name) => tree.as_object()?.get(&**name),
            Step::Index(index) => tree.as_array()?.get(*index as usize),
        });
        let found = (!slot.is_missing()).then(|| self::tree(&block[slot.range()]).expect("a part is JSON"));
        assert_eq!(found.as_ref(), expected);
        assert_eq!(
            json::find(text, path),
            found.map(|_| slot.range().start - whole.range().start..slot.range().end - whole.range().start)
        );
    }
    let mut projected = [Value::MISSING; 6];
    reader.project(block, whole, &mut projected);
    assert_eq!(&projected, slots);
    let mut compact = Vec::new();
    json::compact(text, &mut compact);
    assert_eq!(self::tree(&compact).as_ref(), Some(&tree));
    assert!(json::equal(text, &compact));
}

/// On bytes that nobody checked, the walks mean nothing, but come to an end.
fn walk(text: &[u8]) {
    json::decode(text);
    json::number(text);
    json::integer(text);
    json::compact(text, &mut Vec::new());
    json::elements(text).chain(json::members(text).map(|(_, value)| value)).for_each(|range| assert!(range.end <= text.len()));
    for path in PATHS.iter() {
        json::find(text, path);
        let _ = json::splice(text, path, b"1", &mut Vec::new());
    }
    if text.len() < DEPTH_MAX {
        json::equal(text, &text[..text.len() / 2]);
    }
}

fn tree(text: &[u8]) -> Option<serde_json::Value> {
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    deserializer.disable_recursion_limit();
    let value = serde_json::Value::deserialize(&mut deserializer).ok()?;
    deserializer.end().is_ok().then_some(value)
}

fn memmem(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}
