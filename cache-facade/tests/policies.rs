//! Deadlines, and reads that fail: what the handle makes of a backend that is slow or down.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

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

const LATE_READ: (ErrorKind, Effect) = (ErrorKind::Timeout, Effect::NotApplied);
const LATE_WRITE: (ErrorKind, Effect) = (ErrorKind::Timeout, Effect::Unknown);

#[tokio::test(start_paused = true)]
async fn every_call_ends_at_its_deadline_and_says_what_is_known() {
    let cache = slow(HOUR).with_deadline(SECOND);
    macro_rules! ends {
        ($told:expr, $($call:expr),+ $(,)?) => {$(
            let begun = Instant::now();
            assert_eq!(told($call.await), $told, "{}", stringify!($call));
            let waited = begun.elapsed();
            assert!(waited >= SECOND && waited <= SECOND + Duration::from_millis(50), "{waited:?}");
        )+};
    }
    ends!(
        LATE_READ,
        cache.get("k"),
        cache.contains("k"),
        cache.entry("k"),
        cache.ttl("k"),
        cache.watch_key("k"),
        cache.watch_prefix("k"),
    );
    ends!(
        LATE_WRITE,
        cache.set("k", "v"),
        cache.set_with("k", "v", SECOND),
        cache.add("k", "v"),
        cache.replace("k", "v"),
        cache.delete("k"),
        cache.take("k"),
        cache.touch("k", SECOND),
        cache.increment("n", 1),
        cache.increment_with("n", 1, SECOND),
        cache.clear_all(),
        cache.clear_prefix("k"),
    );
}

#[tokio::test(start_paused = true)]
async fn batch_past_its_deadline_answers_for_each_key() {
    let cache = slow(HOUR).with_deadline(SECOND);
    let reads = cache.get_many(["a", "", "b"]).await.unwrap();
    assert_eq!(told(reads[0].clone()), LATE_READ);
    assert_eq!(told(reads[1].clone()), (ErrorKind::InvalidInput, Effect::NotApplied));
    assert_eq!(told(reads[2].clone()), LATE_READ);
    let writes = cache.set_many([("a", "1"), ("b", "2")]).await.unwrap();
    assert_eq!(writes.into_iter().map(told).collect::<Vec<_>>(), [LATE_WRITE; 2]);
    let deletes = cache.delete_many(["a", "b"]).await.unwrap();
    assert_eq!(deletes.into_iter().map(told).collect::<Vec<_>>(), [LATE_WRITE; 2]);
}

#[tokio::test(start_paused = true)]
async fn answer_before_the_deadline_comes() {
    let cache = slow(SECOND).with_deadline(SECOND + Duration::from_millis(5));
    cache.set("k", "v").await.unwrap();
    assert_eq!(cache.get("k").await.unwrap().as_deref(), Some(&b"v"[..]));
    assert_eq!(cache.get_many(["k"]).await.unwrap(), [Ok(Some(Bytes::from("v")))]);
}

#[tokio::test(start_paused = true)]
async fn without_a_deadline_the_backend_takes_its_time() {
    let cache = slow(HOUR).with_deadline(SECOND).without_deadline();
    cache.set("k", "v").await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn clones_and_namespaces_take_the_deadline_over() {
    let cache = slow(HOUR).with_deadline(SECOND);
    assert_eq!(told(cache.namespace("a").unwrap().get("k").await), LATE_READ);
    assert_eq!(told(cache.clone().with_default_ttl(SECOND).get("k").await), LATE_READ);
}

#[tokio::test(start_paused = true)]
async fn message_of_a_timeout_names_the_deadline_the_call_and_the_way_out() {
    let (cache, _) = stuck();
    let error = cache.with_deadline(SECOND).set("k", "v").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "set on stuck, key \"k\": timeout, outcome unknown: no answer within the deadline of 1s; \
         the backend is slow or cannot be reached, or the deadline is too short"
    );
}

#[tokio::test(start_paused = true)]
async fn reply_is_dropped_when_its_deadline_passes() {
    let (cache, stuck) = stuck();
    assert_eq!(told(cache.with_deadline(SECOND).get("k").await), LATE_READ);
    assert!(stuck.broken.load(Ordering::Relaxed));
}

