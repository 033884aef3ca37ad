//! Our locks.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cache_core::{Acquired, Backend, LockBackend, LockName, LockRequest, Released, Token};
use cache_facade::{Guard, LockOptions, Locks};
use cache_memory::{Memory, Options};

use super::{Kind, Lock, NAME};
use crate::Result;
use crate::driver::ours::options;

/// Opens the backend below a way of ours.
pub(crate) fn open(kind: Kind, url: &str) -> Result<Backend> {
    match kind {
        Kind::Memory => Ok(Memory::open(Options::new())?.into_backend()),
        Kind::Redis | Kind::RedisTried | Kind::RedisAlone => Ok(cache_redis::open(options(url))?),
        Kind::Fred | Kind::FredTried | Kind::FredAlone => Ok(cache_fred::open(options(url))?),
        other => Err(format!("{} is no backend of ours", other.name()).into()),
    }
}

/// The locks of a backend, with waiters and holders of their own.
pub(crate) fn locks_of(backend: &Backend) -> Locks {
    Locks::new(backend)
}

/// With queue, guard and renewal.
#[derive(Clone)]
pub(super) struct Guarded(pub(super) Locks);

impl Lock for Guarded {
    type Held = Guard;

    async fn acquire(&self) -> Result<Guard> {
        Ok(self.0.acquire(NAME, LockOptions::new()).await?)
    }

    async fn release(&self, held: Guard) -> Result<()> {
        released(held.release().await?)
    }
}

/// The same without waiting.
#[derive(Clone)]
pub(super) struct Tried(pub(super) Locks);

impl Lock for Tried {
    type Held = Guard;

    async fn acquire(&self) -> Result<Guard> {
        let guard = self.0.try_acquire(NAME, LockOptions::new()).await?;
        guard.ok_or_else(|| "a name that nobody holds was not granted".into())
    }

    async fn release(&self, held: Guard) -> Result<()> {
        released(held.release().await?)
    }
}

/// The backend alone.
#[derive(Clone)]
pub(super) struct Alone {
    locks: Arc<dyn LockBackend>,
    tokens: Arc<AtomicU64>,
}

impl Alone {
    pub(super) fn new(backend: &Backend) -> Result<Self> {
        let locks = backend.locks.clone().ok_or("the backend has no locks")?;
        Ok(Self { locks, tokens: Arc::default() })
    }
}

impl Lock for Alone {
    type Held = Token;

    async fn acquire(&self) -> Result<Token> {
        let number = self.tokens.fetch_add(1, Ordering::Relaxed);
        let token = Token::from_bytes(u128::from(number).to_be_bytes());
        let request = LockRequest::new(LockName::new(NAME)?, token, LockOptions::DEFAULT_TTL);
        match self.locks.acquire(request).await? {
            Acquired::Granted { .. } => Ok(token),
            other => Err(format!("a name that nobody holds was not granted: {other:?}").into()),
        }
    }

    async fn release(&self, held: Token) -> Result<()> {
        released(self.locks.release(LockName::new(NAME)?, held).await?)
    }
}

fn released(released: Released) -> Result<()> {
    match released {
        Released::Released => Ok(()),
        other => Err(format!("a lock that was held was not given back: {other:?}").into()),
    }
}
