//! Writes a tree as compact JSON.

use super::{Kind, Node};

/// Appends the node as compact JSON, numbers as they were written.
pub fn write(node: &Node, out: &mut Vec<u8>) {
    match &node.kind {
        Kind::Null => out.extend_from_slice(b"null"),
        Kind::Bool(true) => out.extend_from_slice(b"true"),
        Kind::Bool(false) => out.extend_from_slice(b"false"),
        Kind::Number(digits) => out.extend_from_slice(digits.as_bytes()),
        Kind::String(text) => write_string(text, out),
        Kind::Array(elements) => write_list(out, b"[]", elements, write),
        Kind::Object(members) => write_list(out, b"{}", members, |member, out| {
            write_string(&member.name, out);
            out.push(b':');
            write(&member.value, out);
        }),
    }
}

/// Appends the text as a JSON string, escaping what JSON demands and nothing else.
pub fn write_string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    for &byte in text.as_bytes() {
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0..0x20 => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            _ => out.push(byte),
        }
    }
    out.push(b'"');
}

fn write_list<T>(out: &mut Vec<u8>, brackets: &[u8; 2], items: &[T], write_item: impl Fn(&T, &mut Vec<u8>)) {
    out.push(brackets[0]);
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write_item(item, out);
    }
    out.push(brackets[1]);
}
