//! Faults of locks.

use std::time::Duration;

use cache_core::{
    Acquired, Extended, LockBackend, LockName, LockRequest, LockState, Released, Reply, Token,
};

use super::part::Part;
use crate::Operation;

#[deny(clippy::missing_trait_methods)]
impl LockBackend for Part<dyn LockBackend> {
    fn acquire(&self, request: LockRequest<'_>) -> Reply<'_, Acquired> {
        self.run(Operation::Acquire, |locks| locks.acquire(request))
    }

    fn extend(&self, name: LockName<'_>, token: Token, ttl: Duration) -> Reply<'_, Extended> {
        self.run(Operation::Extend, |locks| locks.extend(name, token, ttl))
    }

    fn release(&self, name: LockName<'_>, token: Token) -> Reply<'_, Released> {
        self.run(Operation::Release, |locks| locks.release(name, token))
    }

    fn inspect(&self, name: LockName<'_>) -> Reply<'_, Option<LockState>> {
        self.run(Operation::Inspect, |locks| locks.inspect(name))
    }
}
