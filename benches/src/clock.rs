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

/// How long this process has used processors, all its threads together.
pub fn processor_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    // Of a process it is neither negative nor a second too long.
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Lets time pass on this thread.
#[expect(clippy::disallowed_methods, reason = "this is the clock file; benches wait for real time")]
pub fn pause(duration: Duration) {
    std::thread::sleep(duration);
}

/// Lets time pass in a task.
#[expect(clippy::disallowed_methods, reason = "this is the clock file; benches wait for real time")]
pub async fn pause_task(duration: Duration) {
    tokio::time::sleep(duration).await;
}

/// Keeps the thread busy for a while.
pub fn spin(duration: Duration) {
    let watch = Stopwatch::start();
    while watch.elapsed() < duration {
        std::hint::spin_loop();
    }
}

/// Seconds since 1970 by the wall clock: when a report was made.
#[expect(clippy::disallowed_methods, reason = "this is the clock file")]
pub fn unix_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
