use super::{PathExpression, Root, parse};
use crate::builtin::path::Selector;
use crate::builtin::{Random, read, why_missing};

fn parsed(text: &str) -> PathExpression {
    parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn found(path: &str, text: &str) -> String {
    let mut out = Vec::new();
    let any = read(&parsed(path).selectors, text.as_bytes(), &mut out).expect("little to do");
    if any { String::from_utf8(out).expect("parts of a string") } else { "nothing".to_owned() }
}

#[test]
fn a_path_has_a_normal_form() {
    for (text, normal) in [
        ("$", "$"),
        ("$$", "$$"),
        ("$.a.b", "$['a']['b']"),
        (" $$.Execution.Name ", "$$['Execution']['Name']"),
        ("$name", "$name"),
        ("$größe_2.b[0]", "$größe_2['b'][0]"),
        ("$['a'][\"b\"][ 0 ]", "$['a']['b'][0]"),
        ("$.[0].[*].['bucket', 'key']", "$[0][*]['bucket','key']"),
        ("$['a','a']", "$['a']"),
        ("$..a", "$..['a']"),
        ("$..[0]", "$..[0]"),
        ("$..*", "$..[*]"),
        ("$.*[*]", "$[*][*]"),
        ("$[1:]", "$[1:]"),
        ("$[:-1]", "$[:-1]"),
        ("$[0:6:2]", "$[0:6:2]"),
        ("$[-1]", "$[-1]"),
        ("$[0, -2]", "$[0,-2]"),
        ("$[(@.length-1)].bar", "$[-1]['bar']"),
        ("$[?(@.a)]", "$[?]"),
        ("$.delivery-partner", "$['delivery-partner']"),
        ("$.${Attribute}", "$['${Attribute}']"),
        ("$.@type", "$['@type']"),
        (r#"$['Test\""Name"']"#, r#"$['Test\""Name"']"#),
        (r"$['it\'s \\ b\n']", r"$['it's \ b\n']"),
    ] {
        assert_eq!(parsed(text).to_string(), normal, "{text}");
    }
}

#[test]
fn what_is_no_path_is_refused_where_it_goes_wrong() {
    for (text, offset, message) in [
        ("", 0, "expected a path, found the end"),
        ("bug$.a", 0, "expected a path, found `b`"),
        ("@.a", 0, "expected a path, found `@`"),
        ("$.", 2, "expected a name after the dot, found the end"),
        ("$.a.", 4, "expected a name after the dot, found the end"),
        ("$...a", 3, "expected a name after the dot, found `.`"),
        ("$..", 3, "expected a name after the dot, found the end"),
        ("$.a b", 4, "expected `.` or `[`, found `b`"),
        ("$.a.length()", 10, "paths have no functions"),
        ("$$$", 2, "expected `.` or `[`, found `$`"),
        ("$1a", 1, "the name of a variable begins with a letter"),
        ("$[", 2, "expected an index, a name in quotes, `*` or a filter, found the end"),
        ("$[]", 2, "expected an index, a name in quotes, `*` or a filter, found `]`"),
        ("$[a]", 2, "expected an index, a name in quotes, `*` or a filter, found `a`"),
        ("$[0", 3, "expected `]`, found the end"),
        ("$[0,]", 4, "expected an index, found `]`"),
        ("$[1-2]", 2, "`1-2` is no index"),
        ("$[99999999999999999999]", 2, "`99999999999999999999` is no index"),
        ("$[::0]", 3, "the step of a slice is a positive number"),
        ("$['a]", 2, "the quote `'` is not closed"),
        ("$['a',]", 6, "expected a quote, found `]`"),
        ("$[(@.size)]", 2, "scripts are not supported"),
        ("$[?(@.a == )]", 11, "expected a path that begins with `@`, or a value, found `)`"),
        ("$[?(@.a = 1)]", 8, "expected one of == != < <= > >= && || ), found `=`"),
        ("$[?(@.a =~ /x/)]", 8, "expected one of == != < <= > >= && || ), found `=`"),
        ("$[?(@.a == /x/)]", 11, "there are no regular expressions and no JSON values in filters"),
        ("$[?(@.* == 1)]", 4, "a path in a comparison must lead to one value"),
        ("$[?('a')]", 4, "a value alone is no test"),
        ("$[?(@.a]", 7, "expected one of == != < <= > >= && || ), found `]`"),
        ("$[?@.a]", 3, "expected `(`, found `@`"),
    ] {
        let error = parse(text).expect_err(text);
        assert_eq!((error.offset, error.message.as_str()), (offset, message), "{text}");
    }
}

#[test]
fn filters_are_read_with_or_without_blanks_and_quotes() {
    let text = r#"[{"a":5,"b":"x","c":{"d":[true]}},{"a":1,"b":"AMOUNT_PAID"},{"b":null}]"#;
    let [first, second, third] =
        [r#"{"a":5,"b":"x","c":{"d":[true]}}"#, r#"{"a":1,"b":"AMOUNT_PAID"}"#, r#"{"b":null}"#];
    for (filter, expected) in [
        ("@.a >= 5", vec![first]),
        ("@.a>=5", vec![first]),
        ("@.a>=5.0&&@.b=='x'", vec![first]),
        ("@.a == 5 || @.b == null", vec![first, third]),
        ("!(@.a)", vec![third]),
        ("!@.a", vec![third]),
        ("@.b==AMOUNT_PAID", vec![second]),
        ("@['b'] == \"x\"", vec![first]),
        ("@.c.d[0] == true", vec![first]),
        ("(@.a == 1 || @.a == 5) && @.b != 'x'", vec![second]),
        ("@.a == 1 || @.a == 5 && @.b == 'y'", vec![second]),
        ("@.a < $[0].a", vec![second]),
        ("5 > @.a", vec![second]),
        ("@.c.d[?(@ == true)]", vec![first]),
        ("@.a == -1e3", vec![]),
    ] {
        assert_eq!(found(&format!("$[?({filter})]"), text), format!("[{}]", expected.join(",")), "{filter}");
    }
}

#[test]
fn paths_of_published_definitions_find_what_they_mean() {
    assert_eq!(found("$[(@.length-1)].bar", r#"[{"bar":1},{"bar":2}]"#), "2");
    assert_eq!(found("$.Rows[1:]", r#"{"Rows":[1,2,3]}"#), "[2,3]");
    assert_eq!(found("$.[*].['bucket', 'key']", r#"[{"key":1,"bucket":2,"x":3}]"#), r#"[{"bucket":2,"key":1}]"#);
    assert_eq!(found("$..R[?(@.s==Failure)]", r#"{"x":{"R":[{"s":"Failure"},{"s":"ok"}]}}"#), r#"[{"s":"Failure"}]"#);
    assert_eq!(found("$.approaches[?(@.id == $.id)].n", r#"{"id":2,"approaches":[{"id":1},{"id":2,"n":3}]}"#), "[3]");
}

#[test]
fn a_reference_path_has_names_and_indices_only() {
    for text in ["$", "$.a.b", "$['a'][0]"] {
        assert!(parsed(text).is_reference_path(), "{text}");
    }
    for text in ["$$.a", "$foo", "$.a[*]", "$.a[0,1]", "$.a[1:]", "$..a", "$.a[?(@.b)]", "$.a[-1]", "$['a','b']"] {
        assert!(!parsed(text).is_reference_path(), "{text}");
    }
    assert_eq!(parsed("$a.b").root, Root::Variable("a".to_owned()));
    assert_eq!(parsed("$$.a").steps().map(|steps| steps.len()), Some(1));
}

#[test]
fn length_and_depth_are_bounded() {
    assert!(parse(&format!("${}", ".a".repeat(256))).is_ok());
    assert!(parse(&format!("${}", ".a".repeat(257))).is_err());
    assert!(parse(&format!("$[{}0]", "0,".repeat(255))).is_ok());
    assert!(parse(&format!("$[{}0]", "0,".repeat(256))).is_err());
    let nested = |depth: usize| format!("$[?({}@.a{})]", "(".repeat(depth), ")".repeat(depth));
    assert!(parse(&nested(15)).is_ok());
    assert!(parse(&nested(16)).is_err());
    assert!(parse(&nested(1_000_000)).is_err());
    assert!(parse(&format!("$[?({}@.a)]", "!".repeat(1_000_000))).is_err());
    assert!(parse(&"$[?(@".repeat(100_000)).is_err());
}

#[test]
fn no_path_and_no_document_makes_it_panic() {
    const PIECES: &[&str] = &[
        "$",
        "$$",
        ".",
        "..",
        "a",
        "b",
        "[",
        "]",
        "'a'",
        "\"b\"",
        "0",
        "-1",
        ",",
        ":",
        "*",
        "?(",
        "@",
        "(",
        ")",
        "==",
        "<",
        "&&",
        "||",
        "!",
        " ",
        "5",
        "null",
        "x",
        "\\",
        "ä",
        "'",
        ".a",
        "[0]",
        "[*]",
        "[1:]",
        "..a",
        "[?(@.a)]",
        "[?(@.a>1)]",
        "['a','b']",
        "[0,1]",
    ];
    const DOCUMENTS: &[&str] = &[
        "null",
        "[]",
        "{}",
        r#"{"a":{"b":[1,{"a":5}]},"b":"x"}"#,
        r#"[[0,{"a":2,"\u0062":[3]}],"a",-1e9,{"a":null}]"#,
    ];
    let mut random = Random::new(20);
    let mut valid = 0;
    for _ in 0..20_000 {
        let length = random.below(8);
        let pieces = (0..length).map(|_| PIECES[random.below(PIECES.len() as u64) as usize]);
        let text: String = std::iter::once("$").chain(pieces).collect();
        let Ok(path) = parse(&text) else { continue };
        valid += 1;
        assert_eq!(
            path.is_definite(),
            !path.selectors.iter().enumerate().any(|(place, selector)| match selector {
                Selector::Key(_) | Selector::Index(_) => false,
                Selector::Keys(_) => place + 1 < path.selectors.len(),
                _ => true,
            })
        );
        for document in DOCUMENTS {
            let mut out = Vec::new();
            if !read(&path.selectors, document.as_bytes(), &mut out).expect("little to do") {
                assert!(path.is_definite() && !why_missing(&path.selectors, document.as_bytes()).is_empty());
                continue;
            }
            let text = std::str::from_utf8(&out).expect("JSON is UTF-8");
            serde_json::from_str::<serde_json::Value>(text).expect("the result is JSON");
        }
    }
    assert!(valid > 1000, "{valid}");
}
