//! Faults of entries, conditions and versions.

use std::collections::HashSet;
use std::sync::Mutex;

use bytes::Bytes;
use cache_conformance::Model;
use cache_core::{
    CacheBackend, Condition, Entry, Key, RESERVED_MARKER, Reply, SetOptions, SetOutcome, Version,
};

use crate::fault::{Fault, done};

/// Remembers every key that was ever set, as a backend does that never looks at the clock.
#[derive(Default)]
pub(crate) struct IfAbsentSeesExpired(Mutex<HashSet<String>>);

impl Fault for IfAbsentSeesExpired {
    fn set<'a>(
        &'a self,
        inner: &'a Model,
        key: Key<'_>,
        value: Bytes,
        options: SetOptions,
    ) -> Reply<'a, SetOutcome> {
        let is_new =
            self.0.lock().expect("no panic while it was held").insert(key.as_str().to_owned());
        if options.condition == Condition::IfAbsent && !is_new {
            return Reply::ok(SetOutcome::ConditionNotMet);
        }
        inner.set(key, value, options)
    }
}

/// Looks first and writes later.
#[derive(Default)]
pub(crate) struct IfAbsentIsNotAtomic;

impl Fault for IfAbsentIsNotAtomic {
    fn set<'a>(
        &'a self,
        inner: &'a Model,
        key: Key<'_>,
        value: Bytes,
        options: SetOptions,
    ) -> Reply<'a, SetOutcome> {
        if options.condition != Condition::IfAbsent {
            return inner.set(key, value, options);
        }
        let at = key.as_str().to_owned();
        Reply::pending(async move {
            let key = Key::new(&at)?;
            if inner.get(key).await?.is_some() {
                return Ok(SetOutcome::ConditionNotMet);
            }
            tokio::task::yield_now().await;
            inner.set(key, value, options.condition(Condition::Always)).await
        })
    }
}

#[derive(Default)]
pub(crate) struct VersionIsTheLength;

impl Fault for VersionIsTheLength {
    fn entry<'a>(&'a self, inner: &'a Model, key: Key<'_>) -> Reply<'a, Option<Entry>> {
        inner.entry(key).map(|entry| {
            entry.map(|entry| {
                let version = Version::from_u128(entry.value.len() as u128);
                Entry::new(entry.value, entry.ttl, version)
            })
        })
    }
}

/// Numbers the states of each life from 1: the model tells its lives apart in the upper half.
#[derive(Default)]
pub(crate) struct VersionsBeginAnew;

const OF_ONE_LIFE: u128 = u64::MAX as u128;

impl Fault for VersionsBeginAnew {
    fn entry<'a>(&'a self, inner: &'a Model, key: Key<'_>) -> Reply<'a, Option<Entry>> {
        inner.entry(key).map(|entry| {
            entry.map(|entry| {
                let number = entry.version.to_u128() & OF_ONE_LIFE;
                Entry::new(entry.value, entry.ttl, Version::from_u128(number))
            })
        })
    }

    fn set<'a>(
        &'a self,
        inner: &'a Model,
        key: Key<'_>,
        value: Bytes,
        mut options: SetOptions,
    ) -> Reply<'a, SetOutcome> {
        if let Condition::IfVersion(number) = options.condition {
            let Some(found) = done(inner.entry(key)) else {
                return Reply::ok(SetOutcome::ConditionNotMet);
            };
            let life = found.version.to_u128() & !OF_ONE_LIFE;
            let version = Version::from_u128(life | number.to_u128());
            options.condition = Condition::IfVersion(version);
        }
        inner.set(key, value, options)
    }
}

#[derive(Default)]
pub(crate) struct AcceptsTheMarker;

impl Fault for AcceptsTheMarker {
    fn set<'a>(
        &'a self,
        inner: &'a Model,
        key: Key<'_>,
        value: Bytes,
        options: SetOptions,
    ) -> Reply<'a, SetOutcome> {
        if value.starts_with(RESERVED_MARKER) {
            return Reply::ok(SetOutcome::Stored);
        }
        inner.set(key, value, options)
    }
}

/// Writes a value in two halves.
#[derive(Default)]
pub(crate) struct TearsValues;

impl Fault for TearsValues {
    fn set<'a>(
        &'a self,
        inner: &'a Model,
        key: Key<'_>,
        value: Bytes,
        options: SetOptions,
    ) -> Reply<'a, SetOutcome> {
        let at = key.as_str().to_owned();
        Reply::pending(async move {
            let key = Key::new(&at)?;
            let half = value.slice(..value.len() / 2);
            inner.set(key, half, SetOptions::new()).await?;
            tokio::task::yield_now().await;
            inner.set(key, value, options).await
        })
    }
}

#[derive(Default)]
pub(crate) struct FoldsTheCaseOfKeys;

impl Fault for FoldsTheCaseOfKeys {
    fn get<'a>(&'a self, inner: &'a Model, key: Key<'_>) -> Reply<'a, Option<Bytes>> {
        match Key::new(&key.as_str().to_ascii_lowercase()) {
            Ok(folded) => inner.get(folded),
            Err(_) => inner.get(key),
        }
    }
}
