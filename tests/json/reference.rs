//! What serde_json says about a text, and whether our reader says the same.

use expressway::json::{PADDING, ReadSet, Reader, Source, Step, Utf8, Value, find};
use serde::Deserialize;
use serde_json::Value as Tree;

/// The value of the text, if it is JSON; of equal names the last.
pub fn parse(text: &[u8]) -> Option<Tree> {
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    deserializer.disable_recursion_limit();
    let value = Tree::deserialize(&mut deserializer).ok()?;
    deserializer.end().is_ok().then_some(value)
}

/// Where the path leads in the tree.
pub fn follow<'a>(tree: &'a Tree, path: &[Step]) -> Option<&'a Tree> {
    path.iter().try_fold(tree, |tree, step| match step {
        Step::Key(name) => tree.as_object()?.get(&**name),
        Step::Index(index) => tree.as_array()?.get(*index as usize),
    })
}

/// Readers of one set of paths: one that lives long and learns, and what to compare it with.
pub struct Subject {
    paths: Vec<Vec<Step>>,
    set: ReadSet,
    seasoned: Reader,
}

impl Subject {
    pub fn new(paths: Vec<Vec<Step>>) -> Subject {
        let set = ReadSet::new(paths.iter().cloned().zip(0..));
        Subject { seasoned: Reader::new(&set), set, paths }
    }

    /// Checks that `block[start..end]` is read as serde_json reads it, whatever stands around it.
    pub fn check(&mut self, block: &[u8], start: usize, end: usize) {
        let text = &block[start..end];
        let tree = parse(text);
        let mut slots = vec![Value::new(Source::Constant, 0, 1); self.paths.len()];
        let mut reads = Vec::new();
        for reader in [&mut self.seasoned, &mut Reader::new(&self.set)] {
            let read = reader.read(block, start..end, Utf8::Unknown, Source::Line, &mut slots);
            let shown = String::from_utf8_lossy(text);
            assert_eq!(read.is_ok(), tree.is_some(), "{read:?} for {shown:?}");
            match (read, &tree) {
                (Ok(whole), Some(tree)) => {
                    assert_eq!(block[whole.range()], *text.trim_ascii(), "{shown:?}");
                    check_slots(&self.paths, block, tree, &slots);
                    check_walks(reader, &self.paths, block, whole, &slots);
                }
                (Err(malformed), _) => {
                    assert!((start..=end).contains(&malformed.offset), "{malformed:?} for {shown:?}")
                }
                _ => unreachable!("compared above"),
            }
            reads.push(read);
        }
        assert_eq!(reads[0], reads[1], "what was learned changes nothing");
    }

    /// As [`Self::check`], for a text with nothing, with padding, and with misleading bytes around it.
    pub fn check_everywhere(&mut self, text: &[u8]) {
        for (before, after) in
            [(&b""[..], &b""[..]), (b"{\"", &[b'\n'; PADDING]), (b"\\", b"\"}]}]0"), (b"", &[b'"'; 40])]
        {
            self.check(&[before, text, after].concat(), before.len(), before.len() + text.len());
        }
    }
}

/// Every slot holds what its path leads to.
fn check_slots(paths: &[Vec<Step>], block: &[u8], tree: &Tree, slots: &[Value]) {
    for (path, slot) in paths.iter().zip(slots) {
        let found = (!slot.is_missing()).then(|| parse(&block[slot.range()]).expect("a part of JSON is JSON"));
        assert_eq!(found.as_ref(), follow(tree, path), "{path:?} in {tree}");
    }
}

/// Walking the text again leads to the same bytes.
fn check_walks(reader: &mut Reader, paths: &[Vec<Step>], block: &[u8], whole: Value, slots: &[Value]) {
    let mut projected = vec![Value::new(Source::Constant, 0, 1); slots.len()];
    reader.project(block, whole, &mut projected);
    assert_eq!(projected, slots);
    for (path, slot) in paths.iter().zip(slots) {
        let found = find(&block[whole.range()], path).map_or(Value::MISSING, |range| whole.part(range));
        assert_eq!(found, *slot, "{path:?}");
    }
}
