//! That nobody outside can choose keys that are slow.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;

use dashmap::DashMap;

use super::*;

#[path = "../../tests/colliding/mod.rs"]
mod colliding;

fn hashes<T>(keys: &[String], hash: impl Fn(&str) -> T) -> HashSet<T>
where
    T: Eq + std::hash::Hash,
{
    keys.iter().map(|key| hash(key)).collect()
}

#[test]
fn keys_made_to_collide_have_as_many_hashes_as_random_ones() {
    let (keys, random) = (colliding::keys(100_000), colliding::random_keys(100_000));
    assert_eq!(hashes(&keys, str::to_owned).len(), 100_000, "the keys differ");
    assert_eq!(hashes(&keys, colliding::unseeded_hash).len(), 1, "and collide without a seed");
    let store = Store::new(1 << 20, false, Clock::system());
    assert!(hashes(&keys, |key| store.hash(key)).len() >= 99_999);
    assert!(hashes(&random, |key| store.hash(key)).len() >= 99_999);
    // The bits that choose a place in a table of 2^17, and those that choose a shard.
    let places = hashes(&keys, |key| store.hash(key) & 0x1_ffff).len();
    let random_places = hashes(&random, |key| store.hash(key) & 0x1_ffff).len();
    assert!(places * 100 >= random_places * 98, "{places} places, {random_places} for random");
    assert_eq!(hashes(&keys, |key| store.shard_number(store.hash(key))).len(), 16);
}

#[test]
fn two_caches_hash_the_same_key_differently() {
    let hash = || Store::new(1, false, Clock::system()).hash("key");
    assert_ne!(hash(), hash());
}

/// A key that counts how often it is compared.
struct Counted<'a>(&'a str, &'a Cell<u64>);

impl PartialEq for Counted<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.1.set(self.1.get() + 1);
        self.0 == other.0
    }
}

impl Eq for Counted<'_> {}

impl std::hash::Hash for Counted<'_> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

/// What makes inserts slow where keys collide: comparisons with those that have the same hash.
#[test]
fn inserts_of_keys_made_to_collide_compare_no_more_than_those_of_random_ones() {
    fn comparisons(keys: &[String], hash: impl BuildHasher + Clone) -> u64 {
        let count = Cell::new(0);
        let map = DashMap::with_hasher(hash);
        for key in keys {
            map.insert(Counted(key, &count), ());
        }
        // One comparison a key that there are in any case: each is asked for once.
        let found = keys.iter().filter(|key| map.contains_key(&Counted(key, &count))).count();
        assert_eq!(found, keys.len());
        count.get()
    }
    let (keys, random) = (colliding::keys(100_000), colliding::random_keys(100_000));
    let (hard, easy) = (comparisons(&keys, seeded()), comparisons(&random, seeded()));
    assert!(2 * hard <= 3 * easy, "{hard} comparisons, {easy} for random keys");
}

/// Two shards give the same numbers: the seat is both.
#[test]
fn entries_are_removed_by_their_seats_and_no_others_go() {
    let entries = Entries::new();
    let seat = |node| Seat { node: node / 2, shard: u8::from(node % 2 == 1) };
    let hash = |node: u32| entries.hash(node.to_string().as_bytes());
    for node in 0..1_000 {
        let mut slot = Slot::new(&node.to_string(), "v".into());
        slot.facts_mut().sit(seat(node));
        entries.insert(hash(node), slot);
    }
    let mut going: Vec<_> = (0..1_000).step_by(3).map(|node| (hash(node), seat(node))).collect();
    let mut gone = Vec::new();
    entries.remove_all(&mut going, |slot| {
        gone.push(slot.facts().node * 2 + u32::from(slot.facts().seat().shard));
    });
    gone.sort_unstable();
    assert_eq!(gone, (0..1_000).step_by(3).collect::<Vec<_>>());
    assert_eq!(entries.len(), 1_000 - gone.len());
    for node in 0..1_000 {
        let is_there = entries.look_at(hash(node), seat(node), |_| ()).is_some();
        assert_eq!(is_there, node % 3 > 0, "{node}");
    }
}

#[test]
fn a_sweep_goes_in_slices() {
    let (clock, mock) = Clock::mock();
    let store = Store::new(100_000, false, clock);
    for number in 0..10_000 {
        put(&store, &number.to_string(), 1_000_000);
    }
    mock.advance(std::time::Duration::from_secs(1));
    let slices = RefCell::new(Vec::new());
    assert_eq!(store.sweep(|changes| slices.borrow_mut().push(changes.into_iter().count())), None);
    assert_eq!(slices.borrow().iter().sum::<usize>(), 10_000);
    assert!(slices.borrow().iter().all(|slice| *slice <= 256), "{slices:?}");
}

