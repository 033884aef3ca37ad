//! A pool whose connections carry one call at a time.

use bytes::Bytes;
use deadpool_redis::{Config, Pool, Runtime};

use super::Seat;
use super::redis::One;
use crate::Result;

#[derive(Clone)]
pub(super) struct Deadpool(Pool);

impl Deadpool {
    pub(super) fn open(url: &str) -> Result<Self> {
        let config = Config::from_url(format!("{url}?protocol=resp3"));
        Ok(Self(config.create_pool(Some(Runtime::Tokio1))?))
    }
}

impl Seat for Deadpool {
    async fn get(&mut self, key: &str) -> Result<Option<usize>> {
        One(self.0.get().await?).get(key).await
    }

    async fn set(&mut self, key: &str, value: &Bytes) -> Result<()> {
        One(self.0.get().await?).set(key, value).await
    }

    async fn get_many(&mut self, keys: &[String], length: usize) -> Result<usize> {
        One(self.0.get().await?).get_many(keys, length).await
    }
}
