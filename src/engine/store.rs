//! A store of small blocks of bytes, packed closely: what millions of suspended executions are kept in.
//!
//! Blocks lie in cells of pages; the cells of a page are all of one size. A general allocator would do, but rounds sizes
//! up by an eighth and more, and a block's owner would need a pointer and a length. A page that has become empty is
//! given back, unless it is the last of its size that has room.

use std::num::NonZeroU32;

/// Where a block lies: a page and a cell, or, with the highest bit, a block by itself. Turned round, so that it is never 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slip(NonZeroU32);

/// Blocks of bytes.
#[derive(Debug)]
pub(super) struct Store {
    pages: Vec<Page>,
    /// Places in `pages` that are free.
    free_pages: Vec<u32>,
    /// For each size of cell, the pages that have room.
    open: Vec<Vec<u32>>,
    /// Blocks too long for any cell, and free places for them.
    long: Vec<Box<[u8]>>,
    free_long: Vec<u32>,
}

#[derive(Debug, Default)]
struct Page {
    /// Cells that have been used, one after another.
    cells: Vec<u8>,
    /// The bytes of a cell.
    size: usize,
    /// The cell freed last, counted from 1; free cells are chained by their first two bytes. 0: none.
    free: u16,
    used: u16,
    /// Where it stands among the open pages of its size.
    place: u32,
}

/// The bytes of a page.
const PAGE_BYTES: usize = 1 << 16;
/// Sizes of cells are multiples of this,
const STEP: usize = 16;
/// and at most this: larger ones would waste too much of a page.
const CELL_MAX: usize = 4096;
/// A block's length stands before it.
const LENGTH_BYTES: usize = 2;
/// Bits of a slip that name the cell; there are at most 4,096 of sixteen bytes in a page.
const CELL_BITS: u32 = 12;
const CELL: u32 = (1 << CELL_BITS) - 1;
const LONG: u32 = 1 << 31;
/// More pages than a slip can name: 32 GiB. Then blocks are kept by themselves.
const PAGES_MAX: usize = (LONG >> CELL_BITS) as usize;

impl Slip {
    fn of(place: u32) -> Slip {
        Slip(NonZeroU32::new(!place).expect("no page and no index has all bits"))
    }

    fn place(self) -> u32 {
        !self.0.get()
    }
}

impl Store {
    pub fn new() -> Store {
        Store {
            pages: Vec::new(),
            free_pages: Vec::new(),
            open: vec![Vec::new(); CELL_MAX / STEP + 1],
            long: Vec::new(),
            free_long: Vec::new(),
        }
    }

    /// Keeps a copy of a block.
    pub fn keep(&mut self, block: &[u8]) -> Slip {
        let class = (block.len() + LENGTH_BYTES).div_ceil(STEP);
        let page = if class < self.open.len() { self.page_with_room(class) } else { None };
        let Some(page) = page else { return self.keep_long(block) };
        let (cell, is_full) = self.pages[page as usize].keep(block);
        if is_full {
            self.open[class].pop();
        }
        Slip::of(page << CELL_BITS | cell)
    }

    /// Keeps a copy of a block in place of another, in the same cell if that is about as large: it is in the cache.
    pub fn replace(&mut self, slip: Slip, block: &[u8]) -> Slip {
        let (place, bytes) = (slip.place(), block.len() + LENGTH_BYTES);
        if place & LONG == 0 {
            let page = &mut self.pages[(place >> CELL_BITS) as usize];
            if bytes <= page.size && bytes > page.size / 2 {
                page.write(place & CELL, block);
                return slip;
            }
        }
        self.drop(slip);
        self.keep(block)
    }

    /// The block.
    pub fn get(&self, slip: Slip) -> &[u8] {
        let place = slip.place();
        match place & LONG {
            0 => self.pages[(place >> CELL_BITS) as usize].get(place & CELL),
            _ => &self.long[(place & !LONG) as usize],
        }
    }

    /// What the block takes, the rest of its cell included.
    pub fn bytes(&self, slip: Slip) -> usize {
        let place = slip.place();
        match place & LONG {
            0 => self.pages[(place >> CELL_BITS) as usize].size,
            _ => self.long[(place & !LONG) as usize].len(),
        }
    }

    /// Forgets the block.
    pub fn drop(&mut self, slip: Slip) {
        let place = slip.place();
        if place & LONG != 0 {
            let index = place & !LONG;
            self.long[index as usize] = Box::default();
            return self.free_long.push(index);
        }
        let (number, cell) = (place >> CELL_BITS, place & CELL);
        let page = &mut self.pages[number as usize];
        let was_full = page.is_full();
        page.drop(cell);
        let open = &mut self.open[page.size / STEP];
        if was_full {
            page.place = open.len() as u32;
            open.push(number);
        } else if page.used == 0 && open.len() > 1 {
            let place = page.place as usize;
            *page = Page::default();
            open.swap_remove(place);
            if let Some(moved) = open.get(place) {
                self.pages[*moved as usize].place = place as u32;
            }
            self.free_pages.push(number);
        }
    }

    /// Bytes of all pages.
    #[cfg(test)]
    pub fn held(&self) -> usize {
        self.pages.iter().map(|page| page.cells.capacity()).sum()
    }

    /// The last open page of the size, or a new one.
    fn page_with_room(&mut self, class: usize) -> Option<u32> {
        if let Some(page) = self.open[class].last() {
            return Some(*page);
        }
        let page = Page { size: class * STEP, cells: Vec::with_capacity(PAGE_BYTES), ..Page::default() };
        let number = match self.free_pages.pop() {
            Some(number) => {
                self.pages[number as usize] = page;
                number
            }
            None if self.pages.len() == PAGES_MAX => return None,
            None => {
                self.pages.push(page);
                self.pages.len() as u32 - 1
            }
        };
        self.open[class].push(number);
        Some(number)
    }

