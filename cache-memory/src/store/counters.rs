//! Counters of reads that cost a hit no locked instruction.
//!
//! A locked addition waits for the loads before it and holds up those behind it, which is a fifth
//! of what a hit takes. So a thread that counts owns a stripe, and writes there without a lock.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crossbeam_utils::CachePadded;

/// So many threads at once own a stripe; further ones share the last, with locked additions.
const OWNED: usize = 31;

/// The number of the shared stripe.
const SHARED: usize = OWNED;

#[derive(Default)]
pub(crate) struct ReadCounters([CachePadded<Stripe>; OWNED + 1]);

#[derive(Default)]
struct Stripe {
    hits: AtomicU64,
    misses: AtomicU64,
}

impl ReadCounters {
    #[inline]
    pub(crate) fn count(&self, hit: bool) {
        let number = number_of_this_thread();
        let stripe = &self.0[number];
        let counter = if hit { &stripe.hits } else { &stripe.misses };
        if number == SHARED {
            counter.fetch_add(1, Ordering::Relaxed);
        } else {
            counter.store(counter.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        }
    }

    /// Hits and misses.
    pub(crate) fn sums(&self) -> (u64, u64) {
        self.0.iter().fold((0, 0), |(hits, misses), stripe| {
            let hits = hits + stripe.hits.load(Ordering::Relaxed);
            (hits, misses + stripe.misses.load(Ordering::Relaxed))
        })
    }
}

/// The numbers that no living thread has.
static FREE: Mutex<Numbers> = Mutex::new(Numbers { returned: Vec::new(), given: 0 });

struct Numbers {
    returned: Vec<usize>,
    given: usize,
}

/// A number that goes back when its thread ends. Two threads that have it one after the other are
/// ordered by the lock, so the second sees all that the first has counted.
struct Number(usize);

/// Not asked for yet.
const NONE: usize = usize::MAX;

thread_local! {
    /// Beside [`OWNER`], as a thread-local without an end is quicker to reach.
    static NUMBER: Cell<usize> = const { Cell::new(NONE) };
    static OWNER: Number = Number::take();
}

#[inline]
fn number_of_this_thread() -> usize {
    match NUMBER.get() {
        NONE => first_number(),
        number => number,
    }
}

#[cold]
fn first_number() -> usize {
    // A thread that is ending may still read.
    let number = OWNER.try_with(|owner| owner.0).unwrap_or(SHARED);
    NUMBER.set(number);
    number
}

impl Number {
    fn take() -> Self {
        let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(number) = free.returned.pop() {
            return Self(number);
        }
        let number = free.given.min(SHARED);
        free.given = (free.given + 1).min(SHARED);
        Self(number)
    }
}

impl Drop for Number {
    fn drop(&mut self) {
        NUMBER.set(SHARED);
        if self.0 != SHARED {
            FREE.lock().unwrap_or_else(PoisonError::into_inner).returned.push(self.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;

    #[test]
    fn every_read_is_counted_however_many_threads_there_are() {
        const THREADS: usize = 3 * OWNED;
        const READS: u64 = 1_000;
        let (counters, together) = (ReadCounters::default(), Barrier::new(THREADS));
        for _ in 0..2 {
            std::thread::scope(|scope| {
                for _ in 0..THREADS {
                    scope.spawn(|| {
                        together.wait();
                        for read in 0..READS {
                            counters.count(read % 4 > 0);
                        }
                        // Nobody's number goes to another while some still count.
                        together.wait();
                    });
                }
            });
        }
        let reads = 2 * THREADS as u64 * READS;
        assert_eq!(counters.sums(), (reads / 4 * 3, reads / 4));
    }

    #[test]
    fn threads_that_live_at_once_have_numbers_of_their_own() {
        let together = Barrier::new(OWNED / 2);
        let numbers: Vec<usize> = std::thread::scope(|scope| {
            let thread = || {
                let number = number_of_this_thread();
                together.wait();
                number
            };
            let threads: Vec<_> = (0..OWNED / 2).map(|_| scope.spawn(thread)).collect();
            threads.into_iter().map(|thread| thread.join().expect("it counts")).collect()
        });
        let mut owned: Vec<usize> =
            numbers.into_iter().filter(|number| *number != SHARED).collect();
        let count = owned.len();
        owned.sort_unstable();
        owned.dedup();
        assert_eq!(owned.len(), count);
    }
}