#[tokio::test(start_paused = true)]
async fn removing_many_entries_has_the_deadline_for_each_step() {
    let (cache, stuck) = stuck();
    let error = cache.with_deadline(SECOND).clear_all().await.unwrap_err();
    assert_eq!((error.kind(), error.effect()), LATE_WRITE);
    assert_eq!(stuck.steps.load(Ordering::Relaxed), 4, "three steps were in time");
    assert!(error.detail().ends_with("15 entries were removed before"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn deadline_does_not_hold_for_stop() {
    let (cache, _) = stuck();
    let begun = Instant::now();
    cache.with_deadline(SECOND).stop().await.unwrap();
    assert!(begun.elapsed() >= 5 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn stop_that_never_ends_is_told_after_its_own_limit() {
    let (cache, stuck) = stuck();
    stuck.stops_never.store(true, Ordering::Relaxed);
    let begun = Instant::now();
    let error = cache.without_deadline().stop().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.effect(), error.operation()),
        (ErrorKind::Timeout, Effect::Unknown, Some("stop"))
    );
    assert_limit(begun);
}

/// The limit of `open` and of `stop`.
#[track_caller]
fn assert_limit(begun: Instant) {
    let waited = begun.elapsed();
    let limit = Duration::from_secs(30);
    assert!(waited >= limit && waited <= limit + Duration::from_millis(50), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn parts_of_a_backend_end_at_the_same_time() {
    let (cache, _) = stuck();
    let begun = Instant::now();
    cache.stop().await.unwrap();
    assert!(begun.elapsed() <= 5 * SECOND + Duration::from_millis(50), "one after the other");
}

#[test]
fn stop_that_has_to_wait_outside_a_runtime_is_a_typed_error() {
    let (cache, stuck) = stuck();
    stuck.stops_never.store(true, Ordering::Relaxed);
    let error = block_on(cache.stop()).unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Config, Effect::Unknown));
    assert!(error.to_string().contains("runtime of tokio with `time` enabled"), "{error}");
}

#[test]
fn answer_that_is_there_needs_no_runtime() {
    let cache = Cache::from_backend(memory()).with_deadline(Duration::ZERO);
    block_on(cache.set("k", "v")).unwrap();
    assert_eq!(block_on(cache.get("k")).unwrap().as_deref(), Some(&b"v"[..]));
}

/// Without a runtime, a timer would be told as an error of its own.
#[test]
fn deadline_of_zero_breaks_off_what_has_to_wait_and_takes_no_timer() {
    let (cache, stuck) = stuck();
    let cache = cache.with_deadline(Duration::ZERO);
    assert_eq!(told(block_on(cache.get("k"))), LATE_READ);
    assert_eq!(told(block_on(cache.set("k", "v"))), LATE_WRITE);
    assert!(stuck.broken.load(Ordering::Relaxed));
}

#[track_caller]
fn assert_no_time<T: std::fmt::Debug>(answer: Result<T, Error>, effect: Effect) {
    let error = answer.unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Config, effect));
    assert!(error.to_string().contains("runtime of tokio with `time` enabled"), "{error}");
    assert!(error.to_string().contains("deadline \"none\""), "{error}");
}

#[test]
fn waiting_outside_a_runtime_is_a_typed_error() {
    let (cache, _) = stuck();
    let cache = cache.with_deadline(SECOND);
    assert_no_time(block_on(cache.get("k")), Effect::NotApplied);
    assert_no_time(block_on(cache.set("k", "v")), Effect::Unknown);
}

/// A caught panic would still be printed, and would end a program that cannot unwind.
#[test]
fn waiting_outside_a_runtime_panics_nowhere() {
    let panicked = Arc::new(AtomicBool::new(false));
    let (seen, here) = (Arc::clone(&panicked), std::thread::current().id());
    let others = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if std::thread::current().id() == here {
            seen.store(true, Ordering::Relaxed);
        } else {
            others(panic);
        }
    }));
    let (cache, _) = stuck();
    let answer = block_on(cache.with_deadline(SECOND).get("k"));
    drop(std::panic::take_hook());
    assert!(answer.is_err() && !panicked.load(Ordering::Relaxed));
}

