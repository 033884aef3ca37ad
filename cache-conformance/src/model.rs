//! The reference: a backend that is obviously right, and nothing else.

mod cache;
mod clock;
mod harness;
mod locks;
mod state;
mod watch;

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cache_core::{Capabilities, Error, Lifecycle, Reply};

pub use self::clock::ManualClock;
pub use self::harness::ModelHarness;
use self::state::{Change, State};
use self::watch::Watchers;

/// The name that errors of the model show.
const NAME: &str = "model";

/// A backend in one map behind one mutex, whose time is a [`ManualClock`].
///
/// It has every capability but persistence and sharing, and serves as the other side of a
/// [`differential`](crate::differential) run. It is written to be read, not to be fast: whatever has expired is
/// removed before each step, so that a step never meets it.
///
/// ```
/// use std::time::Duration;
/// use cache_conformance::{ManualClock, Model};
/// use cache_core::{CacheBackend, Key, SetOptions};
///
/// let clock = ManualClock::new();
/// let model = Model::new(clock.clone());
/// let key = Key::new("key")?;
/// let options = SetOptions::new().ttl(Duration::from_secs(1));
/// model.set(key, "value".into(), options).try_ready().unwrap()?;
/// clock.advance(Duration::from_secs(1));
/// assert_eq!(model.get(key).try_ready().unwrap()?, None);
/// # Ok::<(), cache_core::Error>(())
/// ```
pub struct Model {
    clock: ManualClock,
    state: Mutex<State>,
    watchers: Watchers,
}

impl Model {
    /// An empty model that nothing bounds.
    pub fn new(clock: ManualClock) -> Self {
        Self::within(clock, None)
    }

    /// An empty model that holds at most so many entries, at least 1; the oldest goes first.
    pub fn bounded(clock: ManualClock, entries: u64) -> Self {
        Self::within(clock, Some(entries.max(1)))
    }

    fn within(clock: ManualClock, capacity: Option<u64>) -> Self {
        Self { clock, state: Mutex::new(State::new(capacity)), watchers: Watchers::default() }
    }

    /// Does one step on the state as it is now, without what has expired.
    fn step<T>(
        &self,
        operation: &'static str,
        act: impl FnOnce(&mut State, Duration) -> Result<T, Error>,
    ) -> Reply<'_, T> {
        let mut state = self.lock();
        if state.stopped {
            return Reply::err(Error::stopped(NAME, operation));
        }
        let now = self.clock.now();
        state.remove_expired(now);
        let answer = act(&mut state, now);
        let changes = std::mem::take(&mut state.changes);
        drop(state);
        self.watchers.tell(&changes);
        Reply::ready(answer.map_err(|error| error.with_operation(operation).with_backend(NAME)))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while the state is half changed, so a poisoned one is whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lifecycle for Model {
    fn name(&self) -> &str {
        NAME
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
        capabilities.evicts = self.lock().capacity.is_some();
        capabilities.fences = true;
        capabilities
    }

    fn stop(&self) -> Reply<'_, ()> {
        self.lock().stopped = true;
        self.watchers.end();
        Reply::ok(())
    }
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Model").field("clock", &self.clock).finish_non_exhaustive()
    }
}
