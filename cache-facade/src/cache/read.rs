//! Reading.

use bytes::Bytes;
use cache_core::{Entry, Error, Ttl};

use crate::Cache;

impl Cache {
    /// Reads the value under a key; `None` where there is none.
    ///
    /// Dropping the future has no effect on the entry.
    ///
    /// # Errors
    /// Those of [every method](Cache#errors).
    #[inline]
    pub fn get(&self, key: impl AsRef<str>) -> impl Future<Output = Result<Option<Bytes>, Error>> {
        self.read("get", key, |backend, key| backend.get(key))
    }

    /// Whether a key has an entry.
    ///
    /// Dropping the future has no effect on the entry.
    ///
    /// # Errors
    /// Those of [every method](Cache#errors).
    pub async fn contains(&self, key: impl AsRef<str>) -> Result<bool, Error> {
        self.read("contains", key, |backend, key| backend.contains(key)).await
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
        self.read("entry", key, |backend, key| backend.entry(key)).await
    }

    /// Reads what is left of an entry's lifetime; `None` where there is no entry.
    ///
    /// Dropping the future has no effect on the entry.
    ///
    /// # Errors
    /// Those of [every method](Cache#errors).
    pub async fn ttl(&self, key: impl AsRef<str>) -> Result<Option<Ttl>, Error> {
        self.read("ttl", key, |backend, key| backend.ttl(key)).await
    }
}
