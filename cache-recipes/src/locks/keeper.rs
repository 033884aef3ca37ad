//! Drives a lease that is held: renews it, and learns that it is lost.

use std::sync::Arc;
use std::time::Duration;

use cache_core::{Effect, Error, Extended, Fence, LockState, Token};

use super::claim::{Lease, NextStep, Terms};
use super::hub::{Events, Interest, Name};
use super::queue::Ticket;
use super::stake::Stake;
use super::told::Told;
use crate::LossReason;
use crate::clock::{Moment, now, pause_until, until};
use crate::race::{First, race};

/// What everybody who has to do with a hold knows of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct View {
    /// Until when the name is surely held.
    pub(super) valid_until: Moment,
    /// Why it is not from then on.
    pub(super) at_end: LossReason,
    /// Why it is not any more.
    pub(super) lost: Option<LossReason>,
}

impl View {
    pub(super) fn of(lease: &Lease) -> Self {
        Self { valid_until: lease.valid_until(), at_end: lease.reason_at_end(), lost: None }
    }
}

/// What a guard is kept by. It ends with the lease, and is stopped by whoever releases it.
pub(super) struct Keeper {
    name: Arc<Name>,
    token: Token,
    ticket: Option<Ticket>,
    fence: Option<Fence>,
    terms: Terms,
    view: Arc<Told<View>>,
    /// What happens from the grant on is heard of, whenever this is first run.
    events: Events,
    listen_at: Option<Moment>,
}

impl Keeper {
    pub(super) fn new(
        stake: &Stake,
        fence: Option<Fence>,
        terms: Terms,
        view: Arc<Told<View>>,
    ) -> Self {
        let (name, events) = (Arc::clone(&stake.name), stake.name.events());
        let (token, ticket) = (stake.token, stake.ticket());
        Self { name, token, ticket, fence, terms, view, events, listen_at: None }
    }

    /// Asks for events from this moment on.
    pub(super) fn listen_at(&mut self, moment: Moment) {
        self.listen_at = Some(moment);
    }

    pub(super) async fn run(mut self, mut lease: Lease) {
        let mut interest: Option<Interest> = None;
        loop {
            let step = lease.next(now());
            self.show(&lease, step);
            match step {
                NextStep::Over(_) => return,
                NextStep::Renew { ttl, until } => self.renew(&mut lease, ttl, until).await,
                NextStep::Wait { until } => {
                    let end = self.listen_at.map_or(until, |moment| moment.min(until));
                    if let First::Left(_) = race(self.events.changed(), pause_until(end)).await {
                        self.look(&mut lease).await;
                    }
                    if self.listen_at.take_if(|moment| *moment <= now()).is_some() {
                        // It looks once more when the subscription is in force.
                        interest.get_or_insert_with(|| self.name.interest());
                    }
                }
            }
        }
    }

    fn show(&self, lease: &Lease, step: NextStep) {
        let mut view = View::of(lease);
        if let NextStep::Over(reason) = step {
            view.lost = Some(reason);
        }
        self.view.change(|known| {
            // A guard that is given back says so first.
            let is_news = known.lost.is_none() && *known != view;
            if is_news {
                *known = view;
            }
            is_news
        });
    }

    async fn renew(&self, lease: &mut Lease, ttl: Duration, end: Moment) {
        let Ok(name) = self.name.lock_name() else { return };
        let sent = now();
        match until(end, self.name.hub.locks.extend(name, self.token, ttl)).await {
            Some(Ok(Extended::Extended)) => lease.extended(sent, now(), ttl),
            Some(Ok(Extended::NotOwner)) => lease.lost(now(), LossReason::NotOwner),
            Some(Ok(_) | Err(_)) | None => lease.not_extended(now()),
        }
    }

    /// An event says that something happened to the name: is it still ours?
    async fn look(&self, lease: &mut Lease) {
        let Ok(name) = self.name.lock_name() else { return };
        let end = self.terms.extend_until(now(), lease.valid_until());
        let answer = until(end, self.name.hub.locks.inspect(name)).await;
        if answer.is_some_and(|answer| self.is_taken_away(answer)) {
            lease.lost(now(), LossReason::Gone);
        }
    }

    fn is_taken_away(&self, answer: Result<Option<LockState>, Error>) -> bool {
        match answer {
            Ok(None) => true,
            // Without fences nobody can tell; the next renewal will.
            Ok(Some(state)) => state.fence.zip(self.fence).is_some_and(|(now, ours)| now != ours),
            // What cannot be seen is believed until the deadline. A backend that was stopped has
            // no locks any more.
            Err(error) => {
                error.kind() == cache_core::ErrorKind::Stopped
                    && error.effect() == Effect::NotApplied
            }
        }
    }
}

impl Drop for Keeper {
    /// The next in line may ask. Not so where the guard is given back: that is told when the
    /// release is on its way.
    fn drop(&mut self) {
        let is_given_back = self.view.get().lost == Some(LossReason::Released);
        if let Some(ticket) = self.ticket.filter(|_| !is_given_back) {
            self.name.freed(ticket);
        }
    }
}
