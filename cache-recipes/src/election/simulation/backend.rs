//! The backend of a simulation: what it is asked, and what it keeps.

use super::Time;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Call {
    pub(super) from: usize,
    pub(super) number: u64,
    pub(super) token: u64,
    pub(super) what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum What {
    Acquire,
    /// For so long, in µs of the backend's clock.
    Extend(u64),
    Release,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Answer {
    Granted { fence: u64, left: u64 },
    Held { left: u64 },
    Done,
    NotOwner,
    Failed,
}

/// What the backend keeps. Its clock has a rate too.
#[derive(Default)]
pub(super) struct Backend {
    pub(super) rate: u64,
    pub(super) owner: Option<u64>,
    /// In true time.
    pub(super) until: Time,
    pub(super) fence: u64,
    /// Calls that come before this wait until then, or fail.
    pub(super) hangs_until: Time,
    pub(super) fails_until: Time,
}

impl Backend {
    pub(super) fn answer(&mut self, call: Call, ttl: u64, time: Time) -> Answer {
        let lasts = |ttl: u64| time + ttl * 1_000_000 / self.rate;
        let left = |until: Time| (until - time) * self.rate / 1_000_000;
        let owner = self.owner.filter(|_| time < self.until);
        match call.what {
            What::Acquire if owner.is_none_or(|owner| owner == call.token) => {
                self.until = lasts(ttl);
                if owner.is_none() {
                    (self.owner, self.fence) = (Some(call.token), self.fence + 1);
                }
                Answer::Granted { fence: self.fence, left: ttl }
            }
            What::Acquire => Answer::Held { left: left(self.until) },
            _ if owner != Some(call.token) => Answer::NotOwner,
            What::Extend(ttl) => {
                self.until = lasts(ttl);
                Answer::Done
            }
            What::Release => {
                self.owner = None;
                Answer::Done
            }
        }
    }
}
