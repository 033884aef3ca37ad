//! The end of a backend.

use std::time::Duration;

use bytes::Bytes;
use cache_core::{
    ClearScope, Cursor, ErrorKind, Lifecycle, LockRequest, RESERVED_MARKER, Scope, SetItem,
    SetOptions, Ttl,
};

use crate::check::{answer, expect_ok, joined, refused};
use crate::subject::{TTL, key, name, token};
use crate::trial::Trial;

/// Stops every part of the backend.
async fn stop(trial: &Trial) {
    let (backend, patience) = (trial.backend(), trial.harness().patience());
    expect_ok("stop of the cache", answer("stop", patience, backend.cache.stop()).await);
    if let Some(locks) = &backend.locks {
        expect_ok("stop of the locks", answer("stop", patience, locks.stop()).await);
    }
    if let Some(watch) = &backend.watch {
        expect_ok("stop of the events", answer("stop", patience, watch.stop()).await);
    }
}

pub(crate) async fn stop_is_idempotent(trial: Trial) {
    trial.cache.put("key", "value").await;
    for _ in 0..3 {
        stop(&trial).await;
    }
}

pub(crate) async fn stopped_cache_refuses_every_operation(trial: Trial) {
    trial.cache.put("key", "1").await;
    stop(&trial).await;
    let (cache, raw, at) = (&trial.cache, trial.cache.raw(), key("key"));
    let (claimed, stopped) = (raw.capabilities(), ErrorKind::Stopped);
    cache.refuses("get after stop", stopped, raw.get(at)).await;
    let set = raw.set(at, Bytes::from("2"), SetOptions::new());
    cache.refuses("set after stop", stopped, set).await;
    cache.refuses("delete after stop", stopped, raw.delete(at)).await;
    cache.refuses("contains after stop", stopped, raw.contains(at)).await;
    if claimed.versions {
        cache.refuses("entry after stop", stopped, raw.entry(at)).await;
    }
    if claimed.take {
        cache.refuses("take after stop", stopped, raw.take(at)).await;
    }
    if claimed.lifetimes {
        cache.refuses("ttl after stop", stopped, raw.ttl(at)).await;
        cache.refuses("touch after stop", stopped, raw.touch(at, Ttl::Never)).await;
    }
    if claimed.increment {
        cache.refuses("increment after stop", stopped, raw.increment(at, 1, Ttl::Never)).await;
    }
    if claimed.clear {
        let clear = raw.clear(ClearScope::All, Cursor::START);
        cache.refuses("clear after stop", stopped, clear).await;
    }
}

pub(crate) async fn stopped_cache_refuses_batches(trial: Trial) {
    trial.cache.put("key", "1").await;
    stop(&trial).await;
    let raw = trial.cache.raw();
    let keys = [key("key"), key("other")];
    let item = |at| SetItem::new(at, Bytes::from("2"), SetOptions::new());
    all_stopped(&trial, "get_many after stop", raw.get_many(&keys)).await;
    let items = keys.iter().map(|at| item(*at)).collect();
    all_stopped(&trial, "set_many after stop", raw.set_many(items)).await;
    all_stopped(&trial, "delete_many after stop", raw.delete_many(&keys)).await;
}

/// A stopped backend may refuse the whole batch, or each of its two items.
async fn all_stopped<T>(
    trial: &Trial,
    what: &str,
    reply: cache_core::Reply<'_, Vec<Result<T, cache_core::Error>>>,
) {
    match answer(what, trial.harness().patience(), reply).await {
        Ok(answers) => {
            assert!(answers.len() == 2, "{what}: expected 2 answers, found {}", answers.len());
            for answer in answers {
                refused(what, answer, ErrorKind::Stopped);
            }
        }
        Err(error) => {
            refused::<()>(what, Err(error), ErrorKind::Stopped);
        }
    }
}

