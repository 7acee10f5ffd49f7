//! A definition written in YAML, read into the same tree as JSON.
//!
//! YAML 1.2 core schema. Aliases are copied where they stand, within a budget, so that no small text unfolds into a
//! huge tree. Numbers become JSON numbers; what JSON cannot say (infinity, tags) is refused.

use std::collections::HashMap;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Tag};

use super::parse::{finding, not_an_object};
use super::{DEPTH_MAX, Kind, Member, Node};
use crate::diagnostic::{Diagnostic, INVALID_YAML_DESCRIPTION, Span};

/// What all aliases of a definition may add to it, in nodes and in bytes of text.
const ALIAS_COST_MAX: usize = 2_000_000;

/// Reads one YAML document. The root of a definition must be an object.
pub fn parse_yaml(text: &str) -> Result<Node, Diagnostic> {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let skipped = text.len() - body.len();
    let mut builder = Builder { places: Places::of(body, skipped), ..Builder::default() };
    let mut parser = Parser::new_from_str(body);
    while let Some(next) = parser.next_event() {
        match next {
            Ok((event, span)) => builder.event(event, span.start, span.end).map_err(|mistake| *mistake)?,
            Err(error) => return Err(*builder.mistake(*error.marker(), *error.marker(), error.info().to_owned())),
        }
    }
    match builder.root {
        Some(root) if root.as_object().is_some() => Ok(root),
        root => Err(not_an_object(root.map_or(Span::default(), |node| node.span))),
    }
}

type Found<T> = Result<T, Box<Diagnostic>>;

#[derive(Default)]
struct Builder {
    places: Places,
    open: Vec<Collection>,
    root: Option<Node>,
    anchors: HashMap<usize, Node>,
    alias_cost: usize,
}

/// An array or object whose end has not come yet.
struct Collection {
    start: Marker,
    anchor: usize,
    items: Items,
}

enum Items {
    Elements(Vec<Node>),
    Members { done: Vec<Member>, key: Option<(String, Span)> },
}

