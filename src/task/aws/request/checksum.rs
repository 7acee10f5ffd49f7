//! Checksums of bodies, as S3 checks them (S3 User Guide, "Checking object integrity").

use super::{Parts, Refusal};
use crate::builtin::base64;
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// The header that names the algorithm; what was used where nobody named one is named, too.
const ALGORITHM: &str = "x-amz-sdk-checksum-algorithm";
/// What the SDKs use where nobody names one (recorded: an object that a state has put has this checksum).
const USUAL: &str = "CRC32";

/// Adds the checksum of the body, unless the parameters brought one.
///
/// # Errors
/// They name an algorithm that is not known here.
pub(super) fn add(parts: &mut Parts) -> Result<(), Refusal> {
    if parts.headers.iter().any(|(name, _)| name == "content-md5" || name.starts_with("x-amz-checksum-")) {
        return Ok(());
    }
    let named = parts.headers.iter().find(|(name, _)| name == ALGORITHM).map(|(_, value)| value.clone());
    let algorithm = named.as_deref().unwrap_or(USUAL);
    let body = &parts.body;
    let (header, sum) = match algorithm {
        "CRC32" => ("x-amz-checksum-crc32", crc32(body, 0xEDB8_8320).to_be_bytes().to_vec()),
        "CRC32C" => ("x-amz-checksum-crc32c", crc32(body, 0x82F6_3B78).to_be_bytes().to_vec()),
        "SHA1" => ("x-amz-checksum-sha1", Sha1::digest(body).to_vec()),
        "SHA256" => ("x-amz-checksum-sha256", Sha256::digest(body).to_vec()),
        _ => return Err(Refusal::Malformed("ChecksumAlgorithm".into())),
    };
    if named.is_none() {
        parts.headers.push((ALGORITHM.into(), USUAL.into()));
    }
    parts.headers.push((header.into(), base64::encode(&sum)));
    Ok(())
}

/// The cyclic redundancy check of a polynomial, given with its lowest power in the highest bit. Bodies are no larger
/// than what a state may hold, so a bit at a time is fast enough.
fn crc32(bytes: &[u8], polynomial: u32) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ (polynomial & (sum & 1).wrapping_neg()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_sum(body: &str, given: &[(&'static str, &str)], expected: &[(&str, &str)]) {
        let headers = given.iter().map(|(name, value)| ((*name).into(), value.to_string())).collect();
        let mut parts = Parts { headers, body: body.into(), ..Parts::default() };
        add(&mut parts).expect("the algorithm is known");
        let added = &parts.headers[given.len()..];
        assert_eq!(added.iter().map(|(name, value)| (&**name, &**value)).collect::<Vec<_>>(), expected);
    }

    /// The check values of the catalogue of CRCs for "123456789", and digests of FIPS 180.
    #[test]
    fn sums_are_those_of_their_algorithms() {
        let named = |name| [(ALGORITHM, name)];
        assert_sum("123456789", &named("CRC32"), &[("x-amz-checksum-crc32", "y/Q5Jg==")]);
        assert_sum("123456789", &named("CRC32C"), &[("x-amz-checksum-crc32c", "4waSgw==")]);
        assert_sum("abc", &named("SHA1"), &[("x-amz-checksum-sha1", "qZk+NkcGgWq6PiVxeFDCbJzQ2J0=")]);
        let sum = "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=";
        assert_sum("abc", &named("SHA256"), &[("x-amz-checksum-sha256", sum)]);
    }

    #[test]
    fn a_body_without_a_checksum_gets_the_usual_one() {
        // Recorded: the ChecksumCRC32 of an object whose Body is {"Dict":"Value"}.
        let expected = [(ALGORITHM, "CRC32"), ("x-amz-checksum-crc32", "hnEfWw==")];
        assert_sum(r#"{"Dict":"Value"}"#, &[], &expected);
        assert_sum("x", &[("content-md5", "m")], &[]);
        assert_sum("x", &[("x-amz-checksum-crc64nvme", "m")], &[]);
        let mut parts = Parts { headers: vec![(ALGORITHM.into(), "XXHASH3".into())], ..Parts::default() };
        assert_eq!(add(&mut parts), Err(Refusal::Malformed("ChecksumAlgorithm".into())));
    }
}
