//! Drives the taking of one name.

use std::sync::Arc;
use std::time::Duration;

use cache_core::{Acquired, Effect, Error, ErrorKind, Fence, LockName, LockRequest};

use super::claim::{Asking, Failure, Lease, NextAsk, Patience, Refusal, Terms, Wait};
use super::guard::Guard;
use super::hub::{Hub, Interest, Name, Place};
use super::random;
use super::stake::{Stake, no_answer};
use crate::clock::{Moment, later, now, pause_until, until};
use crate::race::{First, race};

/// What is asked for, all of it checked.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    pub(crate) terms: Terms,
    pub(crate) patience: Patience,
    pub(crate) holder: Box<str>,
    pub(crate) replicas: u32,
    pub(crate) min_fence: Fence,
}

/// One taker on its way to a name. Dropped at any point, it leaves the queue, and gives back what
/// it may hold.
struct Attempt<'a> {
    name: Arc<Name>,
    wish: &'a Wish,
    asking: Asking,
    // Before the place: the release goes out before the next in line asks.
    stake: Stake,
    place: Place,
    interest: Option<Interest>,
    /// Why the last ask failed.
    failure: Option<Error>,
    /// An ask went out whose answer is not known: the token may come to hold the name yet.
    is_uncertain: bool,
}

/// Takes a name in turn; `None` where others hold it for longer than the wish has patience.
pub(crate) async fn take(
    hub: &Arc<Hub>,
    lock_name: LockName<'_>,
    wish: &Wish,
) -> Result<Option<Guard>, Error> {
    let name = hub.name(lock_name);
    let (place, has_turn) = name.join();
    let mut attempt = Attempt::new(name, wish, place)?;
    if has_turn {
        attempt.asking.woken(now());
    }
    attempt.run().await
}

/// Takes a name if it is free, and nobody here has waited for longer.
pub(crate) async fn try_take(
    hub: &Arc<Hub>,
    lock_name: LockName<'_>,
    wish: &Wish,
) -> Result<Option<Guard>, Error> {
    let name = hub.name(lock_name);
    let Some(place) = name.pass_by() else { return Ok(None) };
    let mut attempt = Attempt::new(name, wish, place)?;
    attempt.asking.woken(now());
    attempt.run().await
}

impl<'a> Attempt<'a> {
    fn new(name: Arc<Name>, wish: &'a Wish, place: Place) -> Result<Self, Error> {
        let stake = Stake::new(Arc::clone(&name), random::token()?, wish.terms)?;
        Ok(Self {
            name,
            wish,
            asking: Asking::new(wish.terms, wish.patience),
            stake,
            place,
            interest: None,
            failure: None,
            is_uncertain: false,
        })
    }

    async fn run(mut self) -> Result<Option<Guard>, Error> {
        loop {
            let now = now();
            match self.asking.next(now) {
                NextAsk::Ask { until } => {
                    if let Some((lease, fence)) = self.ask(now, until).await? {
                        return self.granted(lease, fence).map(Some);
                    }
                }
                NextAsk::Wait { until } => self.wait(until).await,
                NextAsk::GiveUp(Refusal::Held) => return Ok(None),
                NextAsk::GiveUp(Refusal::Failed) => {
                    let unknown = || no_answer("acquire", &self.name);
                    return Err(self.failure.take().unwrap_or_else(unknown));
                }
            }
        }
    }

    async fn wait(&mut self, end: Option<Moment>) {
        // Nobody may come to tell that the hold of another here is over.
        let look = self.name.held_until().unwrap_or_else(|| later(now(), self.wish.terms.ttl));
        let end = end.map_or(look, |end| end.min(look));
        match race(self.place.turn(), pause_until(end)).await {
            First::Left(()) => self.asking.woken(now()),
            First::Right(()) => self.name.free_if_over(now()),
        }
    }

