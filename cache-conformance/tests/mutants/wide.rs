//! Faults of what concerns many entries, or the whole backend.

use std::collections::HashSet;
use std::sync::Mutex;

use bytes::Bytes;
use cache_conformance::Model;
use cache_core::{
    CacheBackend, Capabilities, ClearScope, ClearStep, Cursor, Error, Key, Lifecycle, Reply,
    SetItem, SetOptions, SetOutcome, Statistics, Ttl, check_value,
};

use crate::fault::{Fault, at_once, done};

#[derive(Default)]
pub(crate) struct DropsTheLastItem;

impl Fault for DropsTheLastItem {
    fn set_many<'a>(
        &'a self,
        inner: &'a Model,
        mut items: Vec<SetItem<'_>>,
    ) -> Reply<'a, Vec<Result<SetOutcome, Error>>> {
        let had_items = items.pop().is_some();
        inner.set_many(items).map(move |mut answers| {
            answers.extend(had_items.then_some(Ok(SetOutcome::Stored)));
            answers
        })
    }
}

#[derive(Default)]
pub(crate) struct AnswersInTheOrderOfItsOwn;

impl Fault for AnswersInTheOrderOfItsOwn {
    fn get_many<'a>(
        &'a self,
        inner: &'a Model,
        keys: &[Key<'_>],
    ) -> Reply<'a, Vec<Result<Option<Bytes>, Error>>> {
        let mut keys = keys.to_vec();
        keys.sort_unstable();
        inner.get_many(&keys)
    }
}

#[derive(Default)]
pub(crate) struct AnswersDuplicatesOnce;

impl Fault for AnswersDuplicatesOnce {
    fn get_many<'a>(
        &'a self,
        inner: &'a Model,
        keys: &[Key<'_>],
    ) -> Reply<'a, Vec<Result<Option<Bytes>, Error>>> {
        let mut seen = HashSet::new();
        let keys: Vec<_> = keys.iter().filter(|key| seen.insert(**key)).copied().collect();
        inner.get_many(&keys)
    }
}

/// One bad item fails the whole batch.
#[derive(Default)]
pub(crate) struct FailsTheWholeBatch;

impl Fault for FailsTheWholeBatch {
    fn set_many<'a>(
        &'a self,
        inner: &'a Model,
        items: Vec<SetItem<'_>>,
    ) -> Reply<'a, Vec<Result<SetOutcome, Error>>> {
        match items.iter().find_map(|item| item.options.ttl.to_millis().err()) {
            Some(error) => Reply::err(error),
            None => inner.set_many(items),
        }
    }
}

#[derive(Default)]
pub(crate) struct HoldsOneTooMany;

impl Fault for HoldsOneTooMany {
    fn bound(entries: u64) -> u64 {
        entries + 1
    }
}

/// Makes room for an overwrite too.
#[derive(Default)]
pub(crate) struct OverwriteEvicts(Mutex<Vec<String>>);

impl Fault for OverwriteEvicts {
    fn set<'a>(
        &'a self,
        inner: &'a Model,
        key: Key<'_>,
        value: Bytes,
        options: SetOptions,
    ) -> Reply<'a, SetOutcome> {
        let mut keys = self.0.lock().expect("no panic while it was held");
        if inner.capabilities().evicts && at_once(inner.contains(key)) == Ok(true) {
            let other = keys.iter().position(|other| other != key.as_str());
            if let Some(other) = other {
                done(inner.delete(Key::new(&keys.remove(other)).expect("it was valid before")));
            }
        }
        keys.push(key.as_str().to_owned());
        inner.set(key, value, options)
    }

    fn set_many<'a>(
        &'a self,
        inner: &'a Model,
        items: Vec<SetItem<'_>>,
    ) -> Reply<'a, Vec<Result<SetOutcome, Error>>> {
        let set = |item: SetItem<'_>| at_once(self.set(inner, item.key, item.value, item.options));
        Reply::ok(items.into_iter().map(set).collect())
    }
}

/// Makes room before it looks, at the cost of the very entry that it goes over.
#[derive(Default)]
pub(crate) struct EvictsWhatItGoesOver;

impl EvictsWhatItGoesOver {
    fn make_room(inner: &Model, key: Key<'_>) {
        let found = inner.statistics().expect("the model counts");
        if found.capacity.is_some_and(|capacity| found.entries >= capacity) {
            done(inner.delete(key));
        }
    }
}

impl Fault for EvictsWhatItGoesOver {
    fn set<'a>(
        &'a self,
        inner: &'a Model,
        key: Key<'_>,
        value: Bytes,
        options: SetOptions,
    ) -> Reply<'a, SetOutcome> {
        Self::make_room(inner, key);
        inner.set(key, value, options)
    }

    fn increment<'a>(
        &'a self,
        inner: &'a Model,
        key: Key<'_>,
        delta: i64,
        ttl: Ttl,
    ) -> Reply<'a, i64> {
        Self::make_room(inner, key);
        inner.increment(key, delta, ttl)
    }
}

