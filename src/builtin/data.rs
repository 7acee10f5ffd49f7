//! The intrinsic functions between JSON and text, and the one that merges objects.

use crate::builtin::distinct;
use crate::builtin::intrinsics::{Call, Complaint};
use crate::json::{self, Malformed, ReadSet, Reader, Source, Utf8};
use std::sync::LazyLock;

/// `States.StringToJson(string)`: the value that the text describes. A blank text gives null (recorded).
pub(super) fn string_to_json(call: &mut Call<'_>) -> Result<(), Complaint> {
    let text = call.string(0)?;
    let text = text.trim_matches([' ', '\t', '\r', '\n']);
    if text.is_empty() {
        call.put("null");
        return Ok(());
    }
    check(text).map_err(|malformed| format!("the text is no JSON: {malformed}"))?;
    json::compact(text.as_bytes(), call.out);
    Ok(())
}

fn check(text: &str) -> Result<(), Malformed> {
    static NOTHING: LazyLock<ReadSet> = LazyLock::new(|| ReadSet::new([]));
    let mut reader = Reader::new(&NOTHING);
    reader.read(text.as_bytes(), 0..text.len(), Utf8::Known, Source::Arena, &mut []).map(|_| ())
}

/// `States.JsonToString(value)`: its JSON text, without blanks.
pub(super) fn json_to_string(call: &mut Call<'_>) -> Result<(), Complaint> {
    let text = compact_text(call.arguments[0]);
    call.put_string(&text);
    Ok(())
}

/// `States.JsonMerge(first, second, false)`: the members of both; where both have one, the second's.
///
/// The States Language defines a deep merge, too; Step Functions does not have it (developer guide, "States.JsonMerge").
pub(super) fn json_merge(call: &mut Call<'_>) -> Result<(), Complaint> {
    let (first, second) = (call.object(0)?, call.object(1)?);
    match call.arguments[2] {
        b"false" => {}
        b"true" => return Err("only shallow merging is supported: the third argument must be false".into()),
        _ => return Err("the third argument must be a boolean".into()),
    }
    let members = |object: &[u8]| object[1..object.len() - 1].trim_ascii().to_vec();
    let parts = [members(first), members(second)];
    let both = if parts.iter().any(Vec::is_empty) { parts.concat() } else { parts.join(&b","[..]) };
    let both = [b"{", &both[..], b"}"].concat();
    call.put("{");
    for (count, (name, value)) in distinct::members(&both).into_iter().enumerate() {
        call.put(if count == 0 { "" } else { "," });
        call.put_string(&name);
        call.put(":");
        call.put(&both[value]);
    }
    call.put("}");
    Ok(())
}

/// A value's JSON text without blanks.
pub(super) fn compact_text(value: &[u8]) -> String {
    let mut text = Vec::with_capacity(value.len());
    json::compact(value, &mut text);
    String::from_utf8(text).expect("checked JSON is UTF-8")
}
