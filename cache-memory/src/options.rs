//! How a memory backend is made.

use std::fmt;
use std::sync::Arc;

use cache_core::{Error, ErrorKind};

use crate::{Clock, Removal};

/// How a [`Memory`](crate::Memory) is made: its bound, its listener, its clock.
///
/// ```
/// use cache_memory::{Bound, Memory, Options};
///
/// let memory = Memory::open(Options::new().bound(Bound::Entries(10_000)))?;
/// # Ok::<(), cache_core::Error>(())
/// ```
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct Options {
    pub(crate) bound: Bound,
    pub(crate) weigher: Option<Arc<Weigher>>,
    pub(crate) listener: Option<Arc<Listener>>,
    pub(crate) clock: Clock,
}

pub(crate) type Weigher = dyn Fn(&str, &[u8]) -> u64 + Send + Sync;
pub(crate) type Listener = dyn Fn(Removal) + Send + Sync;

/// How much a cache may hold. It holds at every instant: room is made before an entry is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Bound {
    /// So many entries, whatever their size.
    Entries(u64),
    /// So much weight: by default the bytes of keys and values and [`Options::ENTRY_OVERHEAD`] an
    /// entry, so about the memory that the process gives to the cache.
    Weight(u64),
}

impl Default for Bound {
    /// 256 MiB.
    fn default() -> Self {
        Self::Weight(256 * 1024 * 1024)
    }
}

impl Options {
    /// What an entry weighs beyond its key and value where no weigher is given: the bytes that its
    /// places in the tables take, those included that stand vacant while tables grow.
    pub const ENTRY_OVERHEAD: u64 = 240;

    /// 256 MiB, weighed in bytes, without a listener, on the system's clock.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how much the cache may hold; 256 MiB unless said.
    #[must_use]
    pub const fn bound(mut self, bound: Bound) -> Self {
        self.bound = bound;
        self
    }

    /// Sets what an entry weighs under [`Bound::Weight`]. 0 counts as 1.
    ///
    /// It is called once a write, with no lock held, and must always answer the same for the
    /// same entry. A panic in it is the caller's, and nothing is written.
    #[must_use]
    pub fn weigher(mut self, weigher: impl Fn(&str, &[u8]) -> u64 + Send + Sync + 'static) -> Self {
        self.weigher = Some(Arc::new(weigher));
        self
    }

    /// Sets who is told of every entry that goes.
    ///
    /// It is called by the thread that removed the entry (for an expired one mostly the
    /// backend's own), after the change and with no lock held: it may call the cache. Calls of
    /// two threads may come in another order than their changes. A panic in it is caught,
    /// counted in `listener_panics`, and otherwise without effect. [`stop`] drops what is left
    /// without telling. A listener that holds the backend itself keeps it alive for ever.
    ///
    /// [`stop`]: cache_core::Lifecycle::stop
    #[must_use]
    pub fn removal_listener(mut self, listener: impl Fn(Removal) + Send + Sync + 'static) -> Self {
        self.listener = Some(Arc::new(listener));
        self
    }

    /// Sets the clock; the system's unless said.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    pub(crate) fn capacity(&self) -> Result<u64, Error> {
        match self.bound {
            Bound::Entries(0) | Bound::Weight(0) => {
                let problem =
                    "the capacity is 0; give at least 1 entry, or a weight that holds one";
                Err(Error::not_applied(ErrorKind::Config, problem).with_backend("memory"))
            }
            Bound::Entries(capacity) | Bound::Weight(capacity) => Ok(capacity),
        }
    }

    pub(crate) const fn is_weighed(&self) -> bool {
        matches!(self.bound, Bound::Weight(_))
    }

    pub(crate) fn weigh(&self, key: &str, value: &[u8]) -> u64 {
        match (&self.bound, &self.weigher) {
            (Bound::Entries(_), _) => 1,
            (Bound::Weight(_), Some(weigher)) => weigher(key, value).max(1),
            (Bound::Weight(_), None) => (key.len() + value.len()) as u64 + Self::ENTRY_OVERHEAD,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("bound", &self.bound)
            .field("weigher", &self.weigher.is_some())
            .field("removal_listener", &self.listener.is_some())
            .field("clock", &self.clock)
            .finish()
    }
}