    /// Asks once; the lease, where it was granted. It is counted from `sent`, and so is what the
    /// call may take, to its `end`.
    async fn ask(
        &mut self,
        sent: Moment,
        end: Moment,
    ) -> Result<Option<(Lease, Option<Fence>)>, Error> {
        let terms = self.wish.terms;
        // A request may be held up until the call is given up, and its lease begins then.
        self.stake.may_hold_until(later(end, terms.ttl));
        let name = Arc::clone(&self.name);
        if self.wish.replicas > 0 {
            self.stake.may_be_overtaken();
        }
        let reply = name.hub.locks.acquire(self.request(name.lock_name()?));
        let answer = until(end, reply).await;
        if matches!(&answer, Some(answer) if is_sure(answer)) {
            self.stake.was_answered();
        }
        match answer {
            Some(Ok(Acquired::Granted { fence, ttl_left, .. })) => {
                let answered = now();
                let lease = Lease::granted(terms, sent, answered, ttl_left);
                if lease.valid_until() > answered {
                    return Ok(Some((lease, fence)));
                }
                self.failed(came_too_late(&name));
            }
            Some(Ok(Acquired::Held { retry_after, .. })) => self.held(retry_after),
            Some(Ok(_)) => self.failed(name_a_newer_answer(&name)),
            Some(Err(error)) => self.failed(error),
            None => self.failed(no_answer("acquire", &name)),
        }
        Ok(None)
    }

    fn request<'n>(&'n self, name: LockName<'n>) -> LockRequest<'n> {
        let least = self.name.hub.fences.least(self.name.as_str(), self.wish.min_fence);
        LockRequest::new(name, self.stake.token, self.wish.terms.ttl)
            .holder(&self.wish.holder)
            .replicas(self.wish.replicas)
            .min_fence(least)
    }

    fn held(&mut self, retry_after: Duration) {
        self.forget_unless_uncertain();
        if self.interest.is_none() {
            self.interest = Some(self.name.interest());
        }
        let has_events = self.name.has_events();
        self.asking.held(now(), retry_after, has_events, random::jitter());
    }

    fn failed(&mut self, error: Error) {
        let is_unknown = error.effect() == Effect::Unknown;
        self.is_uncertain |= is_unknown;
        self.forget_unless_uncertain();
        let failure = match error.kind() {
            // Too few replicas is an answer: the caller decides whether to go without.
            ErrorKind::NotReplicated => Failure::Lasting,
            _ if !error.is_retryable() => Failure::Lasting,
            _ if is_unknown => Failure::Unknown,
            _ if self.waits() => Failure::Passing,
            _ => Failure::Lasting,
        };
        self.failure = Some(error);
        self.asking.failed(now(), failure);
    }

    /// Who does not wait gets an error at once, unless only the answer was lost.
    fn waits(&self) -> bool {
        self.wish.patience.wait != Wait::Not
    }

    fn forget_unless_uncertain(&mut self) {
        if !self.is_uncertain {
            self.stake.holds_nothing();
        }
    }

    fn granted(self, lease: Lease, fence: Option<Fence>) -> Result<Guard, Error> {
        if let Some(fence) = fence {
            self.name.hub.fences.admit(self.name.lock_name()?, fence)?;
        }
        let Self { mut stake, place, .. } = self;
        stake.granted(place.granted());
        Ok(Guard::start(stake, lease, fence, self.wish.terms))
    }
}

/// Whether nothing of the request is on its way any more.
fn is_sure(answer: &Result<Acquired, Error>) -> bool {
    answer.as_ref().map_or_else(|error| error.effect() == Effect::NotApplied, |_| true)
}

fn came_too_late(name: &Name) -> Error {
    let problem = "the lease was over when its grant arrived; give a longer TTL";
    let error = Error::unknown(ErrorKind::Timeout, problem);
    error.with_operation("acquire").with_backend(name.hub.locks.name()).with_key(name.as_str())
}

/// The answer enum may grow in the core; nothing is known of what was granted then.
fn name_a_newer_answer(name: &Name) -> Error {
    let problem =
        "the backend gave an answer that this version does not know; update cache-recipes";
    let error = Error::unknown(ErrorKind::Corrupt, problem);
    error.with_operation("acquire").with_key(name.as_str())
}
