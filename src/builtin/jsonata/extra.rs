//! What Step Functions adds to JSONata: `$hash` and `$random` with a seed.

use super::Fault;
use crate::builtin::hash;

/// The digest of a text in lower-case hexadecimal; the algorithm is `MD5`, `SHA-1`, `SHA-256`, `SHA-384` or `SHA-512`.
///
/// # Errors
/// D3137 for another algorithm.
pub fn hash(text: &str, algorithm: &str) -> Result<String, Box<Fault>> {
    hash::digest(text, algorithm).ok_or_else(|| {
        let known = "SHA-1, SHA-384, SHA-256, SHA-512, MD5";
        Fault::told("D3137", format!("Hash algorithm '{algorithm}' must be one of {known}"))
    })
}

/// A number in `0.0..1.0` that is always the same for the same seed: that of Java's `java.util.Random`, which Step
/// Functions asks.
pub fn seeded_random(seed: f64) -> f64 {
    const MULTIPLIER: u64 = 0x5_DEEC_E66D;
    let first = (seed as i64 as u64 ^ MULTIPLIER).wrapping_mul(MULTIPLIER).wrapping_add(11);
    let second = first.wrapping_mul(MULTIPLIER).wrapping_add(11);
    // The generator has 48 bits, of which the upper ones are given out.
    let upper = |state: u64, bits: u32| (state & ((1 << 48) - 1)) >> (48 - bits);
    ((upper(first, 26) << 27) + upper(second, 27)) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::{hash, seeded_random};

    #[test]
    fn digests_are_in_hexadecimal() {
        assert_eq!(hash("", "MD5").as_deref(), Ok("d41d8cd98f00b204e9800998ecf8427e"));
        assert_eq!(hash("input data", "SHA-1").as_deref(), Ok("aaff4a450a104cd177d28d18d74485e8cae074b7"));
        assert_eq!(hash("", "sha-1").map_err(|fault| fault.code), Err("D3137"));
    }

    #[test]
    fn a_seed_gives_the_number_that_java_gives() {
        assert_eq!(seeded_random(42.0), 0.7275636800328681);
        assert_eq!(seeded_random(7.0), 0.7306990420600421);
        assert_eq!(seeded_random(0.9), 0.730967787376657);
        assert!((0.0..1.0).contains(&seeded_random(-1e300)) && seeded_random(f64::NAN) < 1.0);
    }
}
