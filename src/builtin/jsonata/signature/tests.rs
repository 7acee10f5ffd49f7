//! Signatures against arguments; expectations come from the reference implementation's `validate`.

use super::*;
use Passed::{Argument, Context, Missing, Wrapped};

fn types(letters: &str) -> Vec<Type> {
    letters.chars().map(|letter| Type::of_letter(letter).expect("a letter of a type")).collect()
}

/// What comes of arguments of these types. Every array holds items of the types `items`.
fn check(signature: &str, supplied: &str, context: char, items: &str) -> Result<Vec<Passed>, (&'static str, usize)> {
    let signature = Signature::parse(signature).expect("a signature");
    let context = Type::of_letter(context).expect("a letter of a type");
    let items = items.chars().fold(Types::NONE, |types, letter| types.or(Types::letter(letter)));
    let mut passed = vec![Missing];
    match signature.check(&types(supplied), context, |_| items, &mut passed) {
        Ok(()) => Ok(passed),
        Err(mismatch) => Err((mismatch.code, mismatch.argument + 1)),
    }
}

#[test]
fn the_context_takes_the_first_place_where_arguments_lack() {
    assert_eq!(check("<s-nn?:s>", "sn", 'o', ""), Ok(vec![Argument(0), Argument(1), Missing]));
    assert_eq!(check("<s-nn?:s>", "n", 's', ""), Ok(vec![Context, Argument(0), Missing]));
    assert_eq!(check("<s-nn?:s>", "n", 'o', ""), Err(("T0411", 1)));
    assert_eq!(check("<s-(sf):b>", "s", 's', ""), Ok(vec![Context, Argument(0)]));
    assert_eq!(check("<s-(sf)(sf)n?:s>", "sf", 's', ""), Ok(vec![Context, Argument(0), Argument(1), Missing]));
    assert_eq!(check("<s-(sf)(sf)n?:s>", "ssf", 's', ""), Ok(vec![Argument(0), Argument(1), Argument(2), Missing]));
    assert_eq!(check("<x-b?:s>", "", 'm', ""), Ok(vec![Context, Missing]));
}

#[test]
fn arguments_that_do_not_match_are_counted_from_one() {
    assert_eq!(check("<s-nn?:s>", "ss", 's', ""), Err(("T0410", 2)));
    assert_eq!(check("<nn:n>", "ns", 's', ""), Err(("T0410", 2)));
    assert_eq!(check("<nn:n>", "nnn", 's', ""), Err(("T0410", 3)));
    assert_eq!(check("<f:n>", "m", 's', ""), Err(("T0410", 1)), "a function must be there");
    assert_eq!(check("<nn:n>", "mm", 's', ""), Ok(vec![Argument(0), Argument(1)]), "other values may be missing");
    assert_eq!(check("<j>", "f", 's', ""), Err(("T0410", 1)));
    assert_eq!(check("<:n>", "n", 's', ""), Err(("T0410", 1)));
    assert_eq!(check("<s?n>", "ss", 's', ""), Err(("T0410", 2)));
}

#[test]
fn what_is_no_array_becomes_one() {
    assert_eq!(check("<af>", "nf", 's', ""), Ok(vec![Wrapped(0), Argument(1)]));
    assert_eq!(check("<a+>", "aom", 's', "sn"), Ok(vec![Argument(0), Wrapped(1), Missing]));
    assert_eq!(check("<a<n>:n>", "n", 's', ""), Ok(vec![Wrapped(0)]));
    assert_eq!(check("<a<n>:n>", "s", 's', ""), Err(("T0412", 1)));
    assert_eq!(check("<a<n>:n>", "a", 's', "n"), Ok(vec![Argument(0)]));
    assert_eq!(check("<a<n>:n>", "a", 's', ""), Ok(vec![Argument(0)]));
    assert_eq!(check("<a<n>:n>", "a", 's', "ns"), Err(("T0412", 1)));
    assert_eq!(check("<a<n>+:n>", "nn", 's', ""), Err(("T0412", 1)), "two single values are no single value");
    assert_eq!(check("<a<a<s>>>", "a", 's', "a"), Ok(vec![Argument(0)]));
    assert_eq!(check("<a<a<s>>>", "s", 's', ""), Err(("T0412", 1)));
    assert_eq!(check("<a<(sn)>>", "a", 's', "s"), Err(("T0412", 1)), "choices of items fit nothing");
}

#[test]
fn many_and_few_are_told_apart_as_by_a_regular_expression() {
    assert_eq!(check("<n+n:o>", "nnn", 's', ""), Ok(vec![Argument(0), Argument(1), Argument(2)]));
    assert_eq!(check("<s?sf>", "sf", 's', ""), Ok(vec![Argument(0), Argument(1), Missing]), "skipped, yet passed");
    assert_eq!(check("<s-?s?>", "s", 'o', ""), Err(("T0411", 1)), "a lazy parameter leaves the argument");
    assert_eq!(check("<s-s?>", "s", 'o', ""), Ok(vec![Argument(0), Missing]));
    assert_eq!(check("<s-?s>", "ss", 'o', ""), Ok(vec![Argument(0), Argument(1)]));
    let many = "n".repeat(10_000);
    assert_eq!(check(&format!("<{}>", "n+".repeat(60)), &many, 's', "").map(|passed| passed.len()), Ok(10_000));
    assert_eq!(check(&format!("<{}s>", "n+n?".repeat(30)), &many, 's', ""), Err(("T0410", 10_001)));
}

#[test]
fn a_mismatch_makes_a_fault() {
    let signature = Signature::parse("<sa<n>>").expect("a signature");
    let mut passed = Vec::new();
    let mismatch = signature.check(&types("sa"), Type::Null, |_| Types::of(Type::String), &mut passed);
    let fault = mismatch.expect_err("strings are no numbers").fault().with_text("token", "f");
    assert_eq!(fault.message(), "Argument 2 of function \"f\" must be an array of \"numbers\"");
}

#[test]
fn texts_that_are_no_signatures() {
    let code = |text: &str| Signature::parse(text).map_err(|mistake| (mistake.fault.code, mistake.offset));
    assert_eq!(code("<n<n>>"), Err(("S0401", 2)));
    assert_eq!(code("<<n>>"), Err(("S0401", 1)));
    assert_eq!(code("<s(a<s>)>"), Err(("S0402", 2)));
    assert_eq!(code("<s++>"), Err(("S0201", 3)));
    assert_eq!(code("<s???>"), Err(("S0201", 4)));
    assert_eq!(code(&format!("<{}>", "s".repeat(64))), Err(("S0201", 64)));
    for text in ["", "<", "λ", "<λ>", "<->", "<(sn", "<a<s", "<f<s-n:b>>", "<s??>"] {
        assert!(Signature::parse(text).is_ok(), "{text}");
    }
}