/// Reads a prefix up to its first star.
#[derive(Default)]
pub(crate) struct TakesThePrefixForAGlob;

impl Fault for TakesThePrefixForAGlob {
    fn clear<'a>(
        &'a self,
        inner: &'a Model,
        scope: ClearScope<'_>,
        cursor: Cursor,
    ) -> Reply<'a, ClearStep> {
        match scope {
            ClearScope::Prefix(prefix) => match prefix.split_once('*') {
                Some(("", _)) => inner.clear(ClearScope::All, cursor),
                Some((beginning, _)) => inner.clear(ClearScope::Prefix(beginning), cursor),
                None => inner.clear(scope, cursor),
            },
            _ => inner.clear(scope, cursor),
        }
    }
}

/// Ends after the first step.
#[derive(Default)]
pub(crate) struct ClearsOneStep;

impl Fault for ClearsOneStep {
    fn clear<'a>(
        &'a self,
        inner: &'a Model,
        scope: ClearScope<'_>,
        cursor: Cursor,
    ) -> Reply<'a, ClearStep> {
        inner.clear(scope, cursor).map(|step| ClearStep::new(step.removed, None))
    }
}

/// Reads, and removes later.
#[derive(Default)]
pub(crate) struct TakeIsNotAtomic;

impl Fault for TakeIsNotAtomic {
    fn take<'a>(&'a self, inner: &'a Model, key: Key<'_>) -> Reply<'a, Option<Bytes>> {
        let at = key.as_str().to_owned();
        Reply::pending(async move {
            let found = inner.get(Key::new(&at)?).await?;
            tokio::task::yield_now().await;
            inner.delete(Key::new(&at)?).await?;
            Ok(found)
        })
    }
}

#[derive(Default)]
pub(crate) struct CountsNoMisses;

impl Fault for CountsNoMisses {
    fn statistics(&self, inner: &Model) -> Result<Statistics, Error> {
        let mut statistics = inner.statistics()?;
        statistics.misses = 0;
        Ok(statistics)
    }
}

#[derive(Default)]
pub(crate) struct CountsNothingButReads;

impl Fault for CountsNothingButReads {
    fn statistics(&self, inner: &Model) -> Result<Statistics, Error> {
        let mut statistics = Statistics::default();
        statistics.hits = inner.statistics()?.hits;
        statistics.misses = inner.statistics()?.misses;
        Ok(statistics)
    }
}

fn persistent(inner: &Model) -> Capabilities {
    let mut claimed = inner.capabilities();
    claimed.persistent = true;
    claimed
}

/// No fault: persistent, and says so.
#[derive(Default)]
pub(crate) struct KeepsEverything;

impl Fault for KeepsEverything {
    const SURVIVES_A_RESTART: bool = true;

    fn capabilities(&self, inner: &Model) -> Capabilities {
        persistent(inner)
    }
}

/// Persistent by its own account alone.
#[derive(Default)]
pub(crate) struct ClaimsPersistence;

impl Fault for ClaimsPersistence {
    fn capabilities(&self, inner: &Model) -> Capabilities {
        persistent(inner)
    }
}

#[derive(Default)]
pub(crate) struct ActsAfterStop;

impl Fault for ActsAfterStop {
    fn stop<'a>(&'a self, _inner: &'a Model) -> Reply<'a, ()> {
        Reply::ok(())
    }
}

/// Checks what it was given before it looks whether it was stopped.
#[derive(Default)]
pub(crate) struct ChecksBeforeItLooks;

impl Fault for ChecksBeforeItLooks {
    fn set<'a>(
        &'a self,
        inner: &'a Model,
        key: Key<'_>,
        value: Bytes,
        options: SetOptions,
    ) -> Reply<'a, SetOutcome> {
        match check_value(&value).and_then(|()| options.ttl.to_millis()) {
            Ok(_) => inner.set(key, value, options),
            Err(error) => Reply::err(error),
        }
    }
}

#[derive(Default)]
pub(crate) struct SaysNotWhetherItWasDone;

impl Fault for SaysNotWhetherItWasDone {
    fn set<'a>(
        &'a self,
        inner: &'a Model,
        key: Key<'_>,
        value: Bytes,
        options: SetOptions,
    ) -> Reply<'a, SetOutcome> {
        let unknown = |error: Error| Error::unknown(error.kind(), error.detail().to_owned());
        inner.set(key, value, options).map_err(unknown)
    }
}
