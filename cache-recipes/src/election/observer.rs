//! Follows who leads.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use cache_core::{Error, ErrorKind, Fence};
use futures_core::Stream;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use super::Leader;
use crate::Locks;
use crate::clock::{later, now, pause_until};
use crate::locks::Name;
use crate::race::race;

/// It looks again after so long at the latest while events are in force.
const LATEST_WITH_EVENTS: Duration = Duration::from_secs(5);

/// And so long without.
const LATEST_WITHOUT_EVENTS: Duration = Duration::from_millis(500);

/// A stream of who leads: first as it is, then after every change.
///
/// A reader that is slow misses what came between, and always gets the latest. A failure of the
/// backend that may pass is told once, and the stream goes on; after one that does not, such as
/// [`Stopped`](ErrorKind::Stopped), it ends. Dropping it ends the looking.
#[must_use = "a dropped observer tells nothing"]
pub struct Observer {
    news: mpsc::Receiver<Result<Option<Leader>, Error>>,
    task: AbortHandle,
}

/// What was told last.
#[derive(PartialEq)]
enum Told {
    Nothing,
    Leader(Option<(Option<Fence>, Box<str>)>),
    Failure(ErrorKind),
}

impl Observer {
    pub(super) fn start(locks: &Locks, lock_name: &str) -> Result<Self, Error> {
        let name = locks.name_in_use(lock_name, "inspect")?;
        let runtime = Handle::try_current().map_err(|_| {
            let problem = "an observer needs a runtime of tokio; call from inside of one";
            Error::not_applied(ErrorKind::Config, problem).with_operation("observe")
        })?;
        let (sender, news) = mpsc::channel(1);
        let task =
            runtime.spawn(follow(locks.clone(), lock_name.into(), name, sender)).abort_handle();
        Ok(Self { news, task })
    }

    /// Waits for the next news; `None` at the end of the stream.
    ///
    /// Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<Result<Option<Leader>, Error>> {
        self.news.recv().await
    }
}

async fn follow(
    locks: Locks,
    lock_name: Box<str>,
    name: Arc<Name>,
    news: mpsc::Sender<Result<Option<Leader>, Error>>,
) {
    let _interest = name.interest();
    let mut events = name.events();
    let mut told = Told::Nothing;
    // The place in the channel comes first, so that what is told is never old.
    while let Ok(place) = news.reserve().await {
        events.borrow_and_update();
        let answer = locks.inspect(&lock_name).await.map(|state| state.map(Leader::of));
        let is_end = answer.as_ref().is_err_and(|error| !error.is_retryable());
        let latest = if name.has_events() { LATEST_WITH_EVENTS } else { LATEST_WITHOUT_EVENTS };
        let look_at = later(now(), pause_after(&answer).min(latest));
        let telling = Told::of(&answer);
        if telling != told {
            told = telling;
            place.send(answer);
        }
        if is_end {
            return;
        }
        race(events.changed(), pause_until(look_at)).await;
    }
}

/// A lease that ends by itself is not told of: look when it should be over.
fn pause_after(answer: &Result<Option<Leader>, Error>) -> Duration {
    match answer {
        Ok(Some(leader)) => leader.ttl_left + Duration::from_millis(1),
        Ok(None) => LATEST_WITH_EVENTS,
        Err(_) => LATEST_WITHOUT_EVENTS,
    }
}

impl Told {
    fn of(answer: &Result<Option<Leader>, Error>) -> Self {
        match answer {
            Ok(leader) => {
                Self::Leader(leader.as_ref().map(|leader| (leader.term, leader.candidate.clone())))
            }
            Err(error) => Self::Failure(error.kind()),
        }
    }
}

impl Stream for Observer {
    type Item = Result<Option<Leader>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.news.poll_recv(context)
    }
}

impl Drop for Observer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observer").finish_non_exhaustive()
    }
}
