//! rslock, which asks again after a random while.

use rslock::{LockGuard, LockManager};

use super::{Lock, NAME};
use crate::Result;
use crate::driver::redis::client;

#[derive(Clone)]
pub(super) struct Rslock(LockManager);

impl Rslock {
    pub(super) fn open(url: &str) -> Result<Self> {
        Ok(Self(LockManager::from_clients(vec![client(url)?])))
    }
}

impl Lock for Rslock {
    type Held = LockGuard;

    async fn acquire(&self) -> Result<LockGuard> {
        Ok(self.0.acquire(NAME, cache_facade::LockOptions::DEFAULT_TTL).await?)
    }

    /// It does not tell whether it was held.
    async fn release(&self, held: LockGuard) -> Result<()> {
        held.release().await;
        Ok(())
    }
}
