//! Writes under a condition.

use std::time::Duration;

use bytes::Bytes;
use cache_core::{Condition, ErrorKind, SetOptions};

use crate::check::same;
use crate::subject::key;
use crate::trial::Trial;

fn equals(value: &'static str) -> Condition {
    Condition::IfEquals(Bytes::from(value))
}

pub(crate) async fn if_absent_stores_only_where_nothing_is(trial: Trial) {
    let cache = &trial.cache;
    same("over nothing", &cache.put_if(Condition::IfAbsent, "key", "first").await, &true);
    same("over an entry", &cache.put_if(Condition::IfAbsent, "key", "second").await, &false);
    cache.holds("key", "first").await;
    cache.put("key", "").await;
    same("over an empty value", &cache.put_if(Condition::IfAbsent, "key", "third").await, &false);
    cache.delete("key").await;
    same("after a delete", &cache.put_if(Condition::IfAbsent, "key", "fourth").await, &true);
    cache.holds("key", "fourth").await;
}

pub(crate) async fn if_present_stores_only_over_an_entry(trial: Trial) {
    let cache = &trial.cache;
    same("over nothing", &cache.put_if(Condition::IfPresent, "key", "first").await, &false);
    cache.lacks("key").await;
    cache.put("key", "").await;
    same("over an empty value", &cache.put_if(Condition::IfPresent, "key", "second").await, &true);
    cache.holds("key", "second").await;
    cache.delete("key").await;
    same("after a delete", &cache.put_if(Condition::IfPresent, "key", "third").await, &false);
    cache.lacks("key").await;
}

pub(crate) async fn if_equals_stores_only_over_the_same_bytes(trial: Trial) {
    let cache = &trial.cache;
    same("over nothing", &cache.put_if(equals(""), "key", "new").await, &false);
    cache.lacks("key").await;
    cache.put("key", "value").await;
    for other in ["", "valu", "value ", "Value", "value\0", "other"] {
        same(format!("equals {other:?}"), &cache.put_if(equals(other), "key", "new").await, &false);
        cache.holds("key", "value").await;
    }
    same("the same bytes", &cache.put_if(equals("value"), "key", "").await, &true);
    cache.holds("key", "").await;
    same("the empty value", &cache.put_if(equals(""), "key", "new").await, &true);
    cache.holds("key", "new").await;
    same("the same again", &cache.put_if(equals("new"), "key", "new").await, &true);
    cache.holds("key", "new").await;
}

pub(crate) async fn condition_not_met_keeps_the_lifetime(trial: Trial) {
    let life = trial.life();
    trial.cache.put_for("ends", "old", life).await;
    trial.cache.put("endless", "old").await;
    for condition in [Condition::IfAbsent, equals("other")] {
        let forever = trial.cache.put_if(condition.clone(), "ends", "new").await;
        same(format!("{condition:?}"), &forever, &false);
        let options = SetOptions::new().ttl(life).condition(condition.clone());
        let outcome = trial.cache.set("endless", "new", options).await;
        same(format!("{condition:?}"), &outcome.is_stored(), &false);
    }
    trial.advance(life).await;
    trial.cache.lacks("ends").await;
    trial.cache.holds("endless", "old").await;
}

pub(crate) async fn condition_met_gives_the_new_lifetime(trial: Trial) {
    let life = trial.life();
    for condition in [Condition::IfPresent, equals("old")] {
        trial.cache.put_for("endless", "old", life).await;
        trial.cache.put("ends", "old").await;
        let stored = trial.cache.put_if(condition.clone(), "endless", "new").await;
        same(format!("{condition:?}"), &stored, &true);
        let options = SetOptions::new().ttl(life).condition(condition.clone());
        let outcome = trial.cache.set("ends", "new", options).await;
        same(format!("{condition:?}"), &outcome.is_stored(), &true);
        trial.advance(life).await;
        trial.cache.holds("endless", "new").await;
        trial.cache.lacks("ends").await;
    }
    let options = SetOptions::new().ttl(life).condition(Condition::IfAbsent);
    trial.cache.set("created", "new", options).await;
    trial.cache.holds("created", "new").await;
    trial.advance(life).await;
    trial.cache.lacks("created").await;
}

pub(crate) async fn zero_lifetime_is_refused_under_a_condition(trial: Trial) {
    trial.cache.put("key", "old").await;
    for condition in [Condition::IfAbsent, Condition::IfPresent, equals("old"), equals("other")] {
        let what = format!("set with a lifetime of zero under {condition:?}");
        let options = SetOptions::new().ttl(Duration::ZERO).condition(condition);
        let set = trial.cache.raw().set(key("key"), Bytes::from("new"), options);
        trial.cache.refuses(&what, ErrorKind::InvalidInput, set).await;
        trial.cache.holds("key", "old").await;
    }
}
