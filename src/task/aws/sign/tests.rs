//! AWS's published test vectors, and the examples of the S3 API Reference.

use super::*;

/// The secret of AWS's documentation.
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

/// Name, method, target, headers beside `Host`, body, signature.
type Vector = (&'static str, &'static str, &'static str, &'static [&'static str], &'static str, &'static str);

/// The suite `aws-sig-v4-test-suite` as awslabs/aws-c-auth and botocore carry it (Apache-2.0), without
/// `post-sts-header-after`: there the token is added after the signature, which no service needs.
#[rustfmt::skip]
const SUITE: &[Vector] = &[
    ("get-header-key-duplicate", "GET", "/",
        &["My-Header1:value2", "My-Header1:value2", "My-Header1:value1"], "",
        "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"),
    ("get-header-value-multiline", "GET", "/",
        &["My-Header1:value1\n  value2\n     value3"], "",
        "cfd34249e4b1c8d6b91ef74165d41a32e5fab3306300901bb65a51a73575eefd"),
    ("get-header-value-order", "GET", "/",
        &["My-Header1:value4", "My-Header1:value1", "My-Header1:value3", "My-Header1:value2"], "",
        "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01"),
    ("get-header-value-trim", "GET", "/",
        &["My-Header1: value1", "My-Header2: \"a   b   c\""], "",
        "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"),
    ("get-relative", "GET", "/example/..",
        &[], "",
        "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
    ("get-relative-relative", "GET", "/example1/example2/../..",
        &[], "",
        "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
    ("get-slash", "GET", "//",
        &[], "",
        "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
    ("get-slash-dot-slash", "GET", "/./",
        &[], "",
        "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
    ("get-slash-pointless-dot", "GET", "/./example",
        &[], "",
        "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5"),
    ("get-slashes", "GET", "//example//",
        &[], "",
        "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84"),
    ("get-space", "GET", "/example space/",
        &[], "",
        "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741"),
    ("get-special-character", "GET", "/example/$delete",
        &[], "",
        "a853c9b21b528b19643d00910d35b83a10c366a10833ceefb45edd6c80e40f27"),
    ("get-unreserved", "GET", "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
        &[], "",
        "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"),
    ("get-utf8", "GET", "/ሴ",
        &[], "",
        "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"),
    ("get-vanilla", "GET", "/",
        &[], "",
        "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
    ("get-vanilla-empty-query-key", "GET", "/?Param1=value1",
        &[], "",
        "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"),
    ("get-vanilla-query", "GET", "/",
        &[], "",
        "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
    ("get-vanilla-query-order-encoded", "GET", "/?Param-3=Value3&Param=Value2&%E1%88%B4=Value1",
        &[], "",
        "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac"),
    ("get-vanilla-query-order-key", "GET", "/?Param1=value2&Param1=Value1",
        &[], "",
        "eedbc4e291e521cf13422ffca22be7d2eb8146eecf653089df300a15b2382bd1"),
    ("get-vanilla-query-order-key-case", "GET", "/?Param2=value2&Param1=value1",
        &[], "",
        "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
    ("get-vanilla-query-order-value", "GET", "/?Param1=value2&Param1=value1",
        &[], "",
        "5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694"),
    ("get-vanilla-query-unreserved", "GET", "/?-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz=-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
        &[], "",
        "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"),
    ("get-vanilla-utf8-query", "GET", "/?ሴ=bar",
        &[], "",
        "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"),
    ("get-vanilla-with-session-token", "GET", "/",
        &[], "",
        "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8"),
    ("post-header-key-case", "POST", "/",
        &[], "",
        "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
    ("post-header-key-sort", "POST", "/",
        &["My-Header1:value1"], "",
        "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"),
    ("post-header-value-case", "POST", "/",
        &["My-Header1:VALUE1"], "",
        "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d"),
    ("post-sts-header-before", "POST", "/",
        &[], "",
        "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead"),
    ("post-vanilla", "POST", "/",
        &[], "",
        "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
    ("post-vanilla-empty-query-value", "POST", "/?Param1=value1",
        &[], "",
        "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11"),
    ("post-vanilla-query", "POST", "/?Param1=value1",
        &[], "",
        "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11"),
    ("post-x-www-form-urlencoded", "POST", "/",
        &["Content-Type:application/x-www-form-urlencoded"], "Param1=value1",
        "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"),
    ("post-x-www-form-urlencoded-parameters", "POST", "/",
        &["Content-Type:application/x-www-form-urlencoded; charset=utf8"], "Param1=value1",
        "1a72ec8f64bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe"),
];

/// The session token of `post-sts-header-before`.
const TOKEN: &str = concat!(
    "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfp",
    "SPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQ",
    "DYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+s",
    "cqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==",
);

fn credentials(secret: &str, token: Option<&str>) -> Credentials {
    Credentials {
        access_key_id: "AKIDEXAMPLE".into(),
        secret_access_key: secret.into(),
        session_token: token.map(str::to_owned),
    }
}

fn signature(signed: &[(&'static str, String)]) -> String {
    let (name, value) = signed.last().expect("something is added");
    assert_eq!(*name, "authorization");
    value.split("Signature=").nth(1).expect("a signature").to_owned()
}

#[test]
fn aws_vectors_come_out() {
    for (name, method, target, headers, body, expected) in SUITE {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut headers: Vec<_> = headers.iter().filter_map(|line| line.split_once(':')).collect();
        headers.push(("Host", "example.amazonaws.com"));
        let token = match *name {
            "get-vanilla-with-session-token" => {
                Some("6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267")
            }
            "post-sts-header-before" => Some(TOKEN),
            _ => None,
        };
        let request = Unsigned { method, path, query, headers: &headers, body: body.as_bytes() };
        let scope = Scope { region: "us-east-1", service: "service" };
        let signed = sign(&request, &credentials(SECRET, token), scope, 1_440_938_160);
        assert_eq!(signed[0], ("x-amz-date", "20150830T123600Z".to_owned()));
        assert_eq!(&signature(&signed), expected, "{name}");
    }
}

/// The examples of the S3 API Reference, "Signature Calculations for the Authorization Header: Transferring Payload in
/// a Single Chunk".
#[test]
fn s3_signs_the_hash_of_the_body_and_the_path_as_it_is() {
    let put: &[(&str, &str)] =
        &[("Date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY")];
    for (method, path, query, headers, body, expected) in [
        (
            "GET",
            "/test.txt",
            "",
            &[("Range", "bytes=0-9")][..],
            "",
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        ),
        (
            "PUT",
            "/test%24file.text",
            "",
            put,
            "Welcome to Amazon S3.",
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
        ),
        ("GET", "/", "lifecycle", &[], "", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
        (
            "GET",
            "/",
            "max-keys=2&prefix=J",
            &[],
            "",
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
        ),
    ] {
        let headers: Vec<_> = headers.iter().copied().chain([("host", "examplebucket.s3.amazonaws.com")]).collect();
        let request = Unsigned { method, path, query, headers: &headers, body: body.as_bytes() };
        let credentials = Credentials {
            access_key_id: "AKIAIOSFODNN7EXAMPLE".into(),
            secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".into(),
            session_token: None,
        };
        let scope = Scope { region: "us-east-1", service: "s3" };
        assert_eq!(signature(&sign(&request, &credentials, scope, 1_369_353_600)), expected, "{method} {path}");
    }
}

#[test]
fn a_path_that_is_encoded_already_is_encoded_again_except_for_s3() {
    let request = Unsigned { method: "GET", path: "/a%2Fb/../c//d%20e", query: "", headers: &[], body: b"" };
    let path = |service| {
        let scope = Scope { region: "r", service };
        canonical(&request, &[], scope, "").0.lines().nth(1).expect("a path").to_owned()
    };
    assert_eq!(path("lambda"), "/c/d%2520e");
    assert_eq!(path("s3"), request.path);
}

#[test]
fn secrets_do_not_show() {
    let shown = format!("{:?}", credentials(SECRET, Some(TOKEN)));
    assert!(shown.contains("AKIDEXAMPLE") && !shown.contains("wJalr") && !shown.contains("AQoDYX"), "{shown}");
}
