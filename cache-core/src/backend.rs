//! What a factory returns and a wrapper rebuilds.

use std::fmt;
use std::sync::Arc;

use crate::{CacheBackend, Diagnose, LockBackend, Watch};

/// A cache with what belongs to it: locks and change events, where there are any.
///
/// This is how capabilities travel together. The locks may live on another server than the cache.
/// A wrapper takes one apart and rebuilds it with the parts it has wrapped.
#[derive(Clone)]
#[non_exhaustive]
pub struct Backend {
    /// The entries.
    pub cache: Arc<dyn CacheBackend>,
    /// Locks, where there are any.
    pub locks: Option<Arc<dyn LockBackend>>,
    /// Change events, where there are any.
    pub watch: Option<Arc<dyn Watch>>,
    /// What tells about where the backend runs, where it knows.
    pub diagnose: Option<Arc<dyn Diagnose>>,
}

impl Backend {
    /// A cache without locks and without events.
    pub fn new(cache: Arc<dyn CacheBackend>) -> Self {
        Self { cache, locks: None, watch: None, diagnose: None }
    }

    /// Adds locks.
    #[must_use]
    pub fn with_locks(mut self, locks: Arc<dyn LockBackend>) -> Self {
        self.locks = Some(locks);
        self
    }

    /// Adds change events.
    #[must_use]
    pub fn with_watch(mut self, watch: Arc<dyn Watch>) -> Self {
        self.watch = Some(watch);
        self
    }

    /// Adds what tells about where the backend runs.
    #[must_use]
    pub fn with_diagnose(mut self, diagnose: Arc<dyn Diagnose>) -> Self {
        self.diagnose = Some(diagnose);
        self
    }
}

impl fmt::Debug for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Backend")
            .field("cache", &self.cache.name())
            .field("locks", &self.locks.as_ref().map(|locks| locks.name()))
            .field("watch", &self.watch.as_ref().map(|watch| watch.name()))
            .field("diagnose", &self.diagnose.as_ref().map(|diagnose| diagnose.name()))
            .finish()
    }
}
