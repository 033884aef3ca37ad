//! The backend in the process, as a program holds it.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cache_core::{CacheBackend, Key, SetOptions};
use cache_memory::{Bound, Memory, Options};

use super::{Contender, Expiring};
use crate::Result;

/// Through the trait object, the check of the key included.
pub(super) struct Ours {
    cache: Arc<dyn CacheBackend>,
    options: SetOptions,
}

impl Ours {
    pub(super) fn open(capacity: usize, lifetime: Option<Duration>) -> Result<Self> {
        let bound = Bound::Entries(u64::try_from(capacity)?);
        let cache = Arc::new(Memory::open(Options::new().bound(bound))?);
        Ok(Self { cache, options: options(lifetime) })
    }

    fn set_with(&self, key: &str, value: Bytes, options: SetOptions) {
        let key = Key::new(key).expect("the benches make valid keys");
        let reply = self.cache.set(key, value, options).try_ready().expect(READY);
        black_box(reply.expect("an entry within the bound is stored"));
    }
}

const READY: &str = "the memory backend is never pending";

fn options(lifetime: Option<Duration>) -> SetOptions {
    lifetime.map_or_else(SetOptions::new, |lifetime| SetOptions::new().ttl(lifetime))
}

impl Contender for Ours {
    #[inline]
    fn get(&self, key: &str) -> bool {
        let Ok(key) = Key::new(key) else { return false };
        let reply = self.cache.get(key).try_ready().expect(READY);
        black_box(reply.expect("an open cache answers")).is_some()
    }

    #[inline]
    fn set(&self, key: &str, value: Bytes) {
        self.set_with(key, value, self.options.clone());
    }

    fn entries(&self) -> u64 {
        self.cache.statistics().expect("the memory backend counts").entries
    }
}

impl Expiring for Ours {
    fn set_for(&self, key: &str, value: Bytes, lifetime: Option<Duration>) {
        self.set_with(key, value, options(lifetime));
    }
}
