//! What the handle adds to a backend: namespaces, the default TTL, batches, clearing, events, stop.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

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
fn batch_answers_every_key_in_order() {
    let (root, _) = open();
    let cache = root.namespace("batch").unwrap();
    let items = [("a", "1"), ("", "refused"), ("b", "2"), ("__cache__:x", "refused"), ("a", "3")];
    let answers = block_on(cache.set_many(items)).unwrap();
    let kinds: Vec<_> = answers.iter().map(|answer| answer.as_ref().map_err(Error::kind)).collect();
    let refused = Err(ErrorKind::InvalidInput);
    assert_eq!(kinds, [Ok(&()), refused, Ok(&()), refused, Ok(&())]);
    let message = answers[3].as_ref().unwrap_err().to_string();
    assert!(message.starts_with(r#"set_many, key "__cache__:x": "#), "{message}");
    let answers = block_on(cache.get_many(["b", "absent", "", "a"])).unwrap();
    assert_eq!(answers[0], Ok(some("2")));
    assert_eq!(answers[1], Ok(None));
    assert_eq!(answers[2].as_ref().unwrap_err().operation(), Some("get_many"));
    assert_eq!(answers[3], Ok(some("3")));
    let answers = block_on(cache.delete_many(["a", "absent", "", "b"])).unwrap();
    assert_eq!((&answers[0], &answers[1], &answers[3]), (&Ok(true), &Ok(false), &Ok(true)));
    assert_eq!(answers[2].as_ref().unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(block_on(cache.get_many::<&str>([])).unwrap(), []);
}

#[test]
fn conditions_of_a_batch_are_answered_a_key() {
    let (cache, _) = open();
    set(&cache, "there", "old");
    let items = [("there", "new"), ("absent", "new")];
    let answers = block_on(cache.set_many_with(items, Condition::IfAbsent)).unwrap();
    assert_eq!(answers, [Ok(SetOutcome::ConditionNotMet), Ok(SetOutcome::Stored)]);
}

#[test]
fn clear_prefix_removes_what_begins_so_in_this_namespace_alone() {
    let (root, _) = open();
    let (a, b) = (root.namespace("a").unwrap(), root.namespace("b").unwrap());
    for cache in [&root, &a, &b] {
        for key in ["user:1", "user:2", "other"] {
            set(cache, key, "v");
        }
    }
    assert_eq!(block_on(a.clear_prefix("user:")).unwrap(), 2);
    assert_eq!((get(&a, "user:1"), get(&a, "user:2")), (None, None));
    assert_eq!(get(&a, "other"), some("v"));
    assert_eq!((get(&b, "user:1"), get(&root, "user:1")), (some("v"), some("v")));
}

#[test]
fn clear_namespace_leaves_others() {
    let (root, _) = open();
    let (a, longer) = (root.namespace("a").unwrap(), root.namespace("ab").unwrap());
    let inside = a.namespace("b").unwrap();
    for cache in [&root, &a, &longer, &inside] {
        for key in ["1", "2", "3"] {
            set(cache, key, "v");
        }
    }
    assert_eq!(block_on(a.clear_namespace()).unwrap(), 3);
    assert_eq!(get(&a, "1"), None);
    for (cache, name) in [(&root, "root"), (&longer, "longer"), (&inside, "inside")] {
        assert_eq!(get(cache, "1"), some("v"), "{name}");
    }
}

#[test]
fn clear_all_removes_everything_and_says_how_much() {
    let (root, _) = open();
    let names = ["a", "b"].map(|name| root.namespace(name).unwrap());
    // So many that the backend takes several steps.
    for number in 0..2000 {
        set(&root, &format!("k{number}"), "v");
        set(&names[0], &format!("k{number}"), "v");
    }
    assert_eq!(block_on(names[1].clear_all()).unwrap(), 4000);
    assert_eq!(block_on(root.clear_all()).unwrap(), 0);
    assert_eq!(root.statistics().unwrap().entries, 0);
}

#[test]
fn clearing_without_saying_what_is_refused_with_the_way_out() {
    let (root, _) = open();
    let inside = root.namespace("a").unwrap();
    set(&root, "k", "v");
    set(&inside, "k", "v");
    for (answer, way_out) in [
        (block_on(root.clear_prefix("")), "call clear_all"),
        (block_on(inside.clear_prefix("")), "call clear_namespace"),
        (block_on(root.clear_namespace()), "call clear_all"),
    ] {
        let error = answer.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains(way_out), "{error}");
    }
    assert_eq!((get(&root, "k"), get(&inside, "k")), (some("v"), some("v")));
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

/// A backend with get, set and delete alone, whose clear fails at its third step, and whose
/// batches answer one key too few.
#[derive(Default)]
struct Broken {
    steps: AtomicU64,
}

impl Lifecycle for Broken {
    fn name(&self) -> &str {
        "broken"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::none()
    }

    fn stop(&self) -> Reply<'_, ()> {
        Reply::err(Error::unknown(ErrorKind::Timeout, "no answer"))
    }
}

impl CacheBackend for Broken {
    fn get(&self, _: Key<'_>) -> Reply<'_, Option<Bytes>> {
        Reply::ok(None)
    }

    fn set(&self, _: Key<'_>, _: Bytes, _: SetOptions) -> Reply<'_, SetOutcome> {
        Reply::ok(SetOutcome::Stored)
    }

    fn delete(&self, _: Key<'_>) -> Reply<'_, bool> {
        Reply::ok(false)
    }

    fn get_many(&self, keys: &[Key<'_>]) -> Reply<'_, Vec<Result<Option<Bytes>, Error>>> {
        Reply::ok(keys.iter().skip(1).map(|_| Ok(None)).collect())
    }

    fn delete_many(&self, keys: &[Key<'_>]) -> Reply<'_, Vec<Result<bool, Error>>> {
        Reply::ok(keys.iter().skip(1).map(|_| Ok(true)).collect())
    }

    fn clear(&self, _: ClearScope<'_>, cursor: Cursor) -> Reply<'_, ClearStep> {
        let step = self.steps.fetch_add(1, Ordering::Relaxed);
        assert_eq!(cursor == Cursor::START, step == 0, "a clear goes on where it was");
        if step == 2 {
            let error = Error::not_applied(ErrorKind::Busy, "later").with_server_code("LOADING");
            return Reply::err(error.with_backend("broken"));
        }
        Reply::ok(ClearStep::new(5, Some(Cursor::from_bytes(Bytes::from("on")))))
    }
}

impl Watch for Broken {
    fn watch(&self, _: Scope<'_>) -> Reply<'_, Subscription> {
        let (sender, events) = Subscription::new(8);
        sender.changed("elsewhere:k", Origin::Remote);
        sender.changed("here:k", Origin::Remote);
        sender.gap();
        Reply::ok(events)
    }
}

#[test]
fn clear_that_breaks_off_does_not_claim_that_nothing_was_changed() {
    let cache = Cache::from_backend(Backend::new(Arc::new(Broken::default())));
    let error = block_on(cache.clear_all()).unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Busy, Effect::Unknown));
    assert_eq!(error.server_code(), Some("LOADING"));
    assert_eq!(
        error.to_string(),
        "clear_all on broken: busy LOADING, outcome unknown: later; 10 entries were removed before"
    );
}

#[test]
fn wrong_number_of_answers_is_told_for_each_key_because_the_batch_was_tried() {
    let cache = Cache::from_backend(Backend::new(Arc::new(Broken::default())));
    let told = |error: &Error| (error.kind(), error.effect());
    let reads = block_on(cache.get_many(["a", "", "b"])).unwrap();
    let reads: Vec<_> = reads.iter().map(|read| told(read.as_ref().unwrap_err())).collect();
    let corrupt = (ErrorKind::Corrupt, Effect::NotApplied);
    assert_eq!(reads, [corrupt, (ErrorKind::InvalidInput, Effect::NotApplied), corrupt]);
    let deletes = block_on(cache.delete_many(["a", "b"])).unwrap();
    let error = deletes[1].as_ref().unwrap_err();
    assert_eq!(told(error), (ErrorKind::Corrupt, Effect::Unknown));
    assert!(error.to_string().starts_with("delete_many on broken, key \"b\""), "{error}");
    assert!(error.detail().contains("number of answers: 1 to 2 keys"), "{error}");
}

#[test]
fn what_a_backend_lacks_is_unsupported() {
    let cache = Cache::from_backend(Backend::new(Arc::new(Broken::default())));
    assert_eq!(block_on(cache.entry("k")).unwrap_err().kind(), ErrorKind::Unsupported);
    assert_eq!(block_on(cache.watch_key("k")).unwrap_err().kind(), ErrorKind::Unsupported);
    assert_eq!(cache.statistics().unwrap_err().kind(), ErrorKind::Unsupported);
}

#[test]
fn events_of_other_namespaces_are_left_out_and_gaps_are_not() {
    let broken = Arc::new(Broken::default());
    let backend = Backend::new(Arc::clone(&broken) as _).with_watch(broken);
    let cache = Cache::from_backend(backend).namespace("here").unwrap();
    let mut events = block_on(cache.watch_prefix("")).unwrap();
    assert_eq!(block_on(events.next()), Some(Event::changed("k", Origin::Remote)));
    assert_eq!(block_on(events.next()), Some(Event::Gap));
    assert_eq!(block_on(events.next()), None);
}

#[test]
fn failure_to_stop_is_told_and_does_not_keep_the_locks_from_stopping() {
    let (memory, _) = open();
    let backend = Backend::new(Arc::new(Broken::default()));
    let cache = Cache::from_backend(backend.with_locks(memory.backend().locks.clone().unwrap()));
    let error = block_on(cache.stop()).unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Timeout, Some("stop")));
    assert_eq!(block_on(memory.get("k")).unwrap_err().kind(), ErrorKind::Stopped);
}
