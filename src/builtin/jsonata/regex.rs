//! Regular expressions as JavaScript has them, that can neither take for ever nor take all memory.
//!
//! Characters are code points: `.` takes a whole character beyond the basic plane, where JavaScript takes half of it.

mod class;
mod program;
mod run;
mod set;
mod syntax;

use std::ops::Range;

use self::program::Program;
use super::Fault;

/// The steps that a search may take; some tenths of a second.
pub const STEPS_MAX: u64 = 20_000_000;

/// A regular expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Regex {
    pattern: String,
    program: Program,
}

/// Where an expression matches, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// The whole.
    pub range: Range<usize>,
    /// The groups in order of their opening parentheses; None for one that took no part.
    pub groups: Vec<Option<Range<usize>>>,
}

impl Regex {
    /// Reads a pattern. Of the flags, `i` is to ignore case, `m` is for `^` and `$` at each line; others mean nothing.
    ///
    /// # Errors
    /// S0302 for an expression that JavaScript does not know, and one that is too large.
    pub fn new(pattern: &str, flags: &str) -> Result<Regex, Box<Fault>> {
        let (ignores_case, is_multiline) = (flags.contains('i'), flags.contains('m'));
        let syntax = syntax::parse(pattern, ignores_case)?;
        let program = Program::new(&syntax, ignores_case, is_multiline)
            .ok_or_else(|| syntax::invalid(pattern, "Regular expression too large"))?;
        Ok(Regex { pattern: pattern.to_owned(), program })
    }

    /// The first match that starts at a byte, which must start a character, or behind it.
    ///
    /// # Errors
    /// U1001 when it would take too long.
    pub fn find(&self, text: &str, from: usize) -> Result<Option<Match>, Box<Fault>> {
        self.find_within(text, from, &mut STEPS_MAX.clone())
    }

    /// The same within a budget of steps, which it lessens.
    ///
    /// # Errors
    /// U1001 when the budget is spent.
    pub fn find_within(&self, text: &str, from: usize, budget: &mut u64) -> Result<Option<Match>, Box<Fault>> {
        let slots = run::search(&self.program, text, from, budget)?;
        Ok(slots.map(|slots| {
            let mut ranges = slots.chunks(2).map(|pair| Some(pair[0]?..pair[1]?));
            let range = ranges.next().flatten().expect("a match has a start and an end");
            Match { range, groups: ranges.collect() }
        }))
    }

