//! A hit allocates nothing: through the trait object, the handle, and namespaces.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::future::Future;
use std::hint::black_box;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use cache_facade::cache_core::Key;
use cache_facade::memory::{Memory, Options};
use cache_facade::{Cache, CacheBackend, OnError};

const KEY_LENGTHS: std::ops::RangeInclusive<usize> = 1..=200;

fn open() -> Cache {
    Cache::from_backend(Memory::open(Options::new()).unwrap().into_backend())
}

/// Polls once, without an executor: the in-process backend is always ready.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => panic!("the in-process backend must be ready at once"),
    }
}

/// Counts what `hit` allocates for every key length.
fn assert_free(cache: &Cache, hit: impl Fn(&str) -> Option<Bytes>) {
    for length in KEY_LENGTHS {
        let key = "k".repeat(length);
        ready(cache.set(&key, "value")).unwrap();
        assert_eq!(hit(&key).as_deref(), Some(&b"value"[..]), "no hit with {length} bytes");
        let counted = allocation_counter::measure(|| {
            black_box(hit(black_box(&key)));
        });
        assert_eq!(counted.count_total, 0, "a hit with a key of {length} bytes allocates");
    }
}

#[test]
fn counter_counts() {
    let counted = allocation_counter::measure(|| drop(black_box("x".to_owned())));
    assert_eq!(counted.count_total, 1);
}

#[test]
fn hit_through_the_trait_object_allocates_nothing() {
    let cache = open();
    let backend: Arc<dyn CacheBackend> = Arc::clone(&cache.backend().cache);
    assert_free(&cache, |key| ready(backend.get(Key::new(key).unwrap())).unwrap());
}

#[test]
fn hit_through_the_handle_allocates_nothing() {
    let cache = open();
    assert_free(&cache, |key| ready(cache.get(key)).unwrap());
}

#[test]
fn hit_within_a_deadline_allocates_nothing() {
    let cache = open().with_deadline(Duration::from_secs(1)).with_on_error(OnError::Miss);
    assert_free(&cache, |key| ready(cache.get(key)).unwrap());
}

#[test]
fn hit_through_a_namespace_allocates_nothing() {
    let cache = open().namespace("users").unwrap();
    assert_free(&cache, |key| ready(cache.get(key)).unwrap());
}

#[test]
fn hit_through_a_nested_namespace_allocates_nothing() {
    let cache = open().namespace("shop: {north}").unwrap().namespace("users/active").unwrap();
    assert_free(&cache, |key| ready(cache.get(key)).unwrap());
}

#[test]
fn hit_with_the_longest_key_on_the_stack_allocates_nothing_and_a_longer_one_does() {
    let cache = open().namespace("n").unwrap();
    let (stack, heap) = ("k".repeat(510), "k".repeat(511));
    for (key, allocations) in [(stack, 0), (heap, 1)] {
        ready(cache.set(&key, "value")).unwrap();
        let counted = allocation_counter::measure(|| {
            black_box(ready(cache.get(black_box(&key))).unwrap());
        });
        assert_eq!(counted.count_total, allocations, "{} bytes", key.len());
    }
}

#[test]
fn test_for_a_key_allocates_nothing() {
    let cache = open().namespace("users").unwrap();
    ready(cache.set("k", "value")).unwrap();
    let counted = allocation_counter::measure(|| {
        assert!(ready(cache.contains("k")).unwrap());
        assert!(!ready(cache.contains("absent")).unwrap());
    });
    assert_eq!(counted.count_total, 0);
}
