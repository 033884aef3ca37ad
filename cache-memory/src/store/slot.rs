//! An entry as the map holds it.

use std::sync::atomic::{AtomicU8, Ordering};

use bytes::Bytes;
use cache_core::Ttl;
use std::time::Duration;

use crate::clock::{Clock, Now};
use crate::policy::Look;

/// The deadline of an entry that never expires.
pub(crate) const NEVER: u64 = u64::MAX;

/// How often an entry was asked for counts up to here: more would keep it no longer.
const MOST_HITS: u8 = 2;

/// An entry as the map holds it. It changes only under the lock of its shard, the counter apart.
pub(crate) struct Slot {
    pub(crate) value: Bytes,
    /// In ns of the clock; at this instant the entry is gone.
    pub(crate) deadline: u64,
    pub(crate) version: u64,
    /// Its number in the policy of its shard.
    pub(crate) node: u32,
    /// How often it was asked for since the policy looked at it, up to [`MOST_HITS`].
    hits: AtomicU8,
}

impl Slot {
    pub(crate) const fn new(value: Bytes, deadline: u64, version: u64, node: u32) -> Self {
        Self { value, deadline, version, node, hits: AtomicU8::new(0) }
    }

    /// Takes in another value; the old one.
    pub(crate) fn replace(&mut self, value: Bytes, deadline: u64, version: u64) -> Bytes {
        self.deadline = deadline;
        self.version = version;
        self.count_hit();
        std::mem::replace(&mut self.value, value)
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
