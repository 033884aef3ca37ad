//! The one file of the crate that reads the time and lets it pass.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Measures how long something takes. A copy measures from the same start.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Begins now.
    #[expect(clippy::disallowed_methods, reason = "this is the clock file")]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// The time since the start.
    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }

    /// Nanoseconds since the start.
    #[inline]
    pub fn nanos(self) -> u64 {
        u64::try_from(self.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

/// Lets time pass on this thread.
#[expect(clippy::disallowed_methods, reason = "this is the clock file; benches wait for real time")]
pub fn pause(duration: Duration) {
    std::thread::sleep(duration);
}

/// Seconds since 1970 by the wall clock: when a report was made.
#[expect(clippy::disallowed_methods, reason = "this is the clock file")]
pub fn unix_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
