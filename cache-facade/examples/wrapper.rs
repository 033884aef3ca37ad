//! A wrapper of your own: it adds something to any backend, and changes nothing else.
//!
//! This one counts the keys that are read and written. Run it with
//! `cargo run -p cache-facade --example wrapper`, and its tests, which are those of every backend,
//! with `cargo test -p cache-facade --example wrapper`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use cache_facade::cache_core::{
    ClearScope, ClearStep, Cursor, Key, Lifecycle, Reply, SetItem, SetOptions,
};
use cache_facade::memory::{Memory, Options};
use cache_facade::{
    Backend, Bytes, Cache, CacheBackend, Capabilities, Entry, Error, SetOutcome, Statistics, Ttl,
};

/// How many keys were read and written through a wrapper.
#[derive(Debug, Default)]
struct Counts {
    reads: AtomicUsize,
    writes: AtomicUsize,
}

/// Counts what goes to the cache inside.
struct Counted {
    inner: Arc<dyn CacheBackend>,
    counts: Arc<Counts>,
}

/// Takes a backend apart, wraps its cache, and hands on its locks and events as they are.
fn counted(mut backend: Backend, counts: &Arc<Counts>) -> Backend {
    backend.cache = Arc::new(Counted { inner: backend.cache, counts: Arc::clone(counts) });
    backend
}

impl Counted {
    fn read(&self, keys: usize) -> &dyn CacheBackend {
        self.counts.reads.fetch_add(keys, Ordering::Relaxed);
        &*self.inner
    }

    fn write(&self, keys: usize) -> &dyn CacheBackend {
        self.counts.writes.fetch_add(keys, Ordering::Relaxed);
        &*self.inner
    }
}

// With this lint no method can be forgotten, today's or tomorrow's. A default method would take the
// long way: `get_many` would be many calls of `get`.
#[deny(clippy::missing_trait_methods)]
impl Lifecycle for Counted {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn stop(&self) -> Reply<'_, ()> {
        self.inner.stop()
    }
}

#[deny(clippy::missing_trait_methods)]
impl CacheBackend for Counted {
    fn get(&self, key: Key<'_>) -> Reply<'_, Option<Bytes>> {
        self.read(1).get(key)
    }

    fn set(&self, key: Key<'_>, value: Bytes, options: SetOptions) -> Reply<'_, SetOutcome> {
        self.write(1).set(key, value, options)
    }

    fn delete(&self, key: Key<'_>) -> Reply<'_, bool> {
        self.write(1).delete(key)
    }

    fn contains(&self, key: Key<'_>) -> Reply<'_, bool> {
        self.read(1).contains(key)
    }

    fn entry(&self, key: Key<'_>) -> Reply<'_, Option<Entry>> {
        self.read(1).entry(key)
    }

    fn take(&self, key: Key<'_>) -> Reply<'_, Option<Bytes>> {
        self.write(1).take(key)
    }

    fn ttl(&self, key: Key<'_>) -> Reply<'_, Option<Ttl>> {
        self.read(1).ttl(key)
    }

    fn touch(&self, key: Key<'_>, ttl: Ttl) -> Reply<'_, bool> {
        self.write(1).touch(key, ttl)
    }

    fn increment(&self, key: Key<'_>, delta: i64, ttl: Ttl) -> Reply<'_, i64> {
        self.write(1).increment(key, delta, ttl)
    }

    fn get_many(&self, keys: &[Key<'_>]) -> Reply<'_, Vec<Result<Option<Bytes>, Error>>> {
        self.read(keys.len()).get_many(keys)
    }

    fn set_many(&self, items: Vec<SetItem<'_>>) -> Reply<'_, Vec<Result<SetOutcome, Error>>> {
        self.write(items.len()).set_many(items)
    }

    fn delete_many(&self, keys: &[Key<'_>]) -> Reply<'_, Vec<Result<bool, Error>>> {
        self.write(keys.len()).delete_many(keys)
    }

    fn clear(&self, scope: ClearScope<'_>, cursor: Cursor) -> Reply<'_, ClearStep> {
        self.inner.clear(scope, cursor)
    }

    fn statistics(&self) -> Result<Statistics, Error> {
        self.inner.statistics()
    }
}

#[expect(clippy::print_stdout, reason = "it shows what was counted")]
fn main() -> Result<(), Error> {
    let counts = Arc::new(Counts::default());
    let memory = Memory::open(Options::new())?.into_backend();
    let cache = Cache::from_backend(counted(memory, &counts));
    pollster::block_on(async {
        cache.set("a", "1").await?;
        cache.get("a").await?;
        cache.get_many(["a", "b", "c"]).await?;
        println!("{counts:?}");
        cache.stop().await
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use cache_conformance::{Harness, ModelHarness};

    use super::*;

    /// The reference model inside the wrapper.
    struct CountedModel(ModelHarness);

    impl Harness for CountedModel {
        fn open(&self) -> Reply<'_, Backend> {
            self.0.open().map(|backend| counted(backend, &Arc::default()))
        }

        fn advance(&self, by: Duration) -> Reply<'_, ()> {
            self.0.advance(by)
        }
    }

    cache_conformance::suite!(harness = CountedModel(ModelHarness::new()));

    #[test]
    fn keys_are_counted() -> Result<(), Error> {
        let counts = Arc::new(Counts::default());
        let memory = Memory::open(Options::new())?.into_backend();
        let cache = Cache::from_backend(counted(memory, &counts));
        pollster::block_on(cache.set_many([("a", "1"), ("b", "2")]))?;
        pollster::block_on(cache.get("a"))?;
        pollster::block_on(cache.delete("a"))?;
        let count = |counter: &AtomicUsize| counter.load(Ordering::Relaxed);
        assert_eq!((count(&counts.reads), count(&counts.writes)), (1, 3));
        Ok(())
    }
}
