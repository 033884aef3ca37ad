//! What is often written by hand: a list of what was used last, under one mutex.

use std::hint::black_box;
use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use lru::LruCache;

use super::Contender;
use crate::Result;

pub(super) struct Lru(Mutex<LruCache<Box<str>, Bytes>>);

impl Lru {
    pub(super) fn open(capacity: usize) -> Result<Self> {
        let capacity = NonZeroUsize::new(capacity).ok_or("the capacity of the LRU is 0")?;
        Ok(Self(Mutex::new(LruCache::new(capacity))))
    }

    fn lock(&self) -> MutexGuard<'_, LruCache<Box<str>, Bytes>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Contender for Lru {
    #[inline]
    fn get(&self, key: &str) -> bool {
        black_box(self.lock().get(key).cloned()).is_some()
    }

    #[inline]
    fn set(&self, key: &str, value: Bytes) {
        // Outlives the lock, so that what was evicted is freed after it.
        let evicted = self.lock().push(key.into(), value);
        drop(black_box(evicted));
    }

    fn entries(&self) -> u64 {
        self.lock().len() as u64
    }
}
