//! What was taken from the system is given back. One test, as it counts the whole process.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that meets an error fails")]

use std::time::Duration;

use cache_core::{
    CacheBackend, Key, LockBackend, LockName, LockRequest, Scope, SetOptions, Token, Watch,
};
use cache_memory::{Bound, Clock, Memory, Options};
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

const INSERTS: u32 = 5_000_000;

/// One entry in so many does not expire.
const STAYING: u32 = 50_000;

const CYCLES: usize = 1_000;

/// What a process allocates once and keeps: the map's locks make a table of waiting threads when
/// two threads first meet at one. Less than 5 bytes a cycle, so no cycle leaves anything.
const ONCE: usize = 4 * 1_024;

#[test]
#[cfg_attr(debug_assertions, ignore = "a load for the release build: cargo xtask test runs it")]
fn memory_is_given_back_by_expiry_and_by_the_end() {
    open_and_drop();
    let (bytes, threads) = (ALLOCATED.current_usage(), threads());
    for length in [4, 100, 1_000, 10_000] {
        weight_is_memory(length);
    }
    expire();
    for _ in 0..CYCLES {
        open_and_drop();
    }
    assert_eq!(self::threads(), threads);
    let left = ALLOCATED.current_usage() - bytes;
    assert!(left < ONCE, "{left} bytes are left");
}

/// What a cache takes of the memory is what it weighs, give or take a tenth.
fn weight_is_memory(length: usize) {
    let capacity = 64 * 1024 * 1024;
    let before = ALLOCATED.current_usage();
    let memory = Memory::open(Options::new().bound(Bound::Weight(capacity))).unwrap();
    for number in 0..2 * capacity / (length as u64 + 200) {
        let key = format!("{number:08}");
        let stored = memory.set(Key::new(&key).unwrap(), vec![7; length].into(), SetOptions::new());
        stored.try_ready().unwrap().unwrap();
    }
    let weight = memory.statistics().unwrap().weight;
    assert!(weight * 20 > capacity * 19, "it is full: {weight}");
    let taken = (ALLOCATED.current_usage() - before) as u64;
    assert!(
        taken * 10 <= capacity * 11,
        "{taken} bytes under a bound of {capacity}, {length} each"
    );
}

/// After expiry, a tenth of the peak is left at most.
fn expire() {
    let (clock, mock) = Clock::mock();
    let options = Options::new().bound(Bound::Entries(u64::from(INSERTS))).clock(clock);
    let memory = Memory::open(options).unwrap();
    let before = ALLOCATED.current_usage();
    ALLOCATED.reset_peak_usage();
    for number in 0..INSERTS {
        let ttl = Duration::from_secs(1 + u64::from(number % 3_600));
        let (key, value) = (number.to_string(), vec![7; 64]);
        // A few stay, here and there.
        let stays = number % STAYING == 0;
        let options = if stays { SetOptions::new() } else { SetOptions::new().ttl(ttl) };
        let stored = memory.set(Key::new(&key).unwrap(), value.into(), options);
        stored.try_ready().unwrap().unwrap();
    }
    let peak = ALLOCATED.peak_usage() - before;
    assert_eq!(memory.statistics().unwrap().entries, u64::from(INSERTS));
    mock.advance(Duration::from_secs(4_000));
    let mut rounds = 0_u64;
    while ALLOCATED.current_usage() - before > peak / 10 {
        std::thread::yield_now();
        rounds += 1;
        assert!(rounds < 1_000_000_000, "{} of {peak} bytes are live", ALLOCATED.current_usage());
    }
    assert_eq!(memory.statistics().unwrap().entries, u64::from(INSERTS / STAYING));
    for number in (0..INSERTS).step_by(STAYING as usize) {
        let key = number.to_string();
        let found = memory.get(Key::new(&key).unwrap()).try_ready().unwrap().unwrap();
        assert_eq!(found.unwrap(), &[7; 64][..]);
    }
}

fn open_and_drop() {
    let memory = Memory::open(Options::new().removal_listener(drop)).unwrap();
    let key = Key::new("key").unwrap();
    let options = SetOptions::new().ttl(Duration::from_secs(60));
    memory.set(key, "value".into(), options).try_ready().unwrap().unwrap();
    let _events = memory.watch(Scope::Key(key)).try_ready().unwrap().unwrap();
    let (name, token) = (LockName::new("job").unwrap(), Token::from_bytes([1; 16]));
    let request = LockRequest::new(name, token, Duration::from_secs(60));
    memory.acquire(request).try_ready().unwrap().unwrap();
}

/// How many threads this process has.
fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").unwrap().count()
}