pub(crate) async fn stopped_cache_refuses_bad_input_as_stopped(trial: Trial) {
    stop(&trial).await;
    let (cache, raw, at) = (&trial.cache, trial.cache.raw(), key("key"));
    let (claimed, stopped, zero) = (raw.capabilities(), ErrorKind::Stopped, Duration::ZERO);
    let marker = Bytes::from_static(RESERVED_MARKER);
    let endless = SetOptions::new();
    let brief = SetOptions::new().ttl(zero);
    let set = raw.set(at, marker.clone(), endless.clone());
    cache.refuses("set of the marker after stop", stopped, set).await;
    let set = raw.set(at, Bytes::new(), brief.clone());
    cache.refuses("set for no time after stop", stopped, set).await;
    let items =
        vec![SetItem::new(at, marker, endless), SetItem::new(key("other"), Bytes::new(), brief)];
    all_stopped(&trial, "set_many of bad items after stop", raw.set_many(items)).await;
    if claimed.lifetimes {
        let touch = raw.touch(at, zero.into());
        cache.refuses("touch for no time after stop", stopped, touch).await;
    }
    if claimed.increment {
        let increment = raw.increment(at, 1, zero.into());
        cache.refuses("increment for no time after stop", stopped, increment).await;
    }
    if claimed.clear {
        let clear = raw.clear(ClearScope::Prefix(""), Cursor::START);
        cache.refuses("clear of an empty prefix after stop", stopped, clear).await;
        let foreign = Cursor::from_bytes(Bytes::from("of another backend"));
        let clear = raw.clear(ClearScope::All, foreign);
        cache.refuses("clear from a foreign cursor after stop", stopped, clear).await;
    }
}

pub(crate) async fn stopped_locks_refuse_every_operation(trial: Trial) {
    let locks = trial.locks();
    locks.take("lock", token(1)).await;
    stop(&trial).await;
    let (raw, lock, owner) = (locks.raw(), name("lock"), token(1));
    let stopped = ErrorKind::Stopped;
    let acquire = raw.acquire(LockRequest::new(lock, owner, TTL));
    locks.refuses("acquire after stop", stopped, acquire).await;
    locks.refuses("extend after stop", stopped, raw.extend(lock, owner, TTL)).await;
    locks.refuses("release after stop", stopped, raw.release(lock, owner)).await;
    locks.refuses("inspect after stop", stopped, raw.inspect(lock)).await;
}

pub(crate) async fn stopped_locks_refuse_bad_input_as_stopped(trial: Trial) {
    let locks = trial.locks();
    stop(&trial).await;
    let (raw, stopped, zero) = (locks.raw(), ErrorKind::Stopped, Duration::ZERO);
    let acquire = raw.acquire(LockRequest::new(name("lock"), token(1), zero));
    locks.refuses("acquire for no time after stop", stopped, acquire).await;
    let extend = raw.extend(name("lock"), token(1), zero);
    locks.refuses("extend for no time after stop", stopped, extend).await;
}

pub(crate) async fn stopped_watch_ends_subscriptions(trial: Trial) {
    let watching = trial.watching();
    let mut scopes = vec![Scope::Key(key("key")), Scope::Prefix("k"), Scope::Prefix("")];
    if trial.backend().locks.is_some() {
        scopes.push(Scope::Lock(name("lock")));
    }
    let mut subscriptions = Vec::new();
    for scope in scopes {
        subscriptions.push(watching.watch(scope).await);
    }
    trial.cache.put("key", "value").await;
    stop(&trial).await;
    for mut subscription in subscriptions {
        subscription.end().await;
    }
    let patience = trial.harness().patience();
    let watch = answer("watch", patience, watching.raw().watch(Scope::Prefix(""))).await;
    refused("watch after stop", watch, ErrorKind::Stopped);
}

pub(crate) async fn calls_during_stop_all_answer(trial: Trial) {
    const CALLS: usize = 200;
    let mut callers = Vec::new();
    for number in 0..4 {
        let (cache, patience) = (trial.cache.clone(), trial.harness().patience());
        callers.push(tokio::spawn(async move {
            let at = format!("key {number}");
            for _ in 0..CALLS {
                let set = cache.raw().set(key(&at), Bytes::from("value"), SetOptions::new());
                match answer("set during stop", patience, set).await {
                    Ok(outcome) => assert!(
                        outcome.is_stored(),
                        "set during stop: expected it stored or stopped, found {outcome:?}"
                    ),
                    // What was cut off on its way may say so: only the kind is sure.
                    Err(error) => assert!(
                        error.kind() == ErrorKind::Stopped,
                        "set during stop: expected kind Stopped, found `{error}`"
                    ),
                }
                tokio::task::yield_now().await;
            }
        }));
    }
    tokio::task::yield_now().await;
    stop(&trial).await;
    for caller in callers {
        joined(caller).await;
    }
    trial
        .cache
        .refuses("get after stop", ErrorKind::Stopped, trial.cache.raw().get(key("k")))
        .await;
}