#[test]
fn waiting_in_a_runtime_without_time_is_a_typed_error() {
    let (cache, _) = stuck();
    let runtime = Builder::new_current_thread().build().unwrap();
    assert_no_time(runtime.block_on(cache.with_deadline(SECOND).get("k")), Effect::NotApplied);
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().start_paused(true).build().unwrap()
}

#[test]
fn call_that_outlives_its_runtime_is_a_typed_error() {
    let (cache, _) = stuck();
    let cache = cache.with_deadline(SECOND);
    let mut call = Box::pin(cache.get("k"));
    let ended = runtime();
    ended.block_on(std::future::poll_fn(|context| {
        assert!(call.as_mut().poll(context).is_pending());
        std::task::Poll::Ready(())
    }));
    drop(ended);
    assert_no_time(block_on(call), Effect::NotApplied);
}

#[test]
fn read_that_fails_is_an_error_unless_told_otherwise() {
    let (cache, control) = fragile();
    control.begin_outage();
    assert_eq!(told(block_on(cache.get("k"))), (ErrorKind::Unavailable, Effect::NotApplied));
    assert_eq!(cache.failures_as_misses(), 0);
}

#[test]
fn reads_that_fail_are_misses_where_told_so_and_are_counted() {
    let (cache, control) = fragile();
    let cache = cache.with_on_error(OnError::Miss);
    control.begin_outage();
    assert_eq!(block_on(cache.get("k")), Ok(None));
    assert_eq!(block_on(cache.contains("k")), Ok(false));
    assert_eq!(block_on(cache.entry("k")), Ok(None));
    assert_eq!(block_on(cache.ttl("k")), Ok(None));
    assert_eq!(cache.failures_as_misses(), 4);
    assert_eq!(block_on(cache.get_many(["k", "l"])), Ok(vec![Ok(None), Ok(None)]));
    assert_eq!(cache.failures_as_misses(), 6);
    assert_eq!(cache.statistics().unwrap().failures_as_misses, 6);
    control.end_outage();
    assert_eq!(block_on(cache.get("k")).unwrap().as_deref(), Some(&b"v"[..]));
    assert_eq!(cache.failures_as_misses(), 6);
}

#[test]
fn failures_are_counted_for_all_handles_of_one_cache() {
    let (root, control) = fragile();
    let cache = root.with_on_error(OnError::Miss);
    control.begin_outage();
    assert_eq!(block_on(cache.namespace("a").unwrap().get("k")), Ok(None));
    assert_eq!(block_on(cache.clone().with_default_ttl(SECOND).get("k")), Ok(None));
    assert_eq!((cache.failures_as_misses(), root.failures_as_misses()), (2, 2));
}

#[test]
fn changes_that_fail_are_errors_in_any_case() {
    let (cache, control) = fragile();
    let cache = cache.with_on_error(OnError::Miss);
    control.begin_outage();
    macro_rules! fails {
        ($($call:expr),+ $(,)?) => {$(
            assert_eq!(told(block_on($call)).0, ErrorKind::Unavailable, "{}", stringify!($call));
        )+};
    }
    fails!(
        cache.set("k", "v"),
        cache.set_with("k", "v", Ttl::Never),
        cache.add("k", "v"),
        cache.replace("k", "v"),
        cache.delete("k"),
        cache.take("k"),
        cache.touch("k", SECOND),
        cache.increment("n", 1),
        cache.increment_with("n", 1, SECOND),
        cache.set_many([("k", "v")]),
        cache.set_many_with([("k", "v")], SECOND),
        cache.delete_many(["k"]),
        cache.clear_all(),
        cache.clear_prefix("k"),
        cache.namespace("a").unwrap().clear_namespace(),
        cache.watch_key("k"),
        cache.watch_prefix("k"),
    );
    assert_eq!(cache.failures_as_misses(), 0);
}

