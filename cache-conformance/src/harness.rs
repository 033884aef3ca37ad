//! What the suite needs from whoever has a backend.

use std::time::Duration;

use cache_core::{Backend, Reply};

/// Opens backends and lets time pass for them.
///
/// Each case makes a harness of its own. The suite calls it from a tokio runtime with time and, where
/// the build has it, input and output enabled.
pub trait Harness: Send + Sync {
    /// Opens a fresh, empty backend that shares nothing with others which are open.
    ///
    /// It has room for 30,000 small entries, and for eight values of
    /// [`largest_value`](Harness::largest_value) at once: nothing is evicted from it.
    ///
    /// # Errors
    /// Any; the case fails with it.
    fn open(&self) -> Reply<'_, Backend>;

    /// Lets time pass, by at least `by`, for every backend that this harness has opened.
    ///
    /// # Errors
    /// Any; the case fails with it.
    fn advance(&self, by: Duration) -> Reply<'_, ()>;

    /// How time passes between two calls of [`advance`](Harness::advance).
    ///
    /// A harness with a clock of its own leaves the default. One that really waits must say
    /// [`Time::Real`], or cases about instants will fail now and then.
    fn time(&self) -> Time {
        Time::Stepped
    }

    /// Closes a backend and opens it again, without whatever it does not persist: as after a crash
    /// of the process or server that holds the data. `None` where the harness cannot do it.
    ///
    /// # Errors
    /// Any; the case fails with it.
    fn restart(&self, backend: Backend) -> Reply<'_, Option<Backend>> {
        drop(backend);
        Reply::ok(None)
    }

    /// Opens a fresh backend that holds at most so many entries; `None` where it is not bounded by
    /// their number.
    ///
    /// # Errors
    /// Any; the case fails with it.
    fn open_bounded(&self, entries: u64) -> Reply<'_, Option<Backend>> {
        let _ = entries;
        Reply::ok(None)
    }

    /// The largest value to try, in bytes: 16 MiB unless said.
    fn largest_value(&self) -> usize {
        16 * 1024 * 1024
    }

    /// How long one call, or the wait for one event, may take before the suite gives up: 10 s unless
    /// said. It is a guard against hanging and decides no other case.
    fn patience(&self) -> Duration {
        Duration::from_secs(10)
    }
}

/// How time passes for the backends of a harness.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Time {
    /// It stands still, and [`advance`](Harness::advance) moves it by exactly what was asked for. So
    /// what is left of a lifetime is compared exactly.
    Stepped,
    /// It passes by itself, and [`advance`](Harness::advance) waits. What is left of a lifetime is
    /// compared with the time that was measured, give or take `resolution`.
    #[non_exhaustive]
    Real {
        /// How exactly the backend measures: 1 ms for a server nearby.
        resolution: Duration,
    },
}

impl Time {
    /// Time that passes by itself, measured to within `resolution`.
    pub const fn real(resolution: Duration) -> Self {
        Self::Real { resolution }
    }
}
