//! foyer's in-memory cache.

use std::hint::black_box;

use bytes::Bytes;
use foyer_memory::{Cache, CacheBuilder, CacheProperties, EvictionConfig, LfuConfig, S3FifoConfig};

use super::Contender;

/// Each of its 8 shards has room for its part of the capacity alone; few entries are one shard.
const LEAST_SHARD: usize = 1024;

pub(super) struct Foyer(Cache<Box<str>, Bytes>);

impl Foyer {
    pub(super) fn s3_fifo(capacity: usize) -> Self {
        Self::open(capacity, S3FifoConfig::default().into())
    }

    pub(super) fn lfu(capacity: usize) -> Self {
        Self::open(capacity, LfuConfig::default().into())
    }

    fn open(capacity: usize, policy: EvictionConfig) -> Self {
        let shards = (capacity / LEAST_SHARD).clamp(1, 8);
        let builder = CacheBuilder::new(capacity).with_shards(shards);
        Self(builder.with_eviction_config(policy).build::<CacheProperties>())
    }
}

impl Contender for Foyer {
    #[inline]
    fn get(&self, key: &str) -> bool {
        black_box(self.0.get(key).map(|entry| entry.value().clone())).is_some()
    }

    #[inline]
    fn set(&self, key: &str, value: Bytes) {
        black_box(self.0.insert(key.into(), value));
    }

    fn entries(&self) -> u64 {
        self.0.entries() as u64
    }
}
