//! A slab: things at stable places, found again by a key that outlives them without harm.

use crate::engine::chunks::Chunks;

/// Where a thing lies, and which tenant of that place it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key {
    pub index: u32,
    pub generation: u32,
}

/// Places for things; a freed place is given to the next comer under a new generation.
#[derive(Debug)]
pub(crate) struct Slab<T> {
    places: Chunks<Place<T>>,
    /// The place freed last, from which the free ones are chained.
    free: Option<u32>,
    taken: usize,
}

#[derive(Debug)]
struct Place<T> {
    generation: u32,
    tenant: Tenant<T>,
}

#[derive(Debug)]
enum Tenant<T> {
    Thing(T),
    /// Nobody; the next free place.
    Free(Option<u32>),
}

impl<T> Slab<T> {
    pub fn new() -> Slab<T> {
        Slab { places: Chunks::new(), free: None, taken: 0 }
    }

    /// How many things there are.
    pub fn len(&self) -> usize {
        self.taken
    }

    pub fn insert(&mut self, thing: T) -> Key {
        self.taken += 1;
        let Some(index) = self.free else {
            self.places.push(Place { generation: 0, tenant: Tenant::Thing(thing) });
            return Key { index: (self.places.len() - 1) as u32, generation: 0 };
        };
        let place = &mut self.places[index as usize];
        if let Tenant::Free(next) = place.tenant {
            self.free = next;
        }
        place.tenant = Tenant::Thing(thing);
        Key { index, generation: place.generation }
    }

    pub fn get_mut(&mut self, key: Key) -> Option<&mut T> {
        match self.places.get_mut(key.index as usize) {
            Some(Place { generation, tenant: Tenant::Thing(thing) }) if *generation == key.generation => Some(thing),
            _ => None,
        }
    }

    pub fn remove(&mut self, key: Key) -> Option<T> {
        self.get_mut(key)?;
        let place = &mut self.places[key.index as usize];
        place.generation = place.generation.wrapping_add(1);
        self.taken -= 1;
        let tenant = std::mem::replace(&mut place.tenant, Tenant::Free(self.free));
        self.free = Some(key.index);
        match tenant {
            Tenant::Thing(thing) => Some(thing),
            Tenant::Free(_) => unreachable!("get_mut found a thing here"),
        }
    }

    /// The keys of all things, in no particular order.
    pub fn keys(&self) -> Vec<Key> {
        let key = |(index, place): (usize, &Place<T>)| match place.tenant {
            Tenant::Thing(_) => Some(Key { index: index as u32, generation: place.generation }),
            Tenant::Free(_) => None,
        };
        self.places.iter().enumerate().filter_map(key).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_finds_its_thing_and_no_later_tenant() {
        let mut slab = Slab::new();
        let first = slab.insert("first");
        let second = slab.insert("second");
        assert_eq!(slab.remove(first), Some("first"));
        let third = slab.insert("third");
        assert_eq!(third.index, first.index, "the place is used again");
        assert_eq!(slab.get_mut(first), None);
        assert_eq!(slab.remove(first), None);
        assert_eq!(slab.get_mut(third), Some(&mut "third"));
        assert_eq!(slab.get_mut(second), Some(&mut "second"));
        assert_eq!((slab.len(), slab.keys()), (2, vec![third, second]));
    }

    #[test]
    fn places_are_reused_rather_than_grown() {
        let mut slab = Slab::new();
        for round in 0..10 {
            let keys: Vec<Key> = (0..100).map(|thing| slab.insert(thing)).collect();
            assert!(keys.iter().all(|key| key.index < 100 && key.generation == round));
            for key in keys {
                slab.remove(key).expect("inserted above");
            }
        }
        assert_eq!(slab.len(), 0);
    }
}
