//! Many interleavings of calls whose order matters, by a scheduler that chooses each step.
//!
//! `cargo nextest run -p cache-memory --features _shuttle --test shuttle`; the number of schedules
//! of each test is 1,000, or what the variable `SHUTTLE_SCHEDULES` says.
#![cfg(feature = "_shuttle")]
#![expect(clippy::unwrap_used, reason = "a test that meets an error fails")]

use std::sync::Arc;
use std::time::Duration;

use cache_core::{
    Acquired, CacheBackend, Condition, Error, ErrorKind, Event, Key, Lifecycle, LockBackend,
    LockName, LockRequest, Reply, Scope, SetOptions, SetOutcome, Token, Ttl, Watch,
};
use cache_memory::{Bound, Clock, Memory, MockClock, Options};
use shuttle::thread;

fn explore(test: impl Fn() + Send + Sync + 'static) {
    let schedules = std::env::var("SHUTTLE_SCHEDULES").ok();
    let schedules = schedules.map_or(1_000, |number| number.parse().expect("a number"));
    shuttle::check_random(test, schedules);
}

fn open(bound: Bound) -> (Arc<Memory>, MockClock) {
    let (clock, mock) = Clock::mock();
    let options = Options::new().bound(bound).clock(clock);
    (Arc::new(Memory::open(options).unwrap()), mock)
}

fn key(key: &str) -> Key<'_> {
    Key::new(key).unwrap()
}

fn now<T>(reply: Reply<'_, T>) -> Result<T, Error> {
    reply.try_ready().expect("memory is never pending")
}

/// Runs one closure a thread, and waits for all.
fn together<T: Send + 'static>(parts: Vec<Box<dyn FnOnce() -> T + Send>>) -> Vec<T> {
    let threads: Vec<_> = parts.into_iter().map(thread::spawn).collect();
    threads.into_iter().map(|thread| thread.join().unwrap()).collect()
}

#[test]
fn one_of_several_writers_finds_the_key_absent() {
    explore(|| {
        let (memory, _mock) = open(Bound::Entries(8));
        let part = |_| -> Box<dyn FnOnce() -> SetOutcome + Send> {
            let memory = Arc::clone(&memory);
            let options = SetOptions::new().condition(Condition::IfAbsent);
            Box::new(move || now(memory.set(key("k"), "v".into(), options)).unwrap())
        };
        let outcomes = together((0..3).map(part).collect());
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_stored()).count(), 1);
    });
}

#[test]
fn no_increment_is_lost() {
    explore(|| {
        let (memory, _mock) = open(Bound::Entries(8));
        let part = |_| -> Box<dyn FnOnce() -> i64 + Send> {
            let memory = Arc::clone(&memory);
            Box::new(move || now(memory.increment(key("k"), 1, Ttl::Never)).unwrap())
        };
        let mut sums = together((0..3).map(part).collect());
        sums.sort_unstable();
        assert_eq!(sums, [1, 2, 3]);
    });
}

#[test]
fn the_bound_holds_whoever_writes() {
    explore(|| {
        let (memory, _mock) = open(Bound::Entries(2));
        let part = |writer: usize| -> Box<dyn FnOnce() + Send> {
            let memory = Arc::clone(&memory);
            Box::new(move || {
                for number in 0..3 {
                    let name = format!("{writer} {number}");
                    let _stored = now(memory.set(key(&name), "v".into(), SetOptions::new()));
                    let statistics = memory.statistics().unwrap();
                    assert!(statistics.entries <= 2 && statistics.weight <= 2, "{statistics:?}");
                }
            })
        };
        together((0..2).map(part).collect());
        let statistics = memory.statistics().unwrap();
        assert_eq!((statistics.entries, statistics.weight), (2, 2));
    });
}

#[test]
fn writers_that_each_need_everything_come_to_an_end() {
    const CAPACITY: u64 = 16 * 4096 * 4096;
    explore(|| {
        let (clock, _mock) = Clock::mock();
        let weigher = |key: &str, _: &[u8]| if key.starts_with("heavy") { CAPACITY } else { 1 };
        let options = Options::new().bound(Bound::Weight(CAPACITY)).weigher(weigher).clock(clock);
        let memory = Arc::new(Memory::open(options).unwrap());
        let part = |name: &'static str| -> Box<dyn FnOnce() + Send> {
            let memory = Arc::clone(&memory);
            Box::new(move || {
                now(memory.set(key(name), "v".into(), SetOptions::new())).unwrap();
                assert!(memory.statistics().unwrap().weight <= CAPACITY);
            })
        };
        together(["heavy 1", "heavy 2", "light"].map(part).into());
        let statistics = memory.statistics().unwrap();
        assert!(statistics.entries == 1 || statistics.weight <= 2, "{statistics:?}");
    });
}

