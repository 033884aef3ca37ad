//! What the contenders are made to do.

use std::sync::Barrier;

use bytes::Bytes;
use hdrhistogram::Histogram;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, Zipf};

use crate::Result;
use crate::clock::Stopwatch;
use crate::contender::Contender;

/// The size of a value in bytes.
pub const VALUE_BYTES: usize = 128;

/// Keys of one length, as programs make them of numbers.
pub fn keys(count: usize) -> Vec<String> {
    (0..count).map(key).collect()
}

/// The key of a number: 13 bytes.
pub fn key(number: usize) -> String {
    format!("user:{number:08}")
}

/// A value of its own memory: values that share it would share a counter of clones.
pub fn value() -> Bytes {
    vec![7; VALUE_BYTES].into()
}

/// So many numbers below `keys`, each as likely as the others.
pub fn uniform(seed: u64, keys: usize, length: usize) -> Vec<u32> {
    let mut random = StdRng::seed_from_u64(seed);
    (0..length).map(|_| random.random_range(0..keys as u32)).collect()
}

/// So many numbers below `keys`; number n comes as often as 1 / (n + 1) ^ `exponent`.
///
/// # Errors
/// For no keys, or an exponent that no Zipf distribution has.
pub fn zipf(seed: u64, keys: usize, exponent: f64, length: usize) -> Result<Vec<u32>> {
    let distribution = Zipf::new(keys as f64, exponent)?;
    let mut random = StdRng::seed_from_u64(seed);
    Ok((0..length).map(|_| distribution.sample(&mut random) as u32 - 1).collect())
}

/// What is done for each number of a sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Workload {
    /// A get.
    Get,
    /// Three gets, then a set over what is there.
    GetAndSet,
    /// A get, and a set where it was a miss.
    ReadThrough,
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Counts {
    /// Gets that found the key.
    pub hits: u64,
    /// Gets that did not.
    pub misses: u64,
    /// Sets.
    pub sets: u64,
}

impl Counts {
    fn count(&mut self, hit: bool) {
        self.hits += u64::from(hit);
        self.misses += u64::from(!hit);
    }

    /// Hits among the gets; 0 where there were none.
    pub fn hit_ratio(&self) -> f64 {
        let gets = self.hits + self.misses;
        if gets == 0 { 0.0 } else { self.hits as f64 / gets as f64 }
    }
}

/// A contender that can be put to work. The loops are compiled for each contender, so that no call
/// through a trait object of ours is measured with it.
pub trait Subject: Contender {
    /// Does the work for each number of `order`.
    fn work(&self, workload: Workload, keys: &[String], order: &[u32]) -> Counts;

    /// The same, with the nanoseconds of each request in `latencies`.
    fn work_timed(
        &self,
        workload: Workload,
        keys: &[String],
        order: &[u32],
        latencies: &mut Histogram<u64>,
    ) -> Counts;
}

impl<C: Contender> Subject for C {
    fn work(&self, workload: Workload, keys: &[String], order: &[u32]) -> Counts {
        let mut counts = Counts::default();
        for (place, number) in order.iter().enumerate() {
            step(self, workload, &keys[*number as usize], place, &mut counts);
        }
        counts
    }

    fn work_timed(
        &self,
        workload: Workload,
        keys: &[String],
        order: &[u32],
        latencies: &mut Histogram<u64>,
    ) -> Counts {
        let mut counts = Counts::default();
        let watch = Stopwatch::start();
        // The end of a request is the start of the next: one reading of the clock each.
        let mut before = watch.nanos();
        for (place, number) in order.iter().enumerate() {
            step(self, workload, &keys[*number as usize], place, &mut counts);
            let after = watch.nanos();
            latencies.saturating_record(after - before);
            before = after;
        }
        counts
    }
}

#[inline]
fn step<C: Contender>(cache: &C, workload: Workload, key: &str, place: usize, counts: &mut Counts) {
    if workload == Workload::GetAndSet && place % 4 == 3 {
        cache.set(key, value());
        counts.sets += 1;
        return;
    }
    let hit = cache.get(key);
    counts.count(hit);
    if !hit && workload == Workload::ReadThrough {
        cache.set(key, value());
        counts.sets += 1;
    }
}

/// Nanoseconds up to a minute, to 1 in 1000.
pub fn histogram() -> Histogram<u64> {
    Histogram::new_with_max(60_000_000_000, 3).expect("the bounds are valid")
}

