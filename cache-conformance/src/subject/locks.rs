//! Locks under test.

use std::sync::Arc;
use std::time::Duration;

use cache_core::{
    Acquired, Error, ErrorKind, Extended, Fence, LockBackend, LockName, LockRequest, LockState,
    Released, Reply, Token,
};

use crate::check::{answer, expect_ok, expect_some, in_turns, refused, same};

/// A lifetime that does not end while a case runs, unless the case lets it.
pub(crate) const TTL: Duration = Duration::from_secs(60);

/// Locks whose errors fail the case.
#[derive(Clone)]
pub(crate) struct Locks {
    raw: Arc<dyn LockBackend>,
    patience: Duration,
}

/// A lock name that the case knows to be valid.
pub(crate) fn name(name: &str) -> LockName<'_> {
    expect_ok("LockName::new", LockName::new(name))
}

/// The n-th token.
pub(crate) fn token(n: u8) -> Token {
    Token::from_bytes([n; 16])
}

impl Locks {
    pub(crate) fn new(raw: &Arc<dyn LockBackend>, patience: Duration) -> Self {
        Self { raw: Arc::clone(raw), patience }
    }

    /// The backend itself, for calls that shall fail.
    pub(crate) fn raw(&self) -> &dyn LockBackend {
        &*self.raw
    }

    /// Waits for an answer that shall be a success.
    pub(crate) async fn ok<T>(&self, what: &str, reply: Reply<'_, T>) -> T {
        expect_ok(what, answer(what, self.patience, reply).await)
    }

    /// Begins several calls at once, all of which shall succeed.
    pub(crate) async fn in_turns<T>(&self, what: &str, replies: Vec<Reply<'_, T>>) -> Vec<T> {
        in_turns(what, self.patience, replies).await
    }

    /// Waits for an answer that shall be an error of this kind, with nothing changed.
    pub(crate) async fn refuses<T>(
        &self,
        what: &str,
        kind: ErrorKind,
        reply: Reply<'_, T>,
    ) -> Error {
        refused(what, answer(what, self.patience, reply).await, kind)
    }

    /// Asks for a lock.
    pub(crate) async fn ask(&self, request: LockRequest<'_>) -> Acquired {
        self.ok(&format!("acquire {:.64?}", request.name.as_str()), self.raw.acquire(request)).await
    }

    /// Takes a lock that shall be free: its fence and what is left of the lease.
    pub(crate) async fn take_for(
        &self,
        lock: &str,
        owner: Token,
        ttl: Duration,
    ) -> (Option<Fence>, Duration) {
        match self.ask(LockRequest::new(name(lock), owner, ttl)).await {
            Acquired::Granted { fence, ttl_left, .. } => (fence, ttl_left),
            other => panic!("acquire {lock:.64?}: expected it to be granted, found {other:?}"),
        }
    }

    /// Takes a lock that shall be free, for a minute: its fence.
    pub(crate) async fn take(&self, lock: &str, owner: Token) -> Option<Fence> {
        self.take_for(lock, owner, TTL).await.0
    }

    /// Takes a lock that shall be free: the fence that a backend with fences must give.
    pub(crate) async fn fence(&self, lock: &str, owner: Token) -> Fence {
        let fence = self.take(lock, owner).await;
        expect_some(format!("the fence of {lock:.64?}, where fences are claimed"), fence)
    }

    /// Takes a lock that shall be free, with a fence of at least so much: its fence.
    pub(crate) async fn fence_of_at_least(&self, lock: &str, owner: Token, least: Fence) -> Fence {
        let request = LockRequest::new(name(lock), owner, TTL).min_fence(least);
        match self.ask(request).await {
            Acquired::Granted { fence: Some(fence), .. } => fence,
            other => panic!("acquire {lock:.64?}: expected a grant with a fence, found {other:?}"),
        }
    }

    /// Asks for a lock that shall be held: when to ask again.
    pub(crate) async fn finds_held(&self, lock: &str, asker: Token) -> Duration {
        match self.ask(LockRequest::new(name(lock), asker, TTL)).await {
            Acquired::Held { retry_after, .. } => retry_after,
            other => panic!("acquire {lock:.64?}: expected it to be held, found {other:?}"),
        }
    }

    /// Extends a lease, and fails unless the answer is this.
    pub(crate) async fn extends(
        &self,
        lock: &str,
        owner: Token,
        ttl: Duration,
        expected: Extended,
    ) {
        let what = format!("extend {lock:.64?}");
        let found = self.ok(&what, self.raw.extend(name(lock), owner, ttl)).await;
        same(what, &found, &expected);
    }

    /// Releases a lease, and fails unless the answer is this.
    pub(crate) async fn releases(&self, lock: &str, owner: Token, expected: Released) {
        let what = format!("release {lock:.64?}");
        let found = self.ok(&what, self.raw.release(name(lock), owner)).await;
        same(what, &found, &expected);
    }

    /// Who holds a lock, if anybody does.
    pub(crate) async fn inspect(&self, lock: &str) -> Option<LockState> {
        self.ok(&format!("inspect {lock:.64?}"), self.raw.inspect(name(lock))).await
    }
}
