//! A table of a Choice, made for looking texts up without a branch on what they say.

use crate::json::{self, Kind, Value};
use crate::program::{Cases, Label, Switch};
use crate::vm::choose::switch;

/// Bytes of a text that are looked at together.
const WIDTH: usize = size_of::<u128>();
/// Tables of more texts than this are searched.
const FEW: usize = 16;

/// Where a Choice over one variable goes.
#[derive(Debug)]
pub(in crate::vm) struct Table {
    /// The cases of the program's table; its labels are places in `targets`.
    cases: Cases,
    /// Where the cases lead, each place once.
    pub targets: Vec<Label>,
    texts: Texts,
}

/// How texts are looked up.
#[derive(Debug)]
enum Texts {
    /// Few short texts, as numbers: one after another.
    Short(Vec<(u128, Label)>, Label),
    /// The beginnings of few bounds, as numbers that order as they do, and the bounds' lengths. Behind them stands a number
    /// that no text has.
    Bounds(Vec<(u128, usize)>),
    /// Many bounds: as the program does.
    Many,
}

impl Table {
    pub fn new(switch: &Switch) -> Table {
        let mut cases = switch.cases.clone();
        let mut targets: Vec<Label> = cases.targets().copied().collect();
        targets.sort_unstable();
        targets.dedup();
        for target in cases.targets_mut() {
            let place = targets.binary_search(target).expect("it is one of all targets");
            *target = Label(place as u32);
        }
        Table { texts: Texts::new(&cases), cases, targets }
    }

    /// Which of the targets a value leads to, which lies in a line.
    #[inline(always)]
    pub fn look_up(&self, line: &[u8], value: Value) -> usize {
        let text = &line[value.range()];
        let found = match json::kind(text) {
            Kind::String => self.of_text(line, value).unwrap_or_else(|| switch(&self.cases, text)),
            Kind::Number => self.cases.of_number(json::number(text)),
            kind => self.cases.of_kind(kind, json::is_true(text)),
        };
        found.0 as usize
    }

    /// Where a string leads, if its beginning tells. An escape in it does not.
    #[inline(always)]
    fn of_text(&self, line: &[u8], value: Value) -> Option<Label> {
        let (start, bytes) = (value.range().start + 1, value.len() - 2);
        let wide = line.get(start..).and_then(<[u8]>::first_chunk::<WIDTH>)?;
        let head = u128::from_be_bytes(*wide) & BEGINNINGS[bytes.min(WIDTH)];
        if has_escape(head) {
            return None;
        }
        match &self.texts {
            Texts::Short(texts, otherwise) => {
                let mut found = *otherwise;
                for (text, target) in texts {
                    found = if (*text == head) & (bytes <= WIDTH) { *target } else { found };
                }
                Some(found)
            }
            Texts::Bounds(heads) => {
                let below = heads.iter().filter(|(bound, _)| *bound < head).count();
                let (bound, bound_bytes) = heads[below];
                let is_alike = bound == head;
                // Texts of one length that begin alike and are no longer than that are the same.
                let is_open = is_alike & ((bytes != bound_bytes) | (bytes > WIDTH));
                (!is_open).then(|| self.cases.texts.targets[2 * below + usize::from(is_alike)])
            }
            Texts::Many => None,
        }
    }
}

impl Texts {
    fn new(cases: &Cases) -> Texts {
        let bounds = &cases.texts.bounds;
        let is_short = |bound: &[u8]| bound.len() <= WIDTH && !bound.contains(&0);
        let heads = bounds.iter().map(|bound| short_head(bound));
        if cases.is_short && bounds.iter().all(|bound| is_short(bound)) {
            let on = cases.texts.targets.iter().skip(1).step_by(2);
            return Texts::Short(heads.zip(on.copied()).collect(), cases.texts.targets[0]);
        }
        match bounds.len() <= FEW {
            true => Texts::Bounds(heads.zip(bounds.iter().map(|bound| bound.len())).chain([(u128::MAX, 0)]).collect()),
            false => Texts::Many,
        }
    }
}

/// For so many bytes: those bytes of the first.
const BEGINNINGS: [u128; WIDTH + 1] = {
    let mut beginnings = [u128::MAX; WIDTH + 1];
    let mut bytes = 0;
    while bytes < WIDTH {
        beginnings[bytes] = !(u128::MAX >> (8 * bytes));
        bytes += 1;
    }
    beginnings
};

/// The beginning of a text as a number that orders as texts do.
fn short_head(text: &[u8]) -> u128 {
    let mut head = [0; WIDTH];
    let bytes = text.len().min(WIDTH);
    head[..bytes].copy_from_slice(&text[..bytes]);
    u128::from_be_bytes(head)
}

/// Whether one of the bytes is a backslash.
#[inline(always)]
fn has_escape(head: u128) -> bool {
    const ONES: u128 = u128::MAX / 255;
    let others = head ^ (ONES * b'\\' as u128);
    others.wrapping_sub(ONES) & !others & (ONES << 7) != 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{PADDING, Source, quote};
    use crate::program::{KINDS, LackId, Sorted};

    /// A table with one target for all that lies between the bounds, or with many.
    fn table(bounds: &[&str], others: u32) -> Table {
        let bounds: Vec<Box<[u8]>> = bounds.iter().map(|bound| bound.as_bytes().into()).collect();
        let target = |place: u32| if place.is_multiple_of(2) { place % others } else { place };
        let targets = (0..=2 * bounds.len() as u32).map(|place| Label(target(place))).collect();
        let numbers = Sorted { bounds: vec![4.0], targets: [90, 91, 92].map(Label).into() };
        let kinds: [Label; KINDS] = std::array::from_fn(|kind| Label(95 + kind as u32));
        Table::new(&Switch { cases: Cases::new(numbers, Sorted { bounds, targets }, kinds), lack: LackId(0) })
    }

    #[test]
    fn a_value_is_found_where_the_program_would_find_it() {
        let long = ["a-text-of-sixteen", "a-text-of-16byte", "a-text-of-16byte-and-more", "zz"];
        let short = ["", "CANCELLED", "RETURN_REQUESTED", "SHIPPED", "back\\slash", "é"];
        let kinds = [long.to_vec(), short.to_vec(), Vec::new()];
        for (mut bounds, others) in kinds.into_iter().flat_map(|bounds| [(bounds.clone(), 1), (bounds, 1_000)]) {
            bounds.sort_unstable();
            let table = table(&bounds, others);
            let mut texts: Vec<String> = Vec::new();
            for bound in long.iter().chain(&short) {
                texts.extend(["", " ", "\0", "/", "\n", "\u{10ffff}"].map(|end| format!("{bound}{end}")));
                texts.extend((0..bound.len()).filter(|at| bound.is_char_boundary(*at)).map(|at| bound[..at].into()));
            }
            let mut values: Vec<Vec<u8>> = Vec::new();
            for text in &texts {
                let mut quoted = Vec::new();
                quote(text, &mut quoted);
                values.push(quoted);
                let escaped: String = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
                values.push(format!("\"{escaped}\"").into_bytes());
            }
            values
                .extend(["0", "4", "4.0", "5", "null", "true", "false", "[]", "{}"].map(|one| one.as_bytes().to_vec()));
            for value in values {
                let line = [&b" "[..], &value, &[b'x'; PADDING]].concat();
                let found = table.look_up(&line, Value::new(Source::Line, 1, 1 + value.len()));
                assert_eq!(found, switch(&table.cases, &value).0 as usize, "{}", String::from_utf8_lossy(&value));
            }
        }
    }
}
