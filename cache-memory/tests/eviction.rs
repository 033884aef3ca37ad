//! Which entries stay when room is needed.
#![expect(clippy::unwrap_used, reason = "a test that meets an error fails")]

use bytes::Bytes;
use cache_core::{CacheBackend, Condition, Key, SetOptions, SetOutcome, Ttl};
use cache_memory::{Bound, Memory, Options};

fn open(bound: Bound) -> Memory {
    Memory::open(Options::new().bound(bound)).unwrap()
}

fn set(memory: &Memory, key: &str, value: impl Into<Bytes>) {
    let stored = memory.set(Key::new(key).unwrap(), value.into(), SetOptions::new());
    assert!(stored.try_ready().unwrap().unwrap().is_stored());
}

fn hit(memory: &Memory, key: &str) -> bool {
    memory.get(Key::new(key).unwrap()).try_ready().unwrap().unwrap().is_some()
}

#[test]
fn entries_in_use_survive_a_scan() {
    let memory = open(Bound::Entries(1_000));
    let in_use: Vec<String> = (0..500).map(|number| format!("used {number}")).collect();
    let (mut hits, mut reads) = (0, 0);
    for number in 0..200_000 {
        set(&memory, &format!("scanned {number}"), "v");
        if number % 3 > 0 {
            continue;
        }
        // Read through, one of them after three that are scanned.
        let key = &in_use[(number / 3 * 7) % 500];
        reads += 1;
        if hit(&memory, key) { hits += 1 } else { set(&memory, key, "v") }
    }
    // From one use to the next, twice as much comes through as there is room for.
    assert!(hits * 100 >= reads * 90, "{hits} hits of {reads}");
}

#[test]
fn an_overwrite_in_a_full_cache_evicts_nobody() {
    let memory = open(Bound::Entries(3));
    for key in ["a", "b", "c"] {
        set(&memory, key, "old");
    }
    for _ in 0..10 {
        set(&memory, "a", "new");
    }
    assert!(["a", "b", "c"].iter().all(|key| hit(&memory, key)));
    assert_eq!(memory.statistics().unwrap().removals.capacity, 0);
}

#[test]
fn an_overwrite_that_grows_evicts_others_and_not_itself() {
    let weigher = |_: &str, value: &[u8]| value.len() as u64;
    let memory = Memory::open(Options::new().bound(Bound::Weight(10)).weigher(weigher)).unwrap();
    for key in ["a", "b", "c"] {
        set(&memory, key, "123");
    }
    set(&memory, "a", "1234567890");
    assert!(hit(&memory, "a") && !hit(&memory, "b") && !hit(&memory, "c"));
    assert_eq!(memory.statistics().unwrap().weight, 10);
    set(&memory, "a", "1");
    assert_eq!(memory.statistics().unwrap().weight, 1);
}

#[test]
fn capacity_of_one_holds_the_last_entry() {
    let memory = open(Bound::Entries(1));
    for number in 0..100 {
        let key = number.to_string();
        set(&memory, &key, "v");
        assert!(hit(&memory, &key));
        assert_eq!(memory.statistics().unwrap().entries, 1);
    }
}

/// Large enough for the order of the entries to be divided.
const LARGE: u64 = 256 * 1024 * 1024;

#[test]
fn one_entry_may_take_the_whole_capacity_of_a_large_cache() {
    let memory = open(Bound::Weight(LARGE));
    for number in 0..1_000 {
        set(&memory, &number.to_string(), vec![0; 1_000]);
    }
    let whole = LARGE - Options::ENTRY_OVERHEAD - 1;
    set(&memory, "w", vec![0; usize::try_from(whole).unwrap()]);
    let statistics = memory.statistics().unwrap();
    assert_eq!((statistics.entries, statistics.weight), (1, LARGE));
    assert!(hit(&memory, "w"));
}

#[test]
fn a_conditional_overwrite_that_takes_nearly_everything_finds_its_own_entry() {
    for version in [false, true] {
        let memory = open(Bound::Weight(LARGE));
        let key = Key::new("grows").unwrap();
        for number in 0..1_000 {
            set(&memory, &number.to_string(), vec![0; 100_000]);
        }
        set(&memory, "grows", vec![0; 30_000_000]);
        let entry = memory.entry(key).try_ready().unwrap().unwrap().unwrap();
        let condition =
            if version { Condition::IfVersion(entry.version) } else { Condition::IfPresent };
        let options = SetOptions::new().condition(condition);
        let larger = Bytes::from(vec![1; 250_000_000]);
        let stored = memory.set(key, larger, options).try_ready().unwrap().unwrap();
        assert_eq!(stored, SetOutcome::Stored);
        let value = memory.get(key).try_ready().unwrap().unwrap().unwrap();
        assert_eq!(value.len(), 250_000_000);
    }
}

#[test]
fn an_increment_that_needs_room_goes_on_from_its_own_number() {
    // A number of one digit weighs nearly nothing, one of two nearly all there is.
    let weigher = |_: &str, value: &[u8]| if value.len() > 1 { LARGE - 10 } else { 10 };
    let memory = Memory::open(Options::new().bound(Bound::Weight(LARGE)).weigher(weigher)).unwrap();
    let key = Key::new("n").unwrap();
    for number in 0..1_000 {
        set(&memory, &format!("other {number}"), "v");
    }
    set(&memory, "n", "9");
    assert_eq!(memory.increment(key, 1, Ttl::Never).try_ready().unwrap().unwrap(), 10);
}

#[test]
fn entries_that_are_said_to_weigh_nothing_are_bounded_all_the_same() {
    let options = Options::new().bound(Bound::Weight(10)).weigher(|_, _| 0);
    let memory = Memory::open(options).unwrap();
    for number in 0..100 {
        set(&memory, &number.to_string(), "v");
    }
    assert_eq!(memory.statistics().unwrap().entries, 10);
}

#[test]
fn writers_that_each_need_everything_come_to_an_end() {
    let memory = open(Bound::Weight(LARGE));
    let whole = usize::try_from(LARGE - Options::ENTRY_OVERHEAD - 1).unwrap();
    let value = Bytes::from(vec![0; whole]);
    std::thread::scope(|scope| {
        for key in ["a", "b", "c", "d"] {
            let (memory, value) = (&memory, &value);
            scope.spawn(move || {
                for number in 0..500 {
                    set(memory, key, value.clone());
                    set(memory, &number.to_string(), "light");
                    assert!(memory.statistics().unwrap().weight <= LARGE);
                }
            });
        }
    });
    assert!(memory.statistics().unwrap().entries >= 1);
}
