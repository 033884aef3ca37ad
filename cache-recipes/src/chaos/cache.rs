//! Faults of a cache.

use bytes::Bytes;
use cache_core::{
    CacheBackend, ClearScope, ClearStep, Cursor, Entry, Error, Key, Reply, SetItem, SetOptions,
    SetOutcome, Statistics, Ttl,
};

use super::part::Part;
use crate::Operation;

#[deny(clippy::missing_trait_methods)]
impl CacheBackend for Part<dyn CacheBackend> {
    fn get(&self, key: Key<'_>) -> Reply<'_, Option<Bytes>> {
        self.run(Operation::Get, |cache| cache.get(key))
    }

    fn set(&self, key: Key<'_>, value: Bytes, options: SetOptions) -> Reply<'_, SetOutcome> {
        self.run(Operation::Set, |cache| cache.set(key, value, options))
    }

    fn delete(&self, key: Key<'_>) -> Reply<'_, bool> {
        self.run(Operation::Delete, |cache| cache.delete(key))
    }

    fn contains(&self, key: Key<'_>) -> Reply<'_, bool> {
        self.run(Operation::Contains, |cache| cache.contains(key))
    }

    fn entry(&self, key: Key<'_>) -> Reply<'_, Option<Entry>> {
        self.run(Operation::Entry, |cache| cache.entry(key))
    }

    fn take(&self, key: Key<'_>) -> Reply<'_, Option<Bytes>> {
        self.run(Operation::Take, |cache| cache.take(key))
    }

    fn ttl(&self, key: Key<'_>) -> Reply<'_, Option<Ttl>> {
        self.run(Operation::Ttl, |cache| cache.ttl(key))
    }

    fn touch(&self, key: Key<'_>, ttl: Ttl) -> Reply<'_, bool> {
        self.run(Operation::Touch, |cache| cache.touch(key, ttl))
    }

    fn increment(&self, key: Key<'_>, delta: i64, ttl: Ttl) -> Reply<'_, i64> {
        self.run(Operation::Increment, |cache| cache.increment(key, delta, ttl))
    }

    fn get_many(&self, keys: &[Key<'_>]) -> Reply<'_, Vec<Result<Option<Bytes>, Error>>> {
        self.run_batch(Operation::GetMany, keys.to_vec(), |cache, keys| cache.get_many(&keys))
    }

    fn set_many(&self, items: Vec<SetItem<'_>>) -> Reply<'_, Vec<Result<SetOutcome, Error>>> {
        self.run_batch(Operation::SetMany, items, |cache, items| cache.set_many(items))
    }

    fn delete_many(&self, keys: &[Key<'_>]) -> Reply<'_, Vec<Result<bool, Error>>> {
        self.run_batch(Operation::DeleteMany, keys.to_vec(), |cache, keys| cache.delete_many(&keys))
    }

    fn clear(&self, scope: ClearScope<'_>, cursor: Cursor) -> Reply<'_, ClearStep> {
        self.run(Operation::Clear, |cache| cache.clear(scope, cursor))
    }

    fn statistics(&self) -> Result<Statistics, Error> {
        self.inner().statistics()
    }
}
