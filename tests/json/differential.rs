//! The reader says what serde_json says, of very many texts.

use crate::generate::{Dice, damage, json, paths};
use crate::reference::{Subject, follow, parse};
use expressway::json::{Source, Step, Value, compact, decode, equal, integer, number, splice};

/// Texts of a few hundred bytes, each generation with its own paths.
fn each_text(seed: u64, generations: u64, mut check: impl FnMut(&mut Dice, &mut Subject, Vec<u8>)) {
    for generation in 0..generations {
        let mut dice = Dice::new(seed << 32 | generation);
        let mut subject = Subject::new(paths(&mut dice));
        for _ in 0..20 {
            let mut text = Vec::new();
            json(&mut dice, 4, &mut text);
            check(&mut dice, &mut subject, text);
        }
    }
}

#[test]
fn what_is_json_is_read_as_serde_json_reads_it() {
    each_text(1, 200, |_, subject, text| {
        assert!(parse(&text).is_some(), "the generator makes JSON");
        subject.check_everywhere(&text);
    });
}

#[test]
fn damaged_texts_are_refused_exactly_where_serde_json_refuses_them() {
    let (mut good, mut bad) = (0, 0);
    each_text(2, 1_000, |dice, subject, mut text| {
        damage(dice, &mut text);
        subject.check_everywhere(&text);
        *if parse(&text).is_some() { &mut good } else { &mut bad } += 1;
    });
    assert!(good > 1_000 && bad > 10_000, "{good} texts survived, {bad} did not");
}

#[test]
fn a_text_cut_anywhere_is_read_as_if_nothing_followed() {
    each_text(3, 10, |_, subject, text| {
        for cut in 0..text.len() {
            subject.check(&text, 0, cut);
            subject.check(&text[..cut], 0, cut);
            subject.check(&text, cut, text.len());
        }
    });
}

#[test]
fn it_does_not_matter_where_a_text_lies() {
    each_text(4, 2, |_, subject, text| {
        for before in 0..40 {
            for after in [0, 1, 15, 16, 17, 31, 32, 33, 64] {
                let block = [&vec![b' '; before][..], &text, &vec![b'\n'; after]].concat();
                subject.check(&block, before, before + text.len());
            }
        }
    });
}

#[test]
fn rewritten_values_are_equal_and_compact() {
    each_text(5, 100, |_, _, text| {
        let tree = parse(&text).expect("the generator makes JSON");
        let again = serde_json::to_vec(&tree).expect("a tree can be written");
        let mut compacted = Vec::new();
        compact(&text, &mut compacted);
        assert_eq!(parse(&compacted).as_ref(), Some(&tree));
        assert!(equal(text.trim_ascii(), &again) && equal(&again, &compacted));
        let mut twice = Vec::new();
        compact(&compacted, &mut twice);
        assert_eq!(twice, compacted);
    });
}

#[test]
fn values_are_equal_only_where_their_trees_are() {
    let mut dice = Dice::new(6);
    let mut texts: Vec<Vec<u8>> = Vec::new();
    for _ in 0..300 {
        let mut text = Vec::new();
        json(&mut dice, 2, &mut text);
        texts.push(text.trim_ascii().to_vec());
    }
    for left in &texts {
        for right in &texts {
            // Numbers are the exception: the trees compare how they are written, and of those here none are written twice.
            let alike = match (parse(left), parse(right)) {
                (Some(left), Some(right)) => {
                    left.to_string().replace("-0", "0") == right.to_string().replace("-0", "0")
                }
                _ => unreachable!("the generator makes JSON"),
            };
            assert_eq!(
                equal(left, right),
                alike,
                "{} {}",
                String::from_utf8_lossy(left),
                String::from_utf8_lossy(right)
            );
        }
    }
}

#[test]
fn scalars_are_what_serde_json_makes_of_them() {
    each_text(7, 100, |_, _, text| match parse(&text).expect("the generator makes JSON") {
        serde_json::Value::String(string) => assert_eq!(decode(text.trim_ascii()), string),
        serde_json::Value::Number(value) => {
            let text = text.trim_ascii();
            assert_eq!(number(text), value.to_string().parse::<f64>().expect("a number"));
            if let Some(value) = value.as_i64() {
                assert_eq!(integer(text), Some(value));
            }
        }
        _ => {}
    });
}

#[test]
fn what_is_spliced_in_is_found_there_and_the_rest_stays() {
    each_text(8, 200, |dice, _, text| {
        let text = text.trim_ascii();
        for path in paths(dice) {
            let mut out = Vec::new();
            let fitted = splice(text, &path, b"\"new\"", &mut out);
            let before = parse(text).expect("the generator makes JSON");
            let Some(after) = fitted.ok().map(|()| parse(&out).expect("a splice makes JSON")) else {
                assert!(out.is_empty() && follow(&before, &path).is_none());
                continue;
            };
            assert_eq!(follow(&after, &path), Some(&serde_json::Value::from("new")));
            if let [Step::Key(name)] = &path[..] {
                let (mut before, mut after) = (before, after);
                for tree in [&mut before, &mut after] {
                    tree.as_object_mut().expect("it fitted").remove(&**name);
                }
                assert_eq!(before, after);
            }
        }
    });
}

#[test]
fn a_missing_value_is_projected_to_nothing() {
    let set = expressway::json::ReadSet::new([(vec![], 0), (vec![Step::Index(0)], 1)]);
    let mut slots = [Value::new(Source::Line, 0, 1); 2];
    expressway::json::Reader::new(&set).project(b"[1]", Value::MISSING, &mut slots);
    assert!(slots.iter().all(|slot| slot.is_missing()));
}
