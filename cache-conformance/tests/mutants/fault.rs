//! The model with one fault put in.

use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cache_conformance::{Harness, ManualClock, Model};
use cache_core::{
    Acquired, Backend, CacheBackend, Capabilities, ClearScope, ClearStep, Cursor, Entry, Error,
    Extended, Key, Lifecycle, LockBackend, LockName, LockRequest, LockState, Released, Reply,
    Scope, SetItem, SetOptions, SetOutcome, Statistics, Subscription, Token, Ttl, Watch,
};

/// A fault: what it does not override, the model does.
pub(crate) trait Fault: Default + Send + Sync + 'static {
    /// Whether a restart finds everything as it was.
    const SURVIVES_A_RESTART: bool = false;

    /// Comes before every call.
    fn before(&self, clock: &ManualClock) {
        let _ = clock;
    }

    fn bound(entries: u64) -> u64 {
        entries
    }

    fn capabilities(&self, inner: &Model) -> Capabilities {
        inner.capabilities()
    }

    fn stop<'a>(&'a self, inner: &'a Model) -> Reply<'a, ()> {
        inner.stop()
    }

    fn get<'a>(&'a self, inner: &'a Model, key: Key<'_>) -> Reply<'a, Option<Bytes>> {
        inner.get(key)
    }

    fn set<'a>(
        &'a self,
        inner: &'a Model,
        key: Key<'_>,
        value: Bytes,
        options: SetOptions,
    ) -> Reply<'a, SetOutcome> {
        inner.set(key, value, options)
    }

    fn entry<'a>(&'a self, inner: &'a Model, key: Key<'_>) -> Reply<'a, Option<Entry>> {
        inner.entry(key)
    }

    fn take<'a>(&'a self, inner: &'a Model, key: Key<'_>) -> Reply<'a, Option<Bytes>> {
        inner.take(key)
    }

    fn touch<'a>(&'a self, inner: &'a Model, key: Key<'_>, ttl: Ttl) -> Reply<'a, bool> {
        inner.touch(key, ttl)
    }

    fn increment<'a>(
        &'a self,
        inner: &'a Model,
        key: Key<'_>,
        delta: i64,
        ttl: Ttl,
    ) -> Reply<'a, i64> {
        inner.increment(key, delta, ttl)
    }

    fn get_many<'a>(
        &'a self,
        inner: &'a Model,
        keys: &[Key<'_>],
    ) -> Reply<'a, Vec<Result<Option<Bytes>, Error>>> {
        inner.get_many(keys)
    }

    fn set_many<'a>(
        &'a self,
        inner: &'a Model,
        items: Vec<SetItem<'_>>,
    ) -> Reply<'a, Vec<Result<SetOutcome, Error>>> {
        inner.set_many(items)
    }

    fn clear<'a>(
        &'a self,
        inner: &'a Model,
        scope: ClearScope<'_>,
        cursor: Cursor,
    ) -> Reply<'a, ClearStep> {
        inner.clear(scope, cursor)
    }

    fn statistics(&self, inner: &Model) -> Result<Statistics, Error> {
        inner.statistics()
    }

    fn acquire<'a>(&'a self, inner: &'a Model, request: LockRequest<'_>) -> Reply<'a, Acquired> {
        inner.acquire(request)
    }

    fn extend<'a>(
        &'a self,
        inner: &'a Model,
        name: LockName<'_>,
        token: Token,
        ttl: Duration,
    ) -> Reply<'a, Extended> {
        inner.extend(name, token, ttl)
    }

    fn release<'a>(
        &'a self,
        inner: &'a Model,
        name: LockName<'_>,
        token: Token,
    ) -> Reply<'a, Released> {
        inner.release(name, token)
    }

    fn inspect<'a>(&'a self, inner: &'a Model, name: LockName<'_>) -> Reply<'a, Option<LockState>> {
        inner.inspect(name)
    }

    fn watch<'a>(&'a self, inner: &'a Arc<Model>, scope: Scope<'_>) -> Reply<'a, Subscription> {
        inner.watch(scope)
    }
}

/// No fault at all: shows that the wrapper itself is right.
#[derive(Default)]
pub(crate) struct NoFault;

impl Fault for NoFault {}

/// The model with a fault.
pub(crate) struct Faulty<F> {
    inner: Arc<Model>,
    clock: ManualClock,
    fault: F,
}

impl<F: Fault> Faulty<F> {
    fn inner(&self) -> &Arc<Model> {
        self.fault.before(&self.clock);
        &self.inner
    }
}

/// Opens faulty models.
pub(crate) struct FaultyHarness<F> {
    clock: ManualClock,
    fault: PhantomData<F>,
}

impl<F: Fault> FaultyHarness<F> {
    pub(crate) fn new() -> Self {
        Self { clock: ManualClock::new(), fault: PhantomData }
    }

