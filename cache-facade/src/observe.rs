//! What the features `tracing` and `metrics` add to the handle.

use std::sync::atomic::{AtomicU64, Ordering};

use cache_core::{Backend, Error};

/// A backend that was opened by settings, with every call seen where a feature asks for it.
pub(crate) fn opened(backend: Backend) -> Backend {
    #[cfg(any(feature = "metrics", feature = "tracing"))]
    let backend = cache_recipes::observe(backend);
    backend
}

/// Drops a call that is not waited for any longer: it is seen to end with `error`.
pub(crate) fn broken_off(call: impl Sized, error: &Error) {
    #[cfg(any(feature = "metrics", feature = "tracing"))]
    cache_recipes::break_off(call, error);
    #[cfg(not(any(feature = "metrics", feature = "tracing")))]
    let _ = (call, error);
}

/// The failed reads that were answered as misses. None of them is silent.
#[derive(Debug, Default)]
pub(crate) struct FailedReads {
    answered_as_misses: AtomicU64,
    #[cfg(feature = "tracing")]
    log: log::Log,
}

impl FailedReads {
    /// How many there were.
    pub(crate) fn answered_as_misses(&self) -> u64 {
        self.answered_as_misses.load(Ordering::Relaxed)
    }

    /// Tells of one.
    #[cold]
    pub(crate) fn note(&self, backend: &str, error: &Error) {
        self.answered_as_misses.fetch_add(1, Ordering::Relaxed);
        #[cfg(feature = "metrics")]
        count(backend, error);
        #[cfg(feature = "tracing")]
        self.log.note(error);
        let _ = (backend, error);
    }
}

#[cfg(feature = "metrics")]
fn count(backend: &str, error: &Error) {
    let name = cache_recipes::names::FAILURES_AS_MISSES;
    let operation = error.operation().unwrap_or_default();
    metrics::counter!(name, "backend" => backend.to_owned(), "operation" => operation).increment(1);
}

#[cfg(feature = "tracing")]
mod log {
    use std::sync::{Mutex, PoisonError};
    use std::time::Duration;

    use cache_core::Error;
    use cache_recipes::names::{MISS_EVENT, TARGET};

    use crate::clock::{self, Instant};

    /// An outage makes every read fail: so many lines would bury all others.
    const BETWEEN_LINES: Duration = Duration::from_secs(1);

    /// Tells the first failure at once, and later ones in one line a second.
    #[derive(Debug, Default)]
    pub(super) struct Log(Mutex<State>);

    #[derive(Debug, Default)]
    struct State {
        last_line: Option<Instant>,
        failures: u64,
    }

    impl Log {
        pub(super) fn note(&self, error: &Error) {
            let due = self.0.lock().unwrap_or_else(PoisonError::into_inner).add(clock::now());
            if let Some(failures) = due {
                tracing::warn!(target: TARGET, %error, failures, "{MISS_EVENT}");
            }
        }
    }

    impl State {
        /// Adds a failure; how many there were since the last line, where it is time for another.
        fn add(&mut self, now: Instant) -> Option<u64> {
            self.failures += 1;
            if self.last_line.is_some_and(|last| now.duration_since(last) < BETWEEN_LINES) {
                return None;
            }
            self.last_line = Some(now);
            Some(std::mem::take(&mut self.failures))
        }
    }
}
