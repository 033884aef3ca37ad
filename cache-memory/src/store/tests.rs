//! That nobody outside can choose keys that are slow.

use std::collections::HashSet;

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
