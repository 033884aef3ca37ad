//! What spans and events say.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use cache_core::{
    Backend, CacheBackend, ClearScope, Condition, Cursor, ErrorKind, Key, LockBackend, LockName,
    LockRequest, Scope, SetItem, SetOptions, Token, Ttl, Watch,
};
use cache_memory::{Memory, Options};
use cache_recipes::{Chaos, Operation, names, observe};
use pollster::block_on;
use tracing_subscriber::fmt::format::FmtSpan;

const SECRET: &str = "sentinel-secret!";
const SECOND: Duration = Duration::from_secs(1);

/// What a subscriber has written.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, written: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(written);
        Ok(written.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The lines that are written at the level TRACE while `act` runs.
fn log(act: impl FnOnce()) -> Vec<String> {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(FmtSpan::FULL)
        .without_time()
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    tracing::subscriber::with_default(subscriber, act);
    let written = log.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    String::from_utf8(written).unwrap().lines().map(str::to_owned).collect()
}

fn memory() -> Backend {
    Memory::open(Options::new()).unwrap().into_backend()
}

fn key(key: &str) -> Key<'_> {
    Key::new(key).unwrap()
}

/// The line that ends a span.
fn closing<'a>(lines: &'a [String], operation: &str) -> &'a str {
    let part = format!(r#"operation="{operation}""#);
    let is_end = |line: &&String| line.ends_with(": close") && line.contains(&part);
    let line = lines.iter().find(is_end).unwrap_or_else(|| panic!("no {part} in {lines:#?}"));
    line.trim().trim_end_matches(": close")
}

#[test]
fn call_is_a_span_with_its_outcome() {
    let cache = observe(memory()).cache;
    let lines = log(|| drop(block_on(cache.get(key("user:1")))));
    assert_eq!(
        closing(&lines, "get"),
        r#"DEBUG cache_call{backend="memory" operation="get" key=Key("user:1") outcome="ok"}: cache"#
    );
}

#[test]
fn batch_shows_how_many_keys_and_no_key() {
    let cache = observe(memory()).cache;
    let lines = log(|| drop(block_on(cache.get_many(&[key("secret-a"), key("secret-b")]))));
    assert_eq!(
        closing(&lines, "get_many"),
        r#"DEBUG cache_call{backend="memory" operation="get_many" keys=2 outcome="ok"}: cache"#
    );
}

#[test]
fn keys_are_escaped_and_shortened() {
    let cache = observe(memory()).cache;
    let long = format!("line\nbreak{}", "k".repeat(1_000));
    let lines = log(|| {
        drop(block_on(cache.get(key(&long))));
        drop(block_on(cache.clear(ClearScope::Prefix(&long), Cursor::START)));
    });
    for operation in ["get", "clear"] {
        let line = closing(&lines, operation);
        assert!(line.contains(r"line\nbreakkkk") && line.contains("(1010 bytes)"), "{line}");
        assert!(line.len() < 300, "{line}");
    }
}

#[test]
fn failed_call_is_an_event_in_its_span() {
    let cache = observe(Chaos::new(memory(), 1).errors(ErrorKind::Busy, 1.0).into_backend()).cache;
    let lines = log(|| drop(block_on(cache.get(key("k")))));
    let event = lines.iter().find(|line| line.contains(names::FAILED_EVENT)).unwrap();
    assert!(event.contains(r#"outcome="busy"}: cache: "#), "{event}");
    assert!(
        event.ends_with(" error=get on memory: busy: made up by Chaos; the backend was not asked")
    );
}

#[test]
fn dropped_call_ends_its_span_as_dropped() {
    let backend = Chaos::new(memory(), 1).latency(SECOND..=SECOND).into_backend();
    let cache = observe(backend).cache;
    let lines = log(|| drop(cache.get(key("k"))));
    assert!(closing(&lines, "get").contains(r#"outcome="dropped""#), "{lines:#?}");
}

#[test]
fn pending_call_leaves_its_span_while_it_waits() {
    let backend = Chaos::new(memory(), 1).latency(SECOND..=SECOND).into_backend();
    let cache = observe(backend).cache;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let lines = log(|| {
        runtime.unwrap().block_on(async {
            let other = async { tracing::info!("something else") };
            let (answer, ()) = tokio::join!(cache.get(key("k")), other);
            drop(answer);
        });
    });
    let other = lines.iter().find(|line| line.contains("something else")).unwrap();
    assert!(!other.contains(names::CALL_SPAN), "{other}");
    assert!(closing(&lines, "get").contains(r#"outcome="ok""#), "{lines:#?}");
}

/// One call of every operation, with a secret as value and token.
fn call_everything(backend: &Backend) {
    let cache = &backend.cache;
    let (locks, watch) = (backend.locks.as_ref().unwrap(), backend.watch.as_ref().unwrap());
    let (k, value) = (key("k"), Bytes::from_static(SECRET.as_bytes()));
    let options = || SetOptions::new().condition(Condition::IfEquals(value.clone()));
    drop(block_on(cache.set(k, value.clone(), SetOptions::new())));
    drop(block_on(cache.set(k, value.clone(), options())));
    drop(block_on(cache.get(k)));
    drop(block_on(cache.contains(k)));
    drop(block_on(cache.entry(k)));
    drop(block_on(cache.ttl(k)));
    drop(block_on(cache.touch(k, Ttl::Never)));
    drop(block_on(cache.increment(k, 1, Ttl::Never)));
    drop(block_on(cache.take(k)));
    drop(block_on(cache.delete(k)));
    drop(block_on(cache.set_many(vec![SetItem::new(k, value.clone(), SetOptions::new())])));
    drop(block_on(cache.get_many(&[k, k])));
    drop(block_on(cache.delete_many(&[k])));
    drop(block_on(cache.clear(ClearScope::All, Cursor::START)));
    let lock = LockName::new("job").unwrap();
    let token = Token::from_bytes(*b"sentinel-secret!");
    drop(block_on(locks.acquire(LockRequest::new(lock, token, SECOND))));
    drop(block_on(locks.inspect(lock)));
    drop(block_on(locks.extend(lock, token, SECOND)));
    drop(block_on(locks.release(lock, token)));
    drop(block_on(watch.watch(Scope::Lock(lock))));
}

#[test]
fn every_operation_is_a_span_and_none_shows_a_value_or_a_token() {
    let failing = Chaos::new(memory(), 1).lost_answers(1.0).into_backend();
    for backend in [memory(), failing] {
        let lines = log(|| call_everything(&observe(backend)));
        for operation in Operation::ALL {
            closing(&lines, operation.name());
        }
        let all = lines.join("\n");
        // As text, and as the list of numbers that a careless Debug would show.
        assert!(!all.contains("sentinel") && !all.contains("115, 101"), "{all}");
    }
}

#[test]
fn spans_and_events_have_the_fields_of_the_list() {
    let span = names::ALL.iter().find(|name| name.name == names::CALL_SPAN).unwrap();
    assert_eq!(span.labels, ["backend", "operation", "key", "keys", "outcome"]);
    let event = names::ALL.iter().find(|name| name.name == names::FAILED_EVENT).unwrap();
    assert_eq!(event.labels, ["error"]);
}