    fn backend(&self, model: Model) -> Backend {
        let (inner, clock) = (Arc::new(model), self.clock.clone());
        let faulty = Arc::new(Faulty { inner, clock, fault: F::default() });
        let (locks, watch) = (Arc::clone(&faulty), Arc::clone(&faulty));
        Backend::new(faulty).with_locks(locks).with_watch(watch)
    }
}

impl<F: Fault> Harness for FaultyHarness<F> {
    fn open(&self) -> Reply<'_, Backend> {
        Reply::ok(self.backend(Model::new(self.clock.clone())))
    }

    fn advance(&self, by: Duration) -> Reply<'_, ()> {
        self.clock.advance(by);
        Reply::ok(())
    }

    fn restart(&self, backend: Backend) -> Reply<'_, Option<Backend>> {
        if F::SURVIVES_A_RESTART { Reply::ok(Some(backend)) } else { self.open().map(Some) }
    }

    fn open_bounded(&self, entries: u64) -> Reply<'_, Option<Backend>> {
        let model = Model::bounded(self.clock.clone(), F::bound(entries));
        Reply::ok(Some(self.backend(model)))
    }

    fn patience(&self) -> Duration {
        Duration::from_secs(1)
    }
}

/// The answer of the model, which is always there.
pub(crate) fn at_once<T>(reply: Reply<'_, T>) -> Result<T, Error> {
    reply.try_ready().expect("the model answers at once")
}

/// The success of a step that the model does not refuse.
pub(crate) fn done<T>(reply: Reply<'_, T>) -> T {
    at_once(reply).expect("the model does this")
}

impl<F: Fault> Lifecycle for Faulty<F> {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn capabilities(&self) -> Capabilities {
        self.fault.capabilities(&self.inner)
    }

    fn stop(&self) -> Reply<'_, ()> {
        self.fault.stop(&self.inner)
    }
}

#[deny(clippy::missing_trait_methods)]
impl<F: Fault> CacheBackend for Faulty<F> {
    fn get(&self, key: Key<'_>) -> Reply<'_, Option<Bytes>> {
        self.fault.get(self.inner(), key)
    }

    fn set(&self, key: Key<'_>, value: Bytes, options: SetOptions) -> Reply<'_, SetOutcome> {
        self.fault.set(self.inner(), key, value, options)
    }

    fn delete(&self, key: Key<'_>) -> Reply<'_, bool> {
        self.inner().delete(key)
    }

    fn contains(&self, key: Key<'_>) -> Reply<'_, bool> {
        self.inner().contains(key)
    }

    fn entry(&self, key: Key<'_>) -> Reply<'_, Option<Entry>> {
        self.fault.entry(self.inner(), key)
    }

    fn take(&self, key: Key<'_>) -> Reply<'_, Option<Bytes>> {
        self.fault.take(self.inner(), key)
    }

    fn ttl(&self, key: Key<'_>) -> Reply<'_, Option<Ttl>> {
        self.inner().ttl(key)
    }

    fn touch(&self, key: Key<'_>, ttl: Ttl) -> Reply<'_, bool> {
        self.fault.touch(self.inner(), key, ttl)
    }

    fn increment(&self, key: Key<'_>, delta: i64, ttl: Ttl) -> Reply<'_, i64> {
        self.fault.increment(self.inner(), key, delta, ttl)
    }

    fn get_many(&self, keys: &[Key<'_>]) -> Reply<'_, Vec<Result<Option<Bytes>, Error>>> {
        self.fault.get_many(self.inner(), keys)
    }

    fn set_many(&self, items: Vec<SetItem<'_>>) -> Reply<'_, Vec<Result<SetOutcome, Error>>> {
        self.fault.set_many(self.inner(), items)
    }

    fn delete_many(&self, keys: &[Key<'_>]) -> Reply<'_, Vec<Result<bool, Error>>> {
        self.inner().delete_many(keys)
    }

    fn clear(&self, scope: ClearScope<'_>, cursor: Cursor) -> Reply<'_, ClearStep> {
        self.fault.clear(self.inner(), scope, cursor)
    }

    fn statistics(&self) -> Result<Statistics, Error> {
        self.fault.statistics(self.inner())
    }
}

#[deny(clippy::missing_trait_methods)]
impl<F: Fault> LockBackend for Faulty<F> {
    fn acquire(&self, request: LockRequest<'_>) -> Reply<'_, Acquired> {
        self.fault.acquire(self.inner(), request)
    }

    fn extend(&self, name: LockName<'_>, token: Token, ttl: Duration) -> Reply<'_, Extended> {
        self.fault.extend(self.inner(), name, token, ttl)
    }

    fn release(&self, name: LockName<'_>, token: Token) -> Reply<'_, Released> {
        self.fault.release(self.inner(), name, token)
    }

    fn inspect(&self, name: LockName<'_>) -> Reply<'_, Option<LockState>> {
        self.fault.inspect(self.inner(), name)
    }
}

impl<F: Fault> Watch for Faulty<F> {
    fn watch(&self, scope: Scope<'_>) -> Reply<'_, Subscription> {
        self.fault.watch(self.inner(), scope)
    }
}
