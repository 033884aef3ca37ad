//! Releases of which nobody knows whether they are still on their way.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cache_core::Token;

use crate::clock::{Moment, later, now};

/// A request that was given up is taken to have arrived or died after this.
const ON_ITS_WAY: Duration = Duration::from_secs(60);

/// So many are remembered; then the oldest is forgotten.
const LIMIT: usize = 1_024;

/// Where a release of a token was given up, a later grant to the same token may be ended by it when
/// it arrives at last. So that server does not count for that token for a while.
#[derive(Clone, Default)]
pub(super) struct Doubtful(Arc<Mutex<VecDeque<(usize, Token, Moment)>>>);

/// A release that is about to go out. Dropped before its answer is known, it leaves a doubt.
pub(super) struct Doubt {
    doubtful: Doubtful,
    server: usize,
    token: Token,
    is_settled: bool,
}

impl Doubt {
    /// The answer is known.
    pub(super) fn settle(mut self) {
        self.is_settled = true;
    }
}

impl Drop for Doubt {
    fn drop(&mut self) {
        if !self.is_settled {
            self.doubtful.add(self.server, self.token);
        }
    }
}

impl Doubtful {
    pub(super) fn begin(&self, server: usize, token: Token) -> Doubt {
        Doubt { doubtful: self.clone(), server, token, is_settled: false }
    }

    fn add(&self, server: usize, token: Token) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= LIMIT {
            known.pop_front();
        }
        known.push_back((server, token, later(now(), ON_ITS_WAY)));
    }

    pub(super) fn has(&self, server: usize, token: Token) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = now();
        while known.front().is_some_and(|(_, _, end)| *end <= now) {
            known.pop_front();
        }
        known.iter().any(|(other, of, _)| (*other, *of) == (server, token))
    }
}
