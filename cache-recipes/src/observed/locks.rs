//! The calls of locks.

use std::time::Duration;

use cache_core::{
    Acquired, Extended, LockBackend, LockName, LockRequest, LockState, Released, Reply, Token,
};

use super::call::Subject;
use super::findings::Findings;
use super::part::Part;
use crate::Operation;

#[deny(clippy::missing_trait_methods)]
impl LockBackend for Part<dyn LockBackend> {
    fn acquire(&self, request: LockRequest<'_>) -> Reply<'_, Acquired> {
        self.see(Operation::Acquire, Subject::Lock(request.name), Findings::none, |locks| {
            locks.acquire(request)
        })
    }

    fn extend(&self, name: LockName<'_>, token: Token, ttl: Duration) -> Reply<'_, Extended> {
        self.see(Operation::Extend, Subject::Lock(name), Findings::none, |locks| {
            locks.extend(name, token, ttl)
        })
    }

    fn release(&self, name: LockName<'_>, token: Token) -> Reply<'_, Released> {
        self.see(Operation::Release, Subject::Lock(name), Findings::none, |locks| {
            locks.release(name, token)
        })
    }

    fn inspect(&self, name: LockName<'_>) -> Reply<'_, Option<LockState>> {
        self.see(Operation::Inspect, Subject::Lock(name), Findings::none, |locks| {
            locks.inspect(name)
        })
    }
}
