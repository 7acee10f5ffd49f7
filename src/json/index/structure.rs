//! Checks how the tokens of a line stand together, and notes where each value ends.
//!
//! What may stand beside what is asked of 64 tokens at once, a bit for each. Only brackets are gone through one by one:
//! between two of them there are members or there are elements, and which is told by what the innermost open one is.

use super::scan::{BLOCK, Block, Lanes};
use super::tokens::{LINE_END, SCALAR};
use crate::json::grammar::DEPTH_MAX;

/// What is known of a line's values, and scratch.
#[derive(Clone, Debug)]
pub struct Structure {
    /// How many tokens each value has beside the one that begins it.
    more: Vec<u16>,
    words: Vec<Word>,
    /// The brackets that are open, the innermost last, and what was there before.
    open: Box<[u16; OPEN_ROOM]>,
}

/// A closing bracket is written behind the open ones, too.
const OPEN_ROOM: usize = 2 * DEPTH_MAX;

impl Default for Structure {
    fn default() -> Structure {
        Structure { more: Vec::new(), words: Vec::new(), open: Box::new([0; OPEN_ROOM]) }
    }
}

/// What of 64 tokens matters to the brackets.
#[derive(Clone, Copy, Debug, Default)]
struct Word {
    brackets: u64,
    scalars: u64,
    /// What may not be outside of all brackets, in an array and in an object, in this order.
    forbidden: [u64; 3],
}

/// The bit in which an opening bracket or brace differs from its closing one.
const OPENS: u8 = b'{' & !b'}';
/// The bit in which braces differ from brackets.
const BRACE: u8 = b'{' & !b'[';
const _: () = assert!(OPENS.is_power_of_two() && b'[' & OPENS != 0 && b']' & OPENS == 0);

impl Structure {
    /// Checks the marks of a line, the one that ends it among them. What numbers and literals are is not looked at.
    #[inline(always)]
    pub fn check(&mut self, lanes: &impl Lanes, marks: &[u8]) -> bool {
        self.stand_together(lanes, marks) && self.close(marks)
    }

    /// The token behind the value that begins with this one.
    #[inline(always)]
    pub fn behind(&self, token: usize) -> usize {
        token + 1 + usize::from(self.more[token])
    }

    /// Whether this holds for all tokens that should be numbers and literals.
    #[inline(always)]
    pub fn scalars_are(&self, is_good: impl Fn(usize) -> bool) -> bool {
        let mut are_good = true;
        for (word, place) in self.words.iter().zip(0..) {
            let mut rest = word.scalars;
            while rest != 0 {
                are_good &= is_good(place * BLOCK + rest.trailing_zeros() as usize);
                rest &= rest - 1;
            }
        }
        are_good
    }

    /// Whether each token may stand behind those before it, as far as these are enough to say so.
    #[inline(always)]
    fn stand_together(&mut self, lanes: &impl Lanes, marks: &[u8]) -> bool {
        self.words.clear();
        let (blocks, rest) = marks.as_chunks();
        // What fills up the last block is no mistake there.
        let mut last = [LINE_END; BLOCK];
        last[..rest.len()].copy_from_slice(rest);
        // A line begins as what follows a colon.
        let mut before = Kinds { colons: 1 << 63, ..Kinds::default() };
        let mut wrong = 0;
        for block in blocks.iter().chain([&last]) {
            let kinds = Kinds::of(lanes, block);
            wrong |= kinds.misplaced(&before);
            if let Some(Word { forbidden: [.., in_object], .. }) = self.words.last_mut() {
                *in_object &= !(kinds.colons << 62);
            }
            self.words.push(kinds.word());
            before = kinds;
        }
        wrong == 0
    }

