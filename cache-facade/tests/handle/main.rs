//! What the handle adds to a backend: namespaces, the default TTL, batches, clearing, events, stop.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod broken;
mod many;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use cache_facade::cache_core::{
    ClearScope, ClearStep, Cursor, Key, Lifecycle, Reply, Scope, SetOptions, Subscription, Watch,
};
use cache_facade::memory::{Bound, Clock, Memory, MockClock, Options};
use cache_facade::{
    Backend, Cache, CacheBackend, Capabilities, Condition, Effect, Error, ErrorKind, Event, Origin,
    SetOutcome, Ttl, WriteOptions,
};
use pollster::block_on;

const SECOND: Duration = Duration::from_secs(1);

fn open() -> (Cache, MockClock) {
    let (clock, mock) = Clock::mock();
    let options = Options::new().bound(Bound::Entries(10_000)).clock(clock);
    (Cache::from_backend(Memory::open(options).unwrap().into_backend()), mock)
}

fn get(cache: &Cache, key: &str) -> Option<Bytes> {
    block_on(cache.get(key)).unwrap()
}

fn set(cache: &Cache, key: &str, value: &'static str) {
    block_on(cache.set(key, value)).unwrap();
}

fn some(value: &'static str) -> Option<Bytes> {
    Some(Bytes::from(value))
}

#[test]
fn value_comes_back_and_is_gone_when_deleted() {
    let (cache, _) = open();
    set(&cache, "k", "v");
    assert_eq!(get(&cache, "k"), some("v"));
    assert!(block_on(cache.contains("k")).unwrap());
    assert!(block_on(cache.delete("k")).unwrap());
    assert!(!block_on(cache.delete("k")).unwrap());
    assert_eq!(get(&cache, "k"), None);
    assert!(!block_on(cache.contains("k")).unwrap());
}

#[test]
fn nothing_happens_before_the_first_poll() {
    let (cache, _) = open();
    drop(cache.set("k", "v"));
    assert_eq!(get(&cache, "k"), None);
    set(&cache, "k", "v");
    drop(cache.delete("k"));
    drop(cache.stop());
    assert_eq!(get(&cache, "k"), some("v"));
}

#[test]
fn default_ttl_applies_where_none_is_given() {
    let (cache, clock) = open();
    let cache = cache.with_default_ttl(SECOND);
    let inside = cache.namespace("inside").unwrap();
    set(&cache, "set", "v");
    set(&inside, "set", "v");
    assert!(block_on(cache.add("add", "v")).unwrap());
    block_on(cache.increment("increment", 1)).unwrap();
    let batch = block_on(cache.set_many([("many", "v")])).unwrap();
    assert_eq!(batch, [Ok(())]);
    let outcome = block_on(cache.set_with("with", "v", Condition::IfAbsent)).unwrap();
    assert_eq!(outcome, SetOutcome::Stored);
    clock.advance(SECOND - Duration::from_nanos(1));
    for key in ["set", "add", "increment", "many", "with"] {
        assert!(get(&cache, key).is_some(), "{key} went early");
    }
    assert!(get(&inside, "set").is_some());
    clock.advance(Duration::from_nanos(1));
    for key in ["set", "add", "increment", "many", "with"] {
        assert_eq!(get(&cache, key), None, "{key} stayed");
    }
    assert_eq!(get(&inside, "set"), None);
}

#[test]
fn default_ttl_is_overridden_by_a_call() {
    let (cache, clock) = open();
    let cache = cache.with_default_ttl(SECOND);
    block_on(cache.set_with("longer", "v", 2 * SECOND)).unwrap();
    block_on(cache.set_with("never", "v", Ttl::Never)).unwrap();
    block_on(cache.increment_with("counter", 1, 2 * SECOND)).unwrap();
    let batch = block_on(cache.set_many_with([("many", "v")], 2 * SECOND)).unwrap();
    assert_eq!(batch, [Ok(SetOutcome::Stored)]);
    clock.advance(SECOND);
    for key in ["longer", "never", "counter", "many"] {
        assert!(get(&cache, key).is_some(), "{key} went early");
    }
    clock.advance(SECOND);
    assert_eq!(get(&cache, "longer"), None);
    assert_eq!(get(&cache, "counter"), None);
    assert_eq!(get(&cache, "many"), None);
    assert_eq!(get(&cache, "never"), some("v"));
}

