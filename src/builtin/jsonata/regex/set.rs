//! Sets of characters: classes such as `[a-z]`, `\d`, `\S`.

use std::sync::LazyLock;

use crate::builtin::jsonata::characters::{canonical, is_blank};

/// A set of characters, quick to ask for those of ASCII.
#[derive(Clone, Debug, PartialEq, Default)]
pub(super) struct Set {
    ascii: u128,
    /// All of them, in order, none touching the next.
    ranges: Vec<(u32, u32)>,
}

const LAST: u32 = char::MAX as u32;

impl Set {
    /// From ranges in any order, ends included.
    pub(super) fn new(mut ranges: Vec<(u32, u32)>) -> Set {
        ranges.sort_unstable();
        let mut merged: Vec<(u32, u32)> = Vec::with_capacity(ranges.len());
        for (first, last) in ranges {
            match merged.last_mut() {
                Some((_, end)) if first <= end.saturating_add(1) => *end = last.max(*end),
                _ => merged.push((first, last)),
            }
        }
        let is_in = |code: &u32| merged.iter().any(|(first, last)| (*first..=*last).contains(code));
        let ascii = (0..128).filter(is_in).fold(0, |bits, code| bits | 1 << code);
        Set { ascii, ranges: merged }
    }

    pub(super) fn of(character: char) -> Set {
        Set::new(vec![(character.into(), character.into())])
    }

    pub(super) fn contains(&self, character: char) -> bool {
        let code = u32::from(character);
        if code < 128 {
            return self.ascii >> code & 1 == 1;
        }
        let at = self.ranges.partition_point(|(_, last)| *last < code);
        self.ranges.get(at).is_some_and(|(first, _)| *first <= code)
    }

    pub(super) fn ranges(&self) -> &[(u32, u32)] {
        &self.ranges
    }

    /// The one character, where there is but one.
    pub(super) fn only(&self) -> Option<char> {
        match self.ranges[..] {
            [(first, last)] if first == last => char::from_u32(first),
            _ => None,
        }
    }

    /// All that are not in the set.
    pub(super) fn negated(&self) -> Set {
        let mut ranges = Vec::with_capacity(self.ranges.len() + 1);
        let mut next = 0;
        for &(first, last) in &self.ranges {
            if first > next {
                ranges.push((next, first - 1));
            }
            next = last + 1;
        }
        if next <= LAST {
            ranges.push((next, LAST));
        }
        Set::new(ranges)
    }

    /// With all that are like one in the set but for their case.
    pub(super) fn without_case(&self) -> Set {
        let is_in = |code: u32| char::from_u32(code).is_some_and(|character| self.contains(character));
        let mut uppers: Vec<u32> = CASES.iter().filter(|(code, _)| is_in(*code)).map(|(_, upper)| *upper).collect();
        uppers.sort_unstable();
        let is_like = |upper: u32| is_in(upper) || uppers.binary_search(&upper).is_ok();
        let lowers = CASES.iter().filter(|(_, upper)| is_like(*upper)).map(|(code, _)| *code);
        let added = lowers.chain(uppers.iter().copied()).map(|code| (code, code));
        Set::new(self.ranges.iter().copied().chain(added).collect())
    }
}

/// The characters that another stands for when case does not count, with that one.
static CASES: LazyLock<Vec<(u32, u32)>> = LazyLock::new(|| {
    let pairs = (0..0x1_0000).filter_map(char::from_u32).map(|character| (character, canonical(character)));
    pairs
        .filter(|(character, upper)| character != upper)
        .map(|(character, upper)| (character.into(), upper.into()))
        .collect()
});

/// `\d`
pub(super) fn digits() -> Set {
    Set::new(vec![(0x30, 0x39)])
}

/// `\w`
pub(super) fn words() -> Set {
    Set::new(vec![(0x30, 0x39), (0x41, 0x5a), (0x5f, 0x5f), (0x61, 0x7a)])
}

/// `\s`
pub(super) fn blanks() -> Set {
    let codes = (0..0x1_0000).filter(|&code| char::from_u32(code).is_some_and(is_blank));
    Set::new(codes.map(|code| (code, code)).collect())
}

/// `.`
pub(super) fn all_but_line_ends() -> Set {
    Set::new(vec![(0x0a, 0x0a), (0x0d, 0x0d), (0x2028, 0x2029)]).negated()
}

/// Whether a line ends with this character.
pub(super) fn is_line_end(character: char) -> bool {
    matches!(character, '\n' | '\r' | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_merge_and_turn_round() {
        let set = Set::new(vec![(0x63, 0x64), (0x61, 0x62), (0x100, LAST)]);
        assert_eq!(set.ranges(), [(0x61, 0x64), (0x100, LAST)]);
        assert_eq!(set.negated().ranges(), [(0, 0x60), (0x65, 0xff)]);
        assert_eq!(set.negated().negated(), set);
        assert!(Set::default().negated().contains('\u{10ffff}'));
        assert!(!Set::default().contains('a'));
    }

    #[test]
    fn case_is_that_of_javascript_without_unicode() {
        let alike = |character: char| -> String {
            let set = Set::of(character).without_case();
            set.ranges().iter().flat_map(|&(first, last)| first..=last).filter_map(char::from_u32).collect()
        };
        assert_eq!(alike('k'), "Kk");
        assert_eq!(alike('s'), "Ss");
        assert_eq!(alike('ſ'), "ſ");
        assert_eq!(alike('σ'), "Σςσ");
        assert_eq!(alike('µ'), "µΜμ");
        assert_eq!(alike('ß'), "ß");
        assert_eq!(alike('1'), "1");
    }

    #[test]
    fn blanks_are_those_of_javascript() {
        let blanks = blanks();
        assert!(
            [' ', '\t', '\u{b}', '\u{a0}', '\u{feff}', '\u{2028}', '\u{3000}']
                .iter()
                .all(|&blank| blanks.contains(blank))
        );
        assert!(!blanks.contains('\u{85}') && !blanks.contains('\u{200b}') && !blanks.contains('\u{180e}'));
    }
}
