//! Where values lie that an expression makes: arrays, objects, strings and functions of one evaluation.
//!
//! Nothing is freed one by one: an evaluation is short, and the next one begins with the heap empty. How much may be made
//! is bounded, so that no expression can exhaust the process.

mod objects;
mod strings;
mod unfold;

use super::fault::Fault;
use super::item::{Cursor, Item, Span};
pub use super::limit::out_of_memory;
use crate::json::{self, Texts, Value};

/// What a fault-prone operation gives.
pub type Outcome<T> = Result<T, Box<Fault>>;

/// An array of the heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArrayId(pub u64);

/// An object of the heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ObjectId(pub u64);

/// A function of the heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FunctionId(pub u64);

/// Most bytes that one evaluation may hold at once.
const MEMORY_BYTES_MAX: usize = 192 * 1024 * 1024;
/// The deepest that arrays and objects may be put into one another; what is written is walked by recursion.
const NESTING_MAX: u16 = 400;
/// Memory that is kept from one evaluation to the next.
const KEPT_ITEMS_MAX: usize = 1 << 16;
const KEPT_BYTES_MAX: usize = 1 << 20;

/// What is special about an array.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// What a path or a filter gave: a single item stands for itself, none for nothing.
    pub sequence: bool,
    /// … but this one stays an array (`[]` behind a step).
    pub keep_singleton: bool,
    /// It was put together at the end of a path and is not flattened into it.
    pub constructed: bool,
    /// Its items are tuples: values with the bindings they were found under.
    pub tuples: bool,
    /// A step is still gathering its items.
    pub open: bool,
}

#[derive(Clone, Copy, Debug)]
struct ArrayHead {
    start: u32,
    len: u32,
    capacity: u32,
    extent: u32,
    depth: u16,
    flags: Flags,
    /// The text it is a copy of, as long as it is.
    origin: Value,
}

/// Names and values alternate among the items; names are strings.
#[derive(Clone, Copy, Debug)]
struct ObjectHead {
    start: u32,
    len: u32,
    capacity: u32,
    extent: u32,
    depth: u16,
    /// The text it is a copy of, as long as it is.
    origin: Value,
}

/// A function.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Function {
    /// A row of the table of functions.
    Builtin(u8),
    /// One that the expression defines.
    Lambda {
        /// Which.
        lambda: u32,
        /// The context where it was defined, then the variables it shares.
        captured: ArrayId,
    },
    /// A function with some arguments fixed; the others are [`Item::Unbound`].
    Partial {
        /// The function.
        function: FunctionId,
        /// Its arguments.
        arguments: ArrayId,
    },
    /// One function after the other.
    Chain {
        /// The first.
        first: FunctionId,
        /// The second.
        second: FunctionId,
    },
    /// A regular expression of the program.
    Regex(u32),
    /// The next match of a regular expression.
    NextMatch {
        /// The regular expression.
        regex: u32,
        /// In what.
        text: Span,
        /// From where on.
        from: u32,
    },
}

/// Everything one evaluation makes.
#[derive(Debug)]
pub struct Heap {
    items: Vec<Item>,
    arrays: Vec<ArrayHead>,
    objects: Vec<ObjectHead>,
    strings: Vec<u8>,
    functions: Vec<Function>,
    cells: Vec<Item>,
    /// Where strings are put together.
    scratch: Vec<u8>,
    /// Values that have been unfolded, with what they became: expressions go through the same arrays again and again.
    unfolded: Vec<(Value, Item)>,
    /// Parts of values that are being unfolded.
    parts: Vec<Item>,
    /// What tells the names of the object apart that is being unfolded.
    keys: Vec<u64>,
    /// The most that a value may be, written out, in bytes, roughly: parts that are shared count each time. So whoever
    /// walks a value comes to an end.
    value_bytes_max: u32,
}

impl Default for Heap {
    fn default() -> Heap {
        Heap {
            items: Vec::new(),
            arrays: Vec::new(),
            objects: Vec::new(),
            strings: Vec::new(),
            functions: Vec::new(),
            cells: Vec::new(),
            scratch: Vec::new(),
            unfolded: Vec::new(),
            parts: Vec::new(),
            keys: Vec::new(),
            value_bytes_max: MEMORY_BYTES_MAX as u32,
        }
    }
}

impl Heap {
    /// Forgets everything; no value may be larger than this from now on, in bytes.
    #[inline]
    pub fn clear(&mut self, value_bytes_max: u32) {
        if self.items.capacity() > KEPT_ITEMS_MAX || self.strings.capacity() > KEPT_BYTES_MAX {
            *self = Heap::default();
        }
        self.value_bytes_max = value_bytes_max;
        self.items.clear();
        self.arrays.clear();
        self.objects.clear();
        self.strings.clear();
        self.functions.clear();
        self.cells.clear();
        self.unfolded.clear();
    }

    fn check_memory(&self, more_items: usize, more_bytes: usize) -> Outcome<()> {
        let items = (self.items.len() + more_items) * size_of::<Item>();
        let heads = (self.arrays.len() + self.objects.len() + self.functions.len() + self.cells.len()) * 24;
        if (items + heads + self.strings.len()).saturating_add(more_bytes) > MEMORY_BYTES_MAX {
            Err(out_of_memory())
        } else {
            Ok(())
        }
    }

