//! A JSON document while it is made up.

/// A value. Texts are written as they stand: they hold the escapes they need.
pub enum Node {
    Text(String),
    /// A number or literal.
    Plain(String),
    Array(Vec<Node>),
    Object(Vec<(String, Node)>),
}

impl Node {
    pub fn null() -> Node {
        Node::Plain("null".into())
    }

    pub fn write(&self, out: &mut String) {
        match self {
            Node::Text(text) => {
                out.push('"');
                out.push_str(text);
                out.push('"');
            }
            Node::Plain(text) => out.push_str(text),
            Node::Array(items) => {
                out.push('[');
                for (place, item) in items.iter().enumerate() {
                    out.push_str(if place == 0 { "" } else { "," });
                    item.write(out);
                }
                out.push(']');
            }
            Node::Object(members) => {
                out.push('{');
                for (place, (name, value)) in members.iter().enumerate() {
                    out.push_str(if place == 0 { "\"" } else { ",\"" });
                    out.push_str(name);
                    out.push_str("\":");
                    value.write(out);
                }
                out.push('}');
            }
        }
    }
}

/// An object of these members.
pub fn object<const COUNT: usize>(members: [(&str, Node); COUNT]) -> Node {
    Node::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

impl From<&str> for Node {
    fn from(text: &str) -> Node {
        Node::Text(text.to_owned())
    }
}

impl From<String> for Node {
    fn from(text: String) -> Node {
        Node::Text(text)
    }
}

impl From<u64> for Node {
    fn from(number: u64) -> Node {
        Node::Plain(number.to_string())
    }
}

impl From<bool> for Node {
    fn from(value: bool) -> Node {
        Node::Plain(value.to_string())
    }
}

impl From<Vec<Node>> for Node {
    fn from(items: Vec<Node>) -> Node {
        Node::Array(items)
    }
}
