//! The one place where time passes for the crate.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::coop::{Unconstrained, unconstrained};
#[cfg(feature = "tracing")]
pub(crate) use tokio::time::Instant;
use tokio::time::Sleep;

/// Rings once, some time after it was started.
///
/// Unconstrained: a task that has used up its share for this turn still hears that its time is over.
pub(crate) struct Timer(Pin<Box<Unconstrained<Sleep>>>);

/// There is no runtime that keeps time, or it has ended.
#[derive(Debug)]
pub(crate) struct NoTime;

impl Timer {
    pub(crate) fn start(after: Duration) -> Result<Self, NoTime> {
        Handle::try_current().map_err(|_| NoTime)?;
        without_panic(|| Self(Box::pin(unconstrained(sleep(after)))))
    }

    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<(), NoTime>> {
        match without_panic(|| self.0.as_mut().poll(context)) {
            Ok(polled) => polled.map(Ok),
            Err(no_time) => Poll::Ready(Err(no_time)),
        }
    }
}

/// The instant that timers go by; it needs no runtime.
#[cfg(feature = "tracing")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

#[expect(clippy::disallowed_methods, reason = "this is the clock file of the crate")]
fn sleep(after: Duration) -> Sleep {
    tokio::time::sleep(after)
}

/// Tokio panics where its runtime has no timer or has ended, and offers no way to ask before.
fn without_panic<T>(act: impl FnOnce() -> T) -> Result<T, NoTime> {
    catch_unwind(AssertUnwindSafe(act)).map_err(|_| NoTime)
}