/// Runs a piece of work on each of so many threads at once, and waits for all. The answers in the
/// order of the threads, and the seconds from the first start to the last end. No thread starts
/// before all have ended their warm-up.
pub fn on_threads<R: Send>(
    threads: usize,
    warm_up: impl Fn(usize) + Sync,
    work: impl Fn(usize) -> R + Sync,
) -> (Vec<R>, f64) {
    let barrier = Barrier::new(threads);
    let watch = Stopwatch::start();
    let run = |thread| {
        warm_up(thread);
        barrier.wait();
        let start = watch.nanos();
        let answer = work(thread);
        (answer, start, watch.nanos())
    };
    let ended: Vec<_> = std::thread::scope(|scope| {
        let run = &run;
        let running: Vec<_> = (0..threads).map(|thread| scope.spawn(move || run(thread))).collect();
        running.into_iter().map(|thread| thread.join().expect("no work panics")).collect()
    });
    let start = ended.iter().map(|(_, start, _)| *start).min().unwrap_or(0);
    let end = ended.iter().map(|(_, _, end)| *end).max().unwrap_or(0);
    let answers = ended.into_iter().map(|(answer, _, _)| answer).collect();
    (answers, (end - start) as f64 / 1e9)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::contender::Kind;

    #[test]
    fn zipf_draws_each_number_as_often_as_its_rank_says() {
        let (keys, length) = (1000, 400_000);
        let drawn = zipf(1, keys, 0.99, length).unwrap();
        let mut counts = vec![0_u32; keys];
        for number in drawn {
            counts[number as usize] += 1;
        }
        let weights: Vec<_> = (1..=keys).map(|rank| (rank as f64).powf(-0.99)).collect();
        let sum: f64 = weights.iter().sum();
        for rank in [0, 1, 9, 99] {
            let expected = weights[rank] / sum * length as f64;
            // Five standard deviations of a count: wrong once in two million draws.
            let off = (f64::from(counts[rank]) - expected).abs();
            assert!(off < 5.0 * expected.sqrt(), "{rank}: {} for {expected}", counts[rank]);
        }
        assert!(counts[keys - 1] > 0);
    }

    #[test]
    fn sequences_of_one_seed_are_the_same() {
        assert_eq!(zipf(3, 100, 0.99, 50).unwrap(), zipf(3, 100, 0.99, 50).unwrap());
        assert_ne!(uniform(3, 100, 50), uniform(4, 100, 50));
        assert!(uniform(3, 100, 5000).iter().all(|number| *number < 100));
    }

    #[test]
    fn keys_have_one_length_and_tell_numbers_apart() {
        let keys = keys(1001);
        assert!(keys.iter().all(|key| key.len() == 13));
        assert_ne!(keys[0], keys[1000]);
    }

    #[test]
    fn work_counts_what_was_done() {
        let (keys, order) = (keys(10), [0, 1, 2, 3, 0, 1, 2, 9]);
        let cache = Kind::Lru.open(10).unwrap();
        let counts = cache.work(Workload::Get, &keys, &order);
        assert_eq!(counts, Counts { hits: 0, misses: 8, sets: 0 });
        let counts = cache.work(Workload::ReadThrough, &keys, &order);
        assert_eq!(counts, Counts { hits: 3, misses: 5, sets: 5 });
        let counts = cache.work(Workload::GetAndSet, &keys, &order);
        assert_eq!(counts, Counts { hits: 6, misses: 0, sets: 2 });
    }

    #[test]
    fn timed_work_is_the_same_work_with_one_latency_a_request() {
        let (keys, order) = (keys(10), [0, 1, 0, 1, 5]);
        let (cache, mut latencies) = (Kind::Lru.open(10).unwrap(), histogram());
        let counts = cache.work_timed(Workload::ReadThrough, &keys, &order, &mut latencies);
        assert_eq!(counts, Counts { hits: 2, misses: 3, sets: 3 });
        assert_eq!(latencies.len(), 5);
    }

    #[test]
    fn every_thread_answers_in_its_place_after_the_warm_up_of_all() {
        let warmed = AtomicUsize::new(0);
        let warm_up = |_| {
            warmed.fetch_add(1, Ordering::SeqCst);
        };
        let work = |thread| (thread * 10, warmed.load(Ordering::SeqCst));
        let (answers, seconds) = on_threads(3, warm_up, work);
        assert_eq!(answers, [(0, 3), (10, 3), (20, 3)]);
        assert!(seconds >= 0.0);
    }
}
