//! Base64 of texts taken as bytes: each UTF-16 unit is one, as in the reference.

use crate::builtin::base64;

/// Encodes the low bytes of the text's UTF-16 units.
pub fn encode(text: &str) -> String {
    let bytes: Vec<u8> = text.encode_utf16().map(|unit| unit as u8).collect();
    base64::encode(&bytes)
}

/// Decodes to a text of the characters U+0000 to U+00FF.
///
/// Total, as in Node: what is not in an alphabet is skipped, `=` ends the text, and bits that make no byte are dropped.
/// The alphabet for URLs is known too.
pub fn decode(text: &str) -> String {
    let digits = text.bytes().take_while(|&byte| byte != b'=').filter_map(|byte| match byte {
        b'-' => Some(b'+'),
        b'_' => Some(b'/'),
        b'+' | b'/' => Some(byte),
        _ => byte.is_ascii_alphanumeric().then_some(byte),
    });
    let mut digits: Vec<u8> = digits.collect();
    if digits.len() % 4 == 1 {
        digits.pop();
    }
    let bytes = base64::decode(&digits).expect("only digits are left, and enough for whole bytes");
    bytes.into_iter().map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};

    #[test]
    fn units_are_bytes() {
        assert_eq!(encode("hello:world"), "aGVsbG86d29ybGQ=");
        assert_eq!((encode("é").as_str(), encode("Ł").as_str(), encode("😀").as_str()), ("6Q==", "QQ==", "PQA="));
        assert_eq!(decode(&encode("naïve")), "naïve");
    }

    #[test]
    fn decoding_takes_what_it_can() {
        for (text, decoded) in [
            ("Zm9v\nYmFy", "foobar"),
            ("Zm9véYmFy", "foobar"),
            ("Zm9vY", "foo"),
            ("Z", ""),
            ("Zg=Zg", "f"),
            ("====Zm9v", ""),
            ("Zm-_", "fo\u{bf}"),
            ("", ""),
        ] {
            assert_eq!(decode(text), decoded, "{text}");
        }
    }
}
