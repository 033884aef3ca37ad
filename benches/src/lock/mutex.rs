//! A mutex of the process, which hands over first come, first served.

use std::sync::Arc;

use tokio::sync::OwnedMutexGuard;

use super::Lock;
use crate::Result;

#[derive(Clone, Default)]
pub(super) struct Mutex(Arc<tokio::sync::Mutex<()>>);

impl Lock for Mutex {
    type Held = OwnedMutexGuard<()>;

    async fn acquire(&self) -> Result<Self::Held> {
        Ok(Arc::clone(&self.0).lock_owned().await)
    }

    async fn release(&self, held: Self::Held) -> Result<()> {
        drop(held);
        Ok(())
    }
}