    /// Room for so many items at the end.
    fn room(&mut self, items: usize) -> Outcome<u32> {
        self.check_memory(items, 0)?;
        let start = self.items.len();
        self.items.resize(start + items, Item::Undefined);
        Ok(start as u32)
    }
}

/// Arrays.
impl Heap {
    /// A new, empty array.
    pub fn array(&mut self, flags: Flags) -> ArrayId {
        let start = self.items.len() as u32;
        self.arrays.push(ArrayHead { start, len: 0, capacity: 0, extent: 0, depth: 1, flags, origin: Value::MISSING });
        ArrayId(self.arrays.len() as u64 - 1)
    }

    /// A new, empty array with room for so many items.
    pub fn array_with_room(&mut self, flags: Flags, items: usize) -> Outcome<ArrayId> {
        let start = self.room(items)?;
        self.arrays.push(ArrayHead {
            start,
            len: 0,
            capacity: items as u32,
            extent: 0,
            depth: 1,
            flags,
            origin: Value::MISSING,
        });
        Ok(ArrayId(self.arrays.len() as u64 - 1))
    }

    /// A new array of these items.
    pub fn array_of(&mut self, items: &[Item], flags: Flags) -> Outcome<ArrayId> {
        let array = self.array(flags);
        for item in items {
            self.push(array, *item)?;
        }
        Ok(array)
    }

    /// A sequence: one item stands for itself.
    pub fn sequence(&mut self) -> ArrayId {
        self.array(Flags { sequence: true, ..Flags::default() })
    }

    /// Appends an item.
    #[inline]
    pub fn push(&mut self, array: ArrayId, item: Item) -> Outcome<()> {
        let (depth, extent) = self.measure(item)?;
        let head = self.arrays[array.0 as usize];
        if head.len == head.capacity {
            self.grow_array(array)?;
        }
        let head = &mut self.arrays[array.0 as usize];
        head.extent = within(self.value_bytes_max, head.extent, extent)?;
        head.depth = head.depth.max(depth + 1);
        head.origin = Value::MISSING;
        self.items[(head.start + head.len) as usize] = item;
        head.len += 1;
        Ok(())
    }

    /// How deep the item's parts are nested, and how much it is, written out; too deep is a fault of what would hold it.
    #[inline]
    fn measure(&self, item: Item) -> Outcome<(u16, u32)> {
        let (depth, extent) = match item {
            Item::Array(array) => (self.arrays[array.0 as usize].depth, self.arrays[array.0 as usize].extent),
            Item::Object(object) => (self.objects[object.0 as usize].depth, self.objects[object.0 as usize].extent),
            Item::Quoted(value) | Item::Listed(value) | Item::Keyed(value) => return Ok((0, value.len() as u32)),
            Item::String(span) => return Ok((0, span.len())),
            _ => return Ok((0, NUMBER_EXTENT)),
        };
        if depth >= NESTING_MAX { Err(too_deep()) } else { Ok((depth, extent)) }
    }

    /// An array that begins with the items of another, which stays as it is; so that appending one by one takes linear time.
    pub fn continued(&mut self, array: ArrayId, flags: Flags) -> ArrayId {
        let head = &mut self.arrays[array.0 as usize];
        let longer = ArrayHead { flags, origin: Value::MISSING, ..*head };
        // The room behind the items belongs to the longer one now.
        head.capacity = head.len;
        self.arrays.push(longer);
        ArrayId(self.arrays.len() as u64 - 1)
    }

    fn grow_array(&mut self, array: ArrayId) -> Outcome<()> {
        let head = self.arrays[array.0 as usize];
        let (start, capacity) = self.grow(head.start, head.len, head.capacity)?;
        let head = &mut self.arrays[array.0 as usize];
        (head.start, head.capacity) = (start, capacity);
        Ok(())
    }

    /// More room for `len` items at `start`: where they are, if they are the last, else at the end.
    fn grow(&mut self, start: u32, len: u32, capacity: u32) -> Outcome<(u32, u32)> {
        let more = capacity.max(4);
        if (start + capacity) as usize == self.items.len() {
            self.room(more as usize)?;
            return Ok((start, capacity + more));
        }
        let new = self.room((capacity + more) as usize)?;
        self.items.copy_within(start as usize..(start + len) as usize, new as usize);
        Ok((new, capacity + more))
    }

    /// The text of a value that was unfolded and not changed since.
    pub fn origin(&self, item: Item) -> Option<Value> {
        let origin = match item {
            Item::Array(array) => self.arrays[array.0 as usize].origin,
            Item::Object(object) => self.objects[object.0 as usize].origin,
            _ => return None,
        };
        (!origin.is_missing()).then_some(origin)
    }

    /// Its items.
    #[inline]
    pub fn items(&self, array: ArrayId) -> &[Item] {
        let head = &self.arrays[array.0 as usize];
        &self.items[head.start as usize..(head.start + head.len) as usize]
    }

