//! Any lines, read with an index and without: the same values, the same refusals, whatever came before.
#![no_main]

use expressway::json::{Index, Level, ReadSet, Reader, Source, Step, Utf8, Value};
use libfuzzer_sys::fuzz_target;
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
    // The first byte says how much of the block is not lines.
    let Some((&around, block)) = bytes.split_first() else { return };
    let end = block.len() - (around as usize).min(block.len());
    if std::str::from_utf8(&block[..end]).is_err() {
        return;
    }
    let set = ReadSet::new(PATHS.iter().cloned().zip(0..));
    let mut plain = Reader::new(&set);
    for level in [Level::Portable, Level::Avx2, Level::Avx512].into_iter().filter(|level| level.is_there()) {
        let (mut index, mut reader) = (Index::new(level), Reader::new(&set));
        // The third time all shapes are known.
        for _ in 0..3 {
            compare(block, end, &mut index, &mut reader, &mut plain);
        }
    }
});

fn compare(block: &[u8], end: usize, index: &mut Index, reader: &mut Reader, plain: &mut Reader) {
    index.clear();
    let mut start = 0;
    while start < end {
        let behind = index.next_line().or_else(|| {
            index.fill(block, start..end).is_ok().then(|| index.next_line().expect("a chunk has a line"))
        });
        let Some(behind) = behind else { return };
        let (mut expected, mut found) = ([Value::MISSING; 6], [Value::MISSING; 6]);
        let line = start..behind;
        let by_index = reader.read(block, line.clone(), Utf8::Indexed(index), Source::Line, &mut found);
        let without = plain.read(block, line, Utf8::Known, Source::Line, &mut expected);
        assert_eq!(by_index, without);
        assert!(without.is_err() || found == expected, "{found:?} {expected:?}");
        start = behind + 1;
    }
}
