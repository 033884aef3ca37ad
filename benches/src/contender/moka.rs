//! moka's synchronous cache: W-TinyLFU.

use std::hint::black_box;
use std::time::{Duration, Instant};

use bytes::Bytes;
use moka::Expiry;
use moka::sync::Cache;

use super::{Contender, Expiring};

pub(super) struct Moka(Cache<Box<str>, Bytes>);

impl Moka {
    pub(super) fn open(capacity: usize, lifetime: Option<Duration>) -> Self {
        let builder = Cache::builder().max_capacity(capacity as u64);
        Self(match lifetime {
            Some(lifetime) => builder.time_to_live(lifetime).build(),
            None => builder.build(),
        })
    }
}

impl Contender for Moka {
    #[inline]
    fn get(&self, key: &str) -> bool {
        black_box(self.0.get(key)).is_some()
    }

    #[inline]
    fn set(&self, key: &str, value: Bytes) {
        self.0.insert(key.into(), value);
    }

    fn entries(&self) -> u64 {
        self.0.entry_count()
    }

    fn settle(&self) {
        self.0.run_pending_tasks();
    }
}

/// Does its maintenance after every write. Else it holds more than its capacity for a while.
pub(super) struct Maintained(Moka);

impl Maintained {
    pub(super) fn open(capacity: usize) -> Self {
        Self(Moka::open(capacity, None))
    }
}

impl Contender for Maintained {
    #[inline]
    fn get(&self, key: &str) -> bool {
        self.0.get(key)
    }

    #[inline]
    fn set(&self, key: &str, value: Bytes) {
        self.0.set(key, value);
        self.0.settle();
    }

    fn entries(&self) -> u64 {
        self.0.entries()
    }
}

/// Entries with lifetimes of their own, which moka reads from the value.
pub(super) struct Timed(Cache<Box<str>, (Option<Duration>, Bytes)>);

struct FromValue;

impl Expiry<Box<str>, (Option<Duration>, Bytes)> for FromValue {
    fn expire_after_create(
        &self,
        _key: &Box<str>,
        value: &(Option<Duration>, Bytes),
        _created_at: Instant,
    ) -> Option<Duration> {
        value.0
    }
}

impl Timed {
    pub(super) fn open(capacity: usize) -> Self {
        Self(Cache::builder().max_capacity(capacity as u64).expire_after(FromValue).build())
    }
}

impl Contender for Timed {
    #[inline]
    fn get(&self, key: &str) -> bool {
        black_box(self.0.get(key)).is_some()
    }

    fn set(&self, key: &str, value: Bytes) {
        self.set_for(key, value, None);
    }

    fn entries(&self) -> u64 {
        self.0.entry_count()
    }

    fn settle(&self) {
        self.0.run_pending_tasks();
    }
}

impl Expiring for Timed {
    fn set_for(&self, key: &str, value: Bytes, lifetime: Option<Duration>) {
        self.0.insert(key.into(), (lifetime, value));
    }
}
