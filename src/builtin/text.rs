//! The intrinsic functions that make texts and take them apart.

use crate::builtin::intrinsics::{Call, Complaint};
use crate::builtin::{base64, java};
use crate::json::{self, Kind};

/// The longest text to encode, decode or hash, in characters (developer guide, "States.Base64Encode", "States.Hash").
const CHARACTERS_MAX: usize = 10_000;

/// `States.Format(template, …)`: the template with each `{}` replaced by the argument in its place.
///
/// In the template a backslash makes a brace or a backslash an ordinary character. Objects and arrays are printed as
/// Java prints maps, `{Arg1=1, Arg2=[]}`; the States Language forbids them, Step Functions does this (recorded).
pub(super) fn format(call: &mut Call<'_>) -> Result<(), Complaint> {
    let template = call.string(0)?;
    let mut arguments = call.arguments[1..].iter();
    let (mut text, mut characters) = (String::with_capacity(template.len()), template.chars().peekable());
    let mut places = 0;
    while let Some(character) = characters.next() {
        match (character, characters.peek()) {
            ('\\', Some(&escaped @ ('{' | '}' | '\\'))) => {
                text.push(escaped);
                characters.next();
            }
            ('{', Some('}')) => {
                characters.next();
                places += 1;
                arguments.next().into_iter().for_each(|argument| interpolate(argument, &mut text));
            }
            _ => text.push(character),
        }
    }
    if places != call.arguments.len() - 1 {
        let given = call.arguments.len() - 1;
        return Err(format!("the template has {places} of {{}} for {given} arguments").into());
    }
    call.put_string(&text);
    Ok(())
}

fn interpolate(argument: &[u8], text: &mut String) {
    match json::kind(argument) {
        Kind::String => text.push_str(&json::decode(argument)),
        _ => java::print(argument, text),
    }
}

/// `States.StringSplit(string, delimiters)`: every character of the second is a delimiter, empty parts are left out
/// (recorded; so Java's StringTokenizer works).
pub(super) fn string_split(call: &mut Call<'_>) -> Result<(), Complaint> {
    let (text, delimiters) = (call.string(0)?, call.string(1)?);
    let parts = text.split(|character| delimiters.contains(character)).filter(|part| !part.is_empty());
    call.put_items(parts, |call, part| call.put_string(part));
    Ok(())
}

/// `States.Base64Encode(string)`: of its UTF-8 bytes, without line breaks.
pub(super) fn base64_encode(call: &mut Call<'_>) -> Result<(), Complaint> {
    let text = call.string(0)?;
    within_limit(&text)?;
    call.put_string(&base64::encode(text.as_bytes()));
    Ok(())
}

/// `States.Base64Decode(string)`: as text; bytes that are no UTF-8 become replacement characters.
pub(super) fn base64_decode(call: &mut Call<'_>) -> Result<(), Complaint> {
    let text = call.string(0)?;
    within_limit(&text)?;
    let bytes = base64::decode(text.as_bytes()).ok_or("the text is no Base64")?;
    call.put_string(&String::from_utf8_lossy(&bytes));
    Ok(())
}

/// Refuses texts longer than these functions take.
pub(super) fn within_limit(text: &str) -> Result<(), Complaint> {
    // A text with so few bytes has no more characters.
    match text.len() <= CHARACTERS_MAX || text.chars().take(CHARACTERS_MAX + 1).count() <= CHARACTERS_MAX {
        true => Ok(()),
        false => Err(format!("the text has more than {CHARACTERS_MAX} characters").into()),
    }
}
