//! What the metrics say.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use cache_core::{
    Backend, CacheBackend, ClearScope, Cursor, ErrorKind, Key, LockBackend, LockName, LockRequest,
    Scope, SetItem, SetOptions, Token, Ttl, Watch,
};
use cache_memory::{Memory, Options};
use cache_recipes::names::{self, NameKind};
use cache_recipes::{Chaos, Operation, observe};
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use pollster::block_on;

fn memory() -> Backend {
    Memory::open(Options::new()).unwrap().into_backend()
}

fn key(key: &str) -> Key<'_> {
    Key::new(key).unwrap()
}

/// Name and labels to what was recorded: a sum, or for a histogram how many values.
type Recorded = BTreeMap<String, u64>;

/// What is recorded while `act` runs.
fn record(act: impl FnOnce()) -> Recorded {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    metrics::with_local_recorder(&recorder, act);
    let recorded = snapshotter.snapshot().into_vec().into_iter().map(|(key, _, _, value)| {
        let labels = key.key().labels();
        let labels: Vec<_> = labels.map(|l| format!("{}={}", l.key(), l.value())).collect();
        let value = match value {
            DebugValue::Counter(sum) => sum,
            DebugValue::Histogram(values) => values.len() as u64,
            DebugValue::Gauge(_) => panic!("there is no gauge in the list of names"),
        };
        (format!("{}{{{}}}", key.key().name(), labels.join(",")), value)
    });
    recorded.collect()
}

fn expected<const N: usize>(lines: [(&str, u64); N]) -> Recorded {
    lines.map(|(line, value)| (line.to_owned(), value)).into()
}

#[test]
fn hits_and_misses_are_counted_a_key() {
    let cache = observe(memory()).cache;
    let recorded = record(|| {
        block_on(cache.set(key("a"), Bytes::new(), SetOptions::new())).unwrap();
        for name in ["a", "a", "b"] {
            block_on(cache.get(key(name))).unwrap();
        }
        block_on(cache.get_many(&[key("a"), key("b"), key("c")])).unwrap();
        block_on(cache.contains(key("a"))).unwrap();
    });
    assert_eq!(
        recorded,
        expected([
            ("cache_calls_total{backend=memory,operation=set,outcome=ok}", 1),
            ("cache_calls_total{backend=memory,operation=get,outcome=ok}", 3),
            ("cache_calls_total{backend=memory,operation=get_many,outcome=ok}", 1),
            ("cache_calls_total{backend=memory,operation=contains,outcome=ok}", 1),
            ("cache_hits_total{backend=memory,operation=get}", 2),
            ("cache_misses_total{backend=memory,operation=get}", 1),
            ("cache_hits_total{backend=memory,operation=get_many}", 1),
            ("cache_misses_total{backend=memory,operation=get_many}", 2),
            ("cache_call_duration_seconds{backend=memory,operation=set}", 1),
            ("cache_call_duration_seconds{backend=memory,operation=get}", 3),
            ("cache_call_duration_seconds{backend=memory,operation=get_many}", 1),
            ("cache_call_duration_seconds{backend=memory,operation=contains}", 1),
        ])
    );
}

#[test]
fn failed_call_is_counted_by_its_kind_and_is_no_miss() {
    let cache = observe(Chaos::new(memory(), 1).errors(ErrorKind::Busy, 1.0).into_backend()).cache;
    let recorded = record(|| drop(block_on(cache.get(key("k"))).unwrap_err()));
    assert_eq!(
        recorded,
        expected([
            ("cache_calls_total{backend=memory,operation=get,outcome=busy}", 1),
            ("cache_call_duration_seconds{backend=memory,operation=get}", 1),
        ])
    );
}

#[test]
fn batch_in_which_a_key_failed_is_partial() {
    let cache = observe(memory()).cache;
    let write = |ttl: Ttl| SetItem::new(key("k"), Bytes::new(), SetOptions::new().ttl(ttl));
    let zero = Ttl::After(Duration::ZERO);
    let recorded = record(|| drop(block_on(cache.set_many(vec![write(Ttl::Never), write(zero)]))));
    assert_eq!(recorded["cache_calls_total{backend=memory,operation=set_many,outcome=partial}"], 1);
}

/// A backend whose answers have to be waited for, and what waits.
fn slow() -> (Backend, tokio::runtime::Runtime) {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().start_paused(true).build().unwrap();
    let latency = Duration::from_millis(5);
    (Chaos::new(memory(), 1).latency(latency..=latency).into_backend(), runtime)
}

