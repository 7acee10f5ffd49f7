//! Reads in values that are known to be JSON: in one, or in the items of an array as it passes them.

use super::{Pass, Reader};
use crate::json::grammar::Text;
use crate::json::{Source, Value, end_of};
use std::ops::Range;

/// In values up to this long a key that was learned is found sooner than it is passed over.
const SHORT_MAX: usize = 4096;

impl Reader {
    /// Fills every slot of the set from a value that is known to be valid JSON.
    pub fn fill(&mut self, text: &[u8], value: Value, slots: &mut [Value]) {
        if value.is_missing() || value.len() > SHORT_MAX || self.set.is_empty() {
            return self.project(text, value, slots);
        }
        let Range { start, end } = value.range();
        self.part(Text::new(text, end), start, value.source(), slots);
    }

    /// The item of an array behind the place `at` of the text: where the array begins, or where the item before ended.
    /// None: there are no more.
    ///
    /// Fills every slot of the set, as [`fill`](Reader::fill) does for a value by itself.
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
        Some(self.part(text, start, source, slots))
    }

    /// The value that begins at `start`; it is read.
    fn part(&mut self, text: Text<'_>, start: usize, source: Source, slots: &mut [Value]) -> Value {
        let Reader { set, learned, learned_items, rows, .. } = self;
        let mut pass = Pass { text, tree: set.tree(), learned, learned_items, rows, source, slots };
        match pass.part(start, 0, 0) {
            Ok(end) => Value::new(source, start, end),
            // What was put together may be deeper than what comes from outside.
            Err(_) => {
                let value = Value::new(source, start, end_of(text.bytes, start));
                self.project(text.bytes, value, slots);
                value
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{ReadSet, Step};

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
    fn what_is_deeper_than_a_line_may_be_is_read_as_well() {
        let deep = format!(r#"{{"b":{}{},"a":[1,2]}}"#, "[".repeat(600), "]".repeat(600));
        let found = items(&format!("<[{deep},{deep}]>"));
        assert_eq!(found, vec![(deep, Some("2".to_owned())); 2]);
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
