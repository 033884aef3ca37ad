//! The cache trait: checks what comes in, asks the server, counts what was done.

use bytes::Bytes;
use cache_core::{
    CacheBackend, ClearScope, ClearStep, Cursor, Entry, Error, Key, Reply, SetItem, SetOptions,
    SetOutcome, Statistics, Ttl,
};

use crate::Redis;
use crate::batch::{Batch, groups};
use crate::driver::Driver;
use crate::key;
use crate::operation::{Request, clear, entries};
use crate::statistics::Counters;
use crate::supervise::{Call, Lane};

const fn reading(operation: &'static str) -> Call {
    Call { operation, reads_only: true }
}

const fn writing(operation: &'static str) -> Call {
    Call { operation, reads_only: false }
}

#[deny(clippy::missing_trait_methods)]
impl<D: Driver> CacheBackend for Redis<D> {
    fn get(&self, key: Key<'_>) -> Reply<'_, Option<Bytes>> {
        let make = |key| Ok(entries::get(key));
        self.on_entry(reading("get"), key, make, |counters, value| counters.read(value.is_some()))
    }

    fn set(&self, key: Key<'_>, value: Bytes, options: SetOptions) -> Reply<'_, SetOutcome> {
        let make = |key| entries::set(key, value, &options);
        self.on_entry(writing("set"), key, make, |counters, outcome| counters.set(*outcome))
    }

    fn delete(&self, key: Key<'_>) -> Reply<'_, bool> {
        let make = |key| Ok(entries::delete(key));
        self.on_entry(writing("delete"), key, make, |counters, found| counters.deleted(*found))
    }

    fn contains(&self, key: Key<'_>) -> Reply<'_, bool> {
        self.on_entry(reading("contains"), key, |key| Ok(entries::contains(key)), |_, _| {})
    }

    fn entry(&self, key: Key<'_>) -> Reply<'_, Option<Entry>> {
        let make = |key| Ok(entries::entry(key));
        self.on_entry(reading("entry"), key, make, |counters, entry| counters.read(entry.is_some()))
    }

    fn take(&self, key: Key<'_>) -> Reply<'_, Option<Bytes>> {
        let make = |key| Ok(entries::take(key));
        self.on_entry(writing("take"), key, make, |counters, value| {
            counters.read(value.is_some());
            counters.deleted(value.is_some());
        })
    }

    fn ttl(&self, key: Key<'_>) -> Reply<'_, Option<Ttl>> {
        self.on_entry(reading("ttl"), key, |key| Ok(entries::ttl(key)), |_, _| {})
    }

    fn touch(&self, key: Key<'_>, ttl: Ttl) -> Reply<'_, bool> {
        self.on_entry(writing("touch"), key, |key| entries::touch(key, ttl), |_, _| {})
    }

    fn increment(&self, key: Key<'_>, delta: i64, ttl: Ttl) -> Reply<'_, i64> {
        let make = |key| entries::increment(key, delta, ttl);
        self.on_entry(writing("increment"), key, make, |counters, _| counters.inserted())
    }

    fn get_many(&self, keys: &[Key<'_>]) -> Reply<'_, Vec<Result<Option<Bytes>, Error>>> {
        let keys = key::sent_together(keys.iter().copied());
        let requests = keys.iter().map(|key| Ok(entries::get(key.clone()))).collect();
        let batch = Batch { call: reading("get_many"), keys, requests };
        Reply::pending(async move {
            let answers = self.ask_all(batch).await?;
            let hits = answers.iter().filter(|answer| matches!(answer, Ok(Some(_)))).count();
            let misses = answers.iter().filter(|answer| matches!(answer, Ok(None))).count();
            self.counters.reads(hits as u64, misses as u64);
            Ok(answers)
        })
    }

    fn set_many(&self, items: Vec<SetItem<'_>>) -> Reply<'_, Vec<Result<SetOutcome, Error>>> {
        let keys = key::sent_together(items.iter().map(|item| item.key));
        let set = |(key, item): (&Bytes, SetItem<'_>)| {
            entries::set(key.clone(), item.value, &item.options)
        };
        let requests = keys.iter().zip(items).map(set).collect();
        let batch = Batch { call: writing("set_many"), keys, requests };
        Reply::pending(async move {
            let answers = self.ask_all(batch).await?;
            answers.iter().flatten().for_each(|outcome| self.counters.set(*outcome));
            Ok(answers)
        })
    }

    fn delete_many(&self, keys: &[Key<'_>]) -> Reply<'_, Vec<Result<bool, Error>>> {
        let keys = key::sent_together(keys.iter().copied());
        let requests = keys.iter().map(|key| Ok(entries::delete(key.clone()))).collect();
        let batch = Batch { call: writing("delete_many"), keys, requests };
        Reply::pending(async move {
            let answers = self.ask_all(batch).await?;
            answers.iter().flatten().for_each(|found| self.counters.deleted(*found));
            Ok(answers)
        })
    }

    fn clear(&self, scope: ClearScope<'_>, cursor: Cursor) -> Reply<'_, ClearStep> {
        let scan = clear::prefix(scope).and_then(|prefix| clear::scan(prefix, &cursor));
        match scan {
            Ok(scan) => Reply::pending(async move {
                let step = self.clear_step(scan).await;
                step.map_err(|error| self.named(error, writing("clear")))
            }),
            Err(error) => Reply::err(self.refused(error, writing("clear"))),
        }
    }

    fn statistics(&self) -> Result<Statistics, Error> {
        Ok(self.counters.statistics())
    }
}

impl<D: Driver> Redis<D> {
    /// One request about one entry.
    fn on_entry<T: Send + 'static>(
        &self,
        call: Call,
        key: Key<'_>,
        make: impl FnOnce(Bytes) -> Result<Request<T>, Error>,
        count: fn(&Counters, &T),
    ) -> Reply<'_, T> {
        let sent = key::sent(key);
        match make(sent.clone()) {
            Ok(request) => Reply::pending(async move {
                let answer = self.ask(Lane::Cache, call, request).await;
                let answer = answer.map_err(|error| self.named_by(error, call, &sent))?;
                count(&self.counters, &answer);
                Ok(answer)
            }),
            Err(error) => Reply::err(self.refused(error, call).with_key(key.as_str())),
        }
    }

    async fn clear_step(&self, scan: Request<clear::Scanned>) -> Result<ClearStep, Error> {
        let end = self.end();
        let scanned = self.ask_by(end, Lane::Cache, reading("clear"), scan).await;
        let clear::Scanned { keys, next } =
            scanned.map_err(|error| self.named(error, reading("clear")))?;
        let mut removed = 0;
        for group in groups(&keys, self.is_cluster) {
            let keys = group.into_iter().map(|index| keys[index].clone()).collect();
            let unlink = clear::unlink(keys);
            let gone = self.ask_by(end, Lane::Cache, writing("clear"), unlink).await?;
            // Here, as they are gone even if a later group fails.
            self.counters.cleared(gone);
            removed += gone;
        }
        Ok(ClearStep::new(removed, next))
    }
}
