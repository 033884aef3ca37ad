//! The one place where time is read and passes for the crate.

use std::time::Duration;
#[cfg(feature = "metrics")]
use std::time::Instant;

#[expect(clippy::disallowed_methods, reason = "this is the clock file of the crate")]
pub(crate) async fn pause(duration: Duration) {
    tokio::time::sleep(duration).await;
}

/// An instant of monotonic time; tests of tokio stop and move it.
#[cfg(feature = "locks")]
pub(crate) type Moment = tokio::time::Instant;

#[cfg(feature = "locks")]
pub(crate) fn now() -> Moment {
    Moment::now()
}

/// Waits until the moment has come; not at all if it has.
#[cfg(feature = "locks")]
#[expect(clippy::disallowed_methods, reason = "this is the clock file of the crate")]
pub(crate) async fn pause_until(moment: Moment) {
    tokio::time::sleep_until(moment).await;
}

/// The moment so much later; one in thirty years where that is further than the clock counts.
#[cfg(feature = "locks")]
pub(crate) fn later(moment: Moment, by: Duration) -> Moment {
    const FAR: Duration = Duration::from_secs(86_400 * 365 * 30);
    moment.checked_add(by.min(FAR)).unwrap_or(moment)
}

/// The answer of a future that comes until the moment; `None` where it does not, and is dropped.
#[cfg(feature = "locks")]
pub(crate) async fn until<F: Future>(moment: Moment, future: F) -> Option<F::Output> {
    match crate::race::race(future, pause_until(moment)).await {
        crate::race::First::Left(answer) => Some(answer),
        crate::race::First::Right(()) => None,
    }
}

/// Microseconds since 1970 by the wall clock. It raises fences and decides nothing else.
#[cfg(feature = "locks")]
#[expect(clippy::disallowed_methods, reason = "this is the clock file of the crate")]
pub(crate) fn unix_micros() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| u64::try_from(since.as_micros()).unwrap_or(u64::MAX))
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
