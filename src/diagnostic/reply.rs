//! Findings as the reply of AWS's ValidateStateMachineDefinition.

use super::{Diagnostic, Diagnostics, Severity};

/// The most findings in a reply (ValidateStateMachineDefinition, `maxResults`).
const REPLY_MAX: usize = 100;

impl Diagnostics {
    /// `{"result":"FAIL","diagnostics":[…],"truncated":false}`
    ///
    /// Holds errors only, as AWS's reply does unless it is asked for warnings too.
    pub fn to_reply_json(&self) -> String {
        let errors = || self.list.iter().filter(|finding| finding.severity == Severity::Error);
        let truncated = errors().count() > REPLY_MAX || self.dropped > 0 && self.has_errors();
        let result: &[u8] = if self.has_errors() { b"FAIL" } else { b"OK" };
        let mut out = [br#"{"result":""#, result, br#"","diagnostics":["#].concat();
        for (index, finding) in errors().take(REPLY_MAX).enumerate() {
            if index > 0 {
                out.push(b',');
            }
            write_finding(finding, &mut out);
        }
        out.extend_from_slice(format!("],\"truncated\":{truncated}}}").as_bytes());
        String::from_utf8(out).expect("made of strings")
    }
}

fn write_finding(finding: &Diagnostic, out: &mut Vec<u8>) {
    out.extend_from_slice(br#"{"severity":"ERROR","code":"#);
    write_text(finding.code, out);
    out.extend_from_slice(br#","message":"#);
    write_text(&finding.message, out);
    if !finding.location.is_empty() {
        out.extend_from_slice(br#","location":"#);
        write_text(&finding.location, out);
    }
    out.push(b'}');
}

/// JSON's escapes in their shortest correct form; this floor may not use the json room.
fn write_text(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend_from_slice(&[b'\\', letter as u8]),
            '\n' => out.extend_from_slice(b"\\n"),
            '\0'..' ' => out.extend_from_slice(format!("\\u{:04x}", letter as u32).as_bytes()),
            _ => out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    out.push(b'"');
}
