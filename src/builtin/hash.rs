//! Digests of texts, and the intrinsic function that gives them.

use md5::Digest;

use crate::builtin::data::compact_text;
use crate::builtin::intrinsics::{Call, Complaint};
use crate::builtin::text::within_limit;
use crate::json::{self, Kind};

/// `States.Hash(data, algorithm)`, in lower-case hexadecimal. Data that is no string is hashed as its JSON text.
pub(super) fn hash(call: &mut Call<'_>) -> Result<(), Complaint> {
    let algorithm = call.string(1)?;
    let data = match json::kind(call.arguments[0]) {
        Kind::String => call.string(0)?,
        _ => compact_text(call.arguments[0]).into(),
    };
    within_limit(&data)?;
    let hash = digest(&data, &algorithm).ok_or_else(|| {
        format!("the algorithm \"{algorithm}\" is unknown; there are MD5, SHA-1, SHA-256, SHA-384 and SHA-512")
    })?;
    call.put_string(&hash);
    Ok(())
}

/// The digest of a text in lower-case hexadecimal; none for an unknown algorithm.
pub(super) fn digest(data: &str, algorithm: &str) -> Option<String> {
    Some(match algorithm {
        "MD5" => hexadecimal::<md5::Md5>(data),
        "SHA-1" => hexadecimal::<sha1::Sha1>(data),
        "SHA-256" => hexadecimal::<sha2::Sha256>(data),
        "SHA-384" => hexadecimal::<sha2::Sha384>(data),
        "SHA-512" => hexadecimal::<sha2::Sha512>(data),
        _ => return None,
    })
}

fn hexadecimal<Algorithm: Digest>(data: &str) -> String {
    let digits = Algorithm::digest(data.as_bytes()).into_iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from(b"0123456789abcdef"[usize::from(digit)])).collect()
}
