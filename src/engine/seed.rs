//! Numbers that look random and depend on nothing but their seed.

/// Scatters a number over all 64 bits (the finalizer of SplitMix64).
pub(crate) fn mix(number: u64) -> u64 {
    let mut bits = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// The seed of the execution of a line, the same on whichever shard it runs.
pub(super) fn of_line(run: u64, line: u64) -> u64 {
    mix(run ^ mix(line))
}

/// A seed that nobody chose.
pub(super) fn from_chance() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(0u8)
}
