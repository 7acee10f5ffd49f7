//! Copies a value without the white space between its parts.

use super::vector::blanks_and_quotes;
use super::walk::{next, string_end};

/// Appends the value without white space outside strings; all else stays as it is written.
pub fn compact(value: &[u8], out: &mut Vec<u8>) {
    out.reserve(value.len());
    let mut at = 0;
    // `from` is where what has not been copied begins.
    let mut from = 0;
    while at < value.len() {
        at = next(value, at, blanks_and_quotes, |byte| b" \t\r\n\"".contains(&byte));
        if value.get(at) == Some(&b'"') {
            at = string_end(value, at).0;
            continue;
        }
        out.extend_from_slice(&value[from..at]);
        while matches!(value.get(at), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            at += 1;
        }
        from = at;
    }
    out.extend_from_slice(&value[from..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_white_space_outside_strings_goes() {
        let spaced = "  {\t\"a b\" : [ 1.10 ,\r\n -0 , \"c \\\" d\" ] ,\"\":{ } }\n";
        for text in [spaced, "1", " 1 ", "\"a  b\"", "", &spaced.replace('1', &"1".repeat(80)), "[\"\\\\\" , 1]"] {
            let mut out = b"x".to_vec();
            compact(text.as_bytes(), &mut out);
            let mut expected = String::from("x");
            let mut inside = false;
            for (place, character) in text.char_indices() {
                let escapes = text[..place].len() - text[..place].trim_end_matches('\\').len();
                inside ^= character == '"' && escapes % 2 == 0;
                if inside || !character.is_whitespace() {
                    expected.push(character);
                }
            }
            assert_eq!(String::from_utf8(out).expect("text"), expected);
        }
    }
}
