//! Entries with versions, and writes by them.

use std::collections::HashMap;
use std::time::Duration;

use bytes::Bytes;
use cache_core::{Condition, SetOptions, Ttl};

use crate::check::same;
use crate::trial::Trial;

pub(crate) async fn entry_tells_value_and_lifetime(trial: Trial) {
    let ttl = Duration::from_millis(90_500);
    let since = trial.now();
    trial.cache.put_for("ends", "value", ttl).await;
    trial.advance(Duration::from_millis(123)).await;
    let entry = trial.cache.entry("ends").await;
    same("value of the entry", &entry.value, &Bytes::from("value"));
    trial.ttl_is("lifetime of the entry", entry.ttl, ttl, since);
    trial.cache.put("endless", "").await;
    let entry = trial.cache.entry("endless").await;
    same("value of the entry", &entry.value, &Bytes::new());
    same("lifetime of the entry", &entry.ttl, &Ttl::Never);
}

pub(crate) async fn entry_of_absent_key_is_none(trial: Trial) {
    same("entry of an absent key", &trial.cache.find("key").await, &None);
    trial.cache.put("key", "value").await;
    trial.cache.delete("key").await;
    same("entry of a deleted key", &trial.cache.find("key").await, &None);
}

pub(crate) async fn version_differs_whenever_the_value_differs(trial: Trial) {
    let mut seen = HashMap::new();
    for round in 0..100 {
        let value = Bytes::from(format!("value {}", round % 30));
        trial.cache.put("key", value.clone()).await;
        let entry = trial.cache.entry("key").await;
        same("value of the entry", &entry.value, &value);
        if let Some(other) = seen.insert(entry.version, value.clone()) {
            same(format!("value with {:?}", entry.version), &other, &value);
        }
        if round % 7 == 0 {
            trial.cache.delete("key").await;
        }
    }
}

pub(crate) async fn version_stays_while_nothing_is_written(trial: Trial) {
    trial.cache.put("key", "value").await;
    let version = trial.cache.entry("key").await.version;
    trial.cache.put("other", "value").await;
    trial.cache.get("key").await;
    trial.cache.contains("key").await;
    trial.advance(Duration::from_millis(5)).await;
    same("version later", &trial.cache.entry("key").await.version, &version);
}

pub(crate) async fn version_stays_when_the_lifetime_changes(trial: Trial) {
    trial.cache.put("key", "value").await;
    let version = trial.cache.entry("key").await.version;
    for ttl in [Ttl::After(trial.life() * 100), Ttl::Never] {
        same("touch", &trial.cache.touch("key", ttl).await, &true);
        same("version after touch", &trial.cache.entry("key").await.version, &version);
    }
}

pub(crate) async fn if_version_stores_over_that_state_alone(trial: Trial) {
    let cache = &trial.cache;
    cache.put("key", "first").await;
    let first = Condition::IfVersion(cache.entry("key").await.version);
    same("the present version", &cache.put_if(first.clone(), "key", "second").await, &true);
    cache.holds("key", "second").await;
    same("an old version", &cache.put_if(first.clone(), "key", "third").await, &false);
    cache.holds("key", "second").await;
    cache.delete("key").await;
    same("a deleted version", &cache.put_if(first.clone(), "key", "fourth").await, &false);
    cache.lacks("key").await;
    same("a key never set", &cache.put_if(first, "other", "fifth").await, &false);
    cache.lacks("other").await;
}

pub(crate) async fn if_version_not_met_keeps_the_lifetime(trial: Trial) {
    trial.cache.put("key", "first").await;
    let first = Condition::IfVersion(trial.cache.entry("key").await.version);
    trial.cache.put_for("key", "second", trial.life()).await;
    let stored = trial.cache.put_if(first, "key", "third").await;
    same("set by an old version", &stored, &false);
    trial.advance(trial.life()).await;
    trial.cache.lacks("key").await;
}

pub(crate) async fn deleted_version_does_not_match_its_successor(trial: Trial) {
    let mut old = Vec::new();
    for round in 0..20 {
        trial.cache.put("key", format!("value {round}")).await;
        for version in &old {
            let condition = Condition::IfVersion(*version);
            let stored = trial.cache.put_if(condition, "key", "lost update").await;
            same("set by the version of a deleted entry", &stored, &false);
        }
        old.push(trial.cache.entry("key").await.version);
        trial.cache.delete("key").await;
    }
}

pub(crate) async fn version_of_an_earlier_life_does_not_match(trial: Trial) {
    const WRITES: u32 = 20;
    let mut old = Vec::new();
    for round in 0..WRITES {
        trial.cache.put("key", format!("old {round}")).await;
        old.push(trial.cache.entry("key").await.version);
    }
    // A restart takes time.
    trial.advance(Duration::from_millis(1)).await;
    let trial = trial.restart().await;
    for round in 0..WRITES {
        let value = format!("new {round}");
        trial.cache.put("key", value.clone()).await;
        let found = trial.cache.entry("key").await.version;
        let is_old = old.contains(&found);
        same("a new value with a version from before the restart", &is_old, &false);
        for version in &old {
            let condition = Condition::IfVersion(*version);
            let stored = trial.cache.put_if(condition, "key", "lost update").await;
            same("set by a version from before the restart", &stored, &false);
        }
        trial.cache.holds("key", value).await;
    }
}

pub(crate) async fn increment_changes_the_version(trial: Trial) {
    trial.cache.increment("key", 1).await;
    let first = trial.cache.entry("key").await;
    trial.cache.increment("key", 1).await;
    let second = trial.cache.entry("key").await;
    same("value after two increments", &second.value, &Bytes::from("2"));
    assert!(
        first.version != second.version,
        "version after an increment: expected another one, found the same {:?}",
        second.version
    );
}

pub(crate) async fn entry_is_of_one_instant(trial: Trial) {
    const ROUNDS: u32 = 300;
    let cache = trial.cache.clone();
    cache.put("key", "endless").await;
    let writer = tokio::spawn(async move {
        for _ in 0..ROUNDS {
            cache.set("key", "ends", SetOptions::new().ttl(Ttl::LONGEST)).await;
            cache.put("key", "endless").await;
            tokio::task::yield_now().await;
        }
    });
    let mut versions = HashMap::new();
    for _ in 0..ROUNDS {
        let entry = trial.cache.entry("key").await;
        let endless = entry.ttl == Ttl::Never;
        same("an endless lifetime beside the value", &endless, &(entry.value == "endless"));
        let value = versions.entry(entry.version).or_insert_with(|| entry.value.clone());
        same("the value with this version", &entry.value, value);
        tokio::task::yield_now().await;
    }
    crate::check::joined(writer).await;
}
