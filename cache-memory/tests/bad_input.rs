//! What is refused, and how.
#![expect(clippy::unwrap_used, reason = "a test that meets an error fails")]

use std::num::NonZeroU32;
use std::time::Duration;

use bytes::Bytes;
use cache_core::{
    Acquired, CacheBackend, Condition, Effect, Error, ErrorKind, Key, Lifecycle, LockBackend,
    LockName, LockRequest, MAX_VALUE_BYTES, RESERVED_MARKER, Reply, Scope, SetItem, SetOptions,
    Token, Ttl, Watch,
};
use cache_memory::{Bound, Memory, Options};

fn open(bound: Bound) -> Memory {
    Memory::open(Options::new().bound(bound)).unwrap()
}

fn now<T>(reply: Reply<'_, T>) -> Result<T, Error> {
    reply.try_ready().expect("memory is never pending")
}

fn key(key: &str) -> Key<'_> {
    Key::new(key).unwrap()
}

#[track_caller]
fn assert_refused<T: std::fmt::Debug>(answer: Result<T, Error>, kind: ErrorKind, says: &str) {
    let error = answer.unwrap_err();
    assert_eq!((error.kind(), error.effect()), (kind, Effect::NotApplied), "{error}");
    assert!(error.to_string().contains(says), "{error}");
}

#[test]
fn empty_key_is_refused() {
    assert_refused(Key::new(""), ErrorKind::InvalidInput, "the key is empty");
}

#[test]
fn oversized_key_is_refused() {
    let long = "k".repeat(Key::MAX_BYTES + 1);
    assert_refused(Key::new(&long), ErrorKind::InvalidInput, "give at most 65536");
}

#[test]
fn key_under_the_reserved_prefix_is_refused() {
    assert_refused(Key::new("__cache__:lock"), ErrorKind::InvalidInput, "choose another prefix");
}

#[test]
fn oversized_value_is_refused() {
    let memory = open(Bound::Weight(u64::MAX));
    let value = Bytes::from(vec![0; MAX_VALUE_BYTES + 1]);
    let answer = now(memory.set(key("k"), value, SetOptions::new()));
    assert_refused(answer, ErrorKind::InvalidInput, "set on memory, key \"k\"");
    assert_eq!(now(memory.get(key("k"))).unwrap(), None);
}

#[test]
fn value_that_begins_with_the_reserved_marker_is_refused() {
    let memory = open(Bound::Entries(8));
    let value = Bytes::from_static(RESERVED_MARKER);
    let answer = now(memory.set(key("k"), value, SetOptions::new()));
    assert_refused(answer, ErrorKind::InvalidInput, "put any byte in front");
}

#[test]
fn lifetime_of_zero_is_refused_by_every_method_that_takes_one() {
    let memory = open(Bound::Entries(8));
    let zero = Ttl::After(Duration::ZERO);
    let options = SetOptions::new().ttl(zero);
    let says = "the TTL is zero";
    let invalid = ErrorKind::InvalidInput;
    assert_refused(now(memory.set(key("k"), "v".into(), options.clone())), invalid, says);
    assert_refused(now(memory.touch(key("k"), zero)), invalid, says);
    assert_refused(now(memory.increment(key("k"), 1, zero)), invalid, says);
    let item = SetItem::new(key("k"), "v".into(), options);
    let answers = now(memory.set_many(vec![item])).unwrap();
    assert_refused(answers.into_iter().next().unwrap(), invalid, says);
    assert!(!now(memory.contains(key("k"))).unwrap());
}

#[test]
fn increment_of_what_is_no_number_is_refused() {
    let memory = open(Bound::Entries(8));
    let _stored = now(memory.set(key("k"), "seven".into(), SetOptions::new())).unwrap();
    let answer = now(memory.increment(key("k"), 1, Ttl::Never));
    assert_refused(answer, ErrorKind::WrongType, "no whole number");
    assert_eq!(now(memory.get(key("k"))).unwrap().unwrap(), "seven");
}

#[test]
fn increment_past_the_largest_number_is_refused() {
    let memory = open(Bound::Entries(8));
    assert_eq!(now(memory.increment(key("k"), i64::MAX, Ttl::Never)).unwrap(), i64::MAX);
    let answer = now(memory.increment(key("k"), 1, Ttl::Never));
    assert_refused(answer, ErrorKind::InvalidInput, "outside i64");
    assert_eq!(now(memory.increment(key("k"), 0, Ttl::Never)).unwrap(), i64::MAX);
}

