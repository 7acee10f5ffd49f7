//! What one worker owes: the requests it has been given and not answered, found again by their ids.

use crate::task::Back;

/// Requests by id. An id names a place and how often it was used before, so that it is never given twice.
pub(super) struct Owed {
    places: Vec<Place>,
    free: Vec<usize>,
    /// The most places; ids of one place are so far apart.
    window: u64,
}

struct Place {
    /// Of the request that is here, or of the next one.
    id: u64,
    back: Option<Back>,
}

impl Owed {
    /// Nothing is owed; up to `window` requests can be.
    pub fn new(window: usize) -> Owed {
        Owed { places: Vec::new(), free: Vec::new(), window: window as u64 }
    }

    pub fn len(&self) -> usize {
        self.places.len() - self.free.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether somebody waits for an answer.
    pub fn is_awaited(&self) -> bool {
        self.places.iter().filter_map(|place| place.back.as_ref()).any(Back::is_awaited)
    }

    /// Takes note of a request, and tells its id.
    pub fn insert(&mut self, back: Back) -> u64 {
        let place = self.free.pop().unwrap_or_else(|| {
            self.places.push(Place { id: self.places.len() as u64 + 1, back: None });
            self.places.len() - 1
        });
        self.places[place].back = Some(back);
        self.places[place].id
    }

    /// The request of this id, if it is owed; it no longer is.
    pub fn remove(&mut self, id: u64) -> Option<Back> {
        let number = usize::try_from(id.checked_sub(1)? % self.window).expect("below the window, which is a usize");
        let place = self.places.get_mut(number).filter(|place| place.id == id)?;
        let back = place.back.take()?;
        place.id += self.window;
        self.free.push(number);
        Some(back)
    }

    /// All that is owed; it no longer is.
    pub fn drain(&mut self) -> impl Iterator<Item = Back> + use<'_> {
        self.free.clear();
        self.places.drain(..).filter_map(|place| place.back)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::Address;
    use crate::vm::Ticket;

    fn back(sleeper: u32) -> Back {
        let ticket = Ticket { branch: 0, generation: 0 };
        Back::new(crossbeam_channel::unbounded().0, Address { shard: 0, sleeper, generation: 0, ticket })
    }

    #[test]
    fn ids_are_never_given_twice_and_lead_to_whoever_asked() {
        let mut owed = Owed::new(3);
        let ids: Vec<u64> = (0..3).map(|number| owed.insert(back(number))).collect();
        assert_eq!((ids, owed.len()), (vec![1, 2, 3], 3));
        assert_eq!(owed.remove(2).map(|back| back.address().sleeper), Some(1));
        assert!(owed.remove(2).is_none() && owed.remove(0).is_none() && owed.remove(4).is_none());
        assert_eq!(owed.insert(back(7)), 5);
        assert!(owed.remove(2).is_none(), "an old id does not lead to a new request");
        assert_eq!(owed.remove(5).map(|back| back.address().sleeper), Some(7));
        assert_eq!(owed.drain().map(|back| back.address().sleeper).collect::<Vec<_>>(), [0, 2]);
        assert!(owed.is_empty());
    }
}
