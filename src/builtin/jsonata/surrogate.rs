//! Halves of surrogate pairs, which JSONata's strings can hold alone, Rust's cannot: a private character stands for each.

/// The first of the 2048 private-use characters at the end of plane 16.
const FIRST: u32 = 0x10_F800;

/// The UTF-16 units that are halves of pairs.
const HALVES: std::ops::RangeInclusive<u32> = 0xD800..=0xDFFF;

/// The character of a UTF-16 unit that stands alone; of half a pair, its stand-in.
pub fn stand_in(unit: u16) -> char {
    let unit = u32::from(unit);
    let code = if HALVES.contains(&unit) { FIRST + (unit - HALVES.start()) } else { unit };
    char::from_u32(code).expect("neither a half of a pair nor beyond plane 16")
}

/// Whether the character stands for half a pair. Nothing else means these characters.
pub fn is_stand_in(character: char) -> bool {
    u32::from(character) >= FIRST
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_have_stand_ins_and_other_units_are_themselves() {
        assert_eq!(stand_in(0xD800), '\u{10F800}');
        assert_eq!(stand_in(0xDFFF), '\u{10FFFF}');
        assert_eq!(stand_in(0x41), 'A');
        assert_eq!(stand_in(0xE000), '\u{E000}');
        assert!(is_stand_in(stand_in(0xDC00)));
        assert!(!is_stand_in('\u{10F7FF}') && !is_stand_in('\u{FFFF}'));
    }
}