#[test]
fn entry_heavier_than_the_capacity_is_refused_and_what_is_there_stays() {
    let memory = open(Bound::Weight(1_000));
    let _stored = now(memory.set(key("k"), "small".into(), SetOptions::new())).unwrap();
    let heavy = Bytes::from(vec![0; 1_000 - Options::ENTRY_OVERHEAD as usize]);
    let answer = now(memory.set(key("k"), heavy.clone(), SetOptions::new()));
    assert_refused(answer, ErrorKind::InvalidInput, "weighs 1001 and the whole cache holds 1000");
    assert_eq!(now(memory.get(key("k"))).unwrap().unwrap(), "small");
    let fits = heavy.slice(1..);
    assert!(now(memory.set(key("k"), fits, SetOptions::new())).unwrap().is_stored());
}

#[test]
fn increment_that_outgrows_the_capacity_is_refused() {
    let weigher = |_: &str, value: &[u8]| value.len() as u64;
    let memory = Memory::open(Options::new().bound(Bound::Weight(2)).weigher(weigher)).unwrap();
    assert_eq!(now(memory.increment(key("k"), 99, Ttl::Never)).unwrap(), 99);
    let answer = now(memory.increment(key("k"), 1, Ttl::Never));
    assert_refused(answer, ErrorKind::InvalidInput, "weighs 3");
    assert_eq!(now(memory.get(key("k"))).unwrap().unwrap(), "99");
}

#[test]
fn capacity_of_zero_is_refused() {
    for bound in [Bound::Entries(0), Bound::Weight(0)] {
        let answer = Memory::open(Options::new().bound(bound));
        assert_refused(answer, ErrorKind::Config, "the capacity is 0");
    }
}

#[test]
fn empty_prefix_is_refused() {
    use cache_core::{ClearScope, Cursor};
    let memory = open(Bound::Entries(8));
    let answer = now(memory.clear(ClearScope::Prefix(""), Cursor::START));
    assert_refused(answer, ErrorKind::InvalidInput, "the prefix is empty");
}

#[test]
fn foreign_cursor_is_refused() {
    use cache_core::{ClearScope, Cursor};
    let memory = open(Bound::Entries(8));
    let cursor = Cursor::from_bytes("17".into());
    let answer = now(memory.clear(ClearScope::All, cursor));
    assert_refused(answer, ErrorKind::InvalidInput, "of another backend");
}

#[test]
fn replicas_that_memory_does_not_have_are_refused() {
    let memory = open(Bound::Entries(8));
    let token = Token::from_bytes([1; 16]);
    let name = LockName::new("job").unwrap();
    let request = LockRequest::new(name, token, Duration::from_secs(1));
    let replicas = NonZeroU32::MIN.get();
    let answer = now(memory.acquire(request.replicas(replicas)));
    assert_refused(answer, ErrorKind::NotReplicated, "memory has none");
    assert!(matches!(now(memory.acquire(request)).unwrap(), Acquired::Granted { .. }));
}

#[test]
fn calls_after_stop_are_refused_and_stop_twice_is_not() {
    let memory = open(Bound::Entries(8));
    let _stored = now(memory.set(key("k"), "v".into(), SetOptions::new())).unwrap();
    now(memory.stop()).unwrap();
    now(memory.stop()).unwrap();
    let stopped = ErrorKind::Stopped;
    assert_refused(now(memory.get(key("k"))), stopped, "get on memory, key \"k\": stopped");
    let absent = SetOptions::new().condition(Condition::IfAbsent);
    assert_refused(now(memory.set(key("k"), "v".into(), absent)), stopped, "open a new one");
    assert_refused(now(memory.get_many(&[key("k")])), stopped, "get_many on memory");
    assert_refused(now(memory.increment(key("k"), 1, Ttl::Never)), stopped, "increment");
    assert_refused(now(memory.watch(Scope::Key(key("k")))), stopped, "watch on memory");
    let name = LockName::new("job").unwrap();
    assert_refused(now(memory.inspect(name)), stopped, "inspect on memory, key \"job\"");
    assert_eq!(memory.statistics().unwrap().entries, 0);
}
