//! A backend that is bounded by the number of its entries.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use cache_core::{Condition, Scope};

use super::statistics::add_up;
use crate::check::{joined, same};
use crate::subject::Cache;
use crate::trial::Trial;

/// Fails if there are more entries than the bound allows.
fn is_within(trial: &Trial, bound: u64) {
    if !trial.cache.raw().capabilities().statistics {
        return;
    }
    let found = trial.cache.statistics();
    assert!(found.entries <= bound, "entries: expected at most {bound}, found {}", found.entries);
    if let Some(capacity) = found.capacity {
        assert!(
            found.weight <= capacity,
            "weight: expected at most the capacity of {capacity}, found {}",
            found.weight
        );
    }
}

/// The keys that are still there.
async fn present<'a>(trial: &Trial, keys: &'a [String]) -> Vec<&'a str> {
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let found = trial.cache.get_many(&keys).await;
    keys.into_iter().zip(found).filter_map(|(at, value)| value.map(|_| at)).collect()
}

async fn keeps_at_most(trial: &Trial, keys: &[String], bound: u64) {
    let found = present(trial, keys).await.len() as u64;
    assert!(found <= bound, "entries that can be read: expected at most {bound}, found {found}");
}

fn numbered(scope: &str, count: usize) -> Vec<String> {
    (0..count).map(|number| format!("{scope} {number}")).collect()
}

pub(crate) async fn bound_holds_after_every_write(trial: Trial) {
    for bound in [1, 2, 3, 7, 100] {
        let bounded = trial.bounded(bound).await;
        let keys = numbered("key", 3 * bound as usize);
        for at in &keys {
            bounded.cache.put(at, "value").await;
            is_within(&bounded, bound);
            if bound < 10 {
                keeps_at_most(&bounded, &keys, bound).await;
            }
        }
        keeps_at_most(&bounded, &keys, bound).await;
        bounded.cache.fill(&keys, "in a batch").await;
        is_within(&bounded, bound);
        keeps_at_most(&bounded, &keys, bound).await;
    }
}

pub(crate) async fn bound_holds_while_others_write(trial: Trial) {
    const BOUND: u64 = 50;
    const EACH: usize = 500;
    let bounded = Arc::new(trial.bounded(BOUND).await);
    let done = Arc::new(AtomicBool::new(false));
    let (sampled, until) = (Arc::clone(&bounded), Arc::clone(&done));
    let sampler = tokio::spawn(async move {
        while !until.load(Ordering::Relaxed) {
            is_within(&sampled, BOUND);
            tokio::task::yield_now().await;
        }
    });
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let cache = bounded.cache.clone();
            tokio::spawn(async move {
                for at in numbered(&format!("key of {writer}"), EACH) {
                    cache.put(&at, "value").await;
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    for writer in writers {
        joined(writer).await;
    }
    done.store(true, Ordering::Relaxed);
    joined(sampler).await;
    let keys: Vec<String> =
        (0..4).flat_map(|writer| numbered(&format!("key of {writer}"), EACH)).collect();
    is_within(&bounded, BOUND);
    keeps_at_most(&bounded, &keys, BOUND).await;
}

pub(crate) async fn capacity_of_one_keeps_one(trial: Trial) {
    let bounded = trial.bounded(1).await;
    let keys = numbered("key", 10);
    for at in &keys {
        bounded.cache.put(at, "old").await;
        bounded.cache.put(at, "new").await;
        is_within(&bounded, 1);
        keeps_at_most(&bounded, &keys, 1).await;
    }
    for at in present(&bounded, &keys).await {
        bounded.cache.holds(at, "new").await;
        same("delete of the one entry", &bounded.cache.delete(at).await, &true);
    }
    keeps_at_most(&bounded, &keys, 0).await;
}

pub(crate) async fn overwrite_evicts_nothing(trial: Trial) {
    let bounded = trial.bounded(20).await;
    let keys = numbered("key", 20);
    bounded.cache.fill(&keys, "old").await;
    let before = present(&bounded, &keys).await;
    assert!(!before.is_empty(), "entries after 20 writes with room for 20: expected some, found 0");
    for at in before.repeat(3) {
        bounded.cache.put(at, "new").await;
        let what = format!("entries after overwriting {at:?}");
        same(what, &present(&bounded, &keys).await, &before);
    }
    for at in before {
        bounded.cache.holds(at, "new").await;
    }
}

/// Backends of several sizes, each written full, with the keys that are there.
async fn full(trial: &Trial, value: &'static str) -> Vec<(Trial, Vec<String>)> {
    let mut all = Vec::new();
    for bound in [1, 2, 3, 7, 20] {
        let bounded = trial.bounded(bound).await;
        let keys = numbered("key", 2 * bound as usize);
        bounded.cache.fill(&keys, value).await;
        let there = present(&bounded, &keys).await.into_iter().map(str::to_owned).collect();
        all.push((bounded, there));
    }
    all
}

/// Overwrites entries of full backends under the condition that is made for each.
async fn is_met(trial: &Trial, condition: impl AsyncFn(&Cache, &str) -> Condition) {
    let long = "new".repeat(50);
    for (bounded, keys) in full(trial, "old").await {
        for at in keys {
            let condition = condition(&bounded.cache, &at).await;
            let what = format!("set of {at:?} under {condition:?} in a full cache");
            same(what, &bounded.cache.put_if(condition, &at, long.clone()).await, &true);
            bounded.cache.holds(&at, &long).await;
        }
    }
}

pub(crate) async fn condition_met_survives_making_room(trial: Trial) {
    is_met(&trial, async |_, _| Condition::IfPresent).await;
    is_met(&trial, async |_, _| Condition::IfEquals(Bytes::from("old"))).await;
}

pub(crate) async fn version_met_survives_making_room(trial: Trial) {
    is_met(&trial, async |cache, at| Condition::IfVersion(cache.entry(at).await.version)).await;
}

pub(crate) async fn number_survives_making_room(trial: Trial) {
    for (bounded, keys) in full(&trial, "9").await {
        for at in keys {
            let what = format!("increment of {at:?} in a full cache");
            same(what, &bounded.cache.increment(&at, 1).await, &10);
            bounded.cache.holds(&at, "10").await;
        }
    }
}

pub(crate) async fn bounded_backend_claims_eviction(trial: Trial) {
    let claimed = trial.bounded(10).await.cache.raw().capabilities();
    same("the capability `evicts` of a bounded backend", &claimed.evicts, &true);
}

pub(crate) async fn evictions_are_counted(trial: Trial) {
    const BOUND: u64 = 10;
    let bounded = trial.bounded(BOUND).await;
    let keys = numbered("key", 100);
    bounded.cache.fill(&keys, "value").await;
    let left = present(&bounded, &keys).await.len() as u64;
    let found = bounded.cache.statistics();
    same("inserts", &found.inserts, &100);
    same("entries", &found.entries, &left);
    same("entries evicted", &found.removals.capacity, &(100 - left));
    same("the capacity", &found.capacity.is_some(), &true);
    add_up(&bounded).await;
}

pub(crate) async fn evicted_entry_is_told(trial: Trial) {
    let bounded = trial.bounded(10).await;
    let (old, new) = (numbered("old", 10), numbered("new", 100));
    bounded.cache.fill(&old, "value").await;
    let before = present(&bounded, &old).await;
    let mut events = bounded.watching().watch(Scope::Prefix("old")).await;
    bounded.cache.fill(&new, "value").await;
    let after = present(&bounded, &old).await;
    let evicted = before.iter().filter(|at| !after.contains(at)).map(|at| (*at).to_owned());
    events.tell_all(evicted).await;
}
