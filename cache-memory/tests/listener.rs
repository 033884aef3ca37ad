//! What a removal listener is told, and what it may do.
#![expect(clippy::unwrap_used, reason = "a test that meets an error fails")]

mod waiting;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak, mpsc};
use std::time::Duration;

use cache_core::{CacheBackend, ClearScope, Cursor, Key, Lifecycle, SetOptions};
use cache_memory::{Bound, Clock, Memory, MockClock, Options, Removal, RemovalCause};

use waiting::wait_until;

const PATIENCE: Duration = Duration::from_secs(30);

fn key(key: &str) -> Key<'_> {
    Key::new(key).unwrap()
}

fn set(memory: &Memory, name: &str, value: &'static str, ttl: Option<Duration>) {
    let options = ttl.map_or_else(SetOptions::new, |ttl| SetOptions::new().ttl(ttl));
    memory.set(key(name), value.into(), options).try_ready().unwrap().unwrap();
}

fn told() -> (Memory, MockClock, mpsc::Receiver<Removal>) {
    let (sender, removals) = mpsc::channel();
    let (clock, mock) = Clock::mock();
    let options = Options::new()
        .bound(Bound::Entries(2))
        .clock(clock)
        .removal_listener(move |removal| drop(sender.send(removal)));
    (Memory::open(options).unwrap(), mock, removals)
}

#[track_caller]
fn assert_told(removals: &mpsc::Receiver<Removal>, name: &str, value: &str, cause: RemovalCause) {
    let removal = removals.recv_timeout(PATIENCE).expect("the listener is told");
    assert_eq!((&*removal.key, &removal.value[..]), (name, value.as_bytes()));
    assert_eq!(removal.cause, cause);
}

#[test]
fn every_cause_is_told_with_key_and_value() {
    let (memory, mock, removals) = told();
    set(&memory, "k", "old", None);
    set(&memory, "k", "new", None);
    assert_told(&removals, "k", "old", RemovalCause::Replaced);
    assert!(memory.delete(key("k")).try_ready().unwrap().unwrap());
    assert_told(&removals, "k", "new", RemovalCause::Deleted);
    set(&memory, "k", "v", None);
    memory.clear(ClearScope::All, Cursor::START).try_ready().unwrap().unwrap();
    assert_told(&removals, "k", "v", RemovalCause::Cleared);
    for name in ["1", "2", "3"] {
        set(&memory, name, "v", None);
    }
    let evicted = removals.recv_timeout(PATIENCE).expect("the listener is told");
    assert_eq!((evicted.cause, &evicted.value[..]), (RemovalCause::Capacity, &b"v"[..]));
    let left = if &*evicted.key == "2" { "1" } else { "2" };
    set(&memory, left, "short", Some(Duration::from_secs(1)));
    assert_told(&removals, left, "v", RemovalCause::Replaced);
    mock.advance(Duration::from_secs(2));
    assert_told(&removals, left, "short", RemovalCause::Expired);
    assert!(removals.try_recv().is_err());
}

#[test]
fn entries_left_at_stop_are_not_told() {
    let (memory, _mock, removals) = told();
    set(&memory, "k", "v", None);
    memory.stop().try_ready().unwrap().unwrap();
    drop(memory);
    assert!(removals.recv_timeout(PATIENCE).is_err());
}

#[test]
fn listener_that_panics_is_counted_and_harms_nothing() {
    let (clock, mock) = Clock::mock();
    let options = Options::new().clock(clock).removal_listener(|_| panic!("a bad listener"));
    let memory = Memory::open(options).unwrap();
    set(&memory, "k", "old", None);
    set(&memory, "k", "new", Some(Duration::from_secs(1)));
    assert_eq!(memory.get(key("k")).try_ready().unwrap().unwrap().unwrap(), "new");
    assert_eq!(memory.statistics().unwrap().listener_panics, 1);
    mock.advance(Duration::from_secs(2));
    wait_until(|| memory.statistics().unwrap().listener_panics == 2);
    set(&memory, "other", "v", None);
    assert!(memory.contains(key("other")).try_ready().unwrap().unwrap());
}