    /// Its items, to be changed one for another of the same depth: tuples, variables.
    pub fn items_mut(&mut self, array: ArrayId) -> &mut [Item] {
        let head = &self.arrays[array.0 as usize];
        &mut self.items[head.start as usize..(head.start + head.len) as usize]
    }

    /// How many items it has.
    #[inline]
    pub fn len(&self, array: ArrayId) -> usize {
        self.arrays[array.0 as usize].len as usize
    }

    /// What is special about it.
    #[inline]
    pub fn flags(&self, array: ArrayId) -> Flags {
        self.arrays[array.0 as usize].flags
    }

    /// Changes what is special about it.
    pub fn set_flags(&mut self, array: ArrayId, flags: Flags) {
        self.arrays[array.0 as usize].flags = flags;
    }

    /// Whether the value is a sequence.
    #[inline]
    pub fn is_sequence(&self, item: Item) -> bool {
        matches!(item, Item::Array(array) if self.flags(array).sequence)
    }

    /// Any value as an array of the heap: an array's items, a single value as the only item, nothing as none.
    pub fn spread(&mut self, item: Item, texts: Texts<'_>) -> Outcome<ArrayId> {
        match item {
            Item::Array(array) => Ok(array),
            Item::Listed(_) => match self.unfolded(item, texts)? {
                Item::Array(array) => Ok(array),
                _ => Ok(self.array(Flags::default())),
            },
            Item::Undefined | Item::Unbound => Ok(self.array(Flags::default())),
            single => self.array_of(&[single], Flags::default()),
        }
    }

    /// How many items an array has; one for any other value, none for nothing.
    pub fn count(&self, item: Item, texts: Texts<'_>) -> usize {
        match item {
            Item::Array(array) => self.len(array),
            Item::Listed(value) => json::elements(texts.text(value)).count(),
            Item::Undefined | Item::Unbound => 0,
            _ => 1,
        }
    }

    /// The next item of an iteration; a value that is no array gives itself once.
    #[inline]
    pub fn next(&self, source: Item, cursor: &mut Cursor, texts: Texts<'_>) -> Option<Item> {
        match source {
            Item::Array(array) => {
                let item = self.items(array).get(cursor.index() as usize).copied()?;
                cursor.step(0);
                Some(item)
            }
            Item::Listed(value) => {
                let text = texts.text(value);
                let range = json::elements_from(text, cursor.at() as usize).next()?;
                cursor.step(range.end as u32);
                Some(Item::from_text(value.part(range.clone()), &text[range]))
            }
            Item::Undefined | Item::Unbound => None,
            single if cursor.index() == 0 => {
                cursor.step(0);
                Some(single)
            }
            _ => None,
        }
    }

    /// The item at a place of an array; of any other value the place 0 is the value itself.
    pub fn nth(&self, item: Item, place: usize, texts: Texts<'_>) -> Option<Item> {
        match item {
            Item::Array(array) => self.items(array).get(place).copied(),
            Item::Listed(value) => {
                let text = texts.text(value);
                let range = json::elements(text).nth(place)?;
                Some(Item::from_text(value.part(range.clone()), &text[range]))
            }
            Item::Undefined | Item::Unbound => None,
            single => (place == 0).then_some(single),
        }
    }
}

/// Functions and shared variables.
impl Heap {
    /// Keeps a function.
    pub fn function(&mut self, function: Function) -> Outcome<Item> {
        self.check_memory(0, 0)?;
        self.functions.push(function);
        Ok(Item::Function(FunctionId(self.functions.len() as u64 - 1)))
    }

    /// What the function is.
    pub fn function_of(&self, id: FunctionId) -> Function {
        self.functions[id.0 as usize]
    }

    /// A variable that functions share.
    pub fn cell(&mut self, value: Item) -> Outcome<Item> {
        self.check_memory(0, 0)?;
        self.cells.push(value);
        Ok(Item::Cell(self.cells.len() as u64 - 1))
    }

    /// What a register stands for: a shared variable's value, else itself.
    #[inline]
    pub fn open(&self, item: Item) -> Item {
        match item {
            Item::Cell(cell) => self.cells[cell as usize],
            other => other,
        }
    }

    /// Assigns to a shared variable.
    pub fn fill(&mut self, cell: u64, value: Item) {
        self.cells[cell as usize] = value;
    }
}

/// What any number is, written out; smaller values count as much, so that the parts of a value are few enough, too.
const NUMBER_EXTENT: u32 = 7;

/// What a value is with one part more, and a separator, if it may be that much.
fn within(most: u32, extent: u32, more: u32) -> Outcome<u32> {
    let extent = extent.saturating_add(more).saturating_add(1);
    if extent > most { Err(out_of_memory()) } else { Ok(extent) }
}

/// The fault of values that are nested too deep.
#[cold]
pub fn too_deep() -> Box<Fault> {
    let mut fault = Fault::new("U1001");
    fault.message = Some(format!("Stack overflow error: values are nested more than {NESTING_MAX} deep"));
    fault
}
