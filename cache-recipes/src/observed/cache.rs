//! The calls of a cache.

use bytes::Bytes;
use cache_core::{
    CacheBackend, ClearScope, ClearStep, Cursor, Entry, Error, Key, Reply, SetItem, SetOptions,
    SetOutcome, Statistics, Ttl,
};

use super::call::Subject;
use super::findings::Findings;
use super::part::Part;
use crate::Operation;

#[deny(clippy::missing_trait_methods)]
impl CacheBackend for Part<dyn CacheBackend> {
    fn get(&self, key: Key<'_>) -> Reply<'_, Option<Bytes>> {
        self.see(Operation::Get, Subject::Key(key), Findings::of_one, |cache| cache.get(key))
    }

    fn set(&self, key: Key<'_>, value: Bytes, options: SetOptions) -> Reply<'_, SetOutcome> {
        self.see(Operation::Set, Subject::Key(key), Findings::none, |cache| {
            cache.set(key, value, options)
        })
    }

    fn delete(&self, key: Key<'_>) -> Reply<'_, bool> {
        self.see(Operation::Delete, Subject::Key(key), Findings::none, |cache| cache.delete(key))
    }

    fn contains(&self, key: Key<'_>) -> Reply<'_, bool> {
        self.see(Operation::Contains, Subject::Key(key), Findings::none, |cache| {
            cache.contains(key)
        })
    }

    fn entry(&self, key: Key<'_>) -> Reply<'_, Option<Entry>> {
        self.see(Operation::Entry, Subject::Key(key), Findings::of_one, |cache| cache.entry(key))
    }

    fn take(&self, key: Key<'_>) -> Reply<'_, Option<Bytes>> {
        self.see(Operation::Take, Subject::Key(key), Findings::of_one, |cache| cache.take(key))
    }

    fn ttl(&self, key: Key<'_>) -> Reply<'_, Option<Ttl>> {
        self.see(Operation::Ttl, Subject::Key(key), Findings::none, |cache| cache.ttl(key))
    }

    fn touch(&self, key: Key<'_>, ttl: Ttl) -> Reply<'_, bool> {
        self.see(Operation::Touch, Subject::Key(key), Findings::none, |cache| cache.touch(key, ttl))
    }

    fn increment(&self, key: Key<'_>, delta: i64, ttl: Ttl) -> Reply<'_, i64> {
        self.see(Operation::Increment, Subject::Key(key), Findings::none, |cache| {
            cache.increment(key, delta, ttl)
        })
    }

    fn get_many(&self, keys: &[Key<'_>]) -> Reply<'_, Vec<Result<Option<Bytes>, Error>>> {
        self.see(
            Operation::GetMany,
            Subject::Keys(keys.len()),
            |answers| Findings::of_reads(answers),
            |cache| cache.get_many(keys),
        )
    }

    fn set_many(&self, items: Vec<SetItem<'_>>) -> Reply<'_, Vec<Result<SetOutcome, Error>>> {
        self.see(
            Operation::SetMany,
            Subject::Keys(items.len()),
            |answers| Findings::of_batch(answers),
            |cache| cache.set_many(items),
        )
    }

    fn delete_many(&self, keys: &[Key<'_>]) -> Reply<'_, Vec<Result<bool, Error>>> {
        self.see(
            Operation::DeleteMany,
            Subject::Keys(keys.len()),
            |answers| Findings::of_batch(answers),
            |cache| cache.delete_many(keys),
        )
    }

    fn clear(&self, scope: ClearScope<'_>, cursor: Cursor) -> Reply<'_, ClearStep> {
        self.see(Operation::Clear, scope.into(), Findings::none, |cache| cache.clear(scope, cursor))
    }

    fn statistics(&self) -> Result<Statistics, Error> {
        self.inner().statistics()
    }
}
