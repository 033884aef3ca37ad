//! A reader that works for the backend while the backend wakes it.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Wake, Waker};

use bytes::Bytes;
use cache_core::{CacheBackend, Event, Scope, SetOptions, Subscription, Watch};

use crate::check::{answer, expect_ok, expect_some, joined};
use crate::clock;
use crate::subject::key;
use crate::trial::Trial;

/// What a waker calls, and what it has done.
struct Calls {
    cache: Arc<dyn CacheBackend>,
    watch: Arc<dyn Watch>,
    reader_waits: AtomicBool,
    begun: AtomicU64,
}

/// A waker that calls the backend before it wakes the task.
struct Calling {
    calls: Arc<Calls>,
    task: Waker,
}

impl Calls {
    /// Begins calls on the key that is being written, and drops their replies.
    fn begin(&self) {
        let at = key("key");
        drop(self.cache.get(at));
        drop(self.cache.set(at, Bytes::from("by the waker"), SetOptions::new()));
        drop(self.cache.delete(key("other")));
        drop(self.watch.watch(Scope::Key(at)));
        drop(self.watch.watch(Scope::Prefix("")));
        self.begun.fetch_add(1, Ordering::SeqCst);
    }
}

impl Wake for Calling {
    fn wake(self: Arc<Self>) {
        self.calls.begin();
        self.task.wake_by_ref();
    }
}

/// Waits for a future whose waker calls the backend. It must hold no timer: that would call the
/// backend from the runtime's own thread, and a backend that blocks would block the guard as well.
async fn woken_by<F: Future>(calls: &Arc<Calls>, future: F) -> F::Output {
    let mut future = pin!(future);
    std::future::poll_fn(|context| {
        let calling = Calling { calls: Arc::clone(calls), task: context.waker().clone() };
        let waker = Waker::from(Arc::new(calling));
        let polled = future.as_mut().poll(&mut Context::from_waker(&waker));
        calls.reader_waits.fetch_or(polled.is_pending(), Ordering::SeqCst);
        polled
    })
    .await
}

/// Reads until the write is told, or a gap stands for it.
async fn read(calls: Arc<Calls>, mut subscription: Subscription) {
    loop {
        match woken_by(&calls, subscription.next()).await {
            Some(Event::Changed { key, .. }) if *key == *"key" => return,
            Some(Event::Gap) => return,
            Some(_) => {}
            None => panic!("a waiting reader: expected an event, found the end"),
        }
    }
}

pub(crate) async fn waker_may_call_the_backend(trial: Trial) {
    let patience = trial.harness().patience();
    let calls = Arc::new(Calls {
        cache: Arc::clone(&trial.backend().cache),
        watch: expect_some("the events of the backend", trial.backend().watch.clone()),
        reader_waits: AtomicBool::new(false),
        begun: AtomicU64::new(0),
    });
    let subscribed = answer("watch", patience, calls.watch.watch(Scope::Key(key("key")))).await;
    let reader = tokio::spawn(read(Arc::clone(&calls), expect_ok("watch", subscribed)));
    let waits = async {
        while !calls.reader_waits.load(Ordering::SeqCst) {
            tokio::task::yield_now().await;
        }
    };
    expect_some("the reader's first look", clock::within(patience, waits).await);
    // On a thread of its own: a backend that wakes under its lock blocks it for ever.
    let (cache, executor) = (trial.cache.clone(), tokio::runtime::Handle::current());
    let writer =
        tokio::task::spawn_blocking(move || executor.block_on(cache.put("key", "by the writer")));
    let blocked = format!("the end of a write whose reader calls the backend, within {patience:?}");
    expect_some(blocked, clock::within(patience, joined(writer)).await);
    let told = format!("the event of that write, within {patience:?}");
    expect_some(told, clock::within(patience, joined(reader)).await);
    let begun = calls.begun.load(Ordering::SeqCst);
    assert!(begun > 0, "times the waker was called: expected at least 1, found {begun}");
    trial.cache.ok("get afterwards", calls.cache.get(key("key"))).await;
}
