//! Locks: ours, what is below them, rslock, and a mutex of the process.

mod fred;
mod mutex;
mod ours;
mod redis;
mod rslock;
mod scripts;

use std::future::Future;

pub(crate) use ours::{locks_of, open};
pub(crate) use redis::Thief;
pub(crate) use scripts::{Digests, Script};

use crate::Result;

/// The name that everybody takes.
pub(crate) const NAME: &str = "bench";

/// Takes a name and gives it back.
pub(crate) trait Lock: Clone + Send + Sync + 'static {
    /// What is held.
    type Held: Send + 'static;

    /// Takes it, waiting while another holds it where this way can wait.
    fn acquire(&self) -> impl Future<Output = Result<Self::Held>> + Send;

    /// Gives it back, and fails where it was not held any more.
    fn release(&self, held: Self::Held) -> impl Future<Output = Result<()>> + Send;
}

/// What is done on a lock, whichever it is.
pub(crate) trait Work: Sync {
    /// What comes of it.
    type Answer;

    /// Does it.
    fn on<L: Lock>(&self, lock: &L) -> impl Future<Output = Result<Self::Answer>> + Send;
}

/// The ways to take a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// `tokio::sync::Mutex`.
    Mutex,
    /// `Locks::acquire` over `cache-memory`.
    Memory,
    /// `Locks::acquire` over `cache-redis`.
    Redis,
    /// `Locks::try_acquire` over `cache-redis`.
    RedisTried,
    /// `LockBackend` of `cache-redis`: without queue, guard and renewal.
    RedisAlone,
    /// The two scripts of ours through redis-rs itself.
    RedisScripts,
    /// `SET NX PX` and `DEL` through redis-rs itself.
    RedisPlain,
    /// `Locks::acquire` over `cache-fred`.
    Fred,
    /// `Locks::try_acquire` over `cache-fred`.
    FredTried,
    /// `LockBackend` of `cache-fred`: without queue, guard and renewal.
    FredAlone,
    /// The two scripts of ours through fred itself.
    FredScripts,
    /// `SET NX PX` and `DEL` through fred itself.
    FredPlain,
    /// `rslock::LockManager` as it comes, over one connection with nodelay.
    Rslock,
}

impl Kind {
    /// How the reports call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mutex => "tokio Mutex",
            Self::Memory => "cache-memory",
            Self::Redis => "cache-redis",
            Self::RedisTried => "cache-redis, try_acquire",
            Self::RedisAlone => "cache-redis, no guard",
            Self::RedisScripts => "redis-rs, 2 EVALSHA",
            Self::RedisPlain => "redis-rs, SET NX + DEL",
            Self::Fred => "cache-fred",
            Self::FredTried => "cache-fred, try_acquire",
            Self::FredAlone => "cache-fred, no guard",
            Self::FredScripts => "fred, 2 EVALSHA",
            Self::FredPlain => "fred, SET NX + DEL",
            Self::Rslock => "rslock",
        }
    }
}

/// A way that is open.
#[expect(missing_debug_implementations, reason = "clients are not for showing")]
pub struct Client(Opened);

enum Opened {
    Mutex(mutex::Mutex),
    Guarded(ours::Guarded),
    Tried(ours::Tried),
    Alone(ours::Alone),
    RedisScripts(redis::Scripts),
    RedisPlain(redis::Plain),
    FredScripts(fred::Scripts),
    FredPlain(fred::Plain),
    Rslock(rslock::Rslock),
}

impl Client {
    /// Opens one over RESP3. Needs the runtime that it is used on.
    ///
    /// # Errors
    /// Where the server cannot be reached.
    pub(crate) async fn open(kind: Kind, url: &str, digests: &Digests) -> Result<Self> {
        Ok(Self(match kind {
            Kind::Mutex => Opened::Mutex(mutex::Mutex::default()),
            Kind::Memory | Kind::Redis | Kind::Fred => {
                Opened::Guarded(ours::Guarded(locks_of(&open(kind, url)?)))
            }
            Kind::RedisTried | Kind::FredTried => {
                Opened::Tried(ours::Tried(locks_of(&open(kind, url)?)))
            }
            Kind::RedisAlone | Kind::FredAlone => {
                Opened::Alone(ours::Alone::new(&open(kind, url)?)?)
            }
            Kind::RedisScripts => Opened::RedisScripts(redis::Scripts::open(url, digests).await?),
            Kind::RedisPlain => Opened::RedisPlain(redis::Plain::open(url).await?),
            Kind::FredScripts => Opened::FredScripts(fred::Scripts::open(url, digests).await?),
            Kind::FredPlain => Opened::FredPlain(fred::Plain::open(url).await?),
            Kind::Rslock => Opened::Rslock(rslock::Rslock::open(url)?),
        }))
    }

    /// Does some work on it.
    ///
    /// # Errors
    /// Those of the work.
    pub(crate) async fn perform<W: Work>(&self, work: &W) -> Result<W::Answer> {
        match &self.0 {
            Opened::Mutex(lock) => work.on(lock).await,
            Opened::Guarded(lock) => work.on(lock).await,
            Opened::Tried(lock) => work.on(lock).await,
            Opened::Alone(lock) => work.on(lock).await,
            Opened::RedisScripts(lock) => work.on(lock).await,
            Opened::RedisPlain(lock) => work.on(lock).await,
            Opened::FredScripts(lock) => work.on(lock).await,
            Opened::FredPlain(lock) => work.on(lock).await,
            Opened::Rslock(lock) => work.on(lock).await,
        }
    }
}

fn granted(is_granted: bool) -> Result<()> {
    if is_granted { Ok(()) } else { Err("a name that nobody holds was not granted".into()) }
}

fn given_back(keys: i64) -> Result<()> {
    if keys == 1 { Ok(()) } else { Err("a lock that was held was not given back".into()) }
}
