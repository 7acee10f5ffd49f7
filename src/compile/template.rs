//! Documents as pieces to be written, and how large they can get.

use super::atlas::{Name, Path, Step};
use super::document::{self, Document, Place, Root};
use super::lower::Lowering;
use crate::asl::graph::ScopeId;
use crate::json::{self, Value};
use crate::program::{Edit, Piece, Slot, Spliced, Template, TemplateId};

/// How large a document can get: so many times the execution's input, and so many bytes beside.
pub(super) type Bound = Option<(u32, u32)>;

/// How many templates of a state are kept to be used again.
const RECENT_MAX: usize = 4;

/// Pieces in the making: texts that touch become one.
#[derive(Default)]
struct Pieces {
    done: Vec<Piece>,
    text: Vec<u8>,
}

impl Lowering<'_> {
    /// The document as a template.
    pub fn template(&mut self, document: &Document) -> TemplateId {
        let known = self.recent.iter().find(|(known, _)| known.is_same(document)).map(|(_, id)| *id);
        // The builder would find it again only among its latest.
        if let Some(id) = known.filter(|id| self.builder.is_recent(*id)) {
            return id;
        }
        let id = self.new_template(document);
        if self.recent.len() < RECENT_MAX && !document.has_context() {
            self.recent.push((document.clone(), id));
        }
        id
    }

    fn new_template(&mut self, document: &Document) -> TemplateId {
        if self.is_learning() {
            self.note(document);
            return TemplateId(0);
        }
        let pieces = self.pieces(document);
        let (inputs, bytes) = self.bound(document).map_or((0, None), |(inputs, bytes)| (inputs, Some(bytes)));
        self.builder.template(Template { pieces, inputs, bytes })
    }

    /// Notes what is read when the document is written: the same, in the same order.
    fn note(&mut self, document: &Document) {
        match document {
            Document::At(place) => {
                self.slot(*place);
            }
            Document::Constant(_) => {}
            Document::Object(fields) => fields.iter().for_each(|(_, value)| self.note(value)),
            Document::Array(elements) => elements.iter().for_each(|element| self.note(element)),
            Document::Spliced(base, edits) => {
                for (keys, part) in edits.iter() {
                    self.edit_slots(*base, *keys, |_| ());
                    self.note(part);
                }
                self.slot(*base);
            }
            Document::Context(_) => {
                let fixed = self.fix(document.clone());
                self.note(&fixed);
            }
        }
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
                let slot = self.slot(*place);
                self.flush(pieces);
                pieces.done.push(Piece::Slot(slot));
            }
            Document::Constant(constant) => pieces.text.extend_from_slice(&constant.text),
            Document::Object(fields) => {
                for (index, (name, value)) in fields.iter().enumerate() {
                    pieces.text.push(if index == 0 { b'{' } else { b',' });
                    json::quote(self.facts.atlas.text(*name), &mut pieces.text);
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
                let spliced = self.spliced(*base, edits);
                self.flush(pieces);
                pieces.done.push(Piece::Spliced(Box::new(spliced)));
            }
            Document::Context(_) => {
                let fixed = self.fix(document.clone());
                self.write(&fixed, pieces);
            }
        }
    }

    fn spliced(&mut self, base: Place, edits: &[document::Edit]) -> Spliced {
        let edits = edits.iter().map(|(keys, value)| self.edit(base, *keys, value)).collect();
        Spliced { base: self.slot(base), edits }
    }

    fn edit(&mut self, base: Place, keys: Path, value: &Document) -> Edit {
        let mut present = Vec::new();
        self.edit_slots(base, keys, |slot| present.push(slot));
        let steps = self.facts.atlas.steps(keys).clone();
        let keys = keys_of(&steps).map(|name| self.key(name)).collect();
        Edit { present, keys, value: self.pieces(value) }
    }

    /// The slots of what stands where a part is put in, and on the way to it.
    fn edit_slots(&mut self, base: Place, keys: Path, mut each: impl FnMut(Slot)) {
        self.facts.splice_into(base.root);
        if let Root::Captured(scope, capture) = base.root
            && let Some(outer) = self.facts.captured(scope, capture)
        {
            self.facts.splice_into(outer.root);
        }
        let mut place = base;
        for step in self.facts.atlas.steps(keys).clone().iter() {
            place = place.below(&[*step], &mut self.facts.atlas);
            each(self.slot(place));
        }
    }

    /// A member's name as it is written, with its colon.
    fn key(&mut self, name: Name) -> Value {
        let mut text = Vec::new();
        json::quote(self.facts.atlas.text(name), &mut text);
        text.push(b':');
        self.builder.text(&text)
    }

    /// How large the document can get, as far as is known.
    pub fn bound(&self, document: &Document) -> Bound {
        match document {
            Document::At(place) => match place.root {
                Root::Input(ScopeId(0)) => Some((1, 0)),
                root => self.facts.bound(root),
            },
            Document::Constant(constant) => Some((0, constant.text.len() as u32)),
            Document::Object(fields) => {
                let names = fields.iter().map(|(name, _)| 6 * self.length(*name) + 4).sum::<u32>() + 2;
                sum(names, fields.iter().map(|(_, value)| self.bound(value)))
            }
            Document::Array(elements) => {
                sum(elements.len() as u32 + 2, elements.iter().map(|element| self.bound(element)))
            }
            Document::Spliced(base, edits) => {
                let names = edits.iter().flat_map(|(keys, _)| keys_of(self.facts.atlas.steps(*keys)));
                let keys = names.map(|name| 6 * self.length(name) + 6).sum::<u32>();
                let base = self.bound(&Document::At(*base));
                sum(keys, edits.iter().map(|(_, value)| self.bound(value)).chain([base]))
            }
            Document::Context(_) => Some((0, 1024)),
        }
    }

    /// How many bytes a name has.
    fn length(&self, name: Name) -> u32 {
        self.facts.atlas.text(name).len() as u32
    }
}

/// The names of a path of keys.
fn keys_of(steps: &[Step]) -> impl Iterator<Item = Name> {
    steps.iter().filter_map(|step| step.key())
}

/// Bounds added up, while that is known and worth knowing.
fn sum(bytes: u32, parts: impl Iterator<Item = Bound>) -> Bound {
    parts.into_iter().try_fold((0u32, bytes), |(inputs, bytes), part| {
        let (more_inputs, more_bytes) = part?;
        let total = (inputs + more_inputs, bytes.checked_add(more_bytes)?);
        (total.0 <= 64 && total.1 <= 1 << 20).then_some(total)
    })
}
