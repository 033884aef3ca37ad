//! Many keys in one call, with an answer a key.

use std::time::Duration;

use bytes::Bytes;
use cache_core::{
    Condition, Effect, Error, ErrorKind, RESERVED_MARKER, SetItem, SetOptions, SetOutcome,
};

use crate::check::{refused, same};
use crate::subject::{each_ok, key};
use crate::trial::Trial;

fn item<'a>(at: &'a str, value: &'static str) -> SetItem<'a> {
    SetItem::new(key(at), Bytes::from(value), SetOptions::new())
}

fn value(value: &'static str) -> Option<Bytes> {
    Some(Bytes::from(value))
}

pub(crate) async fn get_many_answers_in_the_order_of_the_keys(trial: Trial) {
    trial.cache.put("a", "1").await;
    trial.cache.put("b", "2").await;
    trial.cache.put("empty", "").await;
    let found = trial.cache.get_many(&["b", "absent", "a", "empty", "b", "absent", "a"]).await;
    let expected = vec![value("2"), None, value("1"), value(""), value("2"), None, value("1")];
    same("get_many", &found, &expected);
}

pub(crate) async fn set_many_stores_in_order(trial: Trial) {
    let items = vec![item("a", "1"), item("b", "2"), item("a", "3"), item("c", ""), item("a", "4")];
    let outcomes = each_ok("set_many", trial.cache.set_many(items).await);
    same("set_many", &outcomes, &vec![SetOutcome::Stored; 5]);
    trial.cache.holds("a", "4").await;
    trial.cache.holds("b", "2").await;
    trial.cache.holds("c", "").await;
}

pub(crate) async fn delete_many_answers_each_key_in_order(trial: Trial) {
    for at in ["a", "b", "stays"] {
        trial.cache.put(at, "value").await;
    }
    let deleted = trial.cache.delete_many(&["absent", "a", "a", "b", "absent"]).await;
    same("delete_many", &deleted, &vec![false, true, false, true, false]);
    trial.cache.lacks("a").await;
    trial.cache.lacks("b").await;
    trial.cache.holds("stays", "value").await;
}

pub(crate) async fn empty_batch_answers_nothing(trial: Trial) {
    trial.cache.put("stays", "value").await;
    same("get_many of nothing", &trial.cache.get_many(&[]).await, &vec![]);
    same("set_many of nothing", &trial.cache.set_many(vec![]).await, &vec![]);
    same("delete_many of nothing", &trial.cache.delete_many(&[]).await, &vec![]);
    trial.cache.holds("stays", "value").await;
}

pub(crate) async fn items_have_lifetimes_of_their_own(trial: Trial) {
    let options = SetOptions::new().ttl(trial.life());
    let ends = |at| SetItem::new(key(at), Bytes::from("value"), options.clone());
    let items = vec![ends("ends"), item("endless", "value"), ends("ends too")];
    each_ok("set_many", trial.cache.set_many(items).await);
    trial.cache.holds("ends", "value").await;
    trial.advance(trial.life()).await;
    let found = trial.cache.get_many(&["ends", "endless", "ends too"]).await;
    same("get_many when two have ended", &found, &vec![None, value("value"), None]);
}

pub(crate) async fn item_with_zero_lifetime_fails_alone(trial: Trial) {
    let options = SetOptions::new().ttl(Duration::ZERO);
    let bad = SetItem::new(key("bad"), Bytes::from("new"), options);
    fails_alone(&trial, bad, "an item with a lifetime of zero").await;
}

pub(crate) async fn item_with_the_marker_fails_alone(trial: Trial) {
    for marked in [RESERVED_MARKER.to_vec(), [RESERVED_MARKER, b"and more"].concat()] {
        let bad = SetItem::new(key("bad"), Bytes::from(marked), SetOptions::new());
        fails_alone(&trial, bad, "an item with the reserved marker").await;
    }
}

/// Sends a bad item between good ones.
async fn fails_alone(trial: &Trial, bad: SetItem<'_>, what: &str) {
    trial.cache.put("bad", "old").await;
    let items = vec![item("before", "1"), bad, item("after", "2")];
    let mut answers: Vec<Result<SetOutcome, Error>> = trial.cache.set_many(items).await;
    same("answers to three items", &answers.len(), &3);
    let error = refused(what, answers.remove(1), ErrorKind::InvalidInput);
    same(what, &error.effect(), &Effect::NotApplied);
    same("the other items", &each_ok("set_many", answers), &vec![SetOutcome::Stored; 2]);
    trial.cache.holds("before", "1").await;
    trial.cache.holds("bad", "old").await;
    trial.cache.holds("after", "2").await;
}

pub(crate) async fn conditions_hold_item_by_item(trial: Trial) {
    trial.cache.put("present", "old").await;
    let under = |at, value: &'static str, condition| {
        let options = SetOptions::new().condition(condition);
        SetItem::new(key(at), Bytes::from(value), options)
    };
    let items = vec![
        under("present", "1", Condition::IfAbsent),
        under("new", "2", Condition::IfAbsent),
        under("new", "3", Condition::IfAbsent),
        under("absent", "4", Condition::IfPresent),
        under("present", "5", Condition::IfEquals(Bytes::from("old"))),
        under("present", "6", Condition::IfPresent),
    ];
    let outcomes = each_ok("set_many", trial.cache.set_many(items).await);
    let stored: Vec<_> = outcomes.iter().map(|outcome| outcome.is_stored()).collect();
    same("which were stored", &stored, &vec![false, true, false, false, true, true]);
    let found = trial.cache.get_many(&["present", "new", "absent"]).await;
    same("what is there now", &found, &vec![value("6"), value("2"), None]);
}

pub(crate) async fn thousand_keys_travel_in_one_batch(trial: Trial) {
    let keys: Vec<String> = (0..1_000).map(|n| format!("key {n}")).collect();
    let items = keys
        .iter()
        .map(|at| SetItem::new(key(at), Bytes::from(format!("value of {at}")), SetOptions::new()));
    let outcomes = each_ok("set_many", trial.cache.set_many(items.collect()).await);
    same("outcomes of 1,000 writes", &outcomes, &vec![SetOutcome::Stored; 1_000]);
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let backwards: Vec<&str> = keys.iter().rev().copied().collect();
    let expected: Vec<_> =
        backwards.iter().map(|at| Some(Bytes::from(format!("value of {at}")))).collect();
    same("1,000 values", &trial.cache.get_many(&backwards).await, &expected);
    same("1,000 deletes", &trial.cache.delete_many(&keys).await, &vec![true; 1_000]);
    same("1,000 absent keys", &trial.cache.get_many(&keys).await, &vec![None; 1_000]);
}
