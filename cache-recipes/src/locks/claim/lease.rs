//! A lease that is held: when to renew it, and when it is over.

use std::time::Duration;

use super::Terms;
use crate::LossReason;
use crate::clock::{Moment, later};

/// A lease from its grant to its end. Once over, it stays over, whatever answer comes later.
#[derive(Debug)]
pub(crate) struct Lease {
    terms: Terms,
    /// When the hold ends for good, by `max_hold`.
    hold_until: Option<Moment>,
    valid_until: Moment,
    /// `None` where the lease reaches to the end of the hold.
    renew_at: Option<Moment>,
    over: Option<LossReason>,
}

/// What to do with a lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NextStep {
    /// Extend it now, to so much; give the call up at `until`.
    Renew { ttl: Duration, until: Moment },
    /// Nothing before this moment.
    Wait { until: Moment },
    /// Stop: it is over.
    Over(LossReason),
}

impl Lease {
    /// A lease whose request went out at `sent`, and whose answer, that `ttl_left` is left, came at
    /// `now`.
    pub(crate) fn granted(terms: Terms, sent: Moment, now: Moment, ttl_left: Duration) -> Self {
        let hold_until = terms.max_hold.map(|hold| later(sent, hold));
        let mut lease = Self { terms, hold_until, valid_until: sent, renew_at: None, over: None };
        lease.lasts(sent, terms.ttl);
        // A backend that granted less than was asked for is believed.
        lease.valid_until = lease.valid_until.min(terms.valid_until(now, ttl_left));
        lease
    }

    pub(crate) fn valid_until(&self) -> Moment {
        self.valid_until
    }

    /// Why it will be over then, if nothing happens before.
    pub(crate) fn reason_at_end(&self) -> LossReason {
        if self.renew_at.is_none() { LossReason::MaxHold } else { LossReason::Expired }
    }

    pub(crate) fn next(&mut self, now: Moment) -> NextStep {
        self.look(now);
        if let Some(reason) = self.over {
            return NextStep::Over(reason);
        }
        match self.renew_at {
            Some(moment) if moment <= now => NextStep::Renew {
                ttl: self.hold_until.map_or(self.terms.ttl, |end| self.terms.ttl.min(end - now)),
                until: self.terms.extend_until(now, self.valid_until),
            },
            Some(moment) => NextStep::Wait { until: moment.min(self.valid_until) },
            None => NextStep::Wait { until: self.valid_until },
        }
    }

    /// An extend to `ttl` that went out at `sent` was answered: extended.
    pub(crate) fn extended(&mut self, sent: Moment, now: Moment, ttl: Duration) {
        self.look(now);
        if self.over.is_none() {
            self.lasts(sent, ttl);
        }
    }

    /// An extend failed, or its answer was lost. The old deadline stays, and it is tried again.
    pub(crate) fn not_extended(&mut self, now: Moment) {
        self.look(now);
        // Ten tries in the time that is left, as it was after the last success.
        self.renew_at = Some(later(now, (self.terms.ttl / 15).max(Duration::from_millis(1))));
    }

    /// The backend said that the name is not held by this token.
    pub(crate) fn lost(&mut self, now: Moment, reason: LossReason) {
        self.look(now);
        self.over.get_or_insert(reason);
    }

    fn lasts(&mut self, sent: Moment, ttl: Duration) {
        // A shorter lease at the end of the hold does not take back what an earlier one gave.
        self.valid_until = self.valid_until.max(self.terms.valid_until(sent, ttl));
        let is_last = self.hold_until.is_some_and(|end| later(sent, ttl) >= end);
        self.renew_at = (!is_last).then(|| later(sent, self.terms.ttl / 3));
    }

    fn look(&mut self, now: Moment) {
        if self.over.is_none() && now >= self.valid_until {
            self.over = Some(self.reason_at_end());
        }
    }
}

#[cfg(test)]
mod tests;
