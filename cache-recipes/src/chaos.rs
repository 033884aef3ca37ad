//! Faults on purpose, for the tests of those who use a cache.

mod cache;
mod control;
mod faults;
mod locks;
mod part;
mod random;
mod watch;

use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use cache_core::{Backend, ErrorKind};

pub use self::control::{ChaosControl, FaultCounts};
use self::faults::{Faults, Plan};
use self::part::Part;
use crate::Operation;

/// A wrapper that makes a backend slow, failing, or unreachable: for tests of your own code.
///
/// Made by [`new`](Chaos::new) it changes nothing; the methods add faults, and
/// [`into_backend`](Chaos::into_backend) gives the cache, the locks and the events of the backend,
/// wrapped. What happens to the n-th call follows from the seed and n alone. So a test that calls
/// one after another sees the same faults in every run, and a test of several tasks sees as many,
/// dealt to other calls. Each key of a batch is a call of its own: some keys fail while others are
/// answered, and the answer of the batch is held back as long as the slowest of them. The draws of
/// a seed do not change with a new version of this crate.
///
/// - [`latency`](Chaos::latency): the call is made at once, and its answer held back.
/// - [`errors`](Chaos::errors): the call is not made and fails.
/// - [`lost_answers`](Chaos::lost_answers): the call is made, or not, and nobody learns which.
/// - An outage, begun and ended by the [`control`](Chaos::control) at run time: no call is made,
///   and all fail.
///
/// `name`, `capabilities`, `statistics` and `stop` are handed on without faults. A subscription that
/// is in force goes on telling events, in an outage too. When the outage ends, a
/// [`Gap`](cache_core::Event::Gap) tells that some may be missing, as after a connection that was
/// lost and made anew.
///
/// ```
/// use cache_core::{CacheBackend, Effect, ErrorKind, Key};
/// use cache_memory::{Memory, Options};
/// use cache_recipes::Chaos;
///
/// let memory = Memory::open(Options::new())?.into_backend();
/// let chaos = Chaos::new(memory, 7).lost_answers(0.5);
/// let control = chaos.control();
/// let cache = chaos.into_backend().cache;
///
/// let key = Key::new("visits")?;
/// let mut sum = 0;
/// for _ in 0..100 {
///     match cache.increment(key, 1, Default::default()).try_ready().unwrap() {
///         Ok(visits) => sum = visits,
///         Err(error) => assert_eq!((error.kind(), error.effect()), (ErrorKind::Timeout, Effect::Unknown)),
///     }
/// }
/// assert!(sum < 100); // who repeats an increment whose answer was lost counts twice
/// assert_eq!(control.counts().calls, 100);
///
/// control.begin_outage();
/// let error = cache.get(key).try_ready().unwrap().unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Unavailable);
/// # Ok::<(), cache_core::Error>(())
/// ```
#[must_use = "into_backend gives the backend with the faults"]
pub struct Chaos {
    backend: Backend,
    plan: Plan,
    control: ChaosControl,
}

impl Chaos {
    /// A wrapper around `backend`, without faults as yet. The seed decides which calls they hit.
    pub fn new(backend: Backend, seed: u64) -> Self {
        Self { backend, plan: Plan::new(seed), control: ChaosControl::new() }
    }

    /// Holds back each answer for a time from `range`, drawn evenly.
    ///
    /// The call itself is made at once, so one that is dropped meanwhile has taken effect. A delay
    /// needs a runtime of tokio with `time` enabled: outside of one, awaiting the answer panics.
    ///
    /// # Panics
    /// If the range is empty.
    pub fn latency(mut self, range: RangeInclusive<Duration>) -> Self {
        assert!(!range.is_empty(), "the latency begins above its end; give the shorter one first");
        self.plan.latency = range;
        self
    }

    /// Lets calls fail, in the proportion of `rate` from 0 to 1, without being made. It can be
    /// given for several kinds.
    ///
    /// # Panics
    /// If the rate is not from 0 to 1, or the rates of all faults are above 1 together.
    pub fn errors(mut self, kind: ErrorKind, rate: f64) -> Self {
        self.plan.add_errors(kind, rate);
        self
    }

    /// Loses answers, in the proportion of `rate` from 0 to 1. Half of these calls are made, the
    /// others are not.
    ///
    /// They fail with [`Timeout`](ErrorKind::Timeout), the effect
    /// [`Unknown`](cache_core::Effect::Unknown) unless the call only reads.
    ///
    /// # Panics
    /// If the rate is not from 0 to 1, or the rates of all faults are above 1 together.
    pub fn lost_answers(mut self, rate: f64) -> Self {
        self.plan.add_lost(rate);
        self
    }

    /// Spares all operations but these; every one is affected unless said. An outage spares none.
    pub fn only(mut self, operations: impl IntoIterator<Item = Operation>) -> Self {
        self.plan.only = Some(operations.into_iter().collect());
        self
    }

    /// What begins and ends an outage, and tells what was done to the calls.
    pub fn control(&self) -> ChaosControl {
        self.control.clone()
    }

    /// The backend with the faults.
    pub fn into_backend(self) -> Backend {
        let faults = Arc::new(Faults::new(self.plan, self.control));
        let mut wrapped = Backend::new(Arc::new(Part::new(self.backend.cache, &faults)));
        if let Some(locks) = self.backend.locks {
            wrapped = wrapped.with_locks(Arc::new(Part::new(locks, &faults)));
        }
        if let Some(watch) = self.backend.watch {
            wrapped = wrapped.with_watch(Arc::new(Part::new(watch, &faults)));
        }
        // Who asks what the backend stands on means the one inside.
        wrapped.diagnose = self.backend.diagnose;
        wrapped
    }
}

impl fmt::Debug for Chaos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chaos")
            .field("backend", &self.backend)
            .field("plan", &self.plan)
            .field("control", &self.control)
            .finish()
    }
}