    fn keep_long(&mut self, block: &[u8]) -> Slip {
        let index = self.free_long.pop().unwrap_or_else(|| {
            self.long.push(Box::default());
            self.long.len() as u32 - 1
        });
        self.long[index as usize] = block.into();
        Slip::of(index | LONG)
    }
}

impl Page {
    fn is_full(&self) -> bool {
        self.free == 0 && self.cells.len() + self.size > PAGE_BYTES
    }

    /// Keeps a block in a free cell; which, and whether it was the last one.
    fn keep(&mut self, block: &[u8]) -> (u32, bool) {
        self.used += 1;
        let start = match self.free {
            0 => {
                let start = self.cells.len();
                self.cells.resize(start + self.size, 0);
                start
            }
            cell => {
                let start = usize::from(cell - 1) * self.size;
                self.free = u16::from_le_bytes([self.cells[start], self.cells[start + 1]]);
                start
            }
        };
        let cell = (start / self.size) as u32;
        self.write(cell, block);
        (cell, self.is_full())
    }

    fn write(&mut self, cell: u32, block: &[u8]) {
        let start = cell as usize * self.size;
        let (length, text) = self.cells[start..start + LENGTH_BYTES + block.len()].split_at_mut(LENGTH_BYTES);
        length.copy_from_slice(&(block.len() as u16).to_le_bytes());
        text.copy_from_slice(block);
    }

    fn get(&self, cell: u32) -> &[u8] {
        let start = cell as usize * self.size;
        let bytes = u16::from_le_bytes([self.cells[start], self.cells[start + 1]]) as usize;
        &self.cells[start + LENGTH_BYTES..start + LENGTH_BYTES + bytes]
    }

    fn drop(&mut self, cell: u32) {
        let start = cell as usize * self.size;
        self.cells[start..start + 2].copy_from_slice(&self.free.to_le_bytes());
        self.free = cell as u16 + 1;
        self.used -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::seed::mix;

    /// A block that tells its number and length apart from all others.
    fn block(number: u64) -> Vec<u8> {
        let length = match mix(number) % 100 {
            0 => mix(number) / 100 % 300_000,
            1..5 => mix(number) / 100 % 5000,
            _ => mix(number) / 100 % 700,
        };
        (0..length).map(|place| mix(number ^ place << 40) as u8).collect()
    }

    #[test]
    fn blocks_of_all_lengths_come_back_as_they_were_while_others_come_and_go() {
        let mut store = Store::new();
        let mut kept = Vec::new();
        for number in 0..20_000 {
            kept.push((number, store.keep(&block(number))));
            if mix(number) % 7 < 2 {
                let place = mix(!number) as usize / 2 % kept.len();
                kept[place] = (number, store.replace(kept[place].1, &block(number)));
            }
            if mix(number) % 5 < 2 || number > 15_000 {
                let (number, slip) = kept.swap_remove(mix(!number) as usize % kept.len());
                assert_eq!(store.get(slip), block(number));
                store.drop(slip);
            }
        }
        for (number, slip) in kept {
            assert_eq!(store.get(slip), block(number));
            store.drop(slip);
        }
        assert!(store.pages.iter().all(|page| page.used == 0) && store.long.iter().all(|block| block.is_empty()));
    }

    #[test]
    fn a_block_takes_the_cell_of_another_if_that_is_at_most_twice_as_large() {
        let mut store = Store::new();
        let mut slip = store.keep(&[0; 300]);
        for (bytes, same) in [(200, true), (302, true), (151, true), (303, false), (157, false), (70_000, false)] {
            let other = store.replace(slip, &vec![bytes as u8; bytes]);
            assert_eq!((other == slip, store.get(other)), (same, &*vec![bytes as u8; bytes]), "{bytes}");
            slip = other;
        }
        assert_ne!(store.replace(slip, &[1; 70_000]).place() & LONG, 0);
        assert!(store.pages.iter().all(|page| page.used == 0));
    }

    #[test]
    fn a_block_at_each_bound_fits() {
        let mut store = Store::new();
        for bytes in [0, 1, 13, 14, 15, 16, CELL_MAX - 3, CELL_MAX - 2, CELL_MAX - 1, CELL_MAX, PAGE_BYTES, 1 << 20] {
            let block = vec![bytes as u8; bytes];
            let slip = store.keep(&block);
            assert_eq!(store.get(slip), block);
            assert_eq!(slip.place() & LONG != 0, bytes > CELL_MAX - LENGTH_BYTES, "{bytes}");
        }
    }

    #[test]
    fn pages_hold_hardly_more_than_their_blocks_and_are_given_back() {
        let mut store = Store::new();
        let slips: Vec<Slip> = (0..100_000).map(|number: u32| store.keep(&[number as u8; 330])).collect();
        assert_eq!(slips.iter().map(|slip| store.bytes(*slip)).sum::<usize>(), 100_000 * 336);
        assert!(store.held() < 100_000 * 340, "{}", store.held());
        for (number, slip) in slips.iter().enumerate() {
            assert_eq!(store.get(*slip), [number as u8; 330]);
            store.drop(*slip);
        }
        assert_eq!(store.held(), PAGE_BYTES, "the last page stays");
        // Other sizes then use the places of the pages again.
        let pages = store.pages.len();
        for _ in 0..50_000 {
            store.keep(&[7; 500]);
        }
        assert_eq!(store.pages.len(), pages.max(50_000 * 512 / PAGE_BYTES + 1));
    }
}
