//! Counters of reads, apart by thread so that hits on many cores do not meet in one cache line.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use crossbeam_utils::CachePadded;

const STRIPES: usize = 16;

#[derive(Default)]
pub(crate) struct ReadCounters([CachePadded<Stripe>; STRIPES]);

#[derive(Default)]
struct Stripe {
    hits: AtomicU64,
    misses: AtomicU64,
}

impl ReadCounters {
    #[inline]
    pub(crate) fn count(&self, hit: bool) {
        let stripe = &self.0[stripe_of_this_thread()];
        let counter = if hit { &stripe.hits } else { &stripe.misses };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// Hits and misses.
    pub(crate) fn sums(&self) -> (u64, u64) {
        self.0.iter().fold((0, 0), |(hits, misses), stripe| {
            let hits = hits + stripe.hits.load(Ordering::Relaxed);
            (hits, misses + stripe.misses.load(Ordering::Relaxed))
        })
    }
}

#[inline]
fn stripe_of_this_thread() -> usize {
    static THREADS: AtomicUsize = AtomicUsize::new(0);
    thread_local!(static STRIPE: Cell<usize> = const { Cell::new(usize::MAX) });
    STRIPE.with(|stripe| {
        if stripe.get() == usize::MAX {
            stripe.set(THREADS.fetch_add(1, Ordering::Relaxed) % STRIPES);
        }
        stripe.get()
    })
}
