//! Clients of a Redis server: our two backends, the drivers below them, and a pool.

mod deadpool;
pub(crate) mod fred;
pub(crate) mod ours;
pub(crate) mod redis;

use std::future::Future;

use bytes::Bytes;

use crate::Result;

/// How many connections each client has to the server, the pool excepted.
pub const CONNECTIONS: usize = 2;

/// What one task does on a client.
pub trait Seat: Send + 'static {
    /// How long the value is; `None` where there is none.
    fn get(&mut self, key: &str) -> impl Future<Output = Result<Option<usize>>> + Send;

    /// Stores a value without a lifetime.
    fn set(&mut self, key: &str, value: &Bytes) -> impl Future<Output = Result<()>> + Send;

    /// How many of the keys have a value of this length.
    fn get_many(
        &mut self,
        keys: &[String],
        length: usize,
    ) -> impl Future<Output = Result<usize>> + Send;
}

/// The clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// `cache-redis` through `Arc<dyn CacheBackend>`.
    CacheRedis,
    /// redis-rs itself: multiplexed connections, as many as ours has.
    Redis,
    /// `cache-fred` through `Arc<dyn CacheBackend>`.
    CacheFred,
    /// fred itself: a pool of clients, as many as ours has.
    Fred,
    /// deadpool-redis at the size that it chooses: a connection for one call at a time.
    Deadpool,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::CacheRedis, Self::Redis, Self::CacheFred, Self::Fred, Self::Deadpool];

    /// How the reports call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CacheRedis => "cache-redis",
            Self::Redis => "redis-rs, raw",
            Self::CacheFred => "cache-fred",
            Self::Fred => "fred, raw",
            Self::Deadpool => "deadpool-redis",
        }
    }
}

/// A client that is connected, or connects at its first call.
#[expect(missing_debug_implementations, reason = "clients are not for showing")]
pub struct Client(Opened);

enum Opened {
    Ours(ours::Ours),
    Redis(redis::Redis),
    Fred(fred::Fred),
    Deadpool(deadpool::Deadpool),
}

impl Client {
    /// Opens one over RESP3. Needs the runtime that it is used on.
    ///
    /// # Errors
    /// Where the server cannot be reached.
    pub async fn open(kind: Kind, url: &str) -> Result<Self> {
        Ok(Self(match kind {
            Kind::CacheRedis => Opened::Ours(ours::Ours::redis(url)?),
            Kind::CacheFred => Opened::Ours(ours::Ours::fred(url)?),
            Kind::Redis => Opened::Redis(redis::Redis::open(url).await?),
            Kind::Fred => Opened::Fred(fred::Fred::open(url).await?),
            Kind::Deadpool => Opened::Deadpool(deadpool::Deadpool::open(url)?),
        }))
    }

    /// Does the work on so many seats at once; answers what all of them did.
    ///
    /// # Errors
    /// The first error of any call.
    pub async fn work(&self, task: &super::experiment::drivers::Task) -> Result<usize> {
        match &self.0 {
            Opened::Ours(client) => task.spread(|_| client.clone()).await,
            Opened::Redis(client) => task.spread(|number| client.seat(number)).await,
            Opened::Fred(client) => task.spread(|number| client.seat(number)).await,
            Opened::Deadpool(client) => task.spread(|_| client.clone()).await,
        }
    }
}
