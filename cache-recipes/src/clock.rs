//! The one place where time is read and passes for the crate.

use std::time::Duration;
#[cfg(feature = "metrics")]
use std::time::Instant;

#[expect(clippy::disallowed_methods, reason = "this is the clock file of the crate")]
pub(crate) async fn pause(duration: Duration) {
    tokio::time::sleep(duration).await;
}

/// Measures how long a call takes.
#[cfg(feature = "metrics")]
pub(crate) struct Stopwatch(Instant);

#[cfg(feature = "metrics")]
impl Stopwatch {
    #[expect(clippy::disallowed_methods, reason = "this is the clock file of the crate")]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}
