//! Random operations on both drivers and in memory answer the same: value for value, error for error.

use std::collections::VecDeque;
use std::fmt::Debug;
use std::time::Duration;

use bytes::Bytes;
use cache_facade::cache_core::{RESERVED_MARKER, RESERVED_PREFIX};
use cache_facade::{Cache, Condition, Entry, Error, SetOutcome, Settings, Ttl};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};

use crate::support::{TYPES, open, told};

const SEEDS: [u64; 3] = [1, 7, 42];
const OPERATIONS: usize = 700;
/// How many operations a failure shows.
const SHOWN: usize = 10;
/// No entry ends by itself meanwhile: each side would end it at an instant of its own.
const LONG: Duration = Duration::from_secs(24 * 60 * 60);

/// Few keys, so that operations meet; some with characters that are special to somebody, the last
/// two refused.
const KEYS: &[&str] =
    &["a", "ab", "a:b", "a*", "[a-b]?", "{a}b", "é\r\n\0", "", concat!("__cache__:", "x")];
/// The prefixes of clears; an empty one is refused.
const PREFIXES: &[&str] = &["a", "a*", "[a-b]", "{", "a:", "nothing", ""];

#[derive(Debug, Clone)]
enum Operation {
    Get(&'static str),
    GetMany(Vec<&'static str>),
    Contains(&'static str),
    Entry(&'static str),
    Ttl(&'static str),
    Set(&'static str, Bytes),
    SetWith(&'static str, Bytes, Ttl, Condition),
    SetIfVersionSeen(&'static str, Bytes),
    SetMany(Vec<(&'static str, Bytes)>),
    Add(&'static str, Bytes),
    Replace(&'static str, Bytes),
    Delete(&'static str),
    DeleteMany(Vec<&'static str>),
    Take(&'static str),
    Touch(&'static str, Ttl),
    Increment(&'static str, i64),
    ClearPrefix(&'static str),
    ClearNamespace,
}

fn key(random: &mut StdRng) -> &'static str {
    KEYS.choose(random).unwrap()
}

fn keys(random: &mut StdRng) -> Vec<&'static str> {
    let length = random.random_range(0..6);
    (0..length).map(|_| key(random)).collect()
}

fn value(random: &mut StdRng) -> Bytes {
    match random.random_range(0..10) {
        0 => Bytes::new(),
        1 => Bytes::from_static(&[0, 255, 13, 10]),
        2 => Bytes::from(i64::MAX.to_string()),
        3 => Bytes::from("-7"),
        4 => Bytes::from("+7"),
        5 => Bytes::from(RESERVED_MARKER),
        6 => Bytes::from(vec![b'x'; 700]),
        other => Bytes::from(other.to_string()),
    }
}

fn ttl(random: &mut StdRng) -> Ttl {
    match random.random_range(0..6) {
        0 => Ttl::After(Duration::ZERO),
        1 => Ttl::After(Duration::MAX),
        2 => Ttl::Never,
        _ => Ttl::After(LONG),
    }
}

fn condition(random: &mut StdRng) -> Condition {
    match random.random_range(0..4) {
        0 => Condition::IfAbsent,
        1 => Condition::IfPresent,
        2 => Condition::IfEquals(value(random)),
        _ => Condition::Always,
    }
}

fn operation(random: &mut StdRng) -> Operation {
    use Operation as O;

    match random.random_range(0..40) {
        0..=3 => O::Get(key(random)),
        4 | 5 => O::GetMany(keys(random)),
        6 | 7 => O::Contains(key(random)),
        8 | 9 => O::Entry(key(random)),
        10 | 11 => O::Ttl(key(random)),
        12..=15 => O::Set(key(random), value(random)),
        16..=20 => O::SetWith(key(random), value(random), ttl(random), condition(random)),
        21 | 22 => O::SetIfVersionSeen(key(random), value(random)),
        23 | 24 => O::SetMany(keys(random).into_iter().map(|key| (key, value(random))).collect()),
        25 => O::Add(key(random), value(random)),
        26 => O::Replace(key(random), value(random)),
        27 | 28 => O::Delete(key(random)),
        29 => O::DeleteMany(keys(random)),
        30 | 31 => O::Take(key(random)),
        32 | 33 => O::Touch(key(random), ttl(random)),
        34..=37 => {
            let delta = *[1, -1, 0, i64::MAX, i64::MIN].choose(random).unwrap();
            O::Increment(key(random), delta)
        }
        38 => O::ClearPrefix(PREFIXES.choose(random).unwrap()),
        _ => O::ClearNamespace,
    }
}

/// What is left of a lifetime, as far as all sides must agree.
fn coarse(ttl: Ttl) -> String {
    match ttl {
        Ttl::Never => "for ever".to_owned(),
        Ttl::After(left) => format!("{} days", left.as_secs().div_ceil(LONG.as_secs())),
    }
}

fn entry(entry: &Entry) -> String {
    format!("{:?} {}", entry.value, coarse(entry.ttl))
}

fn stored(outcome: SetOutcome) -> bool {
    outcome.is_stored()
}

/// Values as they are, errors with everything but the backend's name.
fn shown<T>(answer: Result<T, Error>, show: impl Fn(T) -> String) -> String {
    answer.map_or_else(|error| told(&error), show)
}

fn plain<T: Debug>(answer: Result<T, Error>) -> String {
    shown(answer, |value| format!("{value:?}"))
}

fn each<T: Debug>(answers: Result<Vec<Result<T, Error>>, Error>) -> String {
    shown(answers, |answers| answers.into_iter().map(plain).collect::<Vec<_>>().join(" | "))
}

/// A cache that is asked.
struct Side {
    cache: Cache,
}

impl Side {
    async fn apply(&self, operation: Operation) -> String {
        use Operation as O;

        let cache = &self.cache;
        match operation {
            O::Get(key) => plain(cache.get(key).await),
            O::GetMany(keys) => each(cache.get_many(keys).await),
            O::Contains(key) => plain(cache.contains(key).await),
            O::Entry(key) => {
                shown(cache.entry(key).await, |found| format!("{:?}", found.as_ref().map(entry)))
            }
            O::Ttl(key) => shown(cache.ttl(key).await, |ttl| format!("{:?}", ttl.map(coarse))),
            O::Set(key, value) => plain(cache.set(key, value).await),
            O::SetWith(key, value, ttl, condition) => {
                let options = cache_facade::WriteOptions::new().ttl(ttl).condition(condition);
                plain(cache.set_with(key, value, options).await.map(stored))
            }
            O::SetIfVersionSeen(key, value) => self.set_if_version_seen(key, value).await,
            O::SetMany(items) => each(cache.set_many(items).await),
            O::Add(key, value) => plain(cache.add(key, value).await),
            O::Replace(key, value) => plain(cache.replace(key, value).await),
            O::Delete(key) => plain(cache.delete(key).await),
            O::DeleteMany(keys) => each(cache.delete_many(keys).await),
            O::Take(key) => plain(cache.take(key).await),
            O::Touch(key, ttl) => plain(cache.touch(key, ttl).await),
            O::Increment(key, delta) => plain(cache.increment(key, delta).await),
            O::ClearPrefix(prefix) => plain(cache.clear_prefix(prefix).await),
            O::ClearNamespace => plain(cache.clear_namespace().await),
        }
    }

    /// Writes by the version that is there, and by the same one again. Whether the same value that was
    /// written again is another version, backends may decide.
    async fn set_if_version_seen(&self, key: &'static str, value: Bytes) -> String {
        let seen = self.cache.entry(key).await;
        let Ok(Some(seen)) = seen else { return plain(seen.map(|_none| ())) };
        let unchanged = || Condition::IfVersion(seen.version);
        let written = self.cache.set_with(key, value.clone(), unchanged()).await;
        let told = plain(written.map(stored));
        if value == seen.value {
            return told;
        }
        let again = self.cache.set_with(key, value, unchanged()).await;
        told + &plain(again.map(stored))
    }
}

/// A text of an error is the drivers' in common; memory tells of itself in its own words.
fn without_texts(told: &str) -> String {
    let parts = told.split(" | ").map(|part| match part.split_once(": ") {
        Some((beginning, _)) if beginning.contains("NotApplied") => beginning,
        _ => part,
    });
    parts.collect::<Vec<_>>().join(" | ")
}

async fn sides(server: &redis_fixture::Endpoint) -> Vec<Side> {
    let mut caches = vec![cache_facade::open(Settings::new()).await.unwrap()];
    for kind in TYPES {
        caches.push(open(kind, server.database_url(server.next_database())).await);
    }
    let side = |cache: Cache| Side { cache: cache.namespace("alike").unwrap() };
    caches.into_iter().map(side).collect()
}

#[tokio::test]
async fn random_operations_answer_alike_on_both_drivers_and_in_memory() {
    let server = redis_fixture::lease().await;
    for seed in SEEDS {
        let mut random = StdRng::seed_from_u64(seed);
        let sides = sides(&server).await;
        let mut last = VecDeque::new();
        for number in 0..OPERATIONS {
            let operation = operation(&mut random);
            last.push_back(operation.clone());
            if last.len() > SHOWN {
                last.pop_front();
            }
            let mut answers = Vec::new();
            for side in &sides {
                answers.push(side.apply(operation.clone()).await);
            }
            let [memory, redis, fred] = &answers[..] else { unreachable!("three sides") };
            assert_eq!(redis, fred, "seed {seed}, operation {number}: {last:#?}");
            assert_eq!(
                without_texts(redis),
                without_texts(memory),
                "seed {seed}, operation {number}: {last:#?}"
            );
        }
    }
}

#[test]
fn refused_keys_are_those_of_the_reserved_prefix() {
    assert!(KEYS.last().unwrap().starts_with(RESERVED_PREFIX));
}
