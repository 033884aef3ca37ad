//! Several calls at once: in turns on one task, which shows every call that is not one step, and
//! from several tasks, which shows what threads do to each other.

use std::collections::HashMap;

use bytes::Bytes;
use cache_core::{Condition, SetOptions, Ttl};
use tokio::task::yield_now;

use crate::check::{joined, same};
use crate::subject::{Cache, key};
use crate::trial::Trial;

const TASKS: usize = 8;

/// Runs a task of the case several times at once, and gives the results.
async fn at_once<T, F>(cache: &Cache, task: impl Fn(Cache, usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let tasks: Vec<_> =
        (0..TASKS).map(|number| tokio::spawn(task(cache.clone(), number))).collect();
    let mut results = Vec::with_capacity(TASKS);
    for task in tasks {
        results.push(joined(task).await);
    }
    results
}

/// Writes to one key from several callers in turns: how many of the writes were stored.
async fn stored_in_turns(trial: &Trial, condition: Condition) -> usize {
    let set = |number: usize| {
        let options = SetOptions::new().condition(condition.clone());
        trial.cache.raw().set(key("in turns"), Bytes::from(format!("of {number}")), options)
    };
    let outcomes = trial.cache.in_turns("set", (0..TASKS).map(set).collect()).await;
    outcomes.into_iter().filter(|outcome| outcome.is_stored()).count()
}

pub(crate) async fn no_increment_is_lost(trial: Trial) {
    const EACH: i64 = 200;
    trial.cache.put("in turns", "0").await;
    let increment = |_| trial.cache.raw().increment(key("in turns"), 1, Ttl::Never);
    let mut sums = trial.cache.in_turns("increment", (0..TASKS).map(increment).collect()).await;
    sums.sort_unstable();
    same("the sums of increments in turns", &sums, &(1..=TASKS as i64).collect());
    let sums = at_once(&trial.cache, |cache, _| async move {
        let mut sums = Vec::new();
        for _ in 0..EACH {
            sums.push(cache.increment("key", 1).await);
            yield_now().await;
        }
        sums
    });
    let mut sums = sums.await.concat();
    sums.sort_unstable();
    sums.dedup();
    let all = EACH * TASKS as i64;
    same("different sums of as many increments", &sums.len(), &(all as usize));
    trial.cache.holds("key", all.to_string()).await;
}

pub(crate) async fn no_value_is_torn(trial: Trial) {
    const ROUNDS: usize = 30;
    const BYTES: usize = 100_000;
    let uniform = |number: usize| Bytes::from(vec![b'a' + number as u8; BYTES + number]);
    trial.cache.put("key", uniform(0)).await;
    let raw = trial.cache.raw();
    let set = raw.set(key("key"), uniform(1), SetOptions::new()).map(|_| None);
    let calls = vec![set, raw.get(key("key")), raw.get(key("key"))];
    for found in trial.cache.in_turns("set and get", calls).await.into_iter().flatten() {
        let whole = found == uniform(0) || found == uniform(1);
        same("a value that one writer wrote whole", &whole, &true);
    }
    let tasks = at_once(&trial.cache, |cache, number| async move {
        for _ in 0..ROUNDS {
            if number < TASKS / 2 {
                cache.put("key", uniform(number)).await;
            } else {
                let found = cache.get("key").await.unwrap_or_default();
                let first = found.first().copied().unwrap_or_default();
                let writer = usize::from(first.wrapping_sub(b'a'));
                let whole = writer < TASKS && found == uniform(writer);
                same("a value that one writer wrote whole", &whole, &true);
            }
            yield_now().await;
        }
    });
    tasks.await;
}

pub(crate) async fn one_writer_wins_if_absent(trial: Trial) {
    same("stored in turns", &stored_in_turns(&trial, Condition::IfAbsent).await, &1);
    for round in 0..20 {
        let key = format!("key {round}");
        let winners = at_once(&trial.cache, |cache, number| {
            let key = key.clone();
            async move {
                yield_now().await;
                cache.put_if(Condition::IfAbsent, &key, number.to_string()).await
            }
        });
        let winners = winners.await;
        same("writers that found nothing", &winners.iter().filter(|won| **won).count(), &1);
        let winner = winners.iter().position(|won| *won).unwrap_or_default();
        trial.cache.holds(&key, winner.to_string()).await;
    }
}

pub(crate) async fn one_writer_wins_if_equals(trial: Trial) {
    trial.cache.put("in turns", "old").await;
    let condition = Condition::IfEquals(Bytes::from("old"));
    same("stored in turns", &stored_in_turns(&trial, condition).await, &1);
    for _ in 0..20 {
        trial.cache.put("key", "old").await;
        let winners = at_once(&trial.cache, |cache, number| async move {
            yield_now().await;
            let condition = Condition::IfEquals(Bytes::from("old"));
            cache.put_if(condition, "key", format!("of {number}")).await
        });
        let winners = winners.await.into_iter().filter(|won| *won).count();
        same("writers that found the old value", &winners, &1);
    }
}

pub(crate) async fn no_update_by_version_is_lost(trial: Trial) {
    const EACH: usize = 20;
    trial.cache.put("in turns", "old").await;
    let condition = Condition::IfVersion(trial.cache.entry("in turns").await.version);
    same("stored in turns", &stored_in_turns(&trial, condition).await, &1);
    trial.cache.put("key", "").await;
    let tasks = at_once(&trial.cache, |cache, number| async move {
        for _ in 0..EACH {
            loop {
                let entry = cache.entry("key").await;
                yield_now().await;
                let longer = [&entry.value[..], &[b'a' + number as u8]].concat();
                let condition = Condition::IfVersion(entry.version);
                if cache.put_if(condition, "key", longer).await {
                    break;
                }
            }
        }
    });
    tasks.await;
    let mut updates = HashMap::new();
    for byte in trial.cache.entry("key").await.value {
        *updates.entry(byte).or_insert(0) += 1;
    }
    let expected = (0..TASKS).map(|number| (b'a' + number as u8, EACH)).collect();
    same("updates by writer", &updates, &expected);
}

pub(crate) async fn each_entry_is_taken_once(trial: Trial) {
    const ENTRIES: usize = 50;
    for number in 0..ENTRIES {
        trial.cache.put(&format!("key {number}"), "value").await;
    }
    trial.cache.put("in turns", "value").await;
    let calls = (0..TASKS).map(|_| trial.cache.raw().take(key("in turns"))).collect();
    let found = trial.cache.in_turns("take", calls).await.into_iter().flatten().count();
    same("taken in turns", &found, &1);
    let taken = at_once(&trial.cache, |cache, _| async move {
        let mut taken = 0;
        for number in 0..ENTRIES {
            taken += usize::from(cache.take(&format!("key {number}")).await.is_some());
            yield_now().await;
        }
        taken
    });
    same("values taken by all", &taken.await.iter().sum(), &ENTRIES);
}

pub(crate) async fn each_entry_is_deleted_once(trial: Trial) {
    const ENTRIES: usize = 50;
    for number in 0..ENTRIES {
        trial.cache.put(&format!("key {number}"), "value").await;
    }
    trial.cache.put("in turns", "value").await;
    let calls = (0..TASKS).map(|_| trial.cache.raw().delete(key("in turns"))).collect();
    let found =
        trial.cache.in_turns("delete", calls).await.into_iter().filter(|deleted| *deleted).count();
    same("deleted in turns", &found, &1);
    let deleted = at_once(&trial.cache, |cache, _| async move {
        let mut deleted = 0;
        for number in 0..ENTRIES {
            deleted += usize::from(cache.delete(&format!("key {number}")).await);
            yield_now().await;
        }
        deleted
    });
    same("deletes that found an entry", &deleted.await.iter().sum(), &ENTRIES);
}
