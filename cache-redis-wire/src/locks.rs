//! The lock trait.

use std::num::NonZeroU64;
use std::time::Duration;

use bytes::Bytes;
use cache_core::{
    Acquired, Effect, Error, ErrorKind, Extended, LockBackend, LockName, LockRequest, LockState,
    Released, Reply, Token,
};

use crate::Redis;
use crate::clock;
use crate::driver::Driver;
use crate::operation::{Request, locks, unexpected};
use crate::reply::Answer;
use crate::supervise::{Call, Lane};

const ACQUIRE: Call = Call { operation: "acquire", reads_only: false };

#[deny(clippy::missing_trait_methods)]
impl<D: Driver> LockBackend for Redis<D> {
    fn acquire(&self, request: LockRequest<'_>) -> Reply<'_, Acquired> {
        let name = named(request.name);
        let lease = match request.check() {
            Ok(lease) => lease,
            Err(error) => {
                return Reply::err(self.refused(error, ACQUIRE).with_key(request.name.as_str()));
            }
        };
        if request.replicas > 0 && self.is_lent {
            return Reply::err(self.refused(no_waiting(), ACQUIRE).with_key(request.name.as_str()));
        }
        if request.replicas > 0 {
            let replicated = Replicated::new(&request, lease);
            return Reply::pending(async move {
                let acquired = self.acquire_replicated(replicated).await;
                acquired.map_err(|error| self.named_by(error, ACQUIRE, &name))
            });
        }
        let asked = locks::acquire(&request, lease);
        Reply::pending(async move {
            let asked = self.ask(Lane::Locks, ACQUIRE, asked).await;
            let asked = asked.map_err(|error| self.named_by(error, ACQUIRE, &name))?;
            // The script gave the whole lease when it answered.
            Ok(asked.acquired(Duration::from_millis(lease.get())))
        })
    }

    fn extend(&self, name: LockName<'_>, token: Token, ttl: Duration) -> Reply<'_, Extended> {
        let call = Call { operation: "extend", reads_only: false };
        self.on_lock(call, name, locks::extend(name, token, ttl))
    }

    fn release(&self, name: LockName<'_>, token: Token) -> Reply<'_, Released> {
        let call = Call { operation: "release", reads_only: false };
        self.on_lock(call, name, Ok(locks::release(name, token)))
    }

    fn inspect(&self, name: LockName<'_>) -> Reply<'_, Option<LockState>> {
        let call = Call { operation: "inspect", reads_only: true };
        self.on_lock(call, name, Ok(locks::inspect(name)))
    }
}

/// An acquire that counts once replicas have acknowledged it.
struct Replicated {
    acquire: Request<locks::Asked>,
    left: crate::Command,
    release: Request<Released>,
    lease: Duration,
    wanted: u32,
}

impl Replicated {
    fn new(request: &LockRequest<'_>, lease: NonZeroU64) -> Self {
        Self {
            acquire: locks::acquire(request, lease),
            left: locks::left(request.name),
            release: locks::release(request.name, request.token),
            lease: Duration::from_millis(lease.get()),
            wanted: request.replicas,
        }
    }
}

impl<D: Driver> Redis<D> {
    /// One request about one lock.
    fn on_lock<T: Send + 'static>(
        &self,
        call: Call,
        name: LockName<'_>,
        request: Result<Request<T>, Error>,
    ) -> Reply<'_, T> {
        match request {
            Ok(request) => {
                let name = named(name);
                Reply::pending(async move {
                    let answer = self.ask(Lane::Locks, call, request).await;
                    answer.map_err(|error| self.named_by(error, call, &name))
                })
            }
            Err(error) => Reply::err(self.refused(error, call).with_key(name.as_str())),
        }
    }

    /// `WAIT` counts what its own connection has written: so it is sent on the connection of the acquire,
    /// which carries nothing else meanwhile; and only after a grant, for a lock that is held has nothing
    /// to wait for. What is left of the lease is asked for last, as the wait has used some of it.
    async fn acquire_replicated(&self, replicated: Replicated) -> Result<Acquired, Error> {
        let Replicated { acquire, left, release, lease, wanted } = replicated;
        let Request { command, script, decode } = acquire;
        let command = script.map_or_else(|| command.clone(), |s| s.with_text(command.clone()));
        let end = self.end();
        let wait = |answer: &Answer| match decode(answer.clone()) {
            Ok(locks::Asked::Granted { .. }) => {
                // Most of what is left, so that the answer comes in time; no longer than the lease.
                let limit = end.saturating_duration_since(clock::now()) / 4 * 3;
                vec![locks::wait(wanted, limit.min(lease)), left]
            }
            _ => Vec::new(),
        };
        let mut answers = self.link.steps(ACQUIRE, command, wait).await?.into_iter();
        let mut next = || answers.next().ok_or_else(|| unexpected(Answer::Nil));
        let asked = decode(next()?)?;
        let locks::Asked::Granted { is_new, .. } = asked else {
            return Ok(asked.acquired(Duration::ZERO));
        };
        let (waited, left) = (next()?, next()?);
        let shortfall = match locks::acknowledged(waited) {
            Ok(replicas) if replicas >= wanted => {
                let left = locks::lease_left(left);
                return left.map(|left| asked.acquired(left)).map_err(unsure);
            }
            Ok(replicas) => too_few(replicas, wanted),
            Err(error) => error,
        };
        if !is_new {
            // The token has held the lock before, and may rely on that: it is not taken from it.
            return Err(unsure(shortfall));
        }
        match self.ask_by(end, Lane::Locks, ACQUIRE, release).await {
            Ok(_) => Err(shortfall.with_effect(Effect::NotApplied)),
            Err(_) => Err(unsure(shortfall)),
        }
    }
}

fn named(name: LockName<'_>) -> Bytes {
    Bytes::copy_from_slice(name.as_str().as_bytes())
}

/// The token may hold the lock.
fn unsure(error: Error) -> Error {
    error.with_effect(Effect::Unknown)
}

/// `WAIT` would keep everybody else on the connection waiting.
#[cold]
fn no_waiting() -> Error {
    let problem = "a lock that waits for replicas needs a connection of its own, and this one was \
                   handed over; hand over a client";
    Error::not_applied(ErrorKind::Unsupported, problem)
}

#[cold]
fn too_few(acknowledged: u32, wanted: u32) -> Error {
    let problem = format!(
        "{acknowledged} replicas of {wanted} acknowledged in time; ask for fewer, or see INFO \
         replication"
    );
    Error::not_applied(ErrorKind::NotReplicated, problem)
}

#[cfg(test)]
mod tests;
