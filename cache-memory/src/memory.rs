//! The backend as a whole: how it begins and ends.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cache_core::{
    Acquired, Backend, Capabilities, Error, Extended, Lifecycle, LockBackend, LockName,
    LockRequest, LockState, Origin, Released, Reply, Scope, Subscription, Token, Watch,
};

use crate::events::Events;
use crate::locks::Locks;
use crate::options::Options;
use crate::problem::Problem;
use crate::store::{Changes, Gone, Store};
use crate::sweeper::Sweeper;
use crate::sync::Gate;
use crate::{Removal, RemovalCause};

/// A cache, locks and change events in the memory of this process.
///
/// Every [`Reply`] is ready: no runtime is needed, and dropping a reply changes nothing, as its
/// effect came with the call. A hit allocates nothing.
///
/// - **Bounded.** What is stored never outweighs the [bound](crate::Bound), at no instant: room is
///   made before an entry comes in. What was asked for of late stays; one scan over many
///   keys does not displace it.
/// - **Expiring.** An entry is absent from the instant its lifetime ends. Its memory comes back
///   without anybody asking for it, later by at most 1/128 of its lifetime or 0.3 s: a thread of
///   the backend's own sees to it, in slices, and ends with the backend.
/// - **Locks** exclude each other within this process alone. Their fences rise over restarts, as
///   they follow the wall clock.
/// - **Ending.** [`stop`](Lifecycle::stop), or dropping the last handle, frees all memory and ends
///   the thread. Both wait for every removal listener that is running, unless they are called by
///   one; afterwards none is called any more.
///
/// ```
/// use cache_core::{CacheBackend, Key, SetOptions};
/// use cache_memory::{Memory, Options};
///
/// let memory = Memory::open(Options::new())?;
/// let key = Key::new("greeting")?;
/// let _outcome = memory.set(key, "hello".into(), SetOptions::new());
/// let value = memory.get(key).try_ready().expect("memory is never pending")?;
/// assert_eq!(value.as_deref(), Some(&b"hello"[..]));
/// # Ok::<(), cache_core::Error>(())
/// ```
pub struct Memory {
    pub(crate) shared: Arc<Shared>,
    sweeper: Sweeper,
}

/// What the backend and its thread have in common.
pub(crate) struct Shared {
    pub(crate) options: Options,
    pub(crate) store: Store,
    pub(crate) locks: Locks,
    pub(crate) events: Events,
    /// The listeners that run now.
    listening: Gate,
    pub(crate) panics: AtomicU64,
}

impl Memory {
    /// Makes an empty cache and starts its thread.
    ///
    /// # Errors
    /// [`Config`](cache_core::ErrorKind::Config) for a capacity of 0,
    /// [`Unavailable`](cache_core::ErrorKind::Unavailable) where the system gives no thread.
    pub fn open(options: Options) -> Result<Self, Error> {
        let capacity = options.capacity()?;
        let store = Store::new(capacity, options.is_weighed(), options.clock.clone());
        let shared = Arc::new(Shared {
            locks: Locks::new(options.clock.clone(), Arc::clone(store.signal())),
            store,
            events: Events::default(),
            listening: Gate::default(),
            panics: AtomicU64::new(0),
            options,
        });
        let sweeper = Sweeper::start(&shared)?;
        Ok(Self { shared, sweeper })
    }

    /// The cache with its locks and events, as wrappers and the facade take it.
    pub fn into_backend(self) -> Backend {
        let memory = Arc::new(self);
        Backend::new(Arc::clone(&memory) as _)
            .with_locks(Arc::clone(&memory) as _)
            .with_watch(Arc::clone(&memory) as _)
            .with_diagnose(memory)
    }

    /// Tells watchers of a lock that changed, and names the operation that failed.
    fn locked<T>(
        &self,
        operation: &'static str,
        name: LockName<'_>,
        answer: Result<T, Problem>,
        is_changed: bool,
    ) -> Reply<'_, T> {
        if is_changed {
            self.shared.lock_changed(name.as_str());
        }
        let named = |problem: Problem| problem.of(operation, None).with_key(name.as_str());
        Reply::ready(answer.map_err(named))
    }

    fn end(&self) {
        self.shared.store.stop();
        self.shared.locks.stop();
        self.shared.events.stop();
        self.sweeper.join();
        self.shared.listening.wait();
    }
}

