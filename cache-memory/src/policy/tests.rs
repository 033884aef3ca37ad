//! Tests of the order in which entries go.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use proptest::prelude::*;

use super::*;

/// A read-through cache as the store is one, without values.
#[derive(Default)]
struct Cache {
    policy: Policy,
    /// By key: the number in the policy, and the counter of hits.
    entries: HashMap<String, (u32, u8)>,
    /// By number: the key.
    keys: HashMap<u32, String>,
    capacity: u64,
}

impl Cache {
    fn new(capacity: u64) -> Self {
        Self { capacity, ..Self::default() }
    }

    /// Reads a key, and brings it in if it is not there; whether it was.
    fn read(&mut self, key: &str, weight: u64) -> bool {
        if let Some((_, hits)) = self.entries.get_mut(key) {
            *hits = (*hits + 1).min(2);
            return true;
        }
        while self.policy.weight() + weight > self.capacity {
            self.evict(None).expect("there is something to evict");
        }
        let index = self.policy.insert(hash(key), weight);
        self.entries.insert(key.into(), (index, 0));
        self.keys.insert(index, key.into());
        false
    }

    /// Reads keys of weight 1 named by numbers; how many were there.
    fn hits(&mut self, keys: impl IntoIterator<Item = u64>) -> usize {
        keys.into_iter().filter(|key| self.read(&key.to_string(), 1)).count()
    }

    fn evict(&mut self, keep: Option<u32>) -> Option<String> {
        let (entries, keys, mut gone) = (&mut self.entries, &self.keys, None);
        let node = self.policy.evict(keep, |of_key, index, look| {
            let key = &keys[&index];
            assert_eq!(of_key, hash(key));
            let (_, hits) = entries.get_mut(key).expect("the policy knows what is there");
            let goes = *hits == 0 || look == Look::Regardless;
            *hits = hits.saturating_sub(1);
            if goes {
                entries.remove(key);
                gone = Some(key.clone());
            }
            goes
        })?;
        assert_eq!(Some(node.hash), gone.as_deref().map(hash));
        gone
    }

    fn index(&self, key: &str) -> u32 {
        self.entries[key].0
    }
}

