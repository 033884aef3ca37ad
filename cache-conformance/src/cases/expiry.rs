//! An entry whose lifetime has ended is absent for every operation.

use bytes::Bytes;
use cache_core::{Condition, Ttl};

use crate::check::same;
use crate::trial::Trial;

pub(crate) async fn expired_entry_is_absent(trial: Trial) {
    trial.expire("key", "value").await;
    trial.cache.lacks("key").await;
    same("contains of an expired entry", &trial.cache.contains("key").await, &false);
    trial.expire("other", "value").await;
    same("contains before any get", &trial.cache.contains("other").await, &false);
}

pub(crate) async fn expired_entry_has_no_entry(trial: Trial) {
    trial.expire("key", "value").await;
    same("entry of an expired key", &trial.cache.find("key").await, &None);
}

pub(crate) async fn expired_entry_cannot_be_taken(trial: Trial) {
    trial.expire("key", "value").await;
    same("take of an expired entry", &trial.cache.take("key").await, &None);
}

pub(crate) async fn expired_entry_has_no_ttl(trial: Trial) {
    trial.expire("key", "value").await;
    same("ttl of an expired entry", &trial.cache.ttl("key").await, &None);
}

pub(crate) async fn expired_entry_cannot_be_touched(trial: Trial) {
    for ttl in [Ttl::Never, Ttl::After(trial.life() * 100)] {
        trial.expire("key", "value").await;
        same("touch of an expired entry", &trial.cache.touch("key", ttl).await, &false);
        trial.cache.lacks("key").await;
    }
}

pub(crate) async fn expired_entry_cannot_be_deleted(trial: Trial) {
    trial.expire("key", "value").await;
    same("delete of an expired entry", &trial.cache.delete("key").await, &false);
}

pub(crate) async fn expired_entry_is_absent_for_conditions(trial: Trial) {
    let equals = Condition::IfEquals(Bytes::from("old"));
    for condition in [Condition::IfPresent, equals] {
        trial.expire("key", "old").await;
        let what = format!("set under {condition:?} over an expired entry");
        same(what, &trial.cache.put_if(condition, "key", "new").await, &false);
        trial.cache.lacks("key").await;
    }
    trial.expire("key", "old").await;
    let stored = trial.cache.put_if(Condition::IfAbsent, "key", "new").await;
    same("set if absent over an expired entry", &stored, &true);
    trial.cache.holds("key", "new").await;
}

pub(crate) async fn expired_entry_has_no_version(trial: Trial) {
    trial.cache.put_for("key", "old", trial.life()).await;
    let version = trial.cache.entry("key").await.version;
    trial.advance(trial.life()).await;
    let stored = trial.cache.put_if(Condition::IfVersion(version), "key", "new").await;
    same("set by the version of an expired entry", &stored, &false);
    trial.cache.lacks("key").await;
}

pub(crate) async fn expired_number_counts_from_zero(trial: Trial) {
    trial.expire("key", "41").await;
    same("increment of an expired number", &trial.cache.increment("key", 1).await, &1);
    // The sum is a new entry, and endless: nothing of the old lifetime is left.
    trial.advance(trial.life()).await;
    trial.cache.holds("key", "1").await;
    trial.expire("text", "no number").await;
    same("increment of an expired text", &trial.cache.increment("text", 1).await, &1);
}

pub(crate) async fn expired_entry_is_absent_in_batches(trial: Trial) {
    trial.cache.put("present", "value").await;
    trial.expire("expired", "value").await;
    let found = trial.cache.get_many(&["expired", "present", "expired"]).await;
    let present = Some(Bytes::from("value"));
    same("get_many with an expired entry", &found, &vec![None, present, None]);
    let deleted = trial.cache.delete_many(&["expired", "present"]).await;
    same("delete_many with an expired entry", &deleted, &vec![false, true]);
}

pub(crate) async fn expired_key_can_be_set_again(trial: Trial) {
    for value in ["first", "second", "third"] {
        trial.cache.put_for("key", value, trial.life()).await;
        trial.cache.holds("key", value).await;
        trial.advance(trial.life()).await;
        trial.cache.lacks("key").await;
    }
    trial.cache.put("key", "last").await;
    trial.advance(trial.life()).await;
    trial.cache.holds("key", "last").await;
}
