//! Deadlines, and reads that fail: what the handle makes of a backend that is slow or down.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod at_the_opening;
mod deadlines;
mod on_error;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use cache_facade::cache_core::{
    ClearScope, ClearStep, Cursor, Key, Lifecycle, Reply, Scope, SetOptions, Subscription, Watch,
};
use cache_facade::memory::{Memory, Options};
use cache_facade::recipes::{Chaos, ChaosControl};
use cache_facade::{
    Backend, Cache, CacheBackend, Capabilities, Effect, Error, ErrorKind, OnError, SetOutcome, Ttl,
};
use pollster::block_on;
use tokio::runtime::{Builder, Runtime};
use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3_600);

fn memory() -> Backend {
    Memory::open(Options::new()).unwrap().into_backend()
}

/// A cache whose answers take so long.
fn slow(latency: Duration) -> Cache {
    Cache::from_backend(Chaos::new(memory(), 1).latency(latency..=latency).into_backend())
}

/// A cache that can be cut off, and what cuts it off; `k` holds `v`.
fn fragile() -> (Cache, ChaosControl) {
    let chaos = Chaos::new(memory(), 1);
    let control = chaos.control();
    let cache = Cache::from_backend(chaos.into_backend());
    block_on(cache.set("k", "v")).unwrap();
    (cache, control)
}

/// A backend that never answers, with `broken` set once a reply has been dropped.
#[derive(Default)]
struct Stuck {
    broken: AtomicBool,
    steps: AtomicU64,
    stops: AtomicU64,
    stops_never: AtomicBool,
}

struct OnDrop<'a>(&'a AtomicBool);

impl Drop for OnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Stuck {
    fn never<T: Send>(&self) -> Reply<'_, T> {
        let on_drop = OnDrop(&self.broken);
        Reply::pending(async move {
            let _on_drop = on_drop;
            std::future::pending().await
        })
    }
}

impl Lifecycle for Stuck {
    fn name(&self) -> &str {
        "stuck"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::none()
    }

    fn stop(&self) -> Reply<'_, ()> {
        self.stops.fetch_add(1, Ordering::Relaxed);
        if self.stops_never.load(Ordering::Relaxed) {
            return self.never();
        }
        Reply::pending(later(5 * SECOND, ()))
    }
}

impl CacheBackend for Stuck {
    fn get(&self, _: Key<'_>) -> Reply<'_, Option<Bytes>> {
        self.never()
    }

    fn set(&self, _: Key<'_>, _: Bytes, _: SetOptions) -> Reply<'_, SetOutcome> {
        self.never()
    }

    fn delete(&self, _: Key<'_>) -> Reply<'_, bool> {
        self.never()
    }

    /// Three steps of 600 ms, then one that never answers.
    fn clear(&self, _: ClearScope<'_>, _: Cursor) -> Reply<'_, ClearStep> {
        if self.steps.fetch_add(1, Ordering::Relaxed) == 3 {
            return self.never();
        }
        let next = Cursor::from_bytes(Bytes::from("on"));
        Reply::pending(later(Duration::from_millis(600), ClearStep::new(5, Some(next))))
    }
}

impl Watch for Stuck {
    fn watch(&self, _: Scope<'_>) -> Reply<'_, Subscription> {
        self.never()
    }
}

/// The backend's own waiting; tokio's timer is paused in these tests.
#[expect(clippy::disallowed_methods, reason = "time passes by the paused clock of the test")]
async fn later<T>(after: Duration, answer: T) -> Result<T, Error> {
    tokio::time::sleep(after).await;
    Ok(answer)
}

fn stuck() -> (Cache, Arc<Stuck>) {
    let stuck = Arc::new(Stuck::default());
    let backend = Backend::new(Arc::clone(&stuck) as _).with_watch(Arc::clone(&stuck) as _);
    (Cache::from_backend(backend), stuck)
}

fn told<T: std::fmt::Debug>(answer: Result<T, Error>) -> (ErrorKind, Effect) {
    let error = answer.unwrap_err();
    (error.kind(), error.effect())
}

/// The limit of `open` and of `stop`.
#[track_caller]
fn assert_limit(begun: Instant) {
    let waited = begun.elapsed();
    let limit = Duration::from_secs(30);
    assert!(waited >= limit && waited <= limit + Duration::from_millis(50), "{waited:?}");
}

#[track_caller]
fn assert_no_time<T: std::fmt::Debug>(answer: Result<T, Error>, effect: Effect) {
    let error = answer.unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Config, effect));
    assert!(error.to_string().contains("runtime of tokio with `time` enabled"), "{error}");
    assert!(error.to_string().contains("deadline \"none\""), "{error}");
}

const LATE_READ: (ErrorKind, Effect) = (ErrorKind::Timeout, Effect::NotApplied);
const LATE_WRITE: (ErrorKind, Effect) = (ErrorKind::Timeout, Effect::Unknown);

#[test]
fn futures_with_a_deadline_may_cross_threads() {
    fn check(_: impl Future + Send) {}
    let cache = Cache::from_backend(memory()).with_deadline(SECOND);
    check(cache.get("k"));
    check(cache.get_many(["k"]));
    check(cache.set_many([("k", "v")]));
    check(cache.clear_all());
    check(cache.watch_prefix("k"));
}
