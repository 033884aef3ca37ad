//! quick_cache's synchronous cache: a CLOCK with a probation queue and ghosts.

use std::hint::black_box;

use bytes::Bytes;
use quick_cache::sync::Cache;

use super::Contender;

pub(super) struct QuickCache(Cache<Box<str>, Bytes>);

impl QuickCache {
    pub(super) fn open(capacity: usize) -> Self {
        Self(Cache::new(capacity))
    }
}

impl Contender for QuickCache {
    #[inline]
    fn get(&self, key: &str) -> bool {
        black_box(self.0.get(key)).is_some()
    }

    #[inline]
    fn set(&self, key: &str, value: Bytes) {
        self.0.insert(key.into(), value);
    }

    fn entries(&self) -> u64 {
        self.0.len() as u64
    }
}