fn hash(key: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

#[test]
fn loop_over_more_keys_than_there_is_room_for_keeps_a_part_of_them() {
    let mut cache = Cache::new(50);
    (0..20).for_each(|_| _ = cache.hits(0..100));
    let hits = cache.hits(0..100);
    assert!(hits >= 45, "{hits} of 50 that fit");
}

#[test]
fn loop_over_entries_of_unequal_weight_keeps_a_part_of_them() {
    let mut cache = Cache::new(300);
    let mut round = || {
        let weight = |key: &str| 1 + hash(key) % 8;
        (0..1000).map(|key| key.to_string()).filter(|key| cache.read(key, weight(key))).count()
    };
    (0..50).for_each(|_| _ = round());
    let hits = round();
    assert!(hits >= 120, "{hits} of some 200 light ones that fit");
}

#[test]
fn scan_does_not_displace_what_is_in_use() {
    let mut cache = Cache::new(100);
    (0..5).for_each(|_| _ = cache.hits(0..80));
    cache.hits(1000..3000);
    let hits = cache.hits(0..80);
    assert!(hits >= 70, "{hits} of 80");
}

#[test]
fn window_grows_where_keys_come_back_soon_and_shrinks_where_they_do_not() {
    let mut cache = Cache::new(1000);
    // Every key is read again when 50 others were, and then never.
    for now in 100..60_000 {
        cache.hits([now, now - 50]);
    }
    assert!(cache.policy.share > LEAST_SHARE * 4, "{} of {WHOLE}", cache.policy.share);
    let (share, window) = (cache.policy.share, cache.policy.window.weight);
    // Skewed reads: a small window serves them best.
    let mut state = 1_u64;
    for _ in 0..300_000 {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let uniform = (state >> 11) as f64 / (1_u64 << 53) as f64;
        cache.hits([1_000_000 + (10_000_f64.powf(uniform)) as u64]);
    }
    assert!(cache.policy.share < share / 2, "{} of {WHOLE}, was {share}", cache.policy.share);
    assert!(cache.policy.window.weight < window, "{}", cache.policy.window.weight);
}

#[test]
fn resident_that_was_often_asked_for_of_old_does_not_shield_those_behind_it() {
    let mut cache = Cache::new(100);
    cache.hits(0..100);
    (0..10).for_each(|_| cache.policy.sketch.count(Print::new(hash("0"))));
    assert_eq!(cache.policy.main.list.oldest(), Some(cache.index("0")));
    (0..5).for_each(|_| _ = cache.hits(200..230));
    assert!(cache.hits(200..230) >= 15);
    assert!(cache.entries.contains_key("0"), "the others go before it");
}

#[test]
fn entry_that_was_asked_for_goes_round_and_leaves_when_it_is_not_asked_for_again() {
    let mut cache = Cache::new(3);
    cache.hits([1, 2, 3, 1]);
    let order: Vec<_> = (0..3).map(|_| cache.evict(None)).map(Option::unwrap).collect();
    assert_eq!(order.last().map(String::as_str), Some("1"), "{order:?}");
}

#[test]
fn kept_entry_never_goes_wherever_it_is() {
    for kept in 0..10 {
        let mut cache = Cache::new(10);
        cache.hits(0..10);
        let keep = cache.index(&kept.to_string());
        for _ in 0..9 {
            assert!(cache.evict(Some(keep)).is_some());
        }
        assert_eq!(cache.evict(Some(keep)), None);
        assert!(cache.entries.contains_key(&kept.to_string()));
        assert_eq!(cache.evict(None), Some(kept.to_string()));
        assert_eq!(cache.evict(None), None);
    }
}

#[test]
fn eviction_ends_though_every_entry_is_in_use() {
    let mut cache = Cache::new(5000);
    cache.hits(0..5000);
    let mut looks = 0;
    let node = cache.policy.evict(None, |_, _, look| {
        looks += 1;
        look == Look::Regardless
    });
    assert!(node.is_some());
    assert_eq!(looks, PATIENCE + 1);
}

#[test]
fn of_two_that_are_asked_for_alike_the_lighter_stays() {
    let mut cache = Cache::new(1000);
    let mut reads =
        |key: u64, weight| (0..4).filter(|_| cache.read(&key.to_string(), weight)).count();
    let (mut light, mut heavy) = (0, 0);
    for _ in 0..30 {
        light += (0..100).map(|key| reads(key, 5)).sum::<usize>();
        heavy += (100..200).map(|key| reads(key, 50)).sum::<usize>();
    }
    assert!(light > heavy + 1500, "{light} hits on light entries, {heavy} on heavy ones");
}

#[test]
fn entries_move_on_to_the_main_queue_while_there_is_room() {
    let mut cache = Cache::new(1000);
    cache.hits(0..1100);
    assert!(cache.policy.main.weight >= 985, "{}", cache.policy.main.weight);
    for key in 0..900_u64 {
        let (index, _) = cache.entries.remove(&key.to_string()).unwrap();
        cache.policy.remove(index);
    }
    cache.hits(2000..2900);
    assert!(cache.policy.main.weight >= 985, "{}", cache.policy.main.weight);
}

#[derive(Debug, Clone)]
enum Step {
    Read(u8, u64),
    Delete(u8),
    Weigh(u8, u64),
    Evict(Option<u8>),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (any::<u8>(), 0..30_u64).prop_map(|(key, weight)| Step::Read(key, weight)),
        1 => any::<u8>().prop_map(Step::Delete),
        1 => (any::<u8>(), 0..30_u64).prop_map(|(key, weight)| Step::Weigh(key, weight)),
        1 => any::<Option<u8>>().prop_map(Step::Evict),
    ]
}

proptest! {
    #[test]
    fn policy_knows_what_is_there_and_what_it_weighs(steps in prop::collection::vec(step(), 1..400)) {
        let mut cache = Cache::new(200);
        for step in steps {
            match step {
                Step::Read(key, weight) => _ = cache.read(&key.to_string(), weight),
                Step::Delete(key) => {
                    if let Some((index, _)) = cache.entries.remove(&key.to_string()) {
                        prop_assert_eq!(cache.policy.remove(index).hash, hash(&key.to_string()));
                    }
                }
                Step::Weigh(key, weight) => {
                    if let Some((index, _)) = cache.entries.get(&key.to_string()) {
                        cache.policy.weigh_anew(*index, weight);
                    }
                }
                Step::Evict(keep) => {
                    let keep = keep.and_then(|key| cache.entries.get(&key.to_string()));
                    let keep = keep.map(|(index, _)| *index);
                    let others = cache.entries.len() - usize::from(keep.is_some());
                    prop_assert_eq!(cache.evict(keep).is_some(), others > 0);
                    prop_assert!(keep.is_none_or(|index| cache.policy.find(index).is_some()));
                }
            }
            prop_assert_eq!(cache.policy.len(), cache.entries.len());
            let weights = cache.entries.values().map(|(index, _)| cache.policy.find(*index).unwrap().weight);
            prop_assert_eq!(cache.policy.weight(), weights.sum::<u64>());
            let share = cache.policy.share;
            prop_assert!((LEAST_SHARE..=LARGEST_SHARE).contains(&share));
        }
    }
}
