//! Values printed as Java prints its maps, lists and numbers, for States.Format.

use std::fmt::Write;

use crate::json;

/// Appends a value as Java's `String.valueOf` has it: `{Arg1=1, Arg2=[a, null]}`.
///
/// Printing goes along the text, piece by piece, so that depth costs nothing.
pub(super) fn print(value: &[u8], text: &mut String) {
    let mut at = 0;
    while at < value.len() {
        let end = match value[at] {
            b'"' => json::end_of(value, at),
            b'-' | b'0'..=b'9' => at + value[at..].iter().take_while(|byte| is_of_number(**byte)).count(),
            _ => at + 1,
        };
        let piece = &value[at..end];
        match piece[0] {
            b' ' | b'\t' | b'\r' | b'\n' => {}
            b':' => text.push('='),
            b',' => text.push_str(", "),
            b'"' => text.push_str(&json::decode(piece)),
            b'-' | b'0'..=b'9' => print_number(piece, text),
            // Braces, brackets, and the letters of true, false and null.
            other => text.push(char::from(other)),
        }
        at = end;
    }
}

fn is_of_number(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')
}

/// Integers, and numbers too large for a double, keep their digits; other numbers are printed as Java's `Double.toString` does: `1.0`, `1.5E10`, `1.0E-5`.
fn print_number(number: &[u8], text: &mut String) {
    let value = json::number(number);
    if value.is_infinite() || number.iter().all(|byte| matches!(byte, b'-' | b'0'..=b'9')) {
        return number.iter().for_each(|&digit| text.push(char::from(digit)));
    }
    let written = if value == 0.0 || (1e-3..1e7).contains(&value.abs()) {
        write!(text, "{value:?}")
    } else {
        let scientific = format!("{value:E}");
        let (digits, exponent) = scientific.split_once('E').unwrap_or((&scientific, "0"));
        write!(text, "{digits}{}E{exponent}", if digits.contains('.') { "" } else { ".0" })
    };
    written.expect("a string takes every write");
}

#[cfg(test)]
mod tests {
    use super::print;

    #[test]
    fn values_look_as_in_java() {
        for (value, expected) in [
            (r#"{"Arg1": 1, "Arg2": []}"#, "{Arg1=1, Arg2=[]}"),
            (r#"{"a":{"b":["x",null,true]},"c":""}"#, "{a={b=[x, null, true]}, c=}"),
            ("1.10", "1.1"),
            ("1.0", "1.0"),
            ("-0.0", "-0.0"),
            ("12345678901234567890", "12345678901234567890"),
            ("1e400", "1e400"),
            ("1e7", "1.0E7"),
            ("1.5e10", "1.5E10"),
            ("1e-5", "1.0E-5"),
            ("123456.789", "123456.789"),
            (r#""a\"b""#, "a\"b"),
        ] {
            let mut text = String::new();
            print(value.as_bytes(), &mut text);
            assert_eq!(text, expected);
        }
    }
}