#[test]
fn pending_call_is_counted_once_when_it_answers() {
    let (backend, runtime) = slow();
    let cache = observe(backend).cache;
    let recorded = record(|| drop(runtime.block_on(cache.get(key("k"))).unwrap()));
    assert_eq!(
        recorded,
        expected([
            ("cache_calls_total{backend=memory,operation=get,outcome=ok}", 1),
            ("cache_misses_total{backend=memory,operation=get}", 1),
            ("cache_call_duration_seconds{backend=memory,operation=get}", 1),
        ])
    );
}

#[test]
fn dropped_call_is_counted_as_dropped_and_has_no_time() {
    let (backend, _runtime) = slow();
    let cache = observe(backend).cache;
    let recorded = record(|| drop(cache.get(key("k"))));
    assert_eq!(
        recorded,
        expected([("cache_calls_total{backend=memory,operation=get,outcome=dropped}", 1)])
    );
}

/// One call of every operation, about a key and with a value that must not be seen.
fn call_everything(backend: &Backend) {
    const SECRET: &str = "sentinel-secret!";
    let cache = &backend.cache;
    let (locks, watch) = (backend.locks.as_ref().unwrap(), backend.watch.as_ref().unwrap());
    let (k, value) = (key("sentinel-key"), Bytes::from_static(SECRET.as_bytes()));
    let options = SetOptions::new;
    drop(block_on(cache.set(k, value.clone(), options())));
    drop(block_on(cache.get(k)));
    drop(block_on(cache.contains(k)));
    drop(block_on(cache.entry(k)));
    drop(block_on(cache.ttl(k)));
    drop(block_on(cache.touch(k, Ttl::Never)));
    drop(block_on(cache.increment(k, 1, Ttl::Never)));
    drop(block_on(cache.take(k)));
    drop(block_on(cache.delete(k)));
    drop(block_on(cache.get_many(&[k, k])));
    drop(block_on(cache.set_many(vec![SetItem::new(k, value, options())])));
    drop(block_on(cache.delete_many(&[k])));
    drop(block_on(cache.clear(ClearScope::Prefix("sentinel"), Cursor::START)));
    let (lock, token) = (LockName::new("sentinel-lock").unwrap(), *b"sentinel-secret!");
    let (token, ttl) = (Token::from_bytes(token), Duration::from_secs(1));
    drop(block_on(locks.acquire(LockRequest::new(lock, token, ttl).holder("sentinel-holder"))));
    drop(block_on(locks.inspect(lock)));
    drop(block_on(locks.extend(lock, token, ttl)));
    drop(block_on(locks.release(lock, token)));
    drop(block_on(watch.watch(Scope::Prefix("sentinel"))));
}

#[test]
fn every_operation_is_counted_and_no_label_holds_a_key() {
    let backend = observe(memory());
    let recorded = record(|| call_everything(&backend));
    for operation in Operation::ALL {
        let label = format!("backend=memory,operation={},", operation.name());
        let counted = recorded
            .keys()
            .any(|line| line.starts_with("cache_calls_total") && line.contains(&label));
        assert!(counted, "{label} is missing in {recorded:?}");
    }
    assert!(!format!("{recorded:?}").contains("sentinel"), "{recorded:?}");
}

#[test]
fn everything_that_is_recorded_stands_in_the_list() {
    let failing = Chaos::new(memory(), 1).lost_answers(0.5).into_backend();
    let recorded = record(|| {
        call_everything(&observe(memory()));
        call_everything(&observe(failing));
    });
    for line in recorded.keys() {
        let (name, labels) = line.trim_end_matches('}').split_once('{').unwrap();
        let listed = names::ALL.iter().find(|listed| listed.name == name);
        let listed = listed.unwrap_or_else(|| panic!("{name} is not in the list"));
        assert!(matches!(listed.kind, NameKind::Counter | NameKind::Histogram), "{name}");
        let labels: Vec<_> =
            labels.split(',').map(|label| label.split_once('=').unwrap()).collect();
        let keys: Vec<_> = labels.iter().map(|(key, _)| *key).collect();
        assert_eq!(keys, listed.labels, "{name}");
        let mut outcomes = labels.iter().filter(|(key, _)| *key == "outcome");
        assert!(outcomes.all(|(_, outcome)| names::OUTCOMES.contains(outcome)), "{line}");
    }
}
