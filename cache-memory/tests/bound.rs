//! The bound holds at every instant, under load.
#![expect(clippy::unwrap_used, reason = "a test that meets an error fails")]

use std::sync::atomic::{AtomicBool, Ordering};

use cache_core::{CacheBackend, Key, SetOptions};
use cache_memory::{Bound, Memory, Options};

const WRITERS: u64 = 4;
const WRITES: u64 = 10_000_000;

#[test]
#[cfg_attr(debug_assertions, ignore = "a load for the release build: cargo xtask test runs it")]
fn entries_stay_within_the_bound_at_every_sample_of_ten_million_writes() {
    samples_stay_within(Bound::Entries(10_000), 10_000, 10_000);
}

#[test]
#[cfg_attr(debug_assertions, ignore = "a load for the release build: cargo xtask test runs it")]
fn weight_stays_within_the_bound_at_every_sample_of_ten_million_writes() {
    samples_stay_within(Bound::Weight(4_000_000), 20_000, 4_000_000);
}

/// An entry weighs 240 at least, so the weight bounds the entries too.
fn samples_stay_within(bound: Bound, most_entries: u64, most_weight: u64) {
    let memory = Memory::open(Options::new().bound(bound)).unwrap();
    let running = AtomicBool::new(true);
    let samples = std::thread::scope(|scope| {
        let sampler = scope.spawn(|| {
            let mut samples = 0_u64;
            while running.load(Ordering::Relaxed) {
                let statistics = memory.statistics().unwrap();
                assert!(statistics.entries <= most_entries, "{statistics:?}");
                assert!(statistics.weight <= most_weight, "{statistics:?}");
                samples += 1;
            }
            samples
        });
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                scope.spawn({
                    let memory = &memory;
                    move || write(memory, writer)
                })
            })
            .collect();
        for writer in writers {
            writer.join().unwrap();
        }
        running.store(false, Ordering::Relaxed);
        sampler.join().unwrap()
    });
    let statistics = memory.statistics().unwrap();
    assert!(samples > 1_000, "{samples} samples");
    assert_eq!(statistics.inserts, WRITES);
    assert!(statistics.entries > most_entries / 4, "{statistics:?}");
    let gone = statistics.removals.capacity + statistics.removals.replaced;
    assert_eq!(
        statistics.entries + gone,
        WRITES,
        "every entry is there or counted: {statistics:?}"
    );
}

/// Keys of which some come again, with values of 0 to 255 bytes.
fn write(memory: &Memory, writer: u64) {
    let mut random = 0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(writer + 1);
    for _ in 0..WRITES / WRITERS {
        // xorshift64 (Marsaglia, "Xorshift RNGs", 2003).
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let key = (random % 1_000_000).to_string();
        let value = vec![0; usize::from(random.to_le_bytes()[7])];
        let stored = memory.set(Key::new(&key).unwrap(), value.into(), SetOptions::new());
        assert!(stored.try_ready().unwrap().unwrap().is_stored());
    }
}
