//! A name that is asked for: when to ask, and when to give up.

use std::time::Duration;

use super::Terms;
use crate::clock::{Moment, later};

/// A held name is asked for again after this long at the latest while events are in force: they
/// tell of a release, so this bounds the harm of a connection that died unseen.
const LATEST_WITH_EVENTS: Duration = Duration::from_secs(5);

/// And so long where no events tell of a release.
const LATEST_WITHOUT_EVENTS: Duration = Duration::from_millis(100);

/// The first pause after an ask that failed; it doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(10);

/// The longest pause after an ask that may have been granted: so long a lock may have no owner that
/// knows of it.
const LONGEST_PAUSE_IF_UNKNOWN: Duration = Duration::from_millis(100);

/// The longest pause after one that was not.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// How an ask failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Asking again is of no use.
    Lasting,
    /// It was not granted, and may be later.
    Passing,
    /// The answer was lost. A backend knows the token again, so the same ask does no harm.
    Unknown,
}

/// How long a taker puts up with what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Patience {
    /// With a name that others hold: not at all, until a moment, or for ever.
    pub(crate) wait: Wait,
    /// With failures one after another: for so long, or for ever.
    pub(crate) failures: Option<Duration>,
}

impl Patience {
    /// Whether the time to wait for others has passed.
    fn is_over(self, now: Moment) -> bool {
        matches!(self.wait, Wait::Until(end) if end <= now)
    }
}

/// How long to wait for a name that others hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wait {
    Not,
    Until(Moment),
    ForEver,
}

/// Asks for a name until it is granted.
#[derive(Debug)]
pub(crate) struct Asking {
    terms: Terms,
    patience: Patience,
    /// When to ask; `None` before it is the taker's turn.
    ask_at: Option<Moment>,
    /// Since when every ask has failed.
    failing_since: Option<Moment>,
    pause: Duration,
    /// Whether the last answer was that others hold the name, and no ask has failed since.
    was_held: bool,
    refused: Option<Refusal>,
}

/// What to do for a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NextAsk {
    /// Ask now, always with the same token; give the call up at `until`.
    Ask { until: Moment },
    /// Nothing before this moment, or before it is told that something changed.
    Wait { until: Option<Moment> },
    /// Stop.
    GiveUp(Refusal),
}

/// Why a taker gives up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Others held the name for longer than it would wait.
    Held,
    /// The asks failed; the last failure says why.
    Failed,
}

impl Asking {
    pub(crate) fn new(terms: Terms, patience: Patience) -> Self {
        Self {
            terms,
            patience,
            ask_at: None,
            failing_since: None,
            pause: FIRST_PAUSE,
            was_held: false,
            refused: None,
        }
    }

    pub(crate) fn next(&self, now: Moment) -> NextAsk {
        if let Some(refusal) = self.refused {
            return NextAsk::GiveUp(refusal);
        }
        let end = match self.patience.wait {
            Wait::Until(end) => Some(end),
            Wait::Not | Wait::ForEver => None,
        };
        if end.is_some_and(|end| end <= now) {
            let is_failing = self.failing_since.is_some();
            return NextAsk::GiveUp(if is_failing { Refusal::Failed } else { Refusal::Held });
        }
        match self.ask_at {
            Some(moment) if moment <= now => NextAsk::Ask { until: self.terms.ask_until(now, end) },
            ask_at => NextAsk::Wait { until: ask_at.into_iter().chain(end).min() },
        }
    }

    /// It is the taker's turn, or something changed: an ask is worth it now.
    pub(crate) fn woken(&mut self, now: Moment) {
        // After a failure the pause is kept: events would else make it a storm.
        if self.failing_since.is_none() || self.ask_at.is_none() {
            self.ask_at = Some(now);
        }
    }

    /// Others hold the name for `retry_after` yet. The jitter keeps takers of many processes apart.
    pub(crate) fn held(
        &mut self,
        now: Moment,
        retry_after: Duration,
        has_events: bool,
        jitter: Duration,
    ) {
        (self.failing_since, self.was_held) = (None, true);
        self.pause = FIRST_PAUSE;
        let latest = if has_events { LATEST_WITH_EVENTS } else { LATEST_WITHOUT_EVENTS };
        self.ask_at = Some(later(now, retry_after.min(latest) + jitter));
        if self.patience.wait == Wait::Not {
            self.refused = Some(Refusal::Held);
        }
    }

    /// The ask failed.
    pub(crate) fn failed(&mut self, now: Moment, failure: Failure) {
        let was_held = std::mem::take(&mut self.was_held);
        if was_held && failure == Failure::Unknown && self.patience.is_over(now) {
            // The end of the wait has cut this ask short: that others hold the name is what is known.
            self.refused = Some(Refusal::Held);
            return;
        }
        let since = *self.failing_since.get_or_insert(now);
        let end = self.patience.failures.map(|patience| later(since, patience));
        let longest = match failure {
            Failure::Unknown => LONGEST_PAUSE_IF_UNKNOWN,
            Failure::Passing | Failure::Lasting => LONGEST_PAUSE,
        };
        let next = later(now, self.pause.min(longest));
        self.ask_at = Some(next);
        self.pause = (self.pause * 2).min(longest);
        if failure == Failure::Lasting || end.is_some_and(|end| end < next) {
            self.refused = Some(Refusal::Failed);
        }
    }
}

#[cfg(test)]
mod tests;
