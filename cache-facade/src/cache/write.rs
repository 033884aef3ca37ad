//! Writing and removing.

use bytes::Bytes;
use cache_core::{Condition, Error, SetOptions, SetOutcome, Ttl};

use crate::{Cache, WriteOptions};

impl Cache {
    /// Stores a value for the default TTL. A value that was there goes, with its lifetime.
    ///
    /// Dropping the future leaves the entry old or new, never a part of each.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for a value or lifetime that is refused, or
    /// a value heavier than the whole capacity; and those of [every method](Cache#errors).
    pub async fn set(&self, key: impl AsRef<str>, value: impl Into<Bytes>) -> Result<(), Error> {
        let options = WriteOptions::new().resolve(self.default_ttl);
        self.write("set", key, value.into(), options).await.map(|_stored| ())
    }

    /// Stores a value for a lifetime, under a condition, or both; whether it was stored.
    ///
    /// Condition and write are one atomic step. Where the condition does not hold, nothing
    /// changes. Dropping the future leaves the entry old or new, never a part of each.
    ///
    /// ```
    /// # #[cfg(feature = "memory")]
    /// # pollster::block_on(async {
    /// # let cache = cache_facade::open(cache_facade::Settings::new()).await?;
    /// use std::time::Duration;
    /// use cache_facade::{Condition, WriteOptions};
    ///
    /// cache.set_with("session", "open", Duration::from_secs(30)).await?;
    /// let closed = WriteOptions::new()
    ///     .ttl(Duration::from_secs(5))
    ///     .condition(Condition::IfEquals("open".into()));
    /// assert!(cache.set_with("session", "closed", closed).await?.is_stored());
    /// # Ok::<(), cache_facade::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// Those of [`set`](Cache::set).
    pub async fn set_with(
        &self,
        key: impl AsRef<str>,
        value: impl Into<Bytes>,
        options: impl Into<WriteOptions>,
    ) -> Result<SetOutcome, Error> {
        let options = options.into().resolve(self.default_ttl);
        self.write("set_with", key, value.into(), options).await
    }

    /// Stores a value for the default TTL if the key has no entry; whether it was stored.
    ///
    /// Dropping the future leaves the key without an entry or with the new one.
    ///
    /// # Errors
    /// Those of [`set`](Cache::set).
    pub async fn add(&self, key: impl AsRef<str>, value: impl Into<Bytes>) -> Result<bool, Error> {
        let options = WriteOptions::from(Condition::IfAbsent).resolve(self.default_ttl);
        let outcome = self.write("add", key, value.into(), options).await?;
        Ok(outcome.is_stored())
    }

    /// Stores a value for the default TTL if the key has an entry; whether it was stored.
    ///
    /// Dropping the future leaves the entry old or new, never a part of each.
    ///
    /// # Errors
    /// Those of [`set`](Cache::set).
    pub async fn replace(
        &self,
        key: impl AsRef<str>,
        value: impl Into<Bytes>,
    ) -> Result<bool, Error> {
        let options = WriteOptions::from(Condition::IfPresent).resolve(self.default_ttl);
        let outcome = self.write("replace", key, value.into(), options).await?;
        Ok(outcome.is_stored())
    }

    /// Removes an entry; whether there was one.
    ///
    /// Dropping the future leaves the entry there or gone.
    ///
    /// # Errors
    /// Those of [every method](Cache#errors).
    pub async fn delete(&self, key: impl AsRef<str>) -> Result<bool, Error> {
        self.change("delete", key, |backend, key| backend.delete(key)).await
    }

    /// Reads and removes an entry in one step: of several callers one gets the value.
    ///
    /// Dropping the future leaves the entry there, or gone with its value lost.
    ///
    /// # Errors
    /// Those of [every method](Cache#errors).
    pub async fn take(&self, key: impl AsRef<str>) -> Result<Option<Bytes>, Error> {
        self.change("take", key, |backend, key| backend.take(key)).await
    }

    /// Gives an entry a new lifetime, counted from now; whether there was an entry.
    ///
    /// Dropping the future leaves the lifetime old or new.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for a lifetime of zero; and those of
    /// [every method](Cache#errors).
    pub async fn touch(&self, key: impl AsRef<str>, ttl: impl Into<Ttl>) -> Result<bool, Error> {
        let ttl = ttl.into();
        self.change("touch", key, move |backend, key| backend.touch(key, ttl)).await
    }

    /// Adds to the number under a key, and answers the sum. An absent key counts as 0.
    ///
    /// The number stands there as text: `-` or nothing, then digits without a leading zero. An
    /// entry that exists keeps its lifetime; one that the call creates gets the default TTL.
    /// Dropping the future leaves the number old or new: do not repeat the call blindly.
    ///
    /// ```
    /// # #[cfg(feature = "memory")]
    /// # pollster::block_on(async {
    /// # let cache = cache_facade::open(cache_facade::Settings::new()).await?;
    /// assert_eq!(cache.increment("visits", 1).await?, 1);
    /// assert_eq!(cache.increment("visits", -3).await?, -2);
    /// assert_eq!(cache.get("visits").await?.as_deref(), Some(&b"-2"[..]));
    /// # Ok::<(), cache_facade::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// [`WrongType`](crate::ErrorKind::WrongType) where the value is no such number,
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) where the sum is outside `i64`; nothing is
    /// changed then. And those of [every method](Cache#errors).
    pub async fn increment(&self, key: impl AsRef<str>, delta: i64) -> Result<i64, Error> {
        let ttl = self.default_ttl;
        self.add_to("increment", key, delta, ttl).await
    }

    /// [Adds](Cache::increment) to the number under a key; an entry that the call creates lives for
    /// `ttl`.
    ///
    /// Dropping the future leaves the number old or new: do not repeat the call blindly.
    ///
    /// # Errors
    /// Those of [`increment`](Cache::increment), and
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for a lifetime of zero.
    pub async fn increment_with(
        &self,
        key: impl AsRef<str>,
        delta: i64,
        ttl: impl Into<Ttl>,
    ) -> Result<i64, Error> {
        let ttl = ttl.into();
        self.add_to("increment_with", key, delta, ttl).await
    }

    async fn write(
        &self,
        operation: &'static str,
        key: impl AsRef<str>,
        value: Bytes,
        options: SetOptions,
    ) -> Result<SetOutcome, Error> {
        self.change(operation, key, move |backend, key| backend.set(key, value, options)).await
    }

    async fn add_to(
        &self,
        operation: &'static str,
        key: impl AsRef<str>,
        delta: i64,
        ttl: Ttl,
    ) -> Result<i64, Error> {
        self.change(operation, key, move |backend, key| backend.increment(key, delta, ttl)).await
    }
}
