//! Several keys in one call.

use std::mem::replace;

use bytes::Bytes;
use cache_core::{
    CacheBackend, Effect, Error, ErrorKind, Key, Lifecycle, Reply, SetItem, SetOutcome,
};

use super::policies::each;
use crate::{Cache, WriteOptions};

impl Cache {
    /// Reads several keys: one answer a key, in the order of the keys.
    ///
    /// A key that is refused has its error as its own answer; the others are read. Dropping the
    /// future has no effect on the entries.
    ///
    /// ```
    /// # #[cfg(feature = "memory")]
    /// # pollster::block_on(async {
    /// # let cache = cache_facade::open(cache_facade::Settings::new()).await?;
    /// cache.set("a", "1").await?;
    /// let answers = cache.get_many(["a", "", "b"]).await?;
    /// assert_eq!(answers[0].as_ref().unwrap().as_deref(), Some(&b"1"[..]));
    /// assert!(answers[1].is_err()); // the empty key
    /// assert_eq!(answers[2], Ok(None));
    /// # Ok::<(), cache_facade::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// The outer error says that nothing was tried; what happened to a key is in its own answer.
    pub async fn get_many<K: AsRef<str>>(
        &self,
        keys: impl IntoIterator<Item = K>,
    ) -> Result<Vec<Result<Option<Bytes>, Error>>, Error> {
        let batch = Batch::of_keys(self, keys, "get_many");
        let (reply, count) = batch.call(|backend, keys| backend.get_many(keys))?;
        let answers = self.each_in_time(reply, Effect::NotApplied, count).await;
        let answers = batch.weave(self.spread(answers, count), Effect::NotApplied)?;
        let failed = |error| self.failed_read(error);
        Ok(answers.into_iter().map(|answer| answer.or_else(failed)).collect())
    }

    /// Stores several values for the default TTL: one answer a write, in the order of the writes.
    ///
    /// A write that is refused has its error as its own answer; the others are done, each as one
    /// step. Where a key stands in several, the last one stays. Dropping the future leaves each
    /// entry old or new.
    ///
    /// # Errors
    /// The outer error says that nothing was tried; what happened to a key is in its own answer.
    pub async fn set_many<K: AsRef<str>, V: Into<Bytes>>(
        &self,
        items: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Vec<Result<(), Error>>, Error> {
        let (batch, values) = Batch::of_items(self, items, "set_many");
        let answers = self.write_many(batch, values, WriteOptions::new()).await?;
        Ok(answers.into_iter().map(|answer| answer.map(|_stored| ())).collect())
    }

    /// [Stores](Cache::set_many) several values, all for one lifetime, under one condition, or
    /// both: one answer a write, in the order of the writes.
    ///
    /// Dropping the future leaves each entry old or new.
    ///
    /// # Errors
    /// The outer error says that nothing was tried; what happened to a key is in its own answer.
    pub async fn set_many_with<K: AsRef<str>, V: Into<Bytes>>(
        &self,
        items: impl IntoIterator<Item = (K, V)>,
        options: impl Into<WriteOptions>,
    ) -> Result<Vec<Result<SetOutcome, Error>>, Error> {
        let (batch, values) = Batch::of_items(self, items, "set_many_with");
        let options = options.into();
        self.write_many(batch, values, options).await
    }

    /// Removes several entries: one answer a key, whether there was an entry, in the order of the
    /// keys.
    ///
    /// A key that is refused has its error as its own answer; the others are removed. Dropping the
    /// future leaves each entry there or gone.
    ///
    /// # Errors
    /// The outer error says that nothing was tried; what happened to a key is in its own answer.
    pub async fn delete_many<K: AsRef<str>>(
        &self,
        keys: impl IntoIterator<Item = K>,
    ) -> Result<Vec<Result<bool, Error>>, Error> {
        let batch = Batch::of_keys(self, keys, "delete_many");
        let (reply, count) = batch.call(|backend, keys| backend.delete_many(keys))?;
        let answers = self.each_in_time(reply, Effect::Unknown, count).await;
        batch.weave(answers, Effect::Unknown)
    }

    async fn write_many(
        &self,
        batch: Batch<'_>,
        values: Vec<Bytes>,
        options: WriteOptions,
    ) -> Result<Vec<Result<SetOutcome, Error>>, Error> {
        let options = options.resolve(self.default_ttl);
        let items: Vec<_> = (batch.keys()?.into_iter().zip(values))
            .map(|(key, value)| SetItem::new(key, value, options.clone()))
            .collect();
        let count = items.len();
        let reply = self.backend.cache.set_many(items);
        let answers = self.each_in_time(reply, Effect::Unknown, count).await;
        batch.weave(answers, Effect::Unknown)
    }
}

/// The keys of a batch as they are stored, in the order of the caller.
struct Batch<'a> {
    cache: &'a Cache,
    operation: &'static str,
    /// One behind the other, so that a key costs no allocation of its own.
    full_keys: String,
    /// Where each of them ends; of a refused key, which is not there, the error.
    ends: Vec<Result<usize, Error>>,
}