#[test]
fn conditions_hold_or_change_nothing() {
    let (cache, _) = open();
    assert!(!block_on(cache.replace("k", "0")).unwrap());
    assert!(block_on(cache.add("k", "1")).unwrap());
    assert!(!block_on(cache.add("k", "2")).unwrap());
    assert!(block_on(cache.replace("k", "3")).unwrap());
    let if_equals = |value: &'static str| Condition::IfEquals(Bytes::from(value));
    let answer = block_on(cache.set_with("k", "4", if_equals("1"))).unwrap();
    assert_eq!(answer, SetOutcome::ConditionNotMet);
    assert_eq!(get(&cache, "k"), some("3"));
    let entry = block_on(cache.entry("k")).unwrap().unwrap();
    assert_eq!((entry.value, entry.ttl), (Bytes::from("3"), Ttl::Never));
    let options = WriteOptions::from(Condition::IfVersion(entry.version)).ttl(SECOND);
    assert!(block_on(cache.set_with("k", "5", options)).unwrap().is_stored());
    assert_eq!(block_on(cache.ttl("k")).unwrap(), Some(Ttl::After(SECOND)));
}

#[test]
fn lifetimes_are_read_and_changed() {
    let (cache, clock) = open();
    set(&cache, "k", "v");
    assert_eq!(block_on(cache.ttl("k")).unwrap(), Some(Ttl::Never));
    assert!(block_on(cache.touch("k", SECOND)).unwrap());
    assert!(!block_on(cache.touch("absent", SECOND)).unwrap());
    assert_eq!(block_on(cache.ttl("absent")).unwrap(), None);
    clock.advance(SECOND);
    assert_eq!(get(&cache, "k"), None);
}

#[test]
fn take_gives_the_value_once() {
    let (cache, _) = open();
    set(&cache, "k", "v");
    assert_eq!(block_on(cache.take("k")).unwrap(), some("v"));
    assert_eq!(block_on(cache.take("k")).unwrap(), None);
}

#[test]
fn increment_counts_from_zero_and_stores_text() {
    let (cache, _) = open();
    assert_eq!(block_on(cache.increment("k", 5)).unwrap(), 5);
    assert_eq!(block_on(cache.increment("k", -7)).unwrap(), -2);
    assert_eq!(get(&cache, "k"), some("-2"));
}

#[test]
fn namespaces_isolate() {
    let (root, _) = open();
    let (a, b) = (root.namespace("a").unwrap(), root.namespace("b").unwrap());
    let inside = a.namespace("b").unwrap();
    set(&root, "k", "root");
    set(&a, "k", "a");
    set(&b, "k", "b");
    set(&inside, "k", "inside");
    assert_eq!(get(&root, "k"), some("root"));
    assert_eq!(get(&a, "k"), some("a"));
    assert_eq!(get(&inside, "k"), some("inside"));
    assert!(block_on(a.delete("k")).unwrap());
    assert_eq!(get(&a, "k"), None);
    assert_eq!(get(&b, "k"), some("b"));
    assert_eq!(get(&root, "b:k"), some("b"));
}

#[test]
fn clones_share_the_entries() {
    let (cache, _) = open();
    set(&cache.clone(), "k", "v");
    assert_eq!(get(&cache, "k"), some("v"));
}

#[test]
fn watched_keys_come_without_the_namespace() {
    let (root, _) = open();
    let cache = root.namespace("a").unwrap().namespace("b").unwrap();
    let mut key_events = block_on(cache.watch_key("user:1")).unwrap();
    let mut prefix_events = block_on(cache.watch_prefix("user:")).unwrap();
    let mut all_events = block_on(cache.watch_prefix("")).unwrap();
    let mut root_events = block_on(root.watch_key("a/b:user:1")).unwrap();
    set(&root, "user:1", "another entry");
    set(&cache, "other", "v");
    set(&cache, "user:1", "v");
    let changed = |key| Some(Event::changed(key, Origin::Local));
    assert_eq!(block_on(key_events.next()), changed("user:1"));
    assert_eq!(block_on(prefix_events.next()), changed("user:1"));
    assert_eq!(block_on(all_events.next()), changed("other"));
    assert_eq!(block_on(all_events.next()), changed("user:1"));
    assert_eq!(block_on(root_events.next()), changed("a/b:user:1"));
    block_on(root.stop()).unwrap();
    for mut events in [key_events, prefix_events, all_events, root_events] {
        assert_eq!(block_on(events.next()), None);
    }
}