#[test]
fn a_change_after_the_subscription_is_told_or_seen() {
    explore(|| {
        let (memory, _mock) = open(Bound::Entries(8));
        let writer = {
            let memory = Arc::clone(&memory);
            thread::spawn(move || {
                let _stored = now(memory.set(key("k"), "v".into(), SetOptions::new()));
            })
        };
        let mut events = now(memory.watch(Scope::Key(key("k")))).unwrap();
        let seen = now(memory.get(key("k"))).unwrap().is_some();
        writer.join().unwrap();
        let told = next_if_there(&mut events).is_some();
        assert!(seen || told, "the change was neither seen nor told");
    });
}

#[test]
fn nothing_is_left_after_stop_and_every_later_call_is_refused() {
    explore(|| {
        let (memory, _mock) = open(Bound::Entries(8));
        let writer = {
            let memory = Arc::clone(&memory);
            thread::spawn(move || now(memory.set(key("k"), "v".into(), SetOptions::new())))
        };
        now(memory.stop()).unwrap();
        let refused = now(memory.get(key("k"))).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Stopped);
        if let Err(error) = writer.join().unwrap() {
            assert_eq!(error.kind(), ErrorKind::Stopped);
        }
        let statistics = memory.statistics().unwrap();
        assert_eq!((statistics.entries, statistics.weight), (0, 0));
    });
}

#[test]
fn a_write_over_an_expired_entry_is_not_swept_away() {
    explore(|| {
        let (memory, mock) = open(Bound::Entries(8));
        let short = SetOptions::new().ttl(Duration::from_millis(1));
        let _stored = now(memory.set(key("k"), "old".into(), short)).unwrap();
        let writer = {
            let memory = Arc::clone(&memory);
            thread::spawn(move || now(memory.set(key("k"), "new".into(), SetOptions::new())))
        };
        mock.advance(Duration::from_secs(1));
        assert_ne!(now(memory.get(key("k"))).unwrap().as_deref(), Some(&b"old"[..]));
        writer.join().unwrap().unwrap();
        assert_eq!(now(memory.get(key("k"))).unwrap().unwrap(), "new");
        assert_eq!(memory.statistics().unwrap().entries, 1);
    });
}

#[test]
fn expired_entries_are_reclaimed_whenever_they_came() {
    explore(|| {
        let (memory, mock) = open(Bound::Entries(8));
        let part = |name: &'static str| -> Box<dyn FnOnce() + Send> {
            let (memory, mock) = (Arc::clone(&memory), mock.clone());
            Box::new(move || {
                let short = SetOptions::new().ttl(Duration::from_millis(1));
                let _stored = now(memory.set(key(name), "v".into(), short)).unwrap();
                mock.advance(Duration::from_secs(1));
            })
        };
        together(["a", "b"].map(part).into());
        while memory.statistics().unwrap().entries > 0 {
            thread::yield_now();
        }
    });
}

#[test]
fn one_of_several_takers_gets_the_lock() {
    explore(|| {
        let (memory, _mock) = open(Bound::Entries(8));
        let part = |number: u8| -> Box<dyn FnOnce() -> bool + Send> {
            let memory = Arc::clone(&memory);
            Box::new(move || {
                let name = LockName::new("job").unwrap();
                let token = Token::from_bytes([number; 16]);
                let request = LockRequest::new(name, token, Duration::from_secs(1));
                matches!(now(memory.acquire(request)).unwrap(), Acquired::Granted { .. })
            })
        };
        let granted = together((0..3).map(part).collect());
        assert_eq!(granted.into_iter().filter(|granted| *granted).count(), 1);
    });
}

fn next_if_there(events: &mut cache_core::Subscription) -> Option<Event> {
    use std::task::{Context, Poll, Waker};
    let next = std::pin::pin!(events.next());
    match Future::poll(next, &mut Context::from_waker(Waker::noop())) {
        Poll::Ready(event) => event,
        Poll::Pending => None,
    }
}
