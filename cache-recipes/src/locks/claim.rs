//! What one taker of a name does and when, with no runtime and no clock in it.
//!
//! [`Asking`] waits and asks until a lease is granted; [`Lease`] renews it until it is over. Both
//! are told what happened and when, and answer what to do next: the same rules hold for locks, for
//! elections, and in simulated time.

mod asking;
mod lease;

use std::time::Duration;

pub(crate) use self::asking::{Asking, Failure, NextAsk, Patience, Refusal, Wait};
pub(crate) use self::lease::{Lease, NextStep};
use crate::clock::{Moment, later};

/// What a taker asks for, and how careful it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms {
    /// How long a lease lasts from each renewal.
    pub(crate) ttl: Duration,
    /// How long the name is held at most, renewals included; without limit if `None`.
    pub(crate) max_hold: Option<Duration>,
    /// How much earlier than it has to be the lease counts as over.
    pub(crate) margin: Duration,
    /// How long one call may take.
    pub(crate) call_limit: Duration,
}

impl Terms {
    /// Until when a lease may be relied on whose request went out at `sent`.
    ///
    /// It is counted from before the request was sent: the backend counts from later. Taken off is
    /// what two clocks may differ by in that time, 1 % and 2 ms, as Redlock has it (redis.io,
    /// "Distributed Locks with Redis"): the part that grows with time for their rates, the fixed
    /// part for rounding to milliseconds.
    pub(crate) fn valid_until(&self, sent: Moment, ttl: Duration) -> Moment {
        let drift = ttl / 100 + Duration::from_millis(2);
        later(sent, ttl.saturating_sub(drift).saturating_sub(self.margin))
    }

    /// When an extend that is made now is given up: early enough for others before `end`.
    pub(crate) fn extend_until(&self, now: Moment, end: Moment) -> Moment {
        later(now, self.call_limit.min(self.ttl / 6)).min(end)
    }

    /// When an ask that is made now is given up: a grant that comes later is over.
    pub(crate) fn ask_until(&self, now: Moment, end: Option<Moment>) -> Moment {
        let limit = later(now, self.call_limit.min(self.ttl));
        end.map_or(limit, |end| limit.min(end))
    }
}
