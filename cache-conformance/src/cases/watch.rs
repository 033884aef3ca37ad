//! Change events: in force when ready, and never silent.

mod waker;

use std::time::Duration;

use bytes::Bytes;
use cache_core::{ClearScope, Extended, Released, Scope, SetItem, SetOptions, Ttl};

pub(crate) use self::waker::*;
use crate::check::joined;
use crate::subject::{TTL, each_ok, key, name, token};
use crate::trial::Trial;

/// More changes than any backend queues.
const MANY: usize = 20_000;

pub(crate) async fn change_right_after_ready_is_told(trial: Trial) {
    let watching = trial.watching();
    for round in 0..50 {
        let at = format!("key {round}");
        let mut events = watching.watch(Scope::Key(key(&at))).await;
        trial.cache.put(&at, "value").await;
        events.tell(&at, "a write right after the subscription").await;
    }
}

pub(crate) async fn every_kind_of_write_is_told(trial: Trial) {
    let mut events = trial.watching().watch(Scope::Key(key("key"))).await;
    trial.cache.put("key", "value").await;
    events.tell("key", "a first write").await;
    events.drain();
    trial.cache.put("key", "value").await;
    events.tell("key", "an overwrite").await;
    events.drain();
    trial.cache.put_for("key", "value", Duration::from_secs(60)).await;
    events.tell("key", "an overwrite with a lifetime").await;
    events.drain();
    trial.cache.delete("key").await;
    events.tell("key", "a delete").await;
}

pub(crate) async fn take_is_told(trial: Trial) {
    trial.cache.put("key", "value").await;
    let mut events = trial.watching().watch(Scope::Key(key("key"))).await;
    events.drain();
    trial.cache.take("key").await;
    events.tell("key", "a take").await;
}

pub(crate) async fn touch_is_told(trial: Trial) {
    trial.cache.put("key", "value").await;
    let mut events = trial.watching().watch(Scope::Key(key("key"))).await;
    for ttl in [Ttl::After(Duration::from_secs(60)), Ttl::Never] {
        events.drain();
        trial.cache.touch("key", ttl).await;
        events.tell("key", "a touch").await;
    }
}

pub(crate) async fn increment_is_told(trial: Trial) {
    let mut events = trial.watching().watch(Scope::Key(key("key"))).await;
    for change in ["an increment of nothing", "an increment of a number"] {
        trial.cache.increment("key", 1).await;
        events.tell("key", change).await;
        events.drain();
    }
}

pub(crate) async fn clear_is_told(trial: Trial) {
    for scope in [ClearScope::Prefix("k"), ClearScope::All] {
        trial.cache.put("key", "value").await;
        let mut events = trial.watching().watch(Scope::Key(key("key"))).await;
        events.drain();
        trial.cache.clear(scope).await;
        events.tell("key", "a clear").await;
    }
}

pub(crate) async fn batch_is_told(trial: Trial) {
    let mut events = trial.watching().watch(Scope::Prefix("")).await;
    let keys = ["a", "b", "c"];
    let all = || keys.map(str::to_owned);
    let item = |at: &&'static str| SetItem::new(key(at), Bytes::from("value"), SetOptions::new());
    let outcomes = trial.cache.set_many(keys.iter().map(item).collect()).await;
    each_ok("set_many", outcomes);
    events.tell_all(all()).await;
    events.drain();
    trial.cache.delete_many(&keys).await;
    events.tell_all(all()).await;
}

pub(crate) async fn prefix_tells_every_key_under_it(trial: Trial) {
    let mut events = trial.watching().watch(Scope::Prefix("user:*[")).await;
    let inside = ["user:*[", "user:*[1", "user:*[\r\n\0", "user:*[\u{e9}"];
    for at in inside {
        trial.cache.put("user:1", "outside").await;
        trial.cache.put(at, "inside").await;
    }
    events.tell_all(inside.map(str::to_owned)).await;
}

pub(crate) async fn empty_prefix_tells_every_key(trial: Trial) {
    let mut events = trial.watching().watch(Scope::Prefix("")).await;
    let keys = super::keys::AWKWARD;
    for at in keys {
        trial.cache.put(at, "value").await;
    }
    events.tell_all(keys.iter().map(|at| (*at).to_owned())).await;
}

pub(crate) async fn lock_changes_are_told(trial: Trial) {
    let locks = trial.locks();
    for lock in ["lock", "a:{b}*\r\n\0\u{e9}"] {
        let mut events = trial.watching().watch(Scope::Lock(name(lock))).await;
        locks.take(lock, token(1)).await;
        events.tell(lock, "an acquire").await;
        events.drain();
        locks.extends(lock, token(1), TTL, Extended::Extended).await;
        events.tell(lock, "an extend").await;
        events.drain();
        locks.releases(lock, token(1), Released::Released).await;
        events.tell(lock, "a release").await;
    }
}

pub(crate) async fn overflow_is_told_as_a_gap(trial: Trial) {
    let mut events = trial.watching().watch(Scope::Prefix("many")).await;
    let keys: Vec<String> = (0..MANY).map(|number| format!("many {number}")).collect();
    trial.cache.fill(&keys, "value").await;
    events.tell_all(keys).await;
}

pub(crate) async fn changes_are_told_after_an_overflow(trial: Trial) {
    let mut events = trial.watching().watch(Scope::Prefix("")).await;
    let keys: Vec<String> = (0..MANY).map(|number| format!("many {number}")).collect();
    trial.cache.fill(&keys, "value").await;
    events.tell_all(keys).await;
    events.drain();
    for at in ["first", "second"] {
        trial.cache.put(at, "value").await;
        events.tell(at, "a write after an overflow").await;
        events.drain();
    }
}

pub(crate) async fn every_subscriber_is_told(trial: Trial) {
    let watching = trial.watching();
    let mut subscribers = vec![
        watching.watch(Scope::Key(key("key"))).await,
        watching.watch(Scope::Key(key("key"))).await,
        watching.watch(Scope::Prefix("k")).await,
        watching.watch(Scope::Prefix("")).await,
    ];
    for change in ["a first write", "an overwrite"] {
        trial.cache.put("key", "value").await;
        for events in &mut subscribers {
            events.tell("key", change).await;
            events.drain();
        }
    }
}

pub(crate) async fn dropped_subscription_harms_nobody(trial: Trial) {
    let watching = trial.watching();
    let mut stays = watching.watch(Scope::Key(key("key"))).await;
    for round in 0..20 {
        drop(watching.watch(Scope::Key(key("key"))).await);
        drop(watching.watch(Scope::Prefix("")).await);
        trial.cache.put("key", format!("value {round}")).await;
        stays.tell("key", "a write after another subscription was dropped").await;
        stays.drain();
    }
    trial.cache.holds("key", "value 19").await;
}

pub(crate) async fn waiting_reader_is_woken(trial: Trial) {
    let mut events = trial.watching().watch(Scope::Key(key("key"))).await;
    let reader = tokio::spawn(async move { events.tell("key", "a write while waiting").await });
    // Gives the reader the chance to wait; it is told in either case.
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    trial.cache.put("key", "value").await;
    joined(reader).await;
}
