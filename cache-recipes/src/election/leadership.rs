//! A term of a leader.

use std::time::Duration;

use cache_core::{Error, Fence, Released};

use crate::{Guard, LockLost};

/// This candidate leads, until this is dropped or the term is lost.
///
/// Dropping it resigns in the background, without blocking.
#[derive(Debug)]
#[must_use = "dropping the leadership resigns"]
pub struct Leadership(Guard);

impl Leadership {
    pub(super) const fn new(guard: Guard) -> Self {
        Self(guard)
    }

    /// The number of this term, larger than that of every term before; `None` where the backend has
    /// no fences. Whoever the leader writes to compares it, and refuses the smaller.
    pub fn term(&self) -> Option<Fence> {
        self.0.fence()
    }

    /// For how long this candidate leads yet, if nothing is renewed; zero once it does not. It ends
    /// a tenth of the TTL before the lease can be over for others.
    pub fn remaining(&self) -> Duration {
        self.0.remaining()
    }

    /// Whether this candidate leads.
    pub fn is_leader(&self) -> bool {
        !self.0.is_lost()
    }

    /// Waits until this candidate does not lead any more, as [`Guard::lost`] does: whatever the
    /// backend does, before the lease is over for others.
    ///
    /// Dropping the future has no effect.
    pub fn lost(&self) -> impl Future<Output = LockLost> + Send + use<> {
        self.0.lost()
    }

    /// Runs a future for as long as this candidate leads; then it is dropped where it stands.
    ///
    /// Dropping this future drops the one inside. The leadership stays.
    ///
    /// # Errors
    /// [`LockLost`](cache_core::ErrorKind::LockLost) where the term was lost before the future ended.
    pub async fn run<F: Future>(&self, future: F) -> Result<F::Output, Error> {
        self.0.run(future).await
    }

    /// Steps down, so that another is elected at once.
    ///
    /// Dropping the future leaves it to the background.
    ///
    /// # Errors
    /// Those of [`Guard::release`].
    pub async fn resign(self) -> Result<Released, Error> {
        self.0.release().await
    }
}
