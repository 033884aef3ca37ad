//! Spans and metrics of every call.

mod broken_off;
mod cache;
mod call;
mod findings;
mod locks;
#[cfg(feature = "metrics")]
mod meter;
pub mod names;
mod part;
#[cfg(feature = "tracing")]
mod trace;
mod watch;

use std::sync::Arc;

use cache_core::Backend;

pub use self::broken_off::break_off;
use self::part::Part;

/// A backend that answers as `backend` does, and lets every call be seen.
///
/// With the feature `tracing` a call is a span, and one that fails an event in it; with the feature
/// `metrics` it is counted and its time measured, by the recorder that is installed when it ends.
/// All names are in [`names::ALL`]. Keys and lock names are in spans alone, escaped and shortened,
/// never in the labels of metrics; values and lock tokens are nowhere.
///
/// A call that is dropped before its answer is seen as `dropped`; [`break_off`] gives a reason.
///
/// `name`, `capabilities`, `statistics` and `stop` are handed on unseen.
///
/// ```
/// use cache_core::{CacheBackend, Key};
/// use cache_memory::{Memory, Options};
///
/// let memory = Memory::open(Options::new())?.into_backend();
/// let cache = cache_recipes::observe(memory).cache;
/// assert_eq!(cache.get(Key::new("k")?).try_ready().unwrap()?, None); // counted as a miss
/// # Ok::<(), cache_core::Error>(())
/// ```
pub fn observe(backend: Backend) -> Backend {
    let mut wrapped = Backend::new(Arc::new(Part::new(backend.cache)));
    if let Some(locks) = backend.locks {
        wrapped = wrapped.with_locks(Arc::new(Part::new(locks)));
    }
    if let Some(watch) = backend.watch {
        wrapped = wrapped.with_watch(Arc::new(Part::new(watch)));
    }
    // Who asks what the backend stands on means the one inside.
    wrapped.diagnose = backend.diagnose;
    wrapped
}
