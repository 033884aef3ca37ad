//! What `open` makes of a backend that is down.
#[cfg(feature = "config")]
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
