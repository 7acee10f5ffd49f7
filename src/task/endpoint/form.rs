//! Bodies as forms: `a=1&b%5Bc%5D=2` (developer guide, "Applying URL-encoding on request body").

use super::value::Value;
use crate::task::http::encode;
use serde::Deserialize;
use serde_json::value::RawValue;

/// How arrays are written.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum ArrayFormat {
    /// `a[0]=x&a[1]=y`
    #[default]
    Indices,
    /// `a=x&a=y`
    Repeat,
    /// `a=x,y`
    Commas,
    /// `a[]=x&a[]=y`
    Brackets,
}

/// Objects and arrays within each other; payloads that are deeper are no forms.
const DEPTH_MAX: usize = 32;

/// The members of an object as a form. None: it is too deep, or a string in it is no Unicode.
pub(super) fn write<'a>(members: impl Iterator<Item = (&'a str, &'a RawValue)>, format: ArrayFormat) -> Option<String> {
    let mut form = Form { format, text: String::new() };
    for (name, value) in members {
        form.put(name, value, DEPTH_MAX)?;
    }
    Some(form.text)
}

/// Adds a pair to a form or a query.
pub(super) fn put_pair(name: &str, value: &str, to: &mut String) {
    if !to.is_empty() {
        to.push('&');
    }
    encode(name, b"", to);
    to.push('=');
    encode(value, b"", to);
}

struct Form {
    format: ArrayFormat,
    text: String,
}

impl Form {
    fn put(&mut self, name: &str, value: &RawValue, depth: usize) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        match (Value::of(value)?, self.format) {
            (Value::Object(members), _) => {
                members.iter().try_for_each(|(key, value)| self.put(&format!("{name}[{key}]"), value, depth))
            }
            (Value::Array(items), ArrayFormat::Indices) => items
                .iter()
                .enumerate()
                .try_for_each(|(place, item)| self.put(&format!("{name}[{place}]"), item, depth)),
            (Value::Array(items), ArrayFormat::Repeat) => items.iter().try_for_each(|item| self.put(name, item, depth)),
            (Value::Array(items), ArrayFormat::Brackets) => {
                items.iter().try_for_each(|item| self.put(&format!("{name}[]"), item, depth))
            }
            (Value::Array(items), ArrayFormat::Commas) => {
                let texts: Vec<_> = items.iter().map(|item| text(item)).collect::<Option<_>>()?;
                put_pair(name, &texts.join(","), &mut self.text);
                Some(())
            }
            (scalar, _) => {
                put_pair(name, &scalar.scalar()?, &mut self.text);
                Some(())
            }
        }
    }
}

/// An item of a list with commas; what has parts is written as JSON.
fn text(item: &RawValue) -> Option<String> {
    match Value::of(item)? {
        Value::Array(_) | Value::Object(_) => Some(item.get().to_owned()),
        scalar => scalar.scalar().map(std::borrow::Cow::into_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(body: &str, format: ArrayFormat) -> Option<String> {
        let raw: &RawValue = serde_json::from_str(body).expect("it is JSON");
        let Some(Value::Object(members)) = Value::of(raw) else { panic!("it is an object") };
        write(members.iter().map(|(name, value)| (&**name, *value)), format)
    }

    #[test]
    fn arrays_are_written_as_the_guide_has_them() {
        for (format, expected) in [
            (ArrayFormat::Indices, "array%5B0%5D=a&array%5B1%5D=b"),
            (ArrayFormat::Repeat, "array=a&array=b"),
            (ArrayFormat::Commas, "array=a%2Cb"),
            (ArrayFormat::Brackets, "array%5B%5D=a&array%5B%5D=b"),
        ] {
            assert_eq!(form(r#"{"array":["a","b"]}"#, format).as_deref(), Some(expected));
        }
    }

    #[test]
    fn objects_nest_and_values_stay_as_they_were_written() {
        let body =
            r#"{"description":"Monthly subscription","metadata":{"order":{"id":1.50}},"ok":true,"no":null,"e":[]}"#;
        let expected = "description=Monthly%20subscription&metadata%5Border%5D%5Bid%5D=1.50&ok=true&no=";
        assert_eq!(form(body, ArrayFormat::Indices).as_deref(), Some(expected));
        assert_eq!(form(r#"{"a":[{"b":[1]}]}"#, ArrayFormat::Indices).as_deref(), Some("a%5B0%5D%5Bb%5D%5B0%5D=1"));
        assert_eq!(form(r#"{"a":[{"b":1},null]}"#, ArrayFormat::Commas).as_deref(), Some("a=%7B%22b%22%3A1%7D%2C"));
    }

    #[test]
    fn what_is_too_deep_is_no_form() {
        let body = |depth: usize| format!("{{\"a\":{}1{}}}", "[".repeat(depth), "]".repeat(depth));
        assert!(form(&body(DEPTH_MAX - 1), ArrayFormat::Repeat).is_some());
        assert!(form(&body(DEPTH_MAX), ArrayFormat::Repeat).is_none());
        assert!(form(&body(100_000), ArrayFormat::Repeat).is_none());
    }
}