#[deny(clippy::missing_trait_methods)]
impl Lifecycle for Memory {
    fn name(&self) -> &str {
        "memory"
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::none();
        capabilities.conditions = true;
        capabilities.versions = true;
        capabilities.lifetimes = true;
        capabilities.increment = true;
        capabilities.take = true;
        capabilities.clear = true;
        capabilities.batches = true;
        capabilities.statistics = true;
        capabilities.evicts = true;
        capabilities.fences = true;
        capabilities
    }

    fn stop(&self) -> Reply<'_, ()> {
        self.end();
        Reply::ok(())
    }
}

#[deny(clippy::missing_trait_methods)]
impl LockBackend for Memory {
    fn acquire(&self, request: LockRequest<'_>) -> Reply<'_, Acquired> {
        let acquired = self.shared.locks.acquire(&request);
        let is_granted = matches!(acquired, Ok(Acquired::Granted { .. }));
        self.locked("acquire", request.name, acquired, is_granted)
    }

    fn extend(&self, name: LockName<'_>, token: Token, ttl: Duration) -> Reply<'_, Extended> {
        let extended = self.shared.locks.extend(name, token, ttl);
        let is_extended = matches!(extended, Ok(Extended::Extended));
        self.locked("extend", name, extended, is_extended)
    }

    fn release(&self, name: LockName<'_>, token: Token) -> Reply<'_, Released> {
        let released = self.shared.locks.release(name, token);
        let is_released = matches!(released, Ok(Released::Released));
        self.locked("release", name, released, is_released)
    }

    fn inspect(&self, name: LockName<'_>) -> Reply<'_, Option<LockState>> {
        self.locked("inspect", name, self.shared.locks.inspect(name), false)
    }
}

#[deny(clippy::missing_trait_methods)]
impl Watch for Memory {
    fn watch(&self, scope: Scope<'_>) -> Reply<'_, Subscription> {
        let subscription = self.shared.events.subscribe(scope);
        Reply::ready(subscription.ok_or_else(|| Error::stopped("memory", "watch")))
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        self.end();
    }
}

impl Shared {
    /// Tells watchers and the listener what was done, when no lock is held.
    #[inline]
    pub(crate) fn publish(&self, written: Option<&str>, changes: Changes) {
        if let Some(key) = written {
            self.tell_watchers(key);
        }
        for gone in changes {
            // A replaced entry is one change, told of as written.
            if gone.cause != RemovalCause::Replaced && self.events.are_entries_watched() {
                self.tell_watchers(&gone.key());
            }
            self.guarded(move || self.tell_listener(&gone));
        }
    }

    pub(crate) fn lock_changed(&self, name: &str) {
        for reader in self.events.readers_of_lock(name) {
            self.guarded(|| reader.changed(name, Origin::Local));
        }
    }

    #[inline]
    fn tell_watchers(&self, key: &str) {
        for reader in self.events.readers_of_entry(key) {
            self.guarded(|| reader.changed(key, Origin::Local));
        }
    }

    fn tell_listener(&self, gone: &Gone) {
        let Some(listener) = &self.options.listener else { return };
        let _running = self.listening.enter();
        // Looked at after entering: so a stop either sees this one run, or is seen here.
        if !self.store.is_stopped() {
            listener(Removal::new(gone.key(), gone.slot.value(), gone.cause));
        }
    }

    /// Runs code of a user: a listener, a waker, the end of a value. Its panic is counted, and goes
    /// no further: the change is made, and others wait to be told.
    fn guarded(&self, call: impl FnOnce()) {
        if catch_unwind(AssertUnwindSafe(call)).is_err() {
            self.panics.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory")
            .field("options", &self.shared.options)
            .field("stopped", &self.shared.store.is_stopped())
            .finish_non_exhaustive()
    }
}
