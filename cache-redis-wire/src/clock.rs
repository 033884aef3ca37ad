//! The one place where time passes for the crate.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::coop::{Unconstrained, unconstrained};
pub(crate) use tokio::time::Instant;
use tokio::time::Sleep;

/// Why something did not end in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Over {
    /// The time has passed.
    Elapsed,
    /// There is no runtime that keeps time, or it has ended.
    NoRuntime,
}

/// The instant that deadlines go by; it needs no runtime.
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// A limit that several futures share, one after the other.
///
/// Unconstrained: a task that has used up its share for this turn still hears that its time is over.
pub(crate) type Timer = Unconstrained<Sleep>;

/// Starts the time. It costs the runtime nothing before something has to wait.
pub(crate) fn start(limit: Duration) -> Result<Timer, Over> {
    // Inside of a task there is one; to look it up would count a reference that all threads share.
    if tokio::task::try_id().is_none() {
        Handle::try_current().map_err(|_| Over::NoRuntime)?;
    }
    without_panic(|| unconstrained(sleep(limit)))
}

/// What `future` answers, unless the time is over before.
///
/// It is pinned by the caller: taken by value it would be moved twice, and be held twice over.
pub(crate) fn before<F: Future>(
    mut timer: Pin<&mut Timer>,
    mut future: Pin<&mut F>,
) -> impl Future<Output = Result<F::Output, Over>> {
    poll_fn(move |context| match future.as_mut().poll(context) {
        Poll::Ready(answer) => Poll::Ready(Ok(answer)),
        Poll::Pending => match without_panic(|| timer.as_mut().poll(context)) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(())) => Poll::Ready(Err(Over::Elapsed)),
            Err(over) => Poll::Ready(Err(over)),
        },
    })
}

/// What `future` answers, unless `limit` is over before. The future is dropped then.
pub(crate) async fn within<F: Future>(limit: Duration, future: F) -> Result<F::Output, Over> {
    let timer = pin!(start(limit)?);
    before(timer, pin!(future)).await
}

/// Waits, or hears at once that nothing keeps time.
pub(crate) async fn pause(time: Duration) -> Over {
    match within(time, std::future::pending::<()>()).await {
        Ok(()) => Over::Elapsed,
        Err(over) => over,
    }
}

/// Waits for an instant; one that has passed is not waited for.
pub(crate) async fn until(instant: Instant) -> Over {
    match instant.saturating_duration_since(now()) {
        Duration::ZERO => Over::Elapsed,
        time => pause(time).await,
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the clock file of the crate")]
fn sleep(after: Duration) -> Sleep {
    tokio::time::sleep(after)
}

/// Tokio panics where its runtime has no timer or has ended, and offers no way to ask before.
fn without_panic<T>(act: impl FnOnce() -> T) -> Result<T, Over> {
    catch_unwind(AssertUnwindSafe(act)).map_err(|_| Over::NoRuntime)
}

/// Milliseconds since 1970 by this machine's clock; it decides nothing, it is compared with the
/// server's.
#[expect(clippy::disallowed_methods, reason = "this is the clock file of the crate")]
pub(crate) fn wall_millis() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
