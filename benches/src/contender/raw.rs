//! The map that ours stands on, with nothing around it: what the rest costs shows beside it.

use std::hash::{BuildHasher, RandomState};
use std::hint::black_box;

use bytes::Bytes;
use dashmap::DashMap;

use super::Contender;

pub(super) struct Raw<S>(DashMap<Box<str>, Bytes, S>);

impl Raw<foldhash::quality::RandomState> {
    pub(super) fn seeded() -> Self {
        Self(DashMap::with_hasher(foldhash::quality::RandomState::default()))
    }
}

impl Raw<RandomState> {
    pub(super) fn sip_hash() -> Self {
        Self(DashMap::with_hasher(RandomState::new()))
    }
}

impl<S: BuildHasher + Clone + Send + Sync> Contender for Raw<S> {
    #[inline]
    fn get(&self, key: &str) -> bool {
        black_box(self.0.get(key).map(|value| value.clone())).is_some()
    }

    #[inline]
    fn set(&self, key: &str, value: Bytes) {
        black_box(self.0.insert(key.into(), value));
    }

    fn entries(&self) -> u64 {
        self.0.len() as u64
    }
}
