//! Makes texts from a seed: JSON with everything unusual in it, and what small accidents make of it.

use expressway::json::Step;

/// A small generator of numbers (xorshift64*): the same seed gives the same texts everywhere.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below `sides`.
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        ((self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % sides as u64) as usize
    }

    pub fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.roll(from.len())]
    }
}

pub const NAMES: [&str; 8] = ["a", "b", "", "id", "é", "a name that is longer than two words", "detail", "x\"y"];
const WRITTEN: [&str; 14] = [
    "\"a\"",
    "\"\\u0061\"",
    "\"b\"",
    "\"\"",
    "\"id\"",
    "\"i\\u0064\"",
    "\"é\"",
    "\"\\u00E9\"",
    "\"a name that is longer than two words\"",
    "\"detail\"",
    "\"x\\\"y\"",
    "\"other\"",
    "\"ids\"",
    "\"i\"",
];
const SCALARS: [&str; 22] = [
    "null",
    "true",
    "false",
    "0",
    "-0",
    "1",
    "-1.5",
    "1.10",
    "1e400",
    "1E-7",
    "2e+3",
    "12345678901234567890123",
    "\"\"",
    "\"plain\"",
    "\"é\u{1F600}\"",
    "\"\\n\\\"\\\\\\/\\b\\f\\r\\t\"",
    "\"\\uD83D\\uDE00\"",
    "\"\\u0000\"",
    "\"\u{7f}\"",
    "\"a string that goes on for a good deal longer than a chunk\"",
    "\"0123456789abcde\\\"\"",
    "\"{[,:]}\"",
];
const BLANKS: [&str; 8] = ["", "", "", "", "", " ", "\t", " \r\n"];

/// A JSON text, in which names repeat and values are nested up to `depth`.
pub fn json(dice: &mut Dice, depth: usize, out: &mut Vec<u8>) {
    out.extend(dice.pick(&BLANKS).bytes());
    match dice.roll(if depth == 0 { 1 } else { 4 }) {
        0 => out.extend(dice.pick(&SCALARS).bytes()),
        1 => sequence(dice, out, b"[]", |dice, out| json(dice, depth - 1, out)),
        _ => sequence(dice, out, b"{}", |dice, out| {
            out.extend(dice.pick(&BLANKS).bytes());
            out.extend(dice.pick(&WRITTEN).bytes());
            out.extend(dice.pick(&BLANKS).bytes());
            out.push(b':');
            json(dice, depth - 1, out);
        }),
    }
    out.extend(dice.pick(&BLANKS).bytes());
}

fn sequence(dice: &mut Dice, out: &mut Vec<u8>, brackets: &[u8; 2], item: impl Fn(&mut Dice, &mut Vec<u8>)) {
    out.push(brackets[0]);
    let count = dice.roll(5);
    for place in 0..count {
        if place > 0 {
            out.push(b',');
        }
        item(dice, out);
    }
    if count == 0 {
        out.extend(dice.pick(&BLANKS).bytes());
    }
    out.push(brackets[1]);
}

/// Does a few small things to the text.
pub fn damage(dice: &mut Dice, text: &mut Vec<u8>) {
    const LIKELY: &[u8] = b"\"\\{}[]:,0123456789.-+eEu tfn\x00\x1f\n\x80\xc3\xed\xf4\xff";
    for _ in 0..=dice.roll(3) {
        let at = dice.roll(text.len() + 1);
        let byte = LIKELY[dice.roll(LIKELY.len())];
        match dice.roll(5) {
            0 => text.truncate(at),
            1 => text.insert(at, byte),
            2 if at < text.len() => text[at] = byte,
            3 if at < text.len() => drop(text.remove(at)),
            4 if at < text.len() => text[at] ^= 1 << dice.roll(8),
            _ => text.extend_from_within(at..text.len().min(at + 9)),
        }
    }
}

/// Paths that such texts hold now and then.
pub fn paths(dice: &mut Dice) -> Vec<Vec<Step>> {
    let step = |dice: &mut Dice| match dice.roll(3) {
        0 => Step::Index(dice.roll(4) as u32),
        _ => Step::Key(dice.pick(&NAMES).into()),
    };
    (0..dice.roll(7)).map(|_| (0..dice.roll(4)).map(|_| step(dice)).collect()).collect()
}
