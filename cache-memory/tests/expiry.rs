//! Expired entries are reclaimed without anybody asking for them.
#![expect(clippy::unwrap_used, reason = "a test that meets an error fails")]

mod waiting;

use std::time::Duration;

use cache_core::{CacheBackend, Key, SetOptions, Ttl};
use cache_memory::{Bound, Clock, Memory, MockClock, Options};

use waiting::wait_until;

fn open() -> (Memory, MockClock) {
    let (clock, mock) = Clock::mock();
    let options = Options::new().bound(Bound::Entries(100_000)).clock(clock);
    (Memory::open(options).unwrap(), mock)
}

fn set(memory: &Memory, key: &str, ttl: impl Into<Ttl>) {
    let options = SetOptions::new().ttl(ttl);
    let stored = memory.set(Key::new(key).unwrap(), "v".into(), options);
    assert!(stored.try_ready().unwrap().unwrap().is_stored());
}

fn contains(memory: &Memory, key: &str) -> bool {
    memory.contains(Key::new(key).unwrap()).try_ready().unwrap().unwrap()
}

fn entries(memory: &Memory) -> u64 {
    memory.statistics().unwrap().entries
}

#[test]
fn expired_entries_go_and_the_others_stay() {
    let (memory, mock) = open();
    for number in 0..10_000 {
        let seconds = 1 + number % 10;
        set(&memory, &number.to_string(), Duration::from_secs(seconds));
    }
    set(&memory, "for ever", Ttl::Never);
    mock.advance(Duration::from_millis(500));
    for second in 1..=10 {
        mock.advance(Duration::from_secs(1));
        wait_until(|| entries(&memory) == 10_001 - 1_000 * second);
    }
    assert!(contains(&memory, "for ever"));
    let statistics = memory.statistics().unwrap();
    assert_eq!((statistics.removals.expired, statistics.weight), (10_000, 1));
}

#[test]
fn a_lifetime_that_was_lengthened_counts_and_the_old_one_does_not() {
    let (memory, mock) = open();
    for key in ["touched", "overwritten", "made eternal", "left"] {
        set(&memory, key, Duration::from_secs(1));
    }
    let hour = Ttl::After(Duration::from_secs(3_600));
    let touched = memory.touch(Key::new("touched").unwrap(), hour);
    assert!(touched.try_ready().unwrap().unwrap());
    set(&memory, "overwritten", hour);
    let touched = memory.touch(Key::new("made eternal").unwrap(), Ttl::Never);
    assert!(touched.try_ready().unwrap().unwrap());
    mock.advance(Duration::from_secs(60));
    wait_until(|| entries(&memory) == 3);
    mock.advance(Duration::from_secs(3_600));
    assert!(!contains(&memory, "touched") && contains(&memory, "made eternal"));
    mock.advance(Duration::from_secs(60));
    wait_until(|| entries(&memory) == 1);
}

#[test]
fn a_shorter_lifetime_wakes_the_thread_earlier() {
    let (memory, mock) = open();
    set(&memory, "long", Duration::from_secs(86_400));
    // In the later rounds the thread sleeps for the day of the long one.
    for _ in 0..100 {
        set(&memory, "short", Duration::from_secs(1));
        mock.advance(Duration::from_secs(2));
        wait_until(|| entries(&memory) == 1);
    }
}

#[test]
fn entries_are_reclaimed_on_the_clock_of_the_system() {
    let memory = Memory::open(Options::new()).unwrap();
    for number in 0..1_000 {
        set(&memory, &number.to_string(), Duration::from_millis(1));
    }
    wait_until(|| entries(&memory) == 0);
}

/// On a clock that nobody stops: whatever is read after the end of a lifetime, is absent.
#[test]
fn nothing_is_served_after_its_end_on_the_clock_of_the_system() {
    let memory = Memory::open(Options::new()).unwrap();
    for round in 0..40 {
        // Around a second, the way to read the clock changes.
        let ttl = Duration::from_millis(if round < 38 { 20 } else { 1_020 });
        set(&memory, "k", ttl);
        let stored = clock::now();
        loop {
            let before = clock::now();
            if !contains(&memory, "k") {
                break;
            }
            assert!(before < stored + ttl, "served {:?} late", before - stored - ttl);
        }
    }
}

mod clock {
    use std::time::Instant;

    #[expect(clippy::disallowed_methods, reason = "the test compares with the system's clock")]
    pub(super) fn now() -> Instant {
        Instant::now()
    }
}
