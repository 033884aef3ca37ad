//! Locks by hand through redis-rs.

use std::sync::Arc;

use redis::aio::MultiplexedConnection;
use redis::cmd;

use super::Lock;
use super::scripts::{Digests, Sequence, fence_key, fence_lease, lease, lock_key, plain_key};
use crate::Result;
use crate::driver::redis::Redis;

/// The scripts of ours.
#[derive(Clone)]
pub(super) struct Scripts {
    connection: MultiplexedConnection,
    digests: Digests,
    keys: [String; 2],
    sequence: Arc<Sequence>,
}

impl Scripts {
    pub(super) async fn open(url: &str, digests: &Digests) -> Result<Self> {
        let connection = Redis::open(url).await?.connection(0);
        let (keys, sequence) = ([lock_key(), fence_key()], Arc::default());
        Ok(Self { connection, digests: digests.clone(), keys, sequence })
    }
}

impl Lock for Scripts {
    type Held = String;

    async fn acquire(&self) -> Result<String> {
        let token = self.sequence.token();
        let mut command = cmd("EVALSHA");
        command.arg(&self.digests.acquire).arg("2").arg(&self.keys[0]).arg(&self.keys[1]);
        command.arg(&token).arg(lease()).arg(self.sequence.least_fence());
        command.arg(fence_lease()).arg("");
        let (state, fence) =
            command.query_async::<(i64, u64)>(&mut self.connection.clone()).await?;
        super::granted(state == 1)?;
        self.sequence.granted(fence);
        Ok(token)
    }

    async fn release(&self, held: String) -> Result<()> {
        let mut command = cmd("EVALSHA");
        command.arg(&self.digests.release).arg("1").arg(&self.keys[0]).arg(&held);
        super::given_back(command.query_async(&mut self.connection.clone()).await?)
    }
}

/// A key that is set and deleted: nothing compares who deletes it.
#[derive(Clone)]
pub(super) struct Plain {
    connection: MultiplexedConnection,
    key: String,
    sequence: Arc<Sequence>,
}

impl Plain {
    pub(super) async fn open(url: &str) -> Result<Self> {
        let connection = Redis::open(url).await?.connection(0);
        Ok(Self { connection, key: plain_key(), sequence: Arc::default() })
    }
}

impl Lock for Plain {
    type Held = ();

    async fn acquire(&self) -> Result<()> {
        let mut command = cmd("SET");
        command.arg(&self.key).arg(self.sequence.token()).arg("NX").arg("PX").arg(lease());
        super::granted(command.query_async(&mut self.connection.clone()).await?)
    }

    async fn release(&self, (): ()) -> Result<()> {
        let mut command = cmd("DEL");
        super::given_back(command.arg(&self.key).query_async(&mut self.connection.clone()).await?)
    }
}

/// A client that takes the lock of another away.
pub(crate) struct Thief {
    connection: MultiplexedConnection,
    key: String,
}

impl Thief {
    pub(crate) async fn open(url: &str) -> Result<Self> {
        Ok(Self { connection: Redis::open(url).await?.connection(0), key: lock_key() })
    }

    /// Deletes the key under its holder.
    pub(crate) async fn steal(&self) -> Result<()> {
        let mut command = cmd("DEL");
        super::given_back(command.arg(&self.key).query_async(&mut self.connection.clone()).await?)
    }
}