#[test]
fn listener_may_call_the_cache() {
    let cache: Arc<Mutex<Weak<Memory>>> = Arc::default();
    let seen = Arc::new(AtomicU64::new(0));
    let (inside, count) = (Arc::clone(&cache), Arc::clone(&seen));
    let options = Options::new().bound(Bound::Entries(1)).removal_listener(move |removal| {
        let Some(memory) = inside.lock().unwrap().upgrade() else { return };
        assert!(!memory.contains(key(&removal.key)).try_ready().unwrap().unwrap());
        assert!(!memory.delete(key(&removal.key)).try_ready().unwrap().unwrap());
        assert_eq!(memory.statistics().unwrap().entries, 1);
        count.fetch_add(1, Ordering::Relaxed);
    });
    let memory = Arc::new(Memory::open(options).unwrap());
    *cache.lock().unwrap() = Arc::downgrade(&memory);
    set(&memory, "1", "v", None);
    set(&memory, "2", "v", None);
    assert_eq!(seen.load(Ordering::Relaxed), 1);
    assert_eq!(memory.statistics().unwrap().listener_panics, 0);
}

#[test]
fn listener_on_the_backends_own_thread_may_end_the_backend() {
    let cache: Arc<Mutex<Option<Arc<Memory>>>> = Arc::default();
    let (sender, ended) = mpsc::channel();
    let inside = Arc::clone(&cache);
    let (clock, mock) = Clock::mock();
    let options = Options::new().clock(clock).removal_listener(move |_| {
        let memory = inside.lock().unwrap().take();
        if let Some(memory) = memory {
            memory.stop().try_ready().unwrap().unwrap();
            drop(memory);
            sender.send(()).unwrap();
        }
    });
    let memory = Arc::new(Memory::open(options).unwrap());
    set(&memory, "k", "v", Some(Duration::from_secs(1)));
    *cache.lock().unwrap() = Some(memory);
    mock.advance(Duration::from_secs(2));
    ended.recv_timeout(PATIENCE).expect("the listener comes to its end");
}

#[test]
fn stop_waits_for_a_listener_that_runs_and_none_runs_afterwards() {
    let (entered, is_entered) = mpsc::channel();
    let (proceed, may_proceed) = mpsc::channel::<()>();
    let may_proceed = Mutex::new(may_proceed);
    let ended = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&ended);
    let options = Options::new().removal_listener(move |_| {
        entered.send(()).unwrap();
        may_proceed.lock().unwrap().recv().unwrap();
        count.fetch_add(1, Ordering::SeqCst);
    });
    let memory = Memory::open(options).unwrap();
    set(&memory, "k", "v", None);
    std::thread::scope(|scope| {
        scope.spawn(|| memory.delete(key("k")).try_ready().unwrap().unwrap());
        is_entered.recv_timeout(PATIENCE).unwrap();
        let stop = scope.spawn(|| {
            memory.stop().try_ready().unwrap().unwrap();
            ended.load(Ordering::SeqCst)
        });
        wait_until(|| memory.get(key("k")).try_ready().unwrap().is_err());
        proceed.send(()).unwrap();
        assert_eq!(stop.join().unwrap(), 1, "listeners that had ended when stop did");
    });
}

#[test]
fn the_end_of_the_backend_is_the_end_of_its_thread() {
    for _ in 0..100 {
        let held = Arc::new(());
        let inside = Arc::clone(&held);
        let memory = Memory::open(Options::new().removal_listener(move |_| {
            let _held = &inside;
        }));
        drop(memory.unwrap());
        assert_eq!(Arc::strong_count(&held), 1, "the thread holds what the backend was made with");
    }
}
