//! What is counted here, beside the server.

use std::sync::atomic::{AtomicU64, Ordering};

use cache_core::{SetOutcome, Statistics};

/// What the calls of this backend value and its clones have done. Others that use the same server count
/// for themselves.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    hits: AtomicU64,
    misses: AtomicU64,
    inserts: AtomicU64,
    deleted: AtomicU64,
    cleared: AtomicU64,
}

impl Counters {
    pub(crate) fn read(&self, is_hit: bool) {
        add(if is_hit { &self.hits } else { &self.misses }, 1);
    }

    /// Several reads at once, so that a batch costs no more than a read.
    pub(crate) fn reads(&self, hits: u64, misses: u64) {
        add(&self.hits, hits);
        add(&self.misses, misses);
    }

    pub(crate) fn set(&self, outcome: SetOutcome) {
        if outcome.is_stored() {
            self.inserted();
        }
    }

    pub(crate) fn inserted(&self) {
        add(&self.inserts, 1);
    }

    pub(crate) fn deleted(&self, was_there: bool) {
        add(&self.deleted, u64::from(was_there));
    }

    pub(crate) fn cleared(&self, entries: u64) {
        add(&self.cleared, entries);
    }

    /// The entries themselves are the server's, and others write and remove them too: their number,
    /// and what went by a write over it, by its lifetime or by eviction, stays 0.
    pub(crate) fn statistics(&self) -> Statistics {
        let mut statistics = Statistics::default();
        statistics.hits = self.hits.load(Ordering::Relaxed);
        statistics.misses = self.misses.load(Ordering::Relaxed);
        statistics.inserts = self.inserts.load(Ordering::Relaxed);
        statistics.removals.deleted = self.deleted.load(Ordering::Relaxed);
        statistics.removals.cleared = self.cleared.load(Ordering::Relaxed);
        statistics
    }
}

fn add(counter: &AtomicU64, count: u64) {
    if count > 0 {
        counter.fetch_add(count, Ordering::Relaxed);
    }
}