/// The books against the map itself, after every kind of change at once.
#[test]
fn policy_room_and_map_agree_after_many_changes_at_once() {
    let store = Store::new(20_000_000, true, Clock::system());
    std::thread::scope(|scope| {
        for writer in 0..4_u64 {
            let store = &store;
            scope.spawn(move || {
                for number in 0..50_000_u64 {
                    let random = (number + writer).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
                    let key = (random % 5_000).to_string();
                    let mut changes = Changes::default();
                    if random % 7 == 0 {
                        store.take(&key, &mut changes).unwrap();
                        continue;
                    }
                    let lifetime = if random % 3 == 0 { 1_000_000 } else { NEVER };
                    let lifetime = Lifetime::New(lifetime);
                    let (slot, weight) = (Slot::new(&key, "v".into()), random % 20_000 + 1);
                    let write = Write { key: &key, slot, weight, lifetime };
                    assert!(store.put(write, |_| true, &mut changes).unwrap());
                    assert!(store.room.used() <= store.capacity());
                }
            });
        }
    });
    let statistics = store.statistics();
    assert_eq!(statistics.entries, store.entries.len() as u64);
    assert_eq!(statistics.weight, store.room.used());
    assert!(statistics.removals.capacity > 0 && statistics.removals.deleted > 0);
    store.entries.each(|slot| {
        let (hash, seat) = (store.entries.hash(slot.key()), slot.facts().seat());
        assert_eq!(store.shard_number(hash), usize::from(seat.shard));
        let shard = store.shards[usize::from(seat.shard)].lock();
        assert_eq!(shard.policy.find(seat.node).map(|node| node.hash), Some(hash));
    });
}

fn put(store: &Store, key: &str, lifetime: u64) {
    let lifetime = Lifetime::New(lifetime);
    let write = Write { key, slot: Slot::new(key, "v".into()), weight: 1, lifetime };
    assert!(store.put(write, |_| true, &mut Changes::default()).unwrap());
}

/// A shard that gives its entries new numbers in the midst of a clear hides none from it.
#[test]
fn a_clear_comes_by_every_entry_while_numbers_change() {
    let (clock, mock) = Clock::mock();
    let store = Store::new(1_000_000, false, clock);
    for number in 0..100_000 {
        let stays = number % 50 == 7;
        put(&store, &number.to_string(), if stays { NEVER } else { 1_000_000 });
    }
    let mut changes = Changes::default();
    let (removed, mut next) = store.clear("none has this", Place::default(), &mut changes).unwrap();
    assert_eq!(removed, 0);
    mock.advance(std::time::Duration::from_secs(1));
    assert_eq!(store.sweep(drop), None);
    assert!(store.shards.iter().all(|shard| shard.lock().moves == 1), "all were given new numbers");
    assert_eq!(store.statistics().entries, 2_000);
    let mut removed = 0;
    while let Some(place) = next {
        let step = store.clear("", place, &mut changes).unwrap();
        (removed, next) = (removed + step.0, step.1);
    }
    assert_eq!((removed, store.statistics().entries), (2_000, 0));
    put(&store, "works", NEVER);
    assert!(store.contains("works").unwrap());
}

#[test]
fn a_large_entry_takes_a_little_from_every_shard() {
    let capacity = 16 * LEAST_WEIGHED_SHARD;
    let store = Store::new(capacity, true, Clock::system());
    let put = |key: &str, weight: u64| {
        let slot = Slot::new(key, "v".into());
        let write = Write { key, slot, weight, lifetime: Lifetime::New(NEVER) };
        assert!(store.put(write, |_| true, &mut Changes::default()).unwrap());
    };
    (0..16_384).for_each(|number: u64| put(&number.to_string(), capacity / 16_384));
    let lengths = || store.shards.iter().map(|shard| shard.lock().policy.len());
    let before: Vec<usize> = lengths().collect();
    put("large", capacity / 4);
    assert!(store.contains("large").unwrap());
    assert_eq!(lengths().sum::<usize>(), 16_384 / 4 * 3 + 1);
    for (after, before) in lengths().zip(before) {
        let gone = before.saturating_sub(after) * 100 / before;
        assert!((20..=30).contains(&gone), "{gone} of a hundred went");
    }
}
