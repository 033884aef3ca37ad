//! The backend in the process, whose clock goes with that of a paused runtime.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cache_core::{
    Acquired, Backend, Capabilities, Extended, Lifecycle, LockBackend, LockName, LockRequest,
    LockState, Released, Reply, Token,
};
use cache_memory::{Clock, Memory, MockClock, Options};
use tokio::time::Instant;

use crate::locks_over::Ground;

pub(crate) struct MemoryGround(Backend, Arc<InTime>);

/// Locks that move their clock to where that of the runtime is before each call.
struct InTime {
    inner: Arc<dyn LockBackend>,
    mock: MockClock,
    last: Mutex<Instant>,
    /// The last owner of each name.
    owners: Mutex<HashMap<String, Token>>,
}

impl MemoryGround {
    pub(crate) fn new() -> Self {
        let (clock, mock) = Clock::mock();
        let backend = Memory::open(Options::new().clock(clock)).unwrap().into_backend();
        let inner = backend.locks.clone().unwrap();
        let (last, owners) = (Mutex::new(Instant::now()), Mutex::default());
        let locks = Arc::new(InTime { inner, mock, last, owners });
        Self(backend.with_locks(Arc::clone(&locks) as _), locks)
    }
}

impl Ground for MemoryGround {
    async fn open(&self) -> Backend {
        self.0.clone()
    }

    fn lateness(&self) -> Duration {
        Duration::ZERO
    }

    async fn forget(&self, name: &str) {
        let owner = self.1.owners.lock().unwrap()[name];
        self.1.in_time().release(LockName::new(name).unwrap(), owner).await.unwrap();
    }
}

impl InTime {
    fn in_time(&self) -> &dyn LockBackend {
        let mut last = self.last.lock().unwrap();
        let now = Instant::now();
        self.mock.advance(now - *last);
        *last = now;
        &self.inner
    }
}

#[deny(clippy::missing_trait_methods)]
impl Lifecycle for InTime {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn stop(&self) -> Reply<'_, ()> {
        self.inner.stop()
    }
}

#[deny(clippy::missing_trait_methods)]
impl LockBackend for InTime {
    fn acquire(&self, request: LockRequest<'_>) -> Reply<'_, Acquired> {
        let answer = self.in_time().acquire(request).try_ready().unwrap();
        if let Ok(Acquired::Granted { .. }) = answer {
            self.owners.lock().unwrap().insert(request.name.as_str().into(), request.token);
        }
        Reply::ready(answer)
    }

    fn extend(&self, name: LockName<'_>, token: Token, ttl: Duration) -> Reply<'_, Extended> {
        self.in_time().extend(name, token, ttl)
    }

    fn release(&self, name: LockName<'_>, token: Token) -> Reply<'_, Released> {
        self.in_time().release(name, token)
    }

    fn inspect(&self, name: LockName<'_>) -> Reply<'_, Option<LockState>> {
        self.in_time().inspect(name)
    }
}
