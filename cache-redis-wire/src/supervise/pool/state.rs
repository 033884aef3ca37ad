//! What a lane knows of its connections and of the attempts to open more.

use std::sync::Arc;

use cache_core::Error;
use tokio::sync::watch;
use tokio::task::AbortHandle;

use super::super::live::Live;
use super::super::pace::Backoff;
use crate::clock::{self, Instant};

pub(super) struct State<C> {
    pub(super) lives: Vec<Arc<Live<C>>>,
    /// Those that no new call uses, while calls on them end.
    pub(super) leaving: Vec<Arc<Live<C>>>,
    pub(super) attempt: Option<Attempt>,
    /// How many attempts there were: the number of the next.
    pub(super) attempts: u64,
    /// Why the last attempt failed, and when.
    pub(super) last: Option<(Error, Instant)>,
    /// No attempt begins before.
    pub(super) due: Option<Instant>,
    pub(super) backoff: Backoff,
    pub(super) closed: bool,
}

/// An attempt to connect. Dropping it wakes all who wait; they look again.
pub(super) struct Attempt {
    pub(super) number: u64,
    pub(super) failure: watch::Sender<Option<Error>>,
    /// A task that is not done by then sits on a runtime that nobody drives.
    pub(super) expires: Instant,
    pub(super) task: Option<AbortHandle>,
}

impl<C> State<C> {
    /// The connection with the fewest calls, one that is not stale if there is one; and whether
    /// another would be of use.
    pub(super) fn pick(&self, size: usize) -> Option<(&Arc<Live<C>>, bool)> {
        let (mut best, mut least, mut fresh) = (None, (true, usize::MAX), 0);
        for live in &self.lives {
            let rank = (live.is_stale(), live.load());
            fresh += usize::from(!rank.0);
            if best.is_none() || rank < least {
                (best, least) = (Some(live), rank);
            }
        }
        let is_busy = least.0 || least.1 > 0;
        best.map(|live| (live, is_busy && fresh < size))
    }

    pub(super) fn may_begin(&self, now: Instant) -> bool {
        self.attempt_at(now).is_none() && self.due.is_none_or(|due| due <= now)
    }

    /// The attempt under way, unless it is stuck.
    pub(super) fn attempt_at(&self, now: Instant) -> Option<&Attempt> {
        self.attempt.as_ref().filter(|attempt| now < attempt.expires)
    }

    pub(super) fn fail(&mut self, error: Error) {
        let now = clock::now();
        self.due = Some(now + self.backoff.failed());
        self.last = Some((error, now));
    }
}
