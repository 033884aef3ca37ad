//! The bound, kept before the fact.

use std::sync::atomic::Ordering;

use crossbeam_utils::CachePadded;

use crate::sync::{AtomicU64, Mutex, MutexGuard};

/// How much is stored, and how much may be.
///
/// Invariant: `used` is never above `capacity`, and never below the weight of what the map holds:
/// weight is reserved before an entry comes in, and given back after one is out.
pub(crate) struct Room {
    capacity: u64,
    /// Alone in its cache line: it changes with every write, and what is beside it is read by hits.
    used: CachePadded<AtomicU64>,
    /// Held by the one writer that gathers room from all shards: two that each hold a part of what
    /// both need would wait for each other.
    gathering: Mutex<()>,
}

/// Room reserved for one write. What is not spent goes back when it is dropped.
pub(crate) struct Reserve<'a> {
    room: &'a Room,
    amount: u64,
}

impl Room {
    pub(crate) fn new(capacity: u64) -> Self {
        Self { capacity, used: CachePadded::default(), gathering: Mutex::new(()) }
    }

    pub(crate) const fn capacity(&self) -> u64 {
        self.capacity
    }

    pub(crate) fn used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }

    pub(crate) const fn reserve(&self) -> Reserve<'_> {
        Reserve { room: self, amount: 0 }
    }

    pub(crate) fn gather(&self) -> MutexGuard<'_, ()> {
        self.gathering.lock()
    }

    /// Gives back the weight of an entry that is out of the map.
    pub(crate) fn give_back(&self, weight: u64) {
        if weight > 0 {
            self.used.fetch_sub(weight, Ordering::Relaxed);
        }
    }
}

impl Reserve<'_> {
    pub(crate) const fn covers(&self, need: u64) -> bool {
        self.amount >= need
    }

    pub(crate) const fn amount(&self) -> u64 {
        self.amount
    }

    pub(crate) const fn lacks(&self, need: u64) -> u64 {
        need.saturating_sub(self.amount)
    }

    /// Reserves what is free, up to `need` in all.
    pub(crate) fn take_free(&mut self, need: u64) {
        let mut used = self.room.used();
        loop {
            let free = self.room.capacity - used;
            let wanted = self.lacks(need).min(free);
            if wanted == 0 {
                return;
            }
            match self.room.used.compare_exchange_weak(
                used,
                used + wanted,
                Ordering::Relaxed,
                Ordering::Relaxed,
            ) {
                Ok(_) => return self.amount += wanted,
                Err(now) => used = now,
            }
        }
    }

    /// Takes over the weight of an entry that is out of the map.
    pub(crate) const fn take_over(&mut self, weight: u64) {
        self.amount += weight;
    }

    /// Spends what the entry that comes in weighs.
    pub(crate) const fn spend(&mut self, weight: u64) {
        self.amount -= weight;
    }

    pub(crate) fn give_back(&mut self) {
        self.room.give_back(std::mem::take(&mut self.amount));
    }
}

impl Drop for Reserve<'_> {
    fn drop(&mut self) {
        self.give_back();
    }
}
