//! What the model holds, and the steps on it.

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroU64;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use cache_core::{Fence, Statistics, Token, Ttl, Version};

/// How many states there have been.
static LIVES: AtomicU64 = AtomicU64::new(0);

/// Everything the model knows.
pub(super) struct State {
    pub(super) entries: BTreeMap<String, Stored>,
    pub(super) locks: HashMap<String, Lease>,
    /// The last fence of each name; never removed, so that fences only rise.
    pub(super) fences: HashMap<String, Fence>,
    pub(super) counted: Statistics,
    pub(super) capacity: Option<u64>,
    pub(super) stopped: bool,
    /// What this step has changed, to be told when it is over.
    pub(super) changes: Vec<Change>,
    /// No entry and no lease ends before this instant.
    nothing_ends_before: Duration,
    /// Its upper half is the life of this state: a version of an earlier one is never met again.
    last_version: u128,
}

/// An entry.
pub(super) struct Stored {
    pub(super) value: Bytes,
    pub(super) version: Version,
    /// When it ends; `None` for never.
    pub(super) ends: Option<Duration>,
}

/// A lock that is held.
pub(super) struct Lease {
    pub(super) token: Token,
    pub(super) holder: Box<str>,
    pub(super) fence: Fence,
    pub(super) ends: Duration,
}

/// What was changed.
pub(super) enum Change {
    Entry(String),
    Lock(String),
}

impl State {
    /// Nothing yet, in room for so many entries.
    pub(super) fn new(capacity: Option<u64>) -> Self {
        let life = LIVES.fetch_add(1, Ordering::Relaxed);
        Self {
            entries: BTreeMap::new(),
            locks: HashMap::new(),
            fences: HashMap::new(),
            counted: Statistics::default(),
            capacity,
            stopped: false,
            changes: Vec::new(),
            nothing_ends_before: Duration::ZERO,
            last_version: u128::from(life) << 64,
        }
    }

    /// Removes what has ended. It ends at the instant itself.
    pub(super) fn remove_expired(&mut self, now: Duration) {
        if now < self.nothing_ends_before {
            return;
        }
        let before = self.entries.len();
        self.entries.retain(|_, entry| entry.ends.is_none_or(|ends| now < ends));
        self.counted.removals.expired += (before - self.entries.len()) as u64;
        self.locks.retain(|_, lease| now < lease.ends);
        let entries = self.entries.values().filter_map(|entry| entry.ends);
        let leases = self.locks.values().map(|lease| lease.ends);
        self.nothing_ends_before = entries.chain(leases).min().unwrap_or(Duration::MAX);
    }

    /// Notes that something ends.
    pub(super) fn will_end(&mut self, ends: Duration) {
        self.nothing_ends_before = self.nothing_ends_before.min(ends);
    }

    /// Stores a value that was checked; over another, or in new room.
    pub(super) fn store(&mut self, key: &str, value: Bytes, ends: Option<Duration>) {
        if self.entries.contains_key(key) {
            self.counted.removals.replaced += 1;
        } else {
            self.make_room();
        }
        self.counted.inserts += 1;
        self.last_version += 1;
        if let Some(ends) = ends {
            self.will_end(ends);
        }
        let version = Version::from_u128(self.last_version);
        self.entries.insert(key.to_owned(), Stored { value, version, ends });
        self.changes.push(Change::Entry(key.to_owned()));
    }

    /// Removes an entry by request.
    pub(super) fn remove(&mut self, key: &str) -> Option<Stored> {
        let removed = self.entries.remove(key)?;
        self.changes.push(Change::Entry(key.to_owned()));
        Some(removed)
    }

    /// Reads an entry, and counts the reading.
    pub(super) fn read(&mut self, key: &str) -> Option<&Stored> {
        let found = self.entries.get(key);
        match found {
            Some(_) => self.counted.hits += 1,
            None => self.counted.misses += 1,
        }
        found
    }

    /// Evicts what was written first while there is no room for one more.
    fn make_room(&mut self) {
        let Some(capacity) = self.capacity else { return };
        while self.entries.len() as u64 >= capacity {
            let oldest = self.entries.iter().min_by_key(|(_, entry)| entry.version.to_u128());
            let Some(oldest) = oldest.map(|(key, _)| key.clone()) else { return };
            self.remove(&oldest);
            self.counted.removals.capacity += 1;
        }
    }
}

/// When a lifetime ends that begins now.
pub(super) fn end(now: Duration, millis: Option<NonZeroU64>) -> Option<Duration> {
    millis.map(|millis| now + Duration::from_millis(millis.get()))
}

/// What is left until then.
pub(super) fn left(now: Duration, ends: Option<Duration>) -> Ttl {
    ends.map_or(Ttl::Never, |ends| Ttl::After(ends - now))
}
