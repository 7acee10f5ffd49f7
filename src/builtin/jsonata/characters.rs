//! Characters as JavaScript's regular expressions see them: which are blank, and which are alike.

/// The character that stands for all that are alike without case, where there is no `u` flag
/// (ECMA-262, "Canonicalize"): upper case, if that is one character and no ASCII one for another.
pub(super) fn canonical(character: char) -> char {
    if character.is_ascii() {
        return character.to_ascii_uppercase();
    }
    // JavaScript sees only the halves of characters beyond the basic plane, which have no case.
    let mut upper = character.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(upper), None) if !upper.is_ascii() && u32::from(character) < 0x1_0000 => upper,
        _ => character,
    }
}

/// What `\s` matches.
pub(super) fn is_blank(character: char) -> bool {
    character == '\u{feff}' || character.is_whitespace() && character != '\u{85}'
}
