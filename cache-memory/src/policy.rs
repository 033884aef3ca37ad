//! Which entry goes when room is needed, and which have expired.
//!
//! S3-FIFO (Yang et al., "FIFO queues are all you need for cache eviction", SOSP 2023): new entries
//! wait in a small queue; those that were not asked for again by its end leave, and only their
//! hashes are remembered, so one scan cannot displace what is in use. Those that were asked for
//! move to the main queue, and so do keys that come back soon after they left.
//!
//! A hit changes nothing here: it raises a counter in the entry itself, which is read when the
//! entry comes to the end of a queue.

mod calendar;
mod ghost;
mod list;
mod slab;

use std::sync::Arc;

use calendar::Calendar;
use ghost::Ghost;
use list::{Links, List, QUEUE};
pub(crate) use slab::Node;
use slab::Slab;

/// The small queue has this part of the weight: a tenth, as in the paper.
const SMALL_PART: u64 = 10;

/// After so many entries that were in use, the next one goes whatever it is: a write then waits
/// for 0.1 ms, and what is lost is one entry in use among a thousand that were looked at.
const PATIENCE: usize = 1024;

/// The order of the entries of one shard. It does not hold their values.
#[derive(Default)]
pub(crate) struct Policy {
    slab: Slab,
    small: Queue,
    main: Queue,
    ghost: Ghost,
    calendar: Calendar,
}

#[derive(Default)]
struct Queue {
    list: List<QUEUE>,
    weight: u64,
}

/// How an entry at the end of a queue is looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    /// It goes if it was not asked for; else its counter begins anew.
    Reset,
    /// It goes if its counter is at 0; else that falls by one.
    Lower,
    /// It goes.
    Regardless,
}

impl Policy {
    /// Takes in a new entry; the number by which it is known until it is removed.
    pub(crate) fn insert(&mut self, key: Arc<str>, hash: u64, weight: u64) -> u32 {
        let in_main = self.ghost.take(hash);
        let links = [Links::NONE; 2];
        let index = self.slab.insert(Node { key, weight, in_main, day: 0, links });
        self.enqueue(index);
        index
    }

    pub(crate) fn remove(&mut self, index: u32) -> Node {
        self.calendar.strike(&mut self.slab, index);
        self.dequeue(index);
        self.slab.remove(index)
    }

    pub(crate) fn weigh_anew(&mut self, index: u32, weight: u64) {
        let node = &mut self.slab[index];
        let queue = if node.in_main { &mut self.main } else { &mut self.small };
        queue.weight = queue.weight - node.weight + weight;
        node.weight = weight;
    }

    /// Notes when the entry expires; the day on which it will be reclaimed.
    pub(crate) fn schedule(&mut self, index: u32, now: u64, deadline: u64) -> u64 {
        self.calendar.strike(&mut self.slab, index);
        let day = Calendar::day_of(now, deadline);
        self.calendar.enter(&mut self.slab, index, day);
        day
    }

    /// Notes that the entry does not expire.
    pub(crate) fn unschedule(&mut self, index: u32) {
        self.calendar.strike(&mut self.slab, index);
    }

    /// Chooses an entry that goes, and forgets it; `None` where there is none but `keep`.
    ///
    /// `remove` removes the entry with this key from the map if it deserves it at this look, and
    /// answers its hash if it did.
    pub(crate) fn evict(
        &mut self,
        keep: Option<u32>,
        mut remove: impl FnMut(&str, Look) -> Option<u64>,
    ) -> Option<Node> {
        let others = self.slab.len() - usize::from(keep.is_some());
        if others == 0 {
            return None;
        }
        for patience in (0..=PATIENCE).rev() {
            let index = self.end_of_a_queue()?;
            if keep == Some(index) {
                self.requeue(index);
                continue;
            }
            let node = &self.slab[index];
            let look = match (patience, node.in_main) {
                (0, _) => Look::Regardless,
                (_, true) => Look::Lower,
                (_, false) => Look::Reset,
            };
            if let Some(hash) = remove(&node.key, look) {
                if !self.slab[index].in_main {
                    self.ghost.insert(hash, self.slab.len());
                }
                return Some(self.remove(index));
            }
            self.promote(index);
        }
        None
    }

    /// An entry that has expired and waits to be reclaimed.
    pub(crate) fn due(&self, now: u64) -> Option<u32> {
        self.calendar.due(now)
    }

    /// The next instant at which entries can be reclaimed.
    pub(crate) fn next_day(&self) -> Option<u64> {
        self.calendar.next_day()
    }

    /// The entry in a cell, for going through all of them by number.
    pub(crate) fn find(&self, index: u32) -> Option<&Node> {
        self.slab.find(index)
    }

    /// One more than the largest number in use.
    pub(crate) fn cells(&self) -> u32 {
        self.slab.cells()
    }

    pub(crate) fn len(&self) -> usize {
        self.slab.len()
    }

    pub(crate) const fn weight(&self) -> u64 {
        self.small.weight + self.main.weight
    }

    pub(crate) fn weight_of(&self, index: u32) -> u64 {
        self.slab[index].weight
    }

    /// Every entry.
    pub(crate) fn into_nodes(self) -> impl Iterator<Item = Node> {
        self.slab.into_nodes()
    }

    fn end_of_a_queue(&self) -> Option<u32> {
        let small_is_full = self.small.weight >= self.weight() / SMALL_PART;
        let (first, second) =
            if small_is_full { (&self.small, &self.main) } else { (&self.main, &self.small) };
        first.list.oldest().or_else(|| second.list.oldest())
    }

    /// Moves an entry that was in use to the new end of the main queue.
    fn promote(&mut self, index: u32) {
        self.dequeue(index);
        self.slab[index].in_main = true;
        self.enqueue(index);
    }

    fn requeue(&mut self, index: u32) {
        self.dequeue(index);
        self.enqueue(index);
    }

    fn enqueue(&mut self, index: u32) {
        let node = &self.slab[index];
        let queue = if node.in_main { &mut self.main } else { &mut self.small };
        queue.weight += node.weight;
        queue.list.push(&mut self.slab, index);
    }

    fn dequeue(&mut self, index: u32) {
        let node = &self.slab[index];
        let queue = if node.in_main { &mut self.main } else { &mut self.small };
        queue.weight -= node.weight;
        queue.list.unlink(&mut self.slab, index);
    }
}
