//! Every construct, every code, the cases of the reference's test suite, and texts made to exhaust us.

mod corpus;
mod sketch;

use super::walk::each_part;
use super::{DEPTH_MAX, parse};
use crate::builtin::jsonata::surrogate::stand_in;
use crate::query::jsonata::ast::{Kind, Node};
use sketch::sketch;

#[track_caller]
fn becomes(text: &str, tree: &str) {
    let found = parse(text).map(|node| sketch(&node));
    assert_eq!(found.as_deref(), Ok(tree), "{text}");
}

#[track_caller]
fn fails(text: &str, code: &str, offset: usize) {
    let found = parse(text).map(|node| sketch(&node)).map_err(|mistake| (mistake.fault.code, mistake.offset));
    assert_eq!(found, Err((code, offset)), "{text}");
}

#[test]
fn literals() {
    becomes("null", "null");
    becomes("true", "true");
    becomes("-1.5e3", "-1500");
    becomes("- -1", "1");
    becomes(r#""a\"\\\/\b\f\n\r\tA\ud834\udd1e'""#, r#""a\"\\/\u{8}\u{c}\n\r\tA𝄞'""#);
    becomes(r#"'say "hi"'"#, r#""say \"hi\"""#);
    becomes("/a[/]\\/b/im", "/a[/]\\/b/im");
    becomes(" /* one */ 1 /**/ ", "1");
    becomes("$x", "$x");
    becomes("$", "$");
    becomes("$$", "$$");
    let lone = parse(r#""\ud800\ud834\udd1e""#).expect("a string").kind;
    assert_eq!(lone, Kind::String(format!("{}𝄞", stand_in(0xD800)).into()));
}

#[test]
fn operators_bind_as_strongly_as_in_the_reference() {
    becomes("1+2*3", "(1 + (2 * 3))");
    becomes("1-2-3", "((1 - 2) - 3)");
    becomes("1=2 and 3<4 or 5 in 6", "(((1 = 2) and (3 < 4)) or (5 in 6))");
    becomes("'a'&1+2", "((\"a\" & 1) + 2)");
    becomes("6/2%4", "((6 / 2) % 4)");
    becomes("1!=2", "(1 != 2)");
    becomes("1>=2", "(1 >= 2)");
    becomes("1<=2", "(1 <= 2)");
    becomes("1>2", "(1 > 2)");
    becomes("-$x*2", "(neg($x) * 2)");
    becomes("-$x.a", "neg(<$x | a>)");
    becomes("$x ? 1 : 2 ? 3", "if($x, 1, if(2, 3))");
    becomes("$a := $b := 1", "let(a, let(b, 1))");
    becomes("$x ~> $f ~> $g(1)", "apply(apply($x, $f), $g(1))");
    becomes("and and or or in", "((<and> and <or>) or <in>)");
}

#[test]
fn paths_are_flat() {
    becomes("a", "<a>");
    becomes("a.b.c", "<a | b | c>");
    becomes("a.(b.c)", "<a | (<b | c>)>");
    becomes("`a b`.'c d'", "<a b | c d>");
    becomes("'a'.b", "<a | b>");
    becomes("*.**.$x", "<* | ** | $x>");
    becomes("$f(1).a", "<$f(1) | a>");
    fails("a.1", "S0213", 2);
    fails("true.a", "S0213", 0);
    fails("a.null", "S0213", 2);
}

#[test]
fn filters_stand_where_they_filter() {
    becomes("a[0]", "<a[0]>");
    becomes("a.b[0][1]", "<a | b[0][1]>");
    becomes("(a.b)[0]", "(<a | b>){pred 0}");
    becomes("(a.b)[0].c", "<(<a | b>){pred 0} | c>");
    becomes("a.(b)[0]", "<a | (<b>)[0]>");
    becomes("$x[0]", "$x{pred 0}");
    becomes("[1,2][0]", "[1, 2]{pred 0}");
}

#[test]
fn single_values_stay_arrays_where_it_says_so() {
    becomes("a[]", "keep <keep a>!");
    becomes("a[0][]", "keep <keep a[0]>!");
    becomes("a[][0].b", "keep <keep a[0] | b>!");
    becomes("a.b[]", "<a | keep b>!");
    becomes("$x[]", "keep $x");
    becomes("(a.b)[]", "keep (<a | b>)");
    becomes("$x.(a)[]", "<$x | keep (<a>)>!");
    becomes("a@$v[]", "keep <keep a@v~>");
    becomes("a#$v[]", "keep <a#v~>");
    becomes("a[] ~> $f", "keep apply(keep <keep a>!, $f)");
}

#[test]
fn arrays_and_objects() {
    becomes("[]", "[]");
    becomes("[1, 2..3]", "[1, (2 .. 3)]");
    becomes("{}", "{}");
    becomes("{'a': 1, b: c}", "{\"a\": 1, <b>: <c>}");
    becomes("a.[b]", "<a | cons [<b>]>");
    becomes("[a].b", "<whole cons [<a>] | b>");
    becomes("a.[b].c", "<a | cons [<b>] | c>");
    becomes("([a].b).c", "<whole (<whole cons [<a>] | b>) | c>");
    becomes("a{b: c}", "<a>{group <b>: <c>}");
    becomes("a.b{b: c}.d", "<a | b | d>{group <b>: <c>}");
    fails("$x{a: b}[0]", "S0209", 8);
    fails("a{b: c}{d: e}", "S0210", 7);
}

#[test]
fn functions() {
    becomes("$f()", "$f()");
    becomes("$f(1, ?)", "partial $f(1, ?)");
    becomes("f(1)(2)", "<f>(1)(2)");
    becomes("function($a, $b){$a}", "function(a, b){$a}");
    becomes("λ(){1}()", "function(){1}()");
    becomes("function($a)<s-:n>{1}", "function(a)<>{1}");
    becomes("|a|{'b': 1}|", "transform(<a>, {\"b\": 1})");
    becomes("|a|b,c|", "transform(<a>, <b>, <c>)");
    becomes("(1; $x := 2;)", "(1; let(x, 2))");
    becomes("()", "()");
    fails("function(a){1}", "S0208", 9);
    fails("function(?){1}", "S0208", 9);
    fails("function($a)<n<n>>{1}", "S0401", 12);
    fails("function($a)<(a<n>)>{1}", "S0402", 12);
    fails("function($a)<n{1}", "S0202", 14);
    let mistake = parse("function($a, b){1}").expect_err("a field is no parameter");
    let message = "Parameter 2 of function definition must be a variable name (start with $)";
    assert_eq!(mistake.fault.message(), message);
}

#[test]
fn sorting_and_bindings() {
    becomes("a^(b)", "<a | sort(<b>)>");
    becomes("a.b^(<c, >d)", "<a | b | sort(<c>, down <d>)>");
    becomes("$x^(b).c", "<$x | sort(<b>) | c>");
    becomes("a@$x.b#$i", "<a@x~ | b#i~>");
    becomes("a[0]#$i[1]", "<a[0][#i][1]~>");
    becomes("$x#$i", "<$x#i~>");
    becomes("$x[0]#$i", "<$x[0][#i]~>");
    fails("a[0]@$x", "S0215", 4);
    fails("a^(b)@$x", "S0216", 5);
    fails("a@b", "S0214", 2);
    fails("a#1", "S0214", 2);
    fails("$x[0] := 1", "S0212", 0);
}

#[test]
fn parents_are_found() {
    becomes("a.b.%", "<a | b^0~ | %0>");
    becomes("a.b.%.%", "<a^1~ | b^0~ | %0 | %1>");
    becomes("a.b.{'x': %.c}", "<a | b^0~ | {\"x\": <%0 | c>}>");
    becomes("a.b[%.c = 1]", "<a | b^0[(<%0 | c> = 1)]~>");
    becomes("a.b[%.%.c]", "<a^1~ | b^0[<%0 | %1 | c>]~>");
    becomes("a.b.(%.c)", "<a | b^0~ | (<%0 | c>)>");
    becomes("a.(b.c).%", "<a | (<b | c^0~>~)~ | %0>");
    becomes("a.b^(%.c)", "<a | b^0~ | sort(<%0 | c>)>");
    becomes("a.b.[%.c, %.d]", "<a | b^0~ | cons [<%0 | c>, <%0 | d>]>");
    becomes("a.b@$x.c@$y.%", "<a | b@x^0~ | c@y~ | %0>");
    becomes("a.$f(%.b)", "<a^0~ | $f(<%0 | b>)>");
    becomes("*.%", "<*^0~ | %0>");
    for (text, offset) in [("%", 0), ("%.a", 0), ("(%)", 0), ("$.%", 0), ("a.%.%", 0), ("{}.%", 0), ("a.**.%", 2)] {
        fails(text, "S0217", offset);
    }
}

#[test]
fn wrong_words() {
    fails("'abc", "S0101", 0);
    fails("1e999", "S0102", 0);
    fails("'\\q'", "S0103", 1);
    fails("'abc\\", "S0103", 4);
    fails("'\\u12g4'", "S0104", 1);
    fails("a.`b", "S0105", 2);
    fails("a /* b", "S0106", 2);
    fails("a b", "S0201", 2);
    fails("a | b", "S0201", 2);
    fails("(a", "S0203", 2);
    fails("(a]", "S0202", 2);
    fails("a ! b", "S0204", 2);
    fails("a ~ b", "S0204", 2);
    fails("1 +", "S0207", 3);
    fails("", "S0207", 0);
    fails(" ", "S0207", 1);
    fails("a = = b", "S0211", 4);
    fails("//", "S0301", 0);
    fails("/(/", "S0302", 0);
    fails("/a/ii", "S0201", 4);
    fails("a ?: b", "S0211", 3);
    fails("a ?? b", "S0211", 3);
    fails("(1 =", "S0203", 4);
    let mistake = parse("(a]").expect_err("brackets differ");
    assert_eq!(mistake.fault.message(), "Expected \")\", got \"]\"");
    let helped = ["a == b", "a && b", "a || b", "a ?? b", "!a"];
    assert!(helped.iter().all(|text| parse(text).is_err_and(|mistake| mistake.help.is_some())));
}

/// Runs with the stack that a thread has if nobody asks for more.
fn on_small_stack(work: fn()) {
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(work).expect("a thread can be made");
    thread.join().expect("the stack is large enough");
}

#[test]
fn the_deepest_trees_fit_a_small_stack() {
    on_small_stack(|| {
        for (before, behind) in NESTS {
            let deepest = (1..=DEPTH_MAX).rev().find_map(|count| parse(&nest(before, "a", behind, count)).ok());
            let deepest = deepest.expect("one level is not too deep");
            assert_eq!(deepest.clone(), deepest);
            assert!(format!("{deepest:?}").len() > DEPTH_MAX);
            let fault = parse(&nest(before, "a", behind, DEPTH_MAX)).expect_err("that is too deep").fault;
            assert_eq!(fault.code, "U1001", "{before}a{behind}");
        }
    });
}

/// What can stand around an expression, or on one side of it, again and again.
const NESTS: [(&str, &str); 20] = [
    ("(", ")"),
    ("[", "]"),
    ("{a:", "}"),
    ("-", ""),
    ("a+", ""),
    ("", "+a"),
    ("a?b:", ""),
    ("a?", ":b"),
    ("", "?a"),
    ("function(){", "}"),
    ("$f(", ")"),
    ("", "(a)"),
    ("a[", "]"),
    ("a.(", ")"),
    ("(", ").a"),
    ("|a|", "|"),
    ("a^(", ")"),
    ("a{a:", "}"),
    ("$a:=", ""),
    ("", "~>$f"),
];

fn nest(before: &str, inner: &str, behind: &str, count: usize) -> String {
    [&before.repeat(count), inner, &behind.repeat(count)].concat()
}

#[test]
fn long_texts_neither_exhaust_the_stack_nor_keep_us_busy() {
    on_small_stack(|| {
        let long = |part: &str| part.repeat((1 << 18) / part.len().max(1));
        let nests = NESTS.map(|(before, behind)| long(before) + "a" + &long(behind));
        let chains = ["a.", "%.", "a.%.", "(a).", "a;", "?,", "/**/"].map(|part| long(part) + "a");
        let tails = ["[0]", "[]", "@$x", "#$x", "^(b)", "{b:c}"].map(|part| format!("a{}", long(part)));
        let lists = ["1,", "%,", "%.%.%.%.%.%.%.%,"].map(|part| format!("{}.[{}1]", "a.b".repeat(200), long(part)));
        for text in nests.iter().chain(&chains).chain(&tails).chain(&lists) {
            let start = std::time::Instant::now();
            drop(parse(text));
            assert!(start.elapsed().as_secs() < 10, "{}", &text[..20]);
        }
    });
}

/// The depth of a tree, as [`DEPTH_MAX`] counts it.
fn depth(node: &mut Node) -> usize {
    let mut deepest = 0;
    each_part(node, &mut |part| deepest = deepest.max(depth(part)));
    deepest + 1
}

#[test]
fn trees_are_never_deeper_than_said() {
    on_small_stack(|| {
        for count in 1..80 {
            let text = nest("a[b.(c+$f(d^(e))#$i[f]{g:", "a", "-h})]", count);
            assert!(parse(&text).ok().is_none_or(|mut node| depth(&mut node) <= DEPTH_MAX), "{text}");
        }
        for (before, behind) in NESTS {
            let texts = (1..=DEPTH_MAX).step_by(7).map(|count| nest(before, "a", behind, count));
            assert!(texts.filter_map(|text| parse(&text).ok()).all(|mut node| depth(&mut node) <= DEPTH_MAX));
        }
    });
}
