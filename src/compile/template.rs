//! Documents as pieces to be written, and how large they can get.

use super::document::{Document, Place, Root};
use super::lower::Lowering;
use crate::asl::graph::ScopeId;
use crate::json::{self, Step, tree};
use crate::program::{Edit, Piece, Spliced, Template, TemplateId};

/// How large a document can get: so many times the execution's input, and so many bytes beside.
pub(super) type Bound = Option<(u32, u32)>;

/// Pieces in the making: texts that touch become one.
#[derive(Default)]
struct Pieces {
    done: Vec<Piece>,
    text: Vec<u8>,
}

impl Lowering<'_> {
    /// The document as a template.
    pub fn template(&mut self, document: &Document) -> TemplateId {
        let pieces = self.pieces(document);
        let (inputs, bytes) = self.bound(document).map_or((0, None), |(inputs, bytes)| (inputs, Some(bytes)));
        self.builder.template(Template { pieces, inputs, bytes })
    }

    fn pieces(&mut self, document: &Document) -> Vec<Piece> {
        let mut pieces = Pieces::default();
        self.write(document, &mut pieces);
        self.flush(&mut pieces);
        pieces.done
    }

    fn flush(&mut self, pieces: &mut Pieces) {
        if !pieces.text.is_empty() {
            let text = self.builder.text(&pieces.text);
            pieces.done.push(Piece::Text(text));
            pieces.text.clear();
        }
    }

    fn write(&mut self, document: &Document, pieces: &mut Pieces) {
        match document {
            Document::At(place) => {
                let slot = self.slot(place);
                self.flush(pieces);
                pieces.done.push(Piece::Slot(slot));
            }
            Document::Constant(node) => tree::write(node, &mut pieces.text),
            Document::Object(fields) => {
                for (index, (name, value)) in fields.iter().enumerate() {
                    pieces.text.push(if index == 0 { b'{' } else { b',' });
                    json::quote(name, &mut pieces.text);
                    pieces.text.push(b':');
                    self.write(value, pieces);
                }
                pieces.text.extend_from_slice(if fields.is_empty() { b"{}" } else { b"}" });
            }
            Document::Array(elements) => {
                for (index, element) in elements.iter().enumerate() {
                    pieces.text.push(if index == 0 { b'[' } else { b',' });
                    self.write(element, pieces);
                }
                pieces.text.extend_from_slice(if elements.is_empty() { b"[]" } else { b"]" });
            }
            Document::Spliced(base, edits) => {
                let spliced = self.spliced(base, edits);
                self.flush(pieces);
                pieces.done.push(Piece::Spliced(Box::new(spliced)));
            }
            Document::Context(_) => {
                let fixed = self.fix(document.clone());
                self.write(&fixed, pieces);
            }
        }
    }

    fn spliced(&mut self, base: &Place, edits: &[(Vec<Box<str>>, Document)]) -> Spliced {
        let edits = edits.iter().map(|(keys, value)| self.edit(base, keys, value)).collect();
        Spliced { base: self.slot(base), edits }
    }

    fn edit(&mut self, base: &Place, keys: &[Box<str>], value: &Document) -> Edit {
        self.facts.splice_into(&base.root);
        if let Root::Captured(scope, capture) = &base.root
            && let Some(outer) = self.facts.captured(*scope, *capture).cloned()
        {
            self.facts.splice_into(&outer.root);
        }
        let present = (1..=keys.len()).map(|depth| self.slot(&below(base, &keys[..depth]))).collect();
        let mut key = |key: &str| {
            let mut text = Vec::new();
            json::quote(key, &mut text);
            text.push(b':');
            self.builder.text(&text)
        };
        let keys = keys.iter().map(|name| key(name)).collect();
        Edit { present, keys, value: self.pieces(value) }
    }

    /// How large the document can get, as far as is known.
    pub fn bound(&self, document: &Document) -> Bound {
        match document {
            Document::At(place) => match &place.root {
                Root::Input(ScopeId(0)) => Some((1, 0)),
                root => self.facts.bound(root),
            },
            Document::Constant(node) => {
                let mut text = Vec::new();
                tree::write(node, &mut text);
                Some((0, text.len() as u32))
            }
            Document::Object(fields) => {
                let names = fields.iter().map(|(name, _)| 6 * name.len() as u32 + 4).sum::<u32>() + 2;
                sum(names, fields.iter().map(|(_, value)| self.bound(value)))
            }
            Document::Array(elements) => {
                sum(elements.len() as u32 + 2, elements.iter().map(|element| self.bound(element)))
            }
            Document::Spliced(base, edits) => {
                let keys = edits.iter().flat_map(|(keys, _)| keys).map(|key| 6 * key.len() as u32 + 6).sum::<u32>();
                let base = self.bound(&Document::At(base.clone()));
                sum(keys, edits.iter().map(|(_, value)| self.bound(value)).chain([base]))
            }
            Document::Context(_) => Some((0, 1024)),
        }
    }
}

/// Bounds added up, while that is known and worth knowing.
fn sum(bytes: u32, parts: impl Iterator<Item = Bound>) -> Bound {
    parts.into_iter().try_fold((0u32, bytes), |(inputs, bytes), part| {
        let (more_inputs, more_bytes) = part?;
        let total = (inputs + more_inputs, bytes.checked_add(more_bytes)?);
        (total.0 <= 64 && total.1 <= 1 << 20).then_some(total)
    })
}

/// The place that keys lead to.
pub(super) fn below(base: &Place, keys: &[Box<str>]) -> Place {
    let steps = keys.iter().map(|key| Step::Key(key.clone()));
    Place { root: base.root.clone(), path: base.path.iter().cloned().chain(steps).collect() }
}
