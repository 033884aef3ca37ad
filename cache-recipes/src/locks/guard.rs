//! A lock that is held.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use cache_core::{Error, Fence, Released};

use super::claim::{Lease, Terms};
use super::keeper::{Keeper, View};
use super::stake::Stake;
use super::starter::Kept;
use super::told::Told;
use super::{LockLost, LossReason};
use crate::clock::{now, pause_until};
use crate::race::{First, race};

/// A lock that is held, and renewed, until this is released or dropped, or the lock is lost.
///
/// A lease is advisory: it stops nobody. While the process sleeps, or its network does, the lease
/// may end and another take the name. So work under a guard by [`run`](Guard::run), which ends with
/// the lease; and let what is written to compare [`fence`](Guard::fence)s, and refuse the smaller.
///
/// Dropping a guard gives the name back in the background, on the runtime that acquired it, and
/// never blocks. [`release`](Guard::release) says what came of it.
#[must_use = "the lock is given back when the guard is dropped"]
pub struct Guard {
    // Before the stake, so that nothing is renewed while it is given back.
    held: Held,
    stake: Stake,
    fence: Option<Fence>,
}

/// Renewal, until this is dropped.
struct Held {
    view: Arc<Told<View>>,
    _kept: Kept,
}

impl Guard {
    pub(super) fn start(stake: Stake, lease: Lease, fence: Option<Fence>, terms: Terms) -> Self {
        let view = Arc::new(Told::new(View::of(&lease)));
        if let Some(ticket) = stake.ticket() {
            stake.name.holds(ticket, Arc::clone(&view));
        }
        let keeper = Keeper::new(&stake, fence, terms, Arc::clone(&view));
        let kept = stake.name.hub.starters.keep(stake.runtime(), keeper, lease);
        Self { held: Held { view, _kept: kept }, stake, fence }
    }

    /// Whether it has a keeper.
    #[cfg(test)]
    pub(super) fn is_kept(&self) -> bool {
        self.held._kept.is_kept()
    }

    #[cfg(test)]
    pub(super) fn token(&self) -> cache_core::Token {
        self.stake.token
    }

    /// The name that is held.
    pub fn name(&self) -> &str {
        self.stake.name.as_str()
    }

    /// The number of this grant, larger than that of every grant of the name before; `None` where
    /// the backend has no fences. It stays the same while the guard lives.
    pub fn fence(&self) -> Option<Fence> {
        self.fence
    }

    /// For how long the name is surely held yet; zero once it may not be.
    ///
    /// Counted by the monotonic clock from before the last request that succeeded was sent, less
    /// what the clocks of client and backend may differ by: 1 % of the TTL and 2 ms. It rises with
    /// every renewal.
    pub fn remaining(&self) -> Duration {
        let view = self.held.view.get();
        match view.lost {
            Some(_) => Duration::ZERO,
            None => view.valid_until.saturating_duration_since(now()),
        }
    }

    /// Whether the name may not be held any more.
    pub fn is_lost(&self) -> bool {
        self.remaining().is_zero()
    }

    /// Waits until the lock is lost: when the lease is over by our own clock, the backend says that
    /// another holds it, or an event says that it changed and a look confirms it. Whichever is
    /// first, and never later than our own clock says, even if nothing else in the process runs but
    /// the runtime that polls this.
    ///
    /// The future borrows nothing, so a task of its own may wait for it. It also answers when the
    /// guard is released or dropped. Dropping it has no effect.
    pub fn lost(&self) -> impl Future<Output = LockLost> + Send + use<> {
        lost(Arc::clone(&self.held.view))
    }

    /// Runs a future for as long as the lock is held; when it is lost, the future is dropped where
    /// it stands. It is never polled once the lock is lost.
    ///
    /// Dropping this future drops the one inside. The guard stays.
    ///
    /// # Errors
    /// [`LockLost`](cache_core::ErrorKind::LockLost) where the lock was lost before the future ended.
    /// What it had begun is unknown. [`lost`](Guard::lost) then answers at once, with the reason.
    pub async fn run<F: Future>(&self, future: F) -> Result<F::Output, Error> {
        match race(self.lost(), future).await {
            First::Left(lost) => Err(lost.into_error().with_operation("run").with_key(self.name())),
            First::Right(output) => Ok(output),
        }
    }

    /// Gives the name back. Can be called once, as it takes the guard:
    ///
    /// ```compile_fail,E0382
    /// # async fn twice(guard: cache_recipes::Guard) {
    /// let _first = guard.release().await;
    /// let _second = guard.release().await;
    /// # }
    /// ```
    ///
    /// [`NotOwner`](Released::NotOwner) says that the lease had ended before: what was done under it
    /// was perhaps not protected to the end.
    ///
    /// Dropping the future leaves the release to the background.
    ///
    /// # Errors
    /// Those of the backend; [`Timeout`](cache_core::ErrorKind::Timeout) where it did not answer
    /// within the [call limit](crate::LockOptions::call_limit). Whether the name is free is unknown
    /// then; the release goes on in the background until the backend has answered, or the lease has
    /// ended by itself.
    pub async fn release(self) -> Result<Released, Error> {
        let Self { held, stake, .. } = self;
        drop(held);
        stake.release().await
    }
}

impl Drop for Held {
    // Before the keeper is stopped, so that it is known to be given back.
    fn drop(&mut self) {
        self.view.change(|view| {
            let is_held = view.lost.is_none();
            view.lost.get_or_insert(LossReason::Released);
            is_held
        });
    }
}

/// Waits for the end of a hold.
pub(super) async fn lost(view: Arc<Told<View>>) -> LockLost {
    loop {
        let seen = view.get();
        let View { valid_until, at_end, lost } = seen;
        if let Some(reason) = lost {
            return LockLost::new(reason);
        }
        if now() >= valid_until {
            return LockLost::new(at_end);
        }
        race(view.wait_for(|view| *view != seen), pause_until(valid_until)).await;
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard")
            .field("name", &self.name())
            .field("fence", &self.fence)
            .field("remaining", &self.remaining())
            .finish_non_exhaustive()
    }
}