    /// Whether brackets close what they should, and hold what they may; notes where.
    ///
    /// Without a branch that depends on what a bracket is: in lines that are built like none before, nobody can foresee it.
    #[inline(always)]
    fn close(&mut self, marks: &[u8]) -> bool {
        let Structure { more, words, open } = self;
        more.clear();
        more.resize(marks.len(), 0);
        let mut open = Open { marks, tokens: open, count: 0, is_wrong: false };
        let mut wrong = 0;
        for (word, place) in words.iter().zip(0..) {
            let (mut rest, mut done) = (word.brackets, 0);
            for _ in 0..word.brackets.count_ones() {
                let bit = rest & rest.wrapping_neg();
                let run = (bit - 1) & !done;
                wrong |= word.forbidden[open.innermost()] & run;
                (rest, done) = (rest ^ bit, done | run | bit);
                let token = place * BLOCK + bit.trailing_zeros() as usize;
                let begin = open.bracket(token);
                more[begin] = token.wrapping_sub(begin) as u16;
            }
            wrong |= word.forbidden[open.innermost()] & !done;
        }
        wrong == 0 && !open.is_wrong && open.count == 0
    }
}

/// The brackets that are open.
struct Open<'a> {
    marks: &'a [u8],
    tokens: &'a mut [u16; OPEN_ROOM],
    count: usize,
    is_wrong: bool,
}

impl Open<'_> {
    /// 0 outside of all, 1 in an array, 2 in an object.
    #[inline(always)]
    fn innermost(&self) -> usize {
        let mark = self.marks[self.token()];
        if self.count == 0 { 0 } else { 1 + usize::from(mark & BRACE != 0) }
    }

    /// The innermost; the line's first token, where none is open.
    #[inline(always)]
    fn token(&self) -> usize {
        let token = usize::from(self.tokens[self.count.wrapping_sub(1) % OPEN_ROOM]);
        // Behind a wrong bracket there may be one of another line.
        if (self.count == 0) | (token >= self.marks.len()) { 0 } else { token }
    }

    /// Opens or closes; answers with the token that began what ends here, or may end here.
    #[inline(always)]
    fn bracket(&mut self, token: usize) -> usize {
        let (mark, innermost) = (self.marks[token], self.token());
        let opens = mark & OPENS != 0;
        let is_unlike = (self.marks[innermost] ^ mark) & BRACE != 0;
        self.is_wrong |= !opens & ((self.count == 0) | is_unlike) | opens & (self.count >= DEPTH_MAX);
        self.tokens[self.count % OPEN_ROOM] = token as u16;
        // What follows a wrong bracket does not matter any more.
        self.count = if opens { self.count.wrapping_add(1) } else { self.count.wrapping_sub(1) };
        if opens { token } else { innermost }
    }
}

/// What each of 64 tokens is.
#[derive(Clone, Copy, Default)]
struct Kinds {
    quotes: u64,
    scalars: u64,
    commas: u64,
    colons: u64,
    objects: u64,
    arrays: u64,
    object_ends: u64,
    array_ends: u64,
    line_ends: u64,
}

impl Kinds {
    #[inline(always)]
    fn of(lanes: &impl Lanes, marks: &Block) -> Kinds {
        let marks = lanes.load(marks);
        let places = |mark| lanes.places(marks, mark);
        Kinds {
            quotes: places(b'"'),
            scalars: places(SCALAR),
            commas: places(b','),
            colons: places(b':'),
            objects: places(b'{'),
            arrays: places(b'['),
            object_ends: places(b'}'),
            array_ends: places(b']'),
            line_ends: places(LINE_END),
        }
    }