impl<'a> Batch<'a> {
    fn new(cache: &'a Cache, operation: &'static str) -> Self {
        Self { cache, operation, full_keys: String::new(), ends: Vec::new() }
    }

    fn of_keys<K: AsRef<str>>(
        cache: &'a Cache,
        keys: impl IntoIterator<Item = K>,
        operation: &'static str,
    ) -> Self {
        let mut batch = Self::new(cache, operation);
        for key in keys {
            batch.push(key.as_ref());
        }
        batch
    }

    /// The batch, and the values of the keys that were not refused.
    fn of_items<K: AsRef<str>, V: Into<Bytes>>(
        cache: &'a Cache,
        items: impl IntoIterator<Item = (K, V)>,
        operation: &'static str,
    ) -> (Self, Vec<Bytes>) {
        let mut batch = Self::new(cache, operation);
        let mut values = Vec::new();
        for (key, value) in items {
            if batch.push(key.as_ref()) {
                values.push(value.into());
            }
        }
        (batch, values)
    }

    /// Adds a key; whether it is a valid one.
    fn push(&mut self, key: &str) -> bool {
        let end = self.cache.namespace.with_full_key(key, |full| {
            self.full_keys.push_str(full?.as_str());
            Ok(self.full_keys.len())
        });
        let named = |error: Error| error.with_operation(self.operation).with_key(key);
        self.ends.push(end.map_err(named));
        self.ends.last().is_some_and(Result::is_ok)
    }

    fn keys(&self) -> Result<Vec<Key<'_>>, Error> {
        let mut start = 0;
        let ends = self.ends.iter().flatten();
        ends.map(|end| Key::new(&self.full_keys[replace(&mut start, *end)..*end])).collect()
    }

    /// Calls the backend with the keys that were not refused; its reply, and how many they are.
    fn call<T>(
        &self,
        call: impl FnOnce(&'a dyn CacheBackend, &[Key<'_>]) -> Reply<'a, T>,
    ) -> Result<(Reply<'a, T>, usize), Error> {
        let keys = self.keys()?;
        Ok((call(&*self.cache.backend.cache, &keys), keys.len()))
    }

    /// Puts the answers of the backend and the refused keys back into the order of the caller.
    /// `doubtful` is what is known of the effect where the answers fit no keys.
    fn weave<T>(
        self,
        answers: Result<Vec<Result<T, Error>>, Error>,
        doubtful: Effect,
    ) -> Result<Vec<Result<T, Error>>, Error> {
        let named = |error: Error| error.with_operation(self.operation);
        let answers = answers.map_err(named)?;
        let asked = self.ends.iter().flatten().count();
        let answers = match answers.len() {
            given if given == asked => answers,
            given => each(asked, &self.miscounted(given, asked).with_effect(doubtful)),
        };
        let (mut answers, mut start) = (answers.into_iter(), 0);
        let answer_of = |end| match end {
            Ok(end) => {
                let key = &self.full_keys[replace(&mut start, end)..end];
                let key = self.cache.namespace.strip(key).unwrap_or(key);
                answers.next().map(|answer| answer.map_err(|error| named(error).with_key(key)))
            }
            Err(refused) => Some(Err(refused)),
        };
        Ok(self.ends.into_iter().filter_map(answer_of).collect())
    }

    /// Which answer belongs to which key is unknown where their numbers differ.
    #[cold]
    fn miscounted(&self, given: usize, asked: usize) -> Error {
        let problem = format!(
            "the backend gave a wrong number of answers: {given} to {asked} keys; tell its makers"
        );
        let error = Error::unknown(ErrorKind::Corrupt, problem);
        error.with_backend(self.cache.backend.cache.name())
    }
}
