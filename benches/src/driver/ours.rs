//! Our backends.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cache_core::{CacheBackend, Key, SetOptions};
use cache_redis::Options;

use super::{CONNECTIONS, Seat};
use crate::Result;

/// Long enough for the slowest batch on a busy machine. What a deadline costs does not depend on it.
const DEADLINE: Duration = Duration::from_secs(30);

#[derive(Clone)]
pub(super) struct Ours(Arc<dyn CacheBackend>);

impl Ours {
    pub(super) fn redis(url: &str) -> Result<Self> {
        Ok(Self(cache_redis::open(options(url))?.cache))
    }

    pub(super) fn fred(url: &str) -> Result<Self> {
        Ok(Self(cache_fred::open(options(url))?.cache))
    }
}

/// How both of our drivers are opened.
pub(crate) fn options(url: &str) -> Options {
    Options::new().url(url).connections(CONNECTIONS).deadline(DEADLINE)
}

impl Seat for Ours {
    async fn get(&mut self, key: &str) -> Result<Option<usize>> {
        Ok(self.0.get(Key::new(key)?).await?.map(|value| value.len()))
    }

    async fn set(&mut self, key: &str, value: &Bytes) -> Result<()> {
        self.0.set(Key::new(key)?, value.clone(), SetOptions::new()).await?;
        Ok(())
    }

    async fn get_many(&mut self, keys: &[String], length: usize) -> Result<usize> {
        let keys = keys.iter().map(|key| Key::new(key)).collect::<Result<Vec<_>, _>>()?;
        let values = self.0.get_many(&keys).await?;
        let is_whole = |value: &Result<Option<Bytes>, _>| matches!(value, Ok(Some(value)) if value.len() == length);
        Ok(values.iter().filter(|value| is_whole(value)).count())
    }
}
