//! What the readers of events may do.
#![expect(clippy::unwrap_used, reason = "a test that meets an error fails")]

mod waiting;

use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use cache_core::{CacheBackend, Key, Scope, SetOptions, Subscription, Watch};
use cache_memory::{Clock, Memory, MockClock, Options};

use waiting::wait_until;

const PATIENCE: Duration = Duration::from_secs(30);

/// A waker that does something.
struct Waking<F>(F);

impl<F: Fn() + Send + Sync + 'static> Wake for Waking<F> {
    fn wake(self: Arc<Self>) {
        (self.0)();
    }
}

fn open() -> (Arc<Memory>, MockClock) {
    let (clock, mock) = Clock::mock();
    (Arc::new(Memory::open(Options::new().clock(clock)).unwrap()), mock)
}

fn key(key: &str) -> Key<'_> {
    Key::new(key).unwrap()
}

fn set(memory: &Memory, name: &str, options: SetOptions) {
    memory.set(key(name), "v".into(), options).try_ready().unwrap().unwrap();
}

/// Waits for the next event of a key with this waker.
fn wait(memory: &Memory, name: &str, waking: impl Fn() + Send + Sync + 'static) -> Subscription {
    let mut events = memory.watch(Scope::Key(key(name))).try_ready().unwrap().unwrap();
    let waker = Waker::from(Arc::new(Waking(waking)));
    assert!(pin!(events.next()).poll(&mut Context::from_waker(&waker)).is_pending());
    events
}

#[test]
fn a_waker_may_call_the_cache() {
    let (memory, _mock) = open();
    let inside = Arc::clone(&memory);
    let _events = wait(&memory, "k", move || {
        set(&inside, "k", SetOptions::new());
        drop(inside.watch(Scope::Prefix("")).try_ready().unwrap().unwrap());
    });
    let (done, is_done) = mpsc::channel();
    std::thread::spawn(move || {
        set(&memory, "k", SetOptions::new());
        done.send(()).unwrap();
    });
    is_done.recv_timeout(PATIENCE).expect("the writer comes to its end");
}

#[test]
fn a_waker_that_panics_harms_neither_the_writer_nor_the_thread_that_reclaims() {
    let (memory, mock) = open();
    let woken = Arc::new(AtomicU64::new(0));
    let short = SetOptions::new().ttl(Duration::from_secs(1));
    for name in ["written", "expires"] {
        set(&memory, name, short.clone());
    }
    let panicking = |name| {
        let woken = Arc::clone(&woken);
        wait(&memory, name, move || {
            woken.fetch_add(1, Ordering::SeqCst);
            panic!("a bad waker");
        })
    };
    let _events = (panicking("written"), panicking("expires"));
    set(&memory, "written", short.clone());
    assert_eq!(woken.load(Ordering::SeqCst), 1);
    mock.advance(Duration::from_secs(2));
    wait_until(|| memory.statistics().unwrap().entries == 0);
    set(&memory, "later", short);
    mock.advance(Duration::from_secs(2));
    wait_until(|| memory.statistics().unwrap().entries == 0);
    assert_eq!(
        (woken.load(Ordering::SeqCst), memory.statistics().unwrap().listener_panics),
        (2, 2)
    );
}
