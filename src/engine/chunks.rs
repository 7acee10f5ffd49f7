//! A vector in chunks: it grows to millions of things without moving those it has, so that nobody waits meanwhile.

use std::ops::{Index, IndexMut};

/// Things one after another. A vector of a million would be copied when it grows, some milliseconds at a time.
#[derive(Debug)]
pub(super) struct Chunks<T> {
    chunks: Vec<Vec<T>>,
}

/// Things in a chunk: two to this many.
const BITS: u32 = 10;
const SIZE: usize = 1 << BITS;

impl<T> Chunks<T> {
    pub fn new() -> Chunks<T> {
        Chunks { chunks: Vec::new() }
    }

    pub fn len(&self) -> usize {
        self.chunks.last().map_or(0, |last| (self.chunks.len() - 1) * SIZE + last.len())
    }

    pub fn push(&mut self, thing: T) {
        match self.chunks.last_mut() {
            Some(last) if last.len() < SIZE => last.push(thing),
            // The first one grows: most runs never have so many things.
            None => self.chunks.push(vec![thing]),
            _ => {
                self.chunks.push(Vec::with_capacity(SIZE));
                self.push(thing);
            }
        }
    }

    pub fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        self.chunks.get_mut(index >> BITS)?.get_mut(index & (SIZE - 1))
    }

    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.chunks.iter().flatten()
    }
}

impl<T> Index<usize> for Chunks<T> {
    type Output = T;

    fn index(&self, index: usize) -> &T {
        &self.chunks[index >> BITS][index & (SIZE - 1)]
    }
}

impl<T> IndexMut<usize> for Chunks<T> {
    fn index_mut(&mut self, index: usize) -> &mut T {
        &mut self.chunks[index >> BITS][index & (SIZE - 1)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_are_where_they_were_put_and_do_not_move() {
        let mut chunks = Chunks::new();
        let mut places = Vec::new();
        for number in 0..5 * SIZE + 1 {
            chunks.push(number);
            assert_eq!(chunks.len(), number + 1);
            if number == SIZE {
                places = (0..SIZE).map(|place| &raw const chunks[place]).collect();
            }
        }
        chunks[3 * SIZE] += 1;
        assert!(chunks.iter().enumerate().all(|(place, thing)| *thing == place + usize::from(place == 3 * SIZE)));
        assert!(places.iter().enumerate().all(|(place, thing)| std::ptr::eq(*thing, &chunks[place])));
        assert_eq!((chunks.get_mut(5 * SIZE).copied(), chunks.get_mut(5 * SIZE + 1)), (Some(5 * SIZE), None));
        *chunks.get_mut(7).expect("there is one") = 0;
        assert_eq!((chunks[7], Chunks::<u8>::new().len()), (0, 0));
    }
}