    /// The match behind another.
    ///
    /// # Errors
    /// D1004 for an empty match, for then there would be no end to them; U1001 when the budget is spent.
    pub fn next_match(&self, text: &str, last: &Match, budget: &mut u64) -> Result<Option<Match>, Box<Fault>> {
        if last.range.end >= text.len() {
            return Ok(None);
        }
        match self.find_within(text, last.range.end, budget)? {
            Some(next) if next.range.is_empty() => Err(Fault::new("D1004").with_text("value", &self.pattern)),
            next => Ok(next),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The match and its groups, `-` for one that took no part.
    fn found(pattern: &str, flags: &str, text: &str) -> Option<Vec<String>> {
        let found = Regex::new(pattern, flags).expect("a regular expression").find(text, 0).expect("in time")?;
        let groups = found.groups.into_iter().map(|range| range.map_or("-".to_owned(), |range| text[range].to_owned()));
        Some(std::iter::once(text[found.range].to_owned()).chain(groups).collect())
    }

    #[test]
    fn expressions_match_as_in_javascript() {
        for (pattern, flags, text, expected) in [
            ("b+", "", "abbc", &["bb"][..]),
            ("(a)|(b)", "", "b", &["b", "-", "b"]),
            // A round forgets the groups of the last one.
            ("(?:(a)|b)*", "", "ab", &["ab", "-"]),
            ("(z)((a+)?(b+)?(c))*", "", "zaacbbbcac", &["zaacbbbcac", "z", "ac", "a", "-", "c"]),
            // A round that reads nothing is none.
            ("(a*)*", "", "b", &["", "-"]),
            (r"(?=(a+))a*b\1", "", "baaabac", &["aba", "a"]),
            (r"(?<=\$)\d+(\.\d*)?", "", "cost $10.50", &["10.50", ".50"]),
            (r"(?<=(\d+)(\d+))$", "", "1053", &["", "1", "053"]),
            (r"(?<year>\d{4})-\k<year>", "", "2018-2018", &["2018-2018", "2018"]),
            (r"\2(a)(b)", "", "ab", &["ab", "a", "b"]),
            ("^b$", "m", "a\nb\r\n", &["b"]),
            ("STRASSE|ÉA", "i", "éa", &["éa"]),
            ("[^]", "", "\n", &["\n"]),
            (".", "", "\u{2028}😀", &["😀"]),
            (r"\x41\u0042\103\cJ\0", "", "ABC\n\0", &["ABC\n\0"]),
            (r"a{,2}{b]}\k\8", "", "a{,2}{b]}k8", &["a{,2}{b]}k8"]),
            (r"[\b\cA\d-x]+", "", "\u{8}\u{1}1-x", &["\u{8}\u{1}1-x"]),
            (r"\uD83D\uDE00", "", "😀", &["😀"]),
            (r"\u017F", "i", "ſ", &["ſ"]),
        ] {
            assert_eq!(
                found(pattern, flags, text).as_deref(),
                Some(expected.iter().map(|text| text.to_string()).collect::<Vec<_>>().as_slice()),
                "{pattern}"
            );
        }
    }

    #[test]
    fn what_does_not_match_does_not() {
        for (pattern, flags, text) in [
            ("[]", "", "a"),
            ("^b", "", "a\nb"),
            ("a$", "", "a\n"),
            (r"\bé", "", "é"),
            ("s", "i", "ſ"),
            ("k", "i", "\u{212a}"),
        ] {
            assert_eq!(found(pattern, flags, text), None, "{pattern}");
        }
    }

    #[test]
    fn wrong_expressions_are_faults_with_javascripts_reason() {
        for (pattern, reason) in [
            ("(", "Unterminated group"),
            (")", "Unmatched ')'"),
            ("*", "Nothing to repeat"),
            ("{1}", "Nothing to repeat"),
            ("^*", "Nothing to repeat"),
            ("(?<=a)*", "Invalid quantifier"),
            ("a{2,1}", "numbers out of order in {} quantifier"),
            ("[b-a]", "Range out of order in character class"),
            ("[a", "Unterminated character class"),
            ("\\", "\\ at end of pattern"),
            ("(?a)", "Invalid group"),
            ("(?<1>a)", "Invalid capture group name"),
            ("(?<a>)(?<a>)", "Duplicate capture group name"),
            (r"(?<a>)\k<b>", "Invalid named capture referenced"),
            ("((a{999}){999}){999}", "Regular expression too large"),
            ("(?:){4294967295}", "Regular expression too large"),
        ] {
            let fault = Regex::new(pattern, "").expect_err("a wrong expression");
            assert_eq!(fault.message(), format!("Invalid regular expression: /{pattern}/: {reason}"));
        }
        let deep = "(".repeat(100_000) + &")".repeat(100_000);
        assert_eq!(Regex::new(&deep, "").map_err(|fault| fault.code), Err("S0302"));
    }

    #[test]
    fn matches_follow_one_another_from_any_place() {
        let regex = Regex::new("^a|b", "").expect("a regular expression");
        let first = regex.find("éaabb", 2).expect("in time").expect("a match");
        assert_eq!(first.range, 4..5);
        let second = regex.next_match("éaabb", &first, &mut 1000).expect("in time").expect("a match");
        assert_eq!(second.range, 5..6);
        assert_eq!(regex.next_match("éaabb", &second, &mut 1000), Ok(None));
        assert_eq!(regex.find_within("éaabb", 0, &mut 1).map_err(|fault| fault.code), Err("U1001"));
    }
}
