//! What may hold a name for a token.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use cache_core::{Error, ErrorKind, LockName, Released, Token};
use tokio::runtime::Handle;

use super::claim::Terms;
use super::hub::Name;
use super::queue::Ticket;
use crate::clock::{Moment, later, now, pause, until};

const FIRST_PAUSE: Duration = Duration::from_millis(10);

/// So long a lock may have no owner that knows of it.
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// A token that may hold a name. Dropped while it may, it is released in the background: on the
/// runtime that made it, until the backend has answered or the lease has ended by itself.
pub(super) struct Stake {
    pub(super) name: Arc<Name>,
    pub(super) token: Token,
    terms: Terms,
    runtime: Handle,
    /// Until when a lease of the token may last; `None` where it surely has none.
    until: Option<Moment>,
    /// What the queue knows the hold by, once it was granted.
    ticket: Option<Ticket>,
    /// Requests without an answer that a release may overtake.
    unanswered: u32,
}

impl Stake {
    /// # Errors
    /// `Config` outside of a runtime of tokio.
    pub(super) fn new(name: Arc<Name>, token: Token, terms: Terms) -> Result<Self, Error> {
        let runtime = Handle::try_current().map_err(|_| no_runtime())?;
        let (until, ticket, unanswered) = (None, None, 0);
        Ok(Self { name, token, terms, runtime, until, ticket, unanswered })
    }

    /// A request is about to go out another way than a release does, as one that waits for replicas.
    /// What is given back is asked for again until the request has arrived or died.
    pub(super) fn may_be_overtaken(&mut self) {
        self.unanswered += 1;
    }

    /// That request has its answer.
    pub(super) fn was_answered(&mut self) {
        self.unanswered = self.unanswered.saturating_sub(1);
    }

    pub(super) fn runtime(&self) -> &Handle {
        &self.runtime
    }

    /// A request is about to go out whose lease may last until this moment.
    pub(super) fn may_hold_until(&mut self, moment: Moment) {
        self.until = Some(self.until.map_or(moment, |known| known.max(moment)));
    }

    /// No request that went out has led to a lease, nor will.
    pub(super) fn holds_nothing(&mut self) {
        self.until = None;
    }

    pub(super) fn granted(&mut self, ticket: Ticket) {
        self.ticket = Some(ticket);
    }

    pub(super) fn ticket(&self) -> Option<Ticket> {
        self.ticket
    }

    /// Gives the name back. Where the answer is an error or does not come, or the future is
    /// dropped, it goes on in the background.
    pub(super) async fn release(mut self) -> Result<Released, Error> {
        let name = Arc::clone(&self.name);
        let release = release(&name, name.lock_name()?, self.token, self.ticket);
        let answer = until(later(now(), self.terms.call_limit), release).await;
        let answer = answer.unwrap_or_else(|| Err(no_answer("release", &self.name)));
        if answer.is_ok() && self.unanswered == 0 {
            self.holds_nothing();
        }
        answer
    }
}

impl Drop for Stake {
    fn drop(&mut self) {
        if self.until.is_none() && self.ticket.is_none() {
            return;
        }
        let freed = Freed { name: Arc::clone(&self.name), ticket: self.ticket };
        let Some(mut end) = self.until else { return };
        if self.ticket.is_some() {
            // It may have been renewed until now.
            end = end.max(later(now(), self.terms.ttl));
        }
        let (token, call_limit) = (self.token, self.terms.call_limit);
        let is_overtaken = self.unanswered > 0;
        drop(self.runtime.spawn(async move {
            release_until(&freed, token, call_limit, end, is_overtaken).await;
            drop(freed);
        }));
    }
}

/// Tells the queue, also where the runtime drops the task unfinished.
struct Freed {
    name: Arc<Name>,
    ticket: Option<Ticket>,
}

impl Drop for Freed {
    fn drop(&mut self) {
        match self.ticket {
            Some(ticket) => self.name.freed(ticket),
            None => self.name.changed(),
        }
    }
}

/// Releases, and lets the next in line ask as soon as the request is on its way: where a backend sends
/// both by one connection, the ask goes behind it, and a hand-over takes one round trip and not two.
/// Where it gets ahead, the name is held yet, and who asked is told once more when the answer is there.
async fn release(
    name: &Name,
    lock_name: LockName<'_>,
    token: Token,
    ticket: Option<Ticket>,
) -> Result<Released, Error> {
    let mut reply = pin!(name.hub.locks.release(lock_name, token));
    match poll_fn(|context| Poll::Ready(reply.as_mut().poll(context))).await {
        Poll::Ready(answer) => answer,
        Poll::Pending => {
            if let Some(ticket) = ticket {
                name.freed(ticket);
            }
            reply.await
        }
    }
}

/// Asks until the backend has answered; where an acquire may come after that, until the call limit has
/// passed. To compare and delete by a token that is never used again may be repeated without harm.
async fn release_until(
    freed: &Freed,
    token: Token,
    call_limit: Duration,
    end: Moment,
    is_overtaken: bool,
) {
    let mut wait = FIRST_PAUSE;
    let arrived = later(now(), if is_overtaken { call_limit } else { Duration::ZERO });
    loop {
        let Ok(lock_name) = freed.name.lock_name() else { return };
        let release = release(&freed.name, lock_name, token, freed.ticket);
        let is_done = match until(later(now(), call_limit), release).await {
            Some(Ok(_)) => now() >= arrived,
            Some(Err(error)) => is_final(error.kind()),
            None => false,
        };
        if is_done || later(now(), wait) >= end {
            return;
        }
        pause(wait).await;
        wait = (wait * 2).min(LONGEST_PAUSE);
    }
}

/// Whether a release that failed so will fail again. A password that is wrong may be right again soon,
/// and an answer that made no sense says nothing of the next one.
const fn is_final(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::Stopped
            | ErrorKind::InvalidInput
            | ErrorKind::Unsupported
            | ErrorKind::WrongType
    )
}

/// The error of a call that was given up.
pub(super) fn no_answer(operation: &'static str, name: &Name) -> Error {
    let problem = "the backend did not answer within the call limit";
    let error = Error::unknown(ErrorKind::Timeout, problem);
    error.with_operation(operation).with_backend(name.hub.locks.name()).with_key(name.as_str())
}

fn no_runtime() -> Error {
    let problem = "locks need a runtime of tokio, for timers and renewal; call from inside of one";
    Error::not_applied(ErrorKind::Config, problem).with_operation("acquire")
}

#[cfg(test)]
mod tests;
