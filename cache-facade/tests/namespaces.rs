//! Namespaces are injective: two different pairs of path and key never make the same full key.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use cache_facade::cache_core::{Key, Lifecycle, Reply, SetOptions};
use cache_facade::{Backend, Cache, CacheBackend, Capabilities, SetOutcome};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};

const PAIRS: usize = 10_000_000;

/// Everything that an encoding could trip over.
const PIECES: [&str; 9] = ["a", ":", "/", "%", "{", "}", "%2F", "%3A", "%25"];

/// What the handle asks the backend for.
#[derive(Default)]
struct LastKey(Mutex<String>);

impl Lifecycle for LastKey {
    fn name(&self) -> &str {
        "last-key"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::none()
    }

    fn stop(&self) -> Reply<'_, ()> {
        Reply::ok(())
    }
}

impl CacheBackend for LastKey {
    fn get(&self, key: Key<'_>) -> Reply<'_, Option<Bytes>> {
        let mut last = self.0.lock().unwrap();
        last.clear();
        last.push_str(key.as_str());
        Reply::ok(None)
    }

    fn set(&self, _: Key<'_>, _: Bytes, _: SetOptions) -> Reply<'_, SetOutcome> {
        unreachable!("the test only reads")
    }

    fn delete(&self, _: Key<'_>) -> Reply<'_, bool> {
        unreachable!("the test only reads")
    }
}

type PathAndKey = (Vec<String>, String);

fn random_text(random: &mut StdRng) -> Vec<&'static str> {
    let length = random.random_range(2..=6);
    (0..length).filter_map(|_| PIECES.choose(random).copied()).collect()
}

/// One of the ways in which a text can be read as a path and a key: a separator parts two of
/// them or belongs to one, and any place may be a border.
fn random_reading(text: &[&str], random: &mut StdRng) -> PathAndKey {
    let mut parts = vec![String::new()];
    for piece in text {
        if matches!(*piece, ":" | "/") && random.random() {
            parts.push(String::new());
        } else {
            parts.last_mut().unwrap().push_str(piece);
        }
        if random.random_ratio(1, 8) {
            parts.push(String::new());
        }
    }
    parts.retain(|part| !part.is_empty());
    let key = parts.pop().unwrap_or_else(|| "a".to_owned());
    if parts.is_empty() {
        parts.push("a".to_owned());
    }
    (parts, key)
}

struct Probe {
    backend: Arc<LastKey>,
    root: Cache,
}

impl Probe {
    fn new() -> Self {
        let backend = Arc::new(LastKey::default());
        let root = Cache::from_backend(Backend::new(Arc::clone(&backend) as _));
        Self { backend, root }
    }

    /// The key that the backend is asked for, into `full_key`.
    fn full_key(&self, (path, key): &PathAndKey, full_key: &mut String) {
        let root = self.root.clone();
        let cache = path.iter().fold(root, |cache, name| cache.namespace(name).unwrap());
        assert_eq!(pollster::block_on(cache.get(key)), Ok(None));
        std::mem::swap(full_key, &mut self.backend.0.lock().unwrap());
    }
}

/// How many pairs were the same, and how many were different readings of one text.
fn compare(pairs: usize, seed: u64) -> (usize, usize) {
    let (mut random, probe) = (StdRng::seed_from_u64(seed), Probe::new());
    let (mut first_key, mut second_key) = (String::new(), String::new());
    let (mut same, mut alike) = (0, 0);
    for _ in 0..pairs {
        let text = random_text(&mut random);
        let one_text = random.random_ratio(3, 4);
        let other_text = if one_text { text.clone() } else { random_text(&mut random) };
        let first = random_reading(&text, &mut random);
        let second = random_reading(&other_text, &mut random);
        probe.full_key(&first, &mut first_key);
        probe.full_key(&second, &mut second_key);
        assert_eq!(first == second, first_key == second_key, "{first:?} and {second:?}");
        same += usize::from(first == second);
        alike += usize::from(first != second && one_text);
    }
    (same, alike)
}

#[test]
fn equal_full_keys_mean_equal_paths_and_keys() {
    // A hundredth without optimisation: the full number takes five seconds with it.
    let pairs = if cfg!(debug_assertions) { PAIRS / 100 } else { PAIRS };
    let (first, second) = std::thread::scope(|scope| {
        let first = scope.spawn(|| compare(pairs / 2, 1));
        let second = scope.spawn(|| compare(pairs / 2, 2));
        (first.join().unwrap(), second.join().unwrap())
    });
    // Both outcomes were met often, so the comparison above could have failed either way.
    assert!(first.0 + second.0 > pairs / 20, "too few equal pairs: {first:?}, {second:?}");
    assert!(first.1 + second.1 > pairs / 4, "too few look-alikes: {first:?}, {second:?}");
}
