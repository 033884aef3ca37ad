//! An entry as the map holds it.

use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use bytes::Bytes;
use cache_core::Ttl;

use crate::block::{LARGEST_COPY, joined, kept};
use crate::clock::{Clock, Now};
use crate::policy::Look;

/// The deadline of an entry that never expires.
pub(crate) const NEVER: u64 = u64::MAX;

/// How often an entry was asked for counts up to here: more would keep it no longer.
const MOST_HITS: u8 = 2;

/// An entry as the map holds it. It changes only under the lock of its shard, the counter apart.
///
/// 56 bytes, and the common entry has one block of memory beside it: a hit waits for the map's
/// table, for this, and for the beginning of the block.
pub(crate) enum Slot {
    /// Key and value in one block, the key first. A value that somebody holds on to keeps its key,
    /// so a key of more than 255 bytes is apart.
    Joined(Bytes, Facts),
    /// A long key, or a value so large that it is not copied.
    Apart(Box<(Box<str>, Bytes, Facts)>),
}

/// What is known of an entry beside its key and value.
#[derive(Default)]
pub(crate) struct Facts {
    /// In ns of the clock; at this instant the entry is gone.
    pub(crate) deadline: u64,
    pub(crate) version: u64,
    /// Its [`Seat`], in parts: as a whole it would take three bytes more.
    pub(crate) node: u32,
    shard: u8,
    key_length: u8,
    /// How often it was asked for since the policy looked at it, up to [`MOST_HITS`].
    hits: AtomicU8,
}

/// Where the policy has an entry: no two entries have the same.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) struct Seat {
    /// Its number in the policy of its shard.
    pub(crate) node: u32,
    pub(crate) shard: u8,
}

impl Slot {
    /// A key and a value in the form in which they are kept; the facts are written in later.
    pub(crate) fn new(key: &str, value: Bytes) -> Self {
        match u8::try_from(key.len()) {
            Ok(key_length) if value.len() <= LARGEST_COPY => {
                let block = joined([key.as_bytes(), &value]);
                Self::Joined(block, Facts { key_length, ..Facts::default() })
            }
            _ => Self::Apart(Box::new((key.into(), kept(value), Facts::default()))),
        }
    }

    #[inline]
    pub(crate) fn key(&self) -> &[u8] {
        match self {
            Self::Joined(block, facts) => &block[..usize::from(facts.key_length)],
            Self::Apart(apart) => apart.0.as_bytes(),
        }
    }

    #[inline]
    pub(crate) fn value(&self) -> Bytes {
        match self {
            Self::Joined(block, facts) => block.slice(usize::from(facts.key_length)..),
            Self::Apart(apart) => apart.1.clone(),
        }
    }

    pub(crate) fn has_value(&self, value: &[u8]) -> bool {
        match self {
            Self::Joined(block, facts) => block[usize::from(facts.key_length)..] == *value,
            Self::Apart(apart) => apart.1 == value,
        }
    }

    #[inline]
    pub(crate) const fn facts(&self) -> &Facts {
        match self {
            Self::Joined(_, facts) => facts,
            Self::Apart(apart) => &apart.2,
        }
    }

    #[inline]
    pub(crate) const fn facts_mut(&mut self) -> &mut Facts {
        match self {
            Self::Joined(_, facts) => facts,
            Self::Apart(apart) => &mut apart.2,
        }
    }

    /// Puts another entry of the same key in its place; the old one.
    pub(crate) fn replace(&mut self, mut with: Self, deadline: u64, version: u64) -> Self {
        let was = self.facts();
        was.count_hit();
        let (seat, hits) = (was.seat(), was.hits.load(Ordering::Relaxed));
        let facts = with.facts_mut();
        (facts.deadline, facts.version) = (deadline, version);
        facts.sit(seat);
        facts.hits = AtomicU8::new(hits);
        std::mem::replace(self, with)
    }
}

/// As it takes its place when what was there is taken out.
impl Default for Slot {
    fn default() -> Self {
        Self::Joined(Bytes::new(), Facts::default())
    }
}

impl PartialEq for Slot {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Slot {}

impl Hash for Slot {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write(self.key());
    }
}

impl Facts {
    #[inline]
    pub(crate) const fn seat(&self) -> Seat {
        Seat { node: self.node, shard: self.shard }
    }

    pub(crate) const fn sit(&mut self, seat: Seat) {
        (self.node, self.shard) = (seat.node, seat.shard);
    }

    /// Whether it is served. The clock is read only where the entry can expire.
    #[inline]
    pub(crate) fn is_live(&self, clock: &Clock) -> bool {
        self.deadline == NEVER || clock.is_before(self.deadline)
    }

    /// The same for an operation that must find the same all along.
    pub(crate) fn is_live_at(&self, now: &Now<'_>) -> bool {
        self.deadline == NEVER || now.get() < self.deadline
    }

    /// Counts a hit, for the policy. Two at once may count as one. It is written twice at most between
    /// two looks, so that hits on many cores do not fight over the line.
    #[inline]
    pub(crate) fn count_hit(&self) {
        let hits = self.hits.load(Ordering::Relaxed);
        if hits < MOST_HITS {
            self.hits.store(hits + 1, Ordering::Relaxed);
        }
    }

    /// Whether an entry at the end of a queue goes, at this look.
    pub(crate) fn leaves(&self, look: Look) -> bool {
        let hits = self.hits.load(Ordering::Relaxed);
        match look {
            Look::Regardless => true,
            Look::Lower if hits == 0 => true,
            Look::Lower => {
                self.hits.store(hits - 1, Ordering::Relaxed);
                false
            }
        }
    }

    pub(crate) const fn ttl(&self, now: u64) -> Ttl {
        match self.deadline {
            NEVER => Ttl::Never,
            deadline => Ttl::After(Duration::from_nanos(deadline.saturating_sub(now))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_smaller_than_a_line_of_the_processors_cache() {
        assert_eq!(size_of::<Slot>(), 56);
    }

    #[test]
    fn key_and_value_of_any_length_come_back() {
        for key_length in [1, 13, 255, 256, 64 * 1024] {
            for value_length in [0, 1, 128, 1_000, LARGEST_COPY, LARGEST_COPY + 1] {
                let (key, value) = ("k".repeat(key_length), Bytes::from(vec![7; value_length]));
                let slot = Slot::new(&key, value.clone());
                assert_eq!(slot.key(), key.as_bytes());
                assert_eq!(slot.value(), value);
                assert!(slot.has_value(&value) && !slot.has_value(b"another"));
                let is_joined = key_length <= 255 && value_length <= LARGEST_COPY;
                assert_eq!(matches!(slot, Slot::Joined(..)), is_joined);
            }
        }
    }

    #[test]
    fn what_takes_the_place_of_an_entry_has_its_seat_and_its_hits() {
        let mut slot = Slot::new("k", "old".into());
        slot.facts_mut().sit(Seat { node: 7, shard: 3 });
        let old = slot.replace(Slot::new("k", vec![7; LARGEST_COPY + 1].into()), 5, 9);
        assert_eq!(old.value(), "old");
        let facts = slot.facts();
        assert_eq!((facts.seat(), facts.deadline, facts.version), (old.facts().seat(), 5, 9));
        assert!(!facts.leaves(Look::Lower) && facts.leaves(Look::Lower), "a write is one hit");
    }
}
