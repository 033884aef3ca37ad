//! Faults of lifetimes.

use std::time::Duration;

use bytes::Bytes;
use cache_conformance::Model;
use cache_core::{CacheBackend, Key, Reply, SetOptions, SetOutcome, Ttl};

use crate::fault::{Fault, at_once};

#[derive(Default)]
pub(crate) struct IgnoresLifetimes;

impl Fault for IgnoresLifetimes {
    fn set<'a>(
        &'a self,
        inner: &'a Model,
        key: Key<'_>,
        value: Bytes,
        options: SetOptions,
    ) -> Reply<'a, SetOutcome> {
        inner.set(key, value, options.ttl(Ttl::Never))
    }
}

/// Sets with another lifetime than was asked for.
fn set_for<'a>(
    inner: &'a Model,
    key: Key<'_>,
    value: Bytes,
    mut options: SetOptions,
    change: impl Fn(Duration) -> Duration,
) -> Reply<'a, SetOutcome> {
    if let Ttl::After(ttl) = options.ttl {
        options.ttl = Ttl::After(change(ttl));
    }
    inner.set(key, value, options)
}

#[derive(Default)]
pub(crate) struct TruncatesLifetimesToSeconds;

impl Fault for TruncatesLifetimesToSeconds {
    fn set<'a>(
        &'a self,
        inner: &'a Model,
        key: Key<'_>,
        value: Bytes,
        options: SetOptions,
    ) -> Reply<'a, SetOutcome> {
        set_for(inner, key, value, options, |ttl| Duration::from_secs(ttl.as_secs()))
    }
}

#[derive(Default)]
pub(crate) struct RoundsLifetimesDown;

impl Fault for RoundsLifetimesDown {
    fn set<'a>(
        &'a self,
        inner: &'a Model,
        key: Key<'_>,
        value: Bytes,
        options: SetOptions,
    ) -> Reply<'a, SetOutcome> {
        set_for(inner, key, value, options, |ttl| {
            let millis = u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX);
            if ttl.is_zero() { ttl } else { Duration::from_millis(millis.max(1)) }
        })
    }
}

#[derive(Default)]
pub(crate) struct ServesAtTheInstantOfExpiry;

impl Fault for ServesAtTheInstantOfExpiry {
    fn set<'a>(
        &'a self,
        inner: &'a Model,
        key: Key<'_>,
        value: Bytes,
        options: SetOptions,
    ) -> Reply<'a, SetOutcome> {
        set_for(inner, key, value, options, |ttl| {
            if ttl.is_zero() { ttl } else { ttl.saturating_add(Duration::from_nanos(1)) }
        })
    }
}

#[derive(Default)]
pub(crate) struct TakesZeroForNever;

impl Fault for TakesZeroForNever {
    fn set<'a>(
        &'a self,
        inner: &'a Model,
        key: Key<'_>,
        value: Bytes,
        mut options: SetOptions,
    ) -> Reply<'a, SetOutcome> {
        if options.ttl == Ttl::After(Duration::ZERO) {
            options.ttl = Ttl::Never;
        }
        inner.set(key, value, options)
    }
}

#[derive(Default)]
pub(crate) struct WrapsLongLifetimes;

impl Fault for WrapsLongLifetimes {
    fn set<'a>(
        &'a self,
        inner: &'a Model,
        key: Key<'_>,
        value: Bytes,
        options: SetOptions,
    ) -> Reply<'a, SetOutcome> {
        set_for(inner, key, value, options, |ttl| {
            Duration::from_millis(ttl.as_millis() as u32 as u64)
        })
    }
}

#[derive(Default)]
pub(crate) struct OverwriteKeepsTheLifetime;

impl Fault for OverwriteKeepsTheLifetime {
    fn set<'a>(
        &'a self,
        inner: &'a Model,
        key: Key<'_>,
        value: Bytes,
        mut options: SetOptions,
    ) -> Reply<'a, SetOutcome> {
        if let Ok(Some(left)) = at_once(inner.ttl(key)) {
            options.ttl = left;
        }
        inner.set(key, value, options)
    }
}
