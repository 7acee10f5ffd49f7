//! Goes through the items of an array, and reads each as it passes: where it ends, and what is read in it.

use super::{Pass, Reader};
use crate::json::Value;
use crate::json::grammar::Text;

impl Reader {
    /// The item of an array behind the place `at` of the text: where the array begins, or where the item before ended.
    /// None: there are no more.
    ///
    /// Fills every slot of the set, as [`project`](Reader::project) does for a value by itself.
    pub fn item(&mut self, text: &[u8], array: Value, at: usize, slots: &mut [Value]) -> Option<Value> {
        let source = array.source();
        let text = Text::new(text, array.range().end - 1);
        let before = text.blank(at);
        if !matches!(text.at(before), b'[' | b',') {
            return None;
        }
        let start = text.blank(before + 1);
        if start >= text.end() {
            return None;
        }
        let Reader { set, learned, learned_items, rows, .. } = self;
        let mut pass = Pass { text, tree: set.tree(), learned, learned_items, rows, source, slots };
        let end = pass.part(start, 0, 0).ok()?;
        Some(Value::new(source, start, end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{ReadSet, Source, Step};

    fn items(text: &str) -> Vec<(String, Option<String>)> {
        let set = ReadSet::new([(vec![Step::Key("a".into()), Step::Index(1)], 0)]);
        let mut reader = Reader::new(&set);
        let array = Value::new(Source::Line, 1, text.len() - 1);
        let text = text.as_bytes();
        let mut slots = [Value::MISSING];
        let (mut at, mut found) = (1, Vec::new());
        while let Some(item) = reader.item(text, array, at, &mut slots) {
            let written = |value: Value| String::from_utf8_lossy(&text[value.range()]).into_owned();
            found.push((written(item), Some(slots[0]).filter(|value| !value.is_missing()).map(written)));
            at = item.range().end;
        }
        found
    }

    #[test]
    fn items_come_in_order_with_what_is_read_in_them() {
        assert!(items("<[]>").is_empty() && items("<[ ]>").is_empty());
        let found =
            items(r#"<[ {"a":[1,2]} ,{"b":{"a":[1,"x]"]}},[{"a":[1,2]}], "a,]",{"b":0, "\u0061":[[],{}]},-7.5e3 ]>"#);
        let expected = [
            (r#"{"a":[1,2]}"#, Some("2")),
            (r#"{"b":{"a":[1,"x]"]}}"#, None),
            (r#"[{"a":[1,2]}]"#, None),
            (r#""a,]""#, None),
            (r#"{"b":0, "\u0061":[[],{}]}"#, Some("{}")),
            ("-7.5e3", None),
        ];
        let expected = expected.map(|(item, found)| (item.to_owned(), found.map(str::to_owned)));
        assert_eq!(found, expected);
    }
}