#[test]
fn stop_through_a_namespace_stops_the_cache() {
    let (root, _) = open();
    let (inside, clone) = (root.namespace("a").unwrap(), root.clone());
    block_on(inside.stop()).unwrap();
    let error = block_on(root.set("k", "v")).unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Stopped, Effect::NotApplied));
    assert_eq!(block_on(clone.get("k")).unwrap_err().kind(), ErrorKind::Stopped);
    assert_eq!(block_on(root.clear_all()).unwrap_err().kind(), ErrorKind::Stopped);
    assert_eq!(block_on(root.watch_key("k")).unwrap_err().kind(), ErrorKind::Stopped);
    let batch = block_on(root.get_many(["k"]));
    assert!(
        batch.as_ref().is_err_and(|error| error.kind() == ErrorKind::Stopped)
            || batch.is_ok_and(|answers| answers[0].is_err()),
    );
    block_on(root.stop()).unwrap();
    assert!(root.statistics().is_ok());
}

#[test]
fn error_names_the_method_and_the_key_that_was_asked_for() {
    let (root, _) = open();
    let cache = root.namespace("secret-free").unwrap();
    block_on(cache.stop()).unwrap();
    macro_rules! names {
        ($($method:ident($($argument:expr),*)),+ $(,)?) => {$(
            let error = block_on(cache.$method("asked" $(, $argument)*)).unwrap_err();
            let begin = concat!(stringify!($method), r#" on memory, key "asked": stopped"#);
            assert!(error.to_string().starts_with(begin), "{error}");
        )+};
    }
    names! {
        get(), set("v"), set_with("v", SECOND), add("v"), replace("v"), delete(), contains(),
        take(), entry(), ttl(), touch(SECOND), increment(1), increment_with(1, SECOND), watch_key(),
    }
    assert_eq!(block_on(cache.clear_namespace()).unwrap_err().operation(), Some("clear_namespace"));
    assert_eq!(block_on(cache.clear_prefix("p")).unwrap_err().operation(), Some("clear_prefix"));
    assert_eq!(block_on(cache.clear_all()).unwrap_err().operation(), Some("clear_all"));
    assert_eq!(block_on(cache.watch_prefix("p")).unwrap_err().operation(), Some("watch_prefix"));
    assert_eq!(cache.namespace("").unwrap_err().operation(), Some("namespace"));
}

#[test]
fn debug_shows_no_value() {
    const SECRET: &str = "hunter2-sentinel";
    let (cache, _) = open();
    set(&cache, "k", SECRET);
    let events = block_on(cache.watch_prefix("")).unwrap();
    let options = WriteOptions::from(Condition::IfEquals(Bytes::from(SECRET)));
    let entry = block_on(cache.entry("k")).unwrap();
    let too_long = block_on(cache.set("__cache__:", SECRET)).unwrap_err();
    for shown in [
        format!("{cache:?}"),
        format!("{events:?}"),
        format!("{options:?}"),
        format!("{entry:?}"),
        format!("{too_long:?} {too_long}"),
    ] {
        assert!(!shown.contains(SECRET), "{shown}");
    }
}

#[test]
fn handle_and_events_may_cross_threads() {
    fn check<T: Send + Sync>() {}
    fn check_future(_: impl Future + Send) {}
    check::<Cache>();
    check::<cache_facade::Events>();
    let (cache, _) = open();
    check_future(cache.get("k"));
    check_future(cache.set(String::new(), vec![1]));
    check_future(cache.set_many([("k", "v")]));
    check_future(cache.clear_all());
    check_future(cache.watch_prefix("k"));
    check_future(cache.stop());
}
