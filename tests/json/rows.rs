//! What a reader notes of the items of arrays is what a walk over their text finds.

use crate::generate::{Dice, NAMES, json};
use expressway::json::{
    Column, Index, Kind, ReadSet, Reader, Rows, Source, Step, Table, Utf8, Value, elements, kind, member,
};

/// Tables along random paths: each part of a path is one, too, and the next name one of its columns.
fn tables(dice: &mut Dice) -> Vec<Table> {
    let mut tables: Vec<Table> = Vec::new();
    for _ in 0..=dice.roll(3) {
        let path: Vec<Box<str>> = (0..dice.roll(4)).map(|_| dice.pick(&NAMES).into()).collect();
        for length in 0..=path.len() {
            let column = path.get(length).cloned().unwrap_or_else(|| dice.pick(&NAMES).into());
            add(&mut tables, &path[..length], column);
        }
    }
    tables
}

fn add(tables: &mut Vec<Table>, path: &[Box<str>], column: Box<str>) {
    let known = tables.iter().position(|table| table.path == path).unwrap_or_else(|| {
        tables.push(Table { path: path.to_vec(), columns: Vec::new() });
        tables.len() - 1
    });
    if !tables[known].columns.contains(&column) {
        tables[known].columns.push(column);
    }
}

/// The arrays that a path leads to: through objects, then through arrays, each in the items of the one before.
fn arrays(block: &[u8], from: Value, path: &[Box<str>], in_item: bool) -> Vec<Value> {
    let text = &block[from.range()];
    let is_array = kind(text) == Kind::Array;
    let Some((name, rest)) = path.split_first() else { return if is_array { vec![from] } else { Vec::new() } };
    let objects = match is_array {
        true => elements(text).map(|range| from.part(range)).collect(),
        false if in_item => Vec::new(),
        false => vec![from],
    };
    let members = objects.into_iter().filter_map(|object| {
        let found = member(&block[object.range()], name.as_bytes())?;
        Some(object.part(found))
    });
    members.flat_map(|member| arrays(block, member, rest, in_item || is_array)).collect()
}

/// Answers with how many items were compared.
fn check(rows: &Rows, tables: &[Table], block: &[u8], whole: Value) -> usize {
    let mut compared = 0;
    for (place, table) in tables.iter().enumerate() {
        for array in arrays(block, whole, &table.path, false) {
            let noted = rows.items(array).expect("the array is gone through");
            let items: Vec<Value> = elements(&block[array.range()]).map(|range| array.part(range)).collect();
            assert_eq!(noted.iter().map(|row| row.item()).collect::<Vec<_>>(), items);
            for item in items {
                check_members(rows, (place as u16, table), block, item);
                compared += 1;
            }
        }
    }
    compared
}

fn check_members(rows: &Rows, (place, table): (u16, &Table), block: &[u8], item: Value) {
    let text = &block[item.range()];
    for (column, name) in (0..).zip(&table.columns) {
        let noted = rows.member(item, Column { table: place, place: column });
        let found = || member(text, name.as_bytes()).map_or(Value::MISSING, |range| item.part(range));
        assert_eq!(noted, (kind(text) == Kind::Object).then(found), "{name} of {}", String::from_utf8_lossy(text));
    }
}

#[test]
fn what_is_noted_of_arrays_is_what_a_walk_finds() {
    let mut compared = 0;
    for generation in 0..2_000 {
        let mut dice = Dice::new(7 << 32 | generation);
        let tables = tables(&mut dice);
        let path = |table: &Table| table.path.iter().cloned().map(Step::Key).collect();
        let paths: Vec<(Vec<Step>, u16)> = tables.iter().map(path).zip(0..).collect();
        let slots = paths.len();
        let mut reader = Reader::new(&ReadSet::with_tables(paths, &tables));
        for _ in 0..20 {
            let mut text = Vec::new();
            json(&mut dice, 6, &mut text);
            text.retain(|byte| *byte != b'\n');
            compared += check_each_way(&mut reader, slots, &tables, &text);
        }
    }
    assert!(compared > 50_000, "{compared} items were compared");
}

/// Without an index; token by token; and by the shape, which is known when it comes the third time.
fn check_each_way(reader: &mut Reader, slots: usize, tables: &[Table], text: &[u8]) -> usize {
    let mut slots = vec![Value::MISSING; slots];
    let mut index = Index::default();
    assert_eq!(index.hold(text), index.is_fast());
    let indexed = if index.is_fast() { Utf8::Indexed(&index) } else { Utf8::Known };
    let ways = [Utf8::Unknown, indexed, indexed, indexed].into_iter();
    let compared = ways.map(|utf8| {
        let whole = reader.read(text, 0..text.len(), utf8, Source::Line, &mut slots).expect("it is JSON");
        check(reader.rows(), tables, text, whole)
    });
    compared.sum()
}

#[test]
fn of_very_many_items_none_are_noted_and_the_next_line_is_read_as_ever() {
    let tables = [Table { path: vec!["a".into()], columns: vec!["b".into()] }];
    let mut reader = Reader::new(&ReadSet::with_tables([], &tables));
    let column = Column { table: 0, place: 0 };
    for items in [3, 200_000, 4] {
        let text = format!("{{\"a\":[{}]}}", vec!["{\"b\":1}"; items].join(","));
        let whole = reader.read(text.as_bytes(), 0..text.len(), Utf8::Unknown, Source::Line, &mut []);
        let array = whole.expect("it is JSON").part(5..text.len() - 1);
        assert_eq!(reader.rows().items(array).map(<[_]>::len), (items < 100).then_some(items));
        assert_eq!(reader.rows().member(array.part(1..8), column), Some(array.part(6..7)));
    }
}

#[test]
fn what_was_noted_of_a_line_is_not_found_in_another_text() {
    let tables = [Table { path: Vec::new(), columns: vec!["b".into()] }];
    let mut reader = Reader::new(&ReadSet::with_tables([], &tables));
    let text = br#"[{"b":1}]"#;
    reader.read(text, 0..text.len(), Utf8::Unknown, Source::Line, &mut []).expect("it is JSON");
    for source in [Source::Arena, Source::Constant] {
        assert!(reader.rows().items(Value::new(source, 0, text.len())).is_none());
        assert_eq!(reader.rows().member(Value::new(source, 1, 8), Column { table: 0, place: 0 }), None);
    }
    reader.read(b"[]", 0..2, Utf8::Unknown, Source::Arena, &mut []).expect("it is JSON");
    assert!(reader.rows().items(Value::new(Source::Line, 0, 2)).is_none(), "only of the line itself");
}
