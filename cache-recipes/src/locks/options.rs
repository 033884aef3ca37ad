//! How a lock is asked for.

use std::time::Duration;

use cache_core::{Error, ErrorKind, Fence, LockName, LockRequest, Token};

use super::attempt::Wish;
use super::claim::{Patience, Terms, Wait};
use crate::clock::{later, now};

/// How a lock is asked for, and for how long it is held.
///
/// ```
/// use std::time::Duration;
/// use cache_recipes::LockOptions;
///
/// let options = LockOptions::new()
///     .ttl(Duration::from_secs(5))
///     .wait_limit(Duration::from_secs(30))
///     .holder("worker 7");
/// # let _ = options;
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct LockOptions {
    ttl: Duration,
    max_hold: Hold,
    wait_limit: Option<Duration>,
    call_limit: Duration,
    holder: Box<str>,
    replicas: u32,
    min_fence: Fence,
    margin: Margin,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hold {
    Default,
    AtMost(Duration),
    Unlimited,
}

/// How much earlier than it has to be a lease counts as over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Margin {
    None,
    TenthOfTtl,
}

impl LockOptions {
    /// The shortest TTL, 10 ms: below it nothing is left of a lease after what clocks may differ by
    /// and a renewal.
    pub const MIN_TTL: Duration = Duration::from_millis(10);

    /// The TTL unless said otherwise, 10 s: a holder that crashed is replaced after so long at
    /// most, and a renewal may fail for 6 s without harm.
    pub const DEFAULT_TTL: Duration = Duration::from_secs(10);

    /// How long a lock is held at most unless said otherwise: one hour, or the TTL if it is longer.
    pub const DEFAULT_MAX_HOLD: Duration = Duration::from_secs(3_600);

    /// How long one call of the backend may take unless said otherwise: 1 s.
    pub const DEFAULT_CALL_LIMIT: Duration = Duration::from_secs(1);

    /// A TTL of 10 s, renewed for an hour at most; waits without limit.
    pub fn new() -> Self {
        Self {
            ttl: Self::DEFAULT_TTL,
            max_hold: Hold::Default,
            wait_limit: None,
            call_limit: Self::DEFAULT_CALL_LIMIT,
            holder: Box::default(),
            replicas: 0,
            min_fence: Fence::new(0),
            margin: Margin::None,
        }
    }

    /// How long a lease lasts from each renewal, at least [`MIN_TTL`](LockOptions::MIN_TTL). It is
    /// renewed after a third of it. So long a name stays taken when its holder crashes.
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.ttl = ttl;
        self
    }

    /// How long the lock is held at most, renewals included; at least the TTL. If it is the TTL,
    /// nothing is renewed. Afterwards the guard has lost it, whatever its holder does: a holder
    /// that hangs does not keep the name for ever.
    pub fn max_hold(mut self, max_hold: Duration) -> Self {
        self.max_hold = Hold::AtMost(max_hold);
        self
    }

    /// Renews for as long as the guard lives.
    pub fn unlimited_hold(mut self) -> Self {
        self.max_hold = Hold::Unlimited;
        self
    }

    /// How long `acquire` waits while others hold the name; more than zero. Not used by
    /// `try_acquire`.
    pub fn wait_limit(mut self, limit: Duration) -> Self {
        self.wait_limit = Some(limit);
        self
    }

    /// How long one call of the backend may take, more than zero. Then its outcome is unknown, and
    /// the guard or the acquire goes on as after a lost answer.
    pub fn call_limit(mut self, limit: Duration) -> Self {
        self.call_limit = limit;
        self
    }

    /// A public label of the holder that [`inspect`](crate::Locks::inspect) shows, of up to
    /// [`LockRequest::MAX_HOLDER_BYTES`].
    pub fn holder(mut self, label: impl Into<Box<str>>) -> Self {
        self.holder = label.into();
        self
    }

    /// How many replicas must acknowledge before a grant counts. If fewer do, the acquire fails
    /// with [`NotReplicated`](ErrorKind::NotReplicated), and what was granted is given back.
    ///
    /// A lock that only the primary knows of is lost when it fails over. A backend waits for them
    /// within its own deadline, and no longer than the TTL; let the
    /// [call limit](LockOptions::call_limit) be longer than that.
    pub fn require_replicas(mut self, replicas: u32) -> Self {
        self.replicas = replicas;
        self
    }

    /// The least fence of the grant, up to [`LockRequest::MAX_MIN_FENCE`]: one more than a resource
    /// has seen already. What this process has seen of the name is counted in by itself.
    pub fn min_fence(mut self, fence: Fence) -> Self {
        self.min_fence = fence;
        self
    }

    /// Lets the lease count as over a tenth of the TTL before it is.
    pub(crate) fn with_margin(mut self) -> Self {
        self.margin = Margin::TenthOfTtl;
        self
    }

    /// What an acquire of one of these names is to do, begun now.
    pub(super) fn wish(&self, name: LockName<'_>, waits: bool) -> Result<Wish, Error> {
        let refused = |problem: String| {
            let error = Error::not_applied(ErrorKind::InvalidInput, problem);
            Err(error.with_operation("acquire").with_key(name.as_str()))
        };
        if self.ttl < Self::MIN_TTL {
            return refused(format!("the TTL is {:?}; give 10 ms or more", self.ttl));
        }
        if let Hold::AtMost(hold) = self.max_hold
            && hold < self.ttl
        {
            let ttl = self.ttl;
            return refused(format!("max_hold is {hold:?}, below the TTL of {ttl:?}; give more"));
        }
        if self.call_limit.is_zero() {
            return refused("the call limit is zero; give more, such as 1 s".to_owned());
        }
        if waits && self.wait_limit.is_some_and(|limit| limit.is_zero()) {
            return refused("the wait limit is zero; call try_acquire to ask once".to_owned());
        }
        // The token is not that of the request: the backend's own check does not look at it.
        LockRequest::new(name, Token::from_bytes([0; 16]), self.ttl)
            .holder(&self.holder)
            .min_fence(self.min_fence)
            .check()
            .map_err(|error| error.with_operation("acquire").with_key(name.as_str()))?;
        Ok(Wish {
            terms: self.terms(),
            patience: self.patience(waits),
            holder: self.holder.clone(),
            replicas: self.replicas,
            min_fence: self.min_fence,
        })
    }

    fn terms(&self) -> Terms {
        let max_hold = match self.max_hold {
            Hold::Default => Some(Self::DEFAULT_MAX_HOLD.max(self.ttl)),
            Hold::AtMost(hold) => Some(hold),
            Hold::Unlimited => None,
        };
        let margin = match self.margin {
            Margin::None => Duration::ZERO,
            Margin::TenthOfTtl => self.ttl / 10,
        };
        Terms { ttl: self.ttl, max_hold, margin, call_limit: self.call_limit }
    }

    /// Failures are put up with for a TTL, which a failover should not exceed; a candidate, which
    /// has all the time, puts up with them for ever.
    fn patience(&self, waits: bool) -> Patience {
        let wait = match self.wait_limit {
            _ if !waits => Wait::Not,
            None => Wait::ForEver,
            Some(limit) => Wait::Until(later(now(), limit)),
        };
        let failures = match self.margin {
            Margin::TenthOfTtl => None,
            Margin::None if waits => Some(self.ttl),
            Margin::None => Some(self.call_limit),
        };
        Patience { wait, failures }
    }
}

impl Default for LockOptions {
    fn default() -> Self {
        Self::new()
    }
}
