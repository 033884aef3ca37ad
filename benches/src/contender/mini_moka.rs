//! mini-moka's synchronous cache: W-TinyLFU, smaller than moka.

use std::hint::black_box;
use std::time::Duration;

use bytes::Bytes;
use mini_moka::sync::{Cache, ConcurrentCacheExt};

use super::{Contender, Expiring};

pub(super) struct MiniMoka(Cache<Box<str>, Bytes>);

impl MiniMoka {
    pub(super) fn open(capacity: usize, lifetime: Option<Duration>) -> Self {
        let builder = Cache::builder().max_capacity(capacity as u64);
        Self(match lifetime {
            Some(lifetime) => builder.time_to_live(lifetime).build(),
            None => builder.build(),
        })
    }
}

impl Contender for MiniMoka {
    #[inline]
    fn get(&self, key: &str) -> bool {
        // It looks up by a reference to the key's own type alone, so a text has to become one.
        black_box(self.0.get(&Box::<str>::from(key))).is_some()
    }

    #[inline]
    fn set(&self, key: &str, value: Bytes) {
        self.0.insert(key.into(), value);
    }

    fn entries(&self) -> u64 {
        self.0.entry_count()
    }

    fn settle(&self) {
        self.0.sync();
    }
}

impl Expiring for MiniMoka {
    fn set_for(&self, key: &str, value: Bytes, _lifetime: Option<Duration>) {
        self.set(key, value);
    }
}
