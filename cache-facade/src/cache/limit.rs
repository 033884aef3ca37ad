//! Waiting no longer than is allowed.

use std::borrow::Cow;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use cache_core::{Error, ErrorKind};

use crate::clock::{NoTime, Timer};

/// The time that may be spent on waiting. It begins to pass when something has to be waited for.
pub(crate) struct Allowance {
    limit: Duration,
    timer: Option<Timer>,
}

/// Why something was not waited for any longer.
#[derive(Debug)]
pub(crate) enum BrokenOff {
    /// The limit passed.
    Late(Duration),
    /// There is nothing to keep the limit by.
    NoTime,
}

impl Allowance {
    pub(crate) const fn new(limit: Duration) -> Self {
        Self { limit, timer: None }
    }

    /// Waits for `future`, which is the caller's to drop where it is broken off.
    pub(crate) async fn wait<F: Future + Unpin>(
        &mut self,
        future: &mut F,
    ) -> Result<F::Output, BrokenOff> {
        poll_fn(|context| match Pin::new(&mut *future).poll(context) {
            Poll::Ready(answer) => Poll::Ready(Ok(answer)),
            Poll::Pending => self.poll_timer(context).map(Err),
        })
        .await
    }

    fn poll_timer(&mut self, context: &mut Context<'_>) -> Poll<BrokenOff> {
        // No waiting needs no timer, and so no runtime.
        if self.limit.is_zero() {
            return Poll::Ready(BrokenOff::Late(self.limit));
        }
        let timer = match &mut self.timer {
            Some(timer) => timer,
            none => match Timer::start(self.limit) {
                Ok(timer) => none.insert(timer),
                Err(NoTime) => return Poll::Ready(BrokenOff::NoTime),
            },
        };
        timer.poll(context).map(|rung| match rung {
            Ok(()) => BrokenOff::Late(self.limit),
            Err(NoTime) => BrokenOff::NoTime,
        })
    }
}

impl BrokenOff {
    /// What the caller is told: `late` of the limit, `no_time` where nothing keeps it.
    #[cold]
    pub(crate) fn error(
        &self,
        late: impl FnOnce(Duration) -> String,
        no_time: &'static str,
    ) -> Error {
        match self {
            Self::Late(limit) => Error::not_applied(ErrorKind::Timeout, late(*limit)),
            Self::NoTime => Error::not_applied(ErrorKind::Config, Cow::Borrowed(no_time)),
        }
    }
}