impl Builder {
    fn event(&mut self, event: Event<'_>, start: Marker, end: Marker) -> Found<()> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let kind = match self.kind_of(&text, style, tag.as_deref()) {
                    Ok(kind) => kind,
                    Err(why) => return Err(self.mistake(start, end, why)),
                };
                let node = Node { kind, span: self.places.span(start, end) };
                self.finish(node, anchor, start, end)
            }
            Event::SequenceStart(anchor, tag) => self.begin(start, anchor, tag.as_deref(), Items::Elements(Vec::new())),
            Event::MappingStart(anchor, tag) => {
                self.begin(start, anchor, tag.as_deref(), Items::Members { done: Vec::new(), key: None })
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(end),
            Event::Alias(anchor) => self.alias(anchor, start, end),
            Event::DocumentStart(_) if self.root.is_some() => {
                Err(self.mistake(start, end, "a definition is one YAML document, here begins a second".to_owned()))
            }
            _ => Ok(()),
        }
    }

    fn begin(&mut self, start: Marker, anchor: usize, tag: Option<&Tag>, items: Items) -> Found<()> {
        if let Some(tag) = tag.filter(|tag| !tag.is_yaml_core_schema()) {
            return Err(self.mistake(start, start, unknown_tag(tag)));
        }
        if self.open.len() >= DEPTH_MAX {
            let why = format!("the definition is nested more than {DEPTH_MAX} levels deep");
            return Err(self.mistake(start, start, why));
        }
        self.open.push(Collection { start, anchor, items });
        Ok(())
    }

    fn end(&mut self, end: Marker) -> Found<()> {
        let Some(Collection { start, anchor, items }) = self.open.pop() else { return Ok(()) };
        let kind = match items {
            Items::Elements(elements) => Kind::Array(elements),
            Items::Members { done, .. } => Kind::Object(done),
        };
        let node = Node { kind, span: self.places.span(start, end) };
        self.finish(node, anchor, start, end)
    }

    fn alias(&mut self, anchor: usize, start: Marker, end: Marker) -> Found<()> {
        let Some(node) = self.anchors.get(&anchor) else {
            return Err(self.mistake(start, end, "this alias stands inside what it names".to_owned()));
        };
        let (cost, depth) = measure(node);
        if self.alias_cost + cost > ALIAS_COST_MAX || self.open.len() + depth > DEPTH_MAX {
            return Err(self.mistake(
                start,
                end,
                "the anchors and aliases of this definition unfold into too much".to_owned(),
            ));
        }
        self.alias_cost += cost;
        let node = node.clone();
        self.finish(node, 0, start, end)
    }

    /// Puts a whole node where it belongs.
    fn finish(&mut self, node: Node, anchor: usize, start: Marker, end: Marker) -> Found<()> {
        if anchor != 0 {
            let (cost, _) = measure(&node);
            self.alias_cost += cost;
            if self.alias_cost > ALIAS_COST_MAX {
                return Err(self.mistake(
                    start,
                    end,
                    "the anchors and aliases of this definition unfold into too much".to_owned(),
                ));
            }
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut().map(|collection| &mut collection.items) {
            None => self.root = Some(node),
            Some(Items::Elements(elements)) => elements.push(node),
            Some(Items::Members { done, key }) => match (key.take(), node.kind) {
                (Some((name, name_span)), kind) => {
                    done.push(Member { name, name_span, value: Node { kind, span: node.span } });
                }
                (None, Kind::String(name) | Kind::Number(name)) => *key = Some((name, node.span)),
                (None, Kind::Bool(name)) => *key = Some((name.to_string(), node.span)),
                (None, _) => return Err(self.mistake(start, end, "a field's name must be a string".to_owned())),
            },
        }
        Ok(())
    }

    fn kind_of(&self, text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Result<Kind, String> {
        match tag {
            Some(tag) if !tag.is_yaml_core_schema() => Err(unknown_tag(tag)),
            Some(tag) if tag.suffix == "str" => Ok(Kind::String(text.to_owned())),
            None if style != ScalarStyle::Plain => Ok(Kind::String(text.to_owned())),
            _ => plain(text),
        }
    }

    fn mistake(&self, start: Marker, end: Marker, message: String) -> Box<Diagnostic> {
        let location = format!("line {}, column {}", start.line(), start.col() + 1);
        Box::new(finding(INVALID_YAML_DESCRIPTION, message, location, self.places.span(start, end)))
    }
}

/// An unquoted scalar (YAML 1.2.2, §10.3.2 "Tag Resolution").
fn plain(text: &str) -> Result<Kind, String> {
    Ok(match text {
        "" | "~" | "null" | "Null" | "NULL" => Kind::Null,
        "true" | "True" | "TRUE" => Kind::Bool(true),
        "false" | "False" | "FALSE" => Kind::Bool(false),
        _ => match number(text)? {
            Some(digits) => Kind::Number(digits),
            None => Kind::String(text.to_owned()),
        },
    })
}

/// A YAML number as JSON spells it; what is already JSON stays as it was written.
fn number(text: &str) -> Result<Option<String>, String> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let based = text.strip_prefix("0x").map(|hex| (hex, 16)).or(text.strip_prefix("0o").map(|octal| (octal, 8)));
    if let Some((digits, base)) = based.filter(|(digits, base)| digits.chars().all(|digit| digit.is_digit(*base))) {
        return Ok(u128::from_str_radix(digits, base).ok().map(|value| value.to_string()));
    }
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Err("JSON has no such number".to_owned());
    }
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let power = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
    if !digits(whole) || !digits(fraction) || whole.len() + fraction.len() == 0 || !digits(power) || power.is_empty() {
        return Ok(None);
    }
    let whole = whole.trim_start_matches('0');
    let mut json = if text.starts_with('-') { "-".to_owned() } else { String::new() };
    json.push_str(if whole.is_empty() { "0" } else { whole });
    if !fraction.is_empty() {
        json.push('.');
        json.push_str(fraction);
    }
    json.push_str(&unsigned[mantissa.len()..]);
    Ok(Some(json))
}

fn unknown_tag(tag: &Tag) -> String {
    format!("the tag {tag} is not resolved here: write ${{Name}} in a string and use --substitute Name=VALUE")
}

/// How much a copy of the node would hold, and how deep it is.
fn measure(node: &Node) -> (usize, usize) {
    let (cost, depth) = match &node.kind {
        Kind::String(text) | Kind::Number(text) => (text.len(), 0),
        Kind::Array(elements) => sum(elements.iter().map(measure)),
        Kind::Object(members) => sum(members.iter().map(|member| {
            let (cost, depth) = measure(&member.value);
            (cost + member.name.len() + size_of::<Member>(), depth)
        })),
        Kind::Null | Kind::Bool(_) => (0, 0),
    };
    (cost + size_of::<Node>(), depth + 1)
}

fn sum(parts: impl Iterator<Item = (usize, usize)>) -> (usize, usize) {
    parts.fold((0, 0), |(cost, depth), (more, deep)| (cost + more, depth.max(deep)))
}

/// Turns the parser's character counts into byte offsets.
#[derive(Default)]
struct Places {
    /// Where each character begins, when not every character is one byte.
    starts: Vec<u32>,
    skipped: usize,
    length: usize,
}

impl Places {
    fn of(text: &str, skipped: usize) -> Places {
        let starts =
            if text.is_ascii() { Vec::new() } else { text.char_indices().map(|(start, _)| start as u32).collect() };
        Places { starts, skipped, length: text.len() }
    }

    fn span(&self, start: Marker, end: Marker) -> Span {
        let first = self.byte(start.index());
        Span { start: first, end: self.byte(end.index()).max(first) }
    }

    fn byte(&self, index: usize) -> u32 {
        let byte = if self.starts.is_empty() {
            index.min(self.length)
        } else {
            self.starts.get(index).map_or(self.length, |&start| start as usize)
        };
        (byte + self.skipped) as u32
    }
}
