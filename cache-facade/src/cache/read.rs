//! Reading.

use bytes::Bytes;
use cache_core::{Effect, Entry, Error, Ttl};

use crate::Cache;

impl Cache {
    /// Reads the value under a key; `None` where there is none.
    ///
    /// Dropping the future has no effect on the entry.
    ///
    /// # Errors
    /// Those of [every method](Cache#errors).
    pub async fn get(&self, key: impl AsRef<str>) -> Result<Option<Bytes>, Error> {
        let key = key.as_ref();
        // As `read`, without a future inside the future: this is the call that is made most.
        match self.begin(key, |backend, key| backend.get(key)) {
            Ok(value) => Ok(value),
            Err(begun) => {
                let failed = Self::failed_read;
                self.finish("get", key, Effect::NotApplied, failed, begun).await
            }
        }
    }

    /// Whether a key has an entry.
    ///
    /// Dropping the future has no effect on the entry.
    ///
    /// # Errors
    /// Those of [every method](Cache#errors).
    pub async fn contains(&self, key: impl AsRef<str>) -> Result<bool, Error> {
        self.read("contains", key.as_ref(), |backend, key| backend.contains(key)).await
    }

    /// Reads the value, what is left of its lifetime, and its version, all of one instant.
    ///
    /// The version serves a later write with
    /// [`Condition::IfVersion`](crate::Condition::IfVersion). Dropping the future has no effect on
    /// the entry.
    ///
    /// # Errors
    /// Those of [every method](Cache#errors).
    pub async fn entry(&self, key: impl AsRef<str>) -> Result<Option<Entry>, Error> {
        self.read("entry", key.as_ref(), |backend, key| backend.entry(key)).await
    }

    /// Reads what is left of an entry's lifetime; `None` where there is no entry.
    ///
    /// Dropping the future has no effect on the entry.
    ///
    /// # Errors
    /// Those of [every method](Cache#errors).
    pub async fn ttl(&self, key: impl AsRef<str>) -> Result<Option<Ttl>, Error> {
        self.read("ttl", key.as_ref(), |backend, key| backend.ttl(key)).await
    }
}