    /// Tokens that may not stand where they do, whatever they lie in; `before` are those before these.
    #[inline(always)]
    fn misplaced(&self, before: &Kinds) -> u64 {
        let behind = |kind: fn(&Kinds) -> u64| kind(self) << 1 | kind(before) >> 63;
        let two_behind = |kind: fn(&Kinds) -> u64| kind(self) << 2 | kind(before) >> 62;
        let values = self.quotes | self.scalars | self.objects | self.arrays;
        let known = values | self.commas | self.colons | self.object_ends | self.array_ends | self.line_ends;
        let behind_value = behind(|kinds| kinds.quotes | kinds.scalars | kinds.object_ends | kinds.array_ends);
        let (behind_object, behind_array) = (behind(|kinds| kinds.objects), behind(|kinds| kinds.arrays));
        let behind_quotes = behind(|kinds| kinds.quotes);
        let may_begin = behind(|kinds| kinds.colons | kinds.commas) | behind_array | self.quotes & behind_object;
        let first_keys = behind_quotes & two_behind(|kinds| kinds.objects);
        let keys = first_keys | behind_quotes & two_behind(|kinds| kinds.commas);
        !known
            | values & !may_begin
            | self.colons & !keys
            | first_keys & !self.colons
            | self.commas & !behind_value
            | self.object_ends & !(behind_value | behind_object)
            | self.array_ends & !(behind_value | behind_array)
            | self.line_ends & !(behind_value | behind(|kinds| kinds.line_ends))
    }

    /// What the brackets need to know, as far as it is known without the tokens that follow.
    #[inline(always)]
    fn word(&self) -> Word {
        Word {
            brackets: self.objects | self.arrays | self.object_ends | self.array_ends,
            scalars: self.scalars,
            // A comma belongs to an object if a key and its colon follow.
            forbidden: [self.commas | self.colons, self.colons, self.commas & !(self.colons >> 2)],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::portable::Portable;
    use super::super::tokens::WRONG;
    use super::*;

    const TOKENS: [(u8, &str); 8] =
        [(b'{', "{"), (b'}', "}"), (b'[', "["), (b']', "]"), (b',', ","), (b':', ":"), (b'"', "\"\""), (SCALAR, "0")];

    /// Checks marks, and that what is said of them is what serde_json says of a text that has them.
    fn compare(structure: &mut Structure, marks: &[u8]) {
        let text: String = marks
            .iter()
            .map(|mark| TOKENS.iter().find(|token| token.0 == *mark).expect("it is one of these").1)
            .collect::<Vec<_>>()
            .join(" ");
        let expected = serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
        let marks = [marks, &[LINE_END]].concat();
        assert_eq!(structure.check(&Portable, &marks), expected, "{text}");
    }

    #[test]
    fn all_that_can_stand_together_is_what_is_json() {
        let mut structure = Structure::default();
        // Alone, and in an array so long that it lies on both sides of the end of 64 tokens.
        let around: [&[u8]; 3] =
            [b"", &[b"[".as_slice(), &b"0,".repeat(30)].concat(), &[b"[\"", &b",0".repeat(30)[..], b","].concat()];
        for length in 0..=5u32 {
            for number in 0..TOKENS.len().pow(length) {
                let token = |place: u32| TOKENS[number / TOKENS.len().pow(place) % TOKENS.len()].0;
                let some: Vec<u8> = (0..length).map(token).collect();
                for before in around {
                    let behind: &[u8] = if before.is_empty() { b"" } else { b"]" };
                    compare(&mut structure, &[before, &some, behind].concat());
                }
            }
        }
    }

    #[test]
    fn each_value_ends_where_its_bracket_closes() {
        let mut structure = Structure::default();
        for depth in [1, 40, DEPTH_MAX, DEPTH_MAX + 1] {
            let marks = [b"[".repeat(depth), b"]".repeat(depth), vec![LINE_END]].concat();
            assert_eq!(structure.check(&Portable, &marks), depth <= DEPTH_MAX);
            for token in (0..depth).filter(|_| depth <= DEPTH_MAX) {
                assert_eq!(structure.behind(token), 2 * depth - token);
            }
        }
    }

    #[test]
    fn what_is_no_token_of_json_stands_nowhere() {
        let mut structure = Structure::default();
        for wrong in [WRONG, b'x'] {
            for marks in [&[wrong, LINE_END][..], &[b'[', wrong, b']', LINE_END], &[SCALAR, wrong, LINE_END]] {
                assert!(!structure.check(&Portable, marks));
            }
        }
    }
}