#[test]
fn failures_that_do_not_pass_are_errors_in_any_case() {
    let denied = Chaos::new(memory(), 1).errors(ErrorKind::Denied, 1.0).into_backend();
    let denied = Cache::from_backend(denied).with_on_error(OnError::Miss);
    assert_eq!(told(block_on(denied.get("k"))).0, ErrorKind::Denied);
    let answers = block_on(denied.get_many(["k"])).unwrap();
    assert_eq!(told(answers[0].clone()).0, ErrorKind::Denied);
    let (cache, _) = fragile();
    let cache = cache.with_on_error(OnError::Miss);
    assert_eq!(told(block_on(cache.get(""))).0, ErrorKind::InvalidInput);
    block_on(cache.stop()).unwrap();
    assert_eq!(told(block_on(cache.get("k"))).0, ErrorKind::Stopped);
    let (stuck, _) = stuck();
    let stuck = stuck.with_on_error(OnError::Miss).with_deadline(SECOND);
    assert_no_time(block_on(stuck.get("k")), Effect::NotApplied);
    assert_eq!((cache.failures_as_misses(), stuck.failures_as_misses()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn deadline_that_passes_is_a_miss_too_and_a_refused_key_of_the_batch_is_not() {
    let cache = slow(HOUR).with_deadline(SECOND).with_on_error(OnError::Miss);
    assert_eq!(cache.get("k").await, Ok(None));
    let answers = cache.get_many(["a", "", "b"]).await.unwrap();
    assert_eq!((&answers[0], &answers[2]), (&Ok(None), &Ok(None)));
    assert_eq!(told(answers[1].clone()).0, ErrorKind::InvalidInput);
    assert_eq!(cache.failures_as_misses(), 3);
    assert_eq!(told(cache.set("k", "v").await), LATE_WRITE);
}

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

/// What `open` makes of a backend that is down.
#[cfg(feature = "config")]
mod at_the_opening {
    use cache_facade::{Connect, RegisteredSettings, Registry, Settings};

    use super::*;

    #[derive(serde::Deserialize)]
    struct NoOptions {}

    fn registry(open: impl Fn() -> Backend + Send + Sync + 'static) -> Registry {
        let open = Arc::new(open);
        let mut registry = Registry::new();
        registry
            .register("theirs", move |NoOptions {}| {
                let backend = open();
                async move { Ok::<_, Error>(backend) }
            })
            .unwrap();
        registry
    }

    /// A registry whose backend is stuck, and that backend.
    fn stuck_registry() -> (Registry, Arc<Stuck>) {
        let stuck = Arc::new(Stuck::default());
        let inner = Arc::clone(&stuck);
        (registry(move || Backend::new(Arc::clone(&inner) as _)), stuck)
    }

    /// A registry whose factory never ends, and whether its future was dropped.
    fn endless_registry() -> (Registry, Arc<Stuck>) {
        let stuck = Arc::new(Stuck::default());
        let inner = Arc::clone(&stuck);
        let mut registry = Registry::new();
        registry
            .register("theirs", move |NoOptions {}| {
                let stuck = Arc::clone(&inner);
                async move { stuck.never::<Backend>().await }
            })
            .unwrap();
        (registry, stuck)
    }

    #[tokio::test(start_paused = true)]
    async fn factory_that_never_ends_is_told_after_the_limit_of_opening() {
        for settings in [settings(), settings().deadline(None), settings().connect(Connect::Lazy)] {
            let (registry, factory) = endless_registry();
            let begun = Instant::now();
            let error = cache_facade::open_with(&registry, settings).await.unwrap_err();
            assert_eq!((error.kind(), error.operation()), (ErrorKind::Timeout, Some("open")));
            assert_limit(begun);
            assert!(factory.broken.load(Ordering::Relaxed), "the factory was dropped");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn deadline_that_is_longer_is_the_limit_of_opening_too() {
        let (registry, _) = endless_registry();
        let begun = Instant::now();
        let settings = settings().deadline(HOUR);
        assert_eq!(told(cache_facade::open_with(&registry, settings).await).0, ErrorKind::Timeout);
        assert!(begun.elapsed() >= HOUR && begun.elapsed() <= HOUR + SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn answer_has_the_limit_of_opening_where_there_is_no_deadline() {
        let (registry, stuck) = stuck_registry();
        let begun = Instant::now();
        let settings = settings().deadline(None);
        let error = cache_facade::open_with(&registry, settings).await.unwrap_err();
        assert_eq!((error.kind(), error.effect()), LATE_READ);
        assert!(begun.elapsed() <= 36 * SECOND, "{:?}", begun.elapsed());
        assert_eq!(stuck.stops.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn opening_that_has_to_wait_outside_a_runtime_is_a_typed_error() {
        let (registry, _) = endless_registry();
        let error = block_on(cache_facade::open_with(&registry, settings())).unwrap_err();
        assert_eq!((error.kind(), error.effect()), (ErrorKind::Config, Effect::NotApplied));
        assert!(error.to_string().contains("runtime of tokio with `time` enabled"), "{error}");
    }

    #[tokio::test(start_paused = true)]
    async fn backend_that_does_not_answer_is_stopped_before_the_error_is_told() {
        let (registry, stuck) = stuck_registry();
        let begun = Instant::now();
        let error = cache_facade::open_with(&registry, settings()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert_eq!(stuck.stops.load(Ordering::Relaxed), 1);
        assert!(begun.elapsed() >= 6 * SECOND, "its end was waited for");
    }

    #[tokio::test(start_paused = true)]
    async fn backend_that_cannot_be_stopped_either_is_told_with_both_reasons() {
        let (registry, stuck) = stuck_registry();
        stuck.stops_never.store(true, Ordering::Relaxed);
        let begun = Instant::now();
        let error = cache_facade::open_with(&registry, settings()).await.unwrap_err();
        assert_eq!((error.kind(), error.operation()), (ErrorKind::Timeout, Some("open")));
        assert!(error.detail().contains("within the deadline of 1s"), "{error}");
        assert!(error.detail().contains("stopping it failed too"), "{error}");
        assert!(begun.elapsed() <= 32 * SECOND, "{:?}", begun.elapsed());
    }

    fn settings() -> Settings {
        let none = std::collections::BTreeMap::<&str, u8>::new();
        Settings::new().backend(RegisteredSettings::new("theirs", &none).unwrap())
    }

    fn down() -> Backend {
        let chaos = Chaos::new(memory(), 1);
        chaos.control().begin_outage();
        chaos.into_backend()
    }

    #[test]
    fn eager_is_told_that_the_backend_is_down_even_if_failures_are_misses() {
        let settings = settings().on_error(OnError::Miss);
        let error = block_on(cache_facade::open_with(&registry(down), settings)).unwrap_err();
        assert_eq!((error.kind(), error.operation()), (ErrorKind::Unavailable, Some("open")));
    }

    #[test]
    fn lazy_learns_at_the_first_call_that_the_backend_is_down() {
        let settings = settings().connect(Connect::Lazy);
        let cache = block_on(cache_facade::open_with(&registry(down), settings)).unwrap();
        assert_eq!(told(block_on(cache.get("k"))).0, ErrorKind::Unavailable);
    }

    #[tokio::test(start_paused = true)]
    async fn eager_waits_no_longer_than_the_deadline() {
        let settings = settings().deadline(2 * SECOND);
        let begun = Instant::now();
        let registry = registry(|| Backend::new(Arc::new(Stuck::default())));
        let error = cache_facade::open_with(&registry, settings).await.unwrap_err();
        assert_eq!((error.kind(), error.operation()), (ErrorKind::Timeout, Some("open")));
        assert!(begun.elapsed() <= 7 * SECOND + Duration::from_millis(50), "and 5 s to stop it");
    }

    #[test]
    fn eager_leaves_no_trace_in_the_statistics() {
        let cache = block_on(cache_facade::open(Settings::new())).unwrap();
        let counted = cache.statistics().unwrap();
        assert_eq!((counted.hits, counted.misses, counted.entries), (0, 0, 0));
    }
}
