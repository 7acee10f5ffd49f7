//! Patterns as in ARNs of policies: `*` is any run of characters, `?` any one.

/// Whether the whole text fits the pattern. Takes at most pattern × text steps.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut at, mut done) = (0, 0);
    // The last star, and how much of the text it has taken; only the last one need ever take more.
    let mut star: Option<(usize, usize)> = None;
    while done < text.len() {
        match pattern.get(at) {
            // The last of the pattern takes all the rest.
            Some(b'*') if at + 1 == pattern.len() => return true,
            Some(b'*') => {
                star = Some((at, done));
                at += 1;
            }
            Some(wanted) if *wanted == b'?' || *wanted == text[done] => (at, done) = (at + 1, done + 1),
            _ => match &mut star {
                Some((place, taken)) => {
                    *taken += 1;
                    (at, done) = (*place + 1, *taken);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|rest| *rest == b'*')
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn stars_take_any_run_and_question_marks_one() {
        let arn = "arn:aws:lambda:us-east-1:123456789012:function:Enrich";
        for pattern in [
            arn,
            "*",
            "**",
            "arn:aws:lambda:*",
            "arn:aws:lambda:*:*:function:Enrich",
            "arn:*Enrich",
            "arn:aws:lambda:us-east-?:*:Enric?",
        ] {
            assert!(matches(pattern, arn), "{pattern}");
        }
        for pattern in ["", "arn", "*Enric", "arn:aws:lambda:*:*:function:Other", "?", "arn:aws:sns*"] {
            assert!(!matches(pattern, arn), "{pattern}");
        }
        assert!(matches("", "") && matches("**", "") && !matches("?", ""));
    }

    #[test]
    fn many_stars_take_no_exponential_time() {
        assert!(!matches(&"*a".repeat(50), &"a".repeat(49)));
        assert!(!matches(&format!("{}b", "*a".repeat(500)), &"a".repeat(5000)));
    }
}
