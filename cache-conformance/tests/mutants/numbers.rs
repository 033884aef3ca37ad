//! Faults of increments and of what their errors say.

use cache_conformance::Model;
use cache_core::{
    CacheBackend, Capabilities, Error, ErrorKind, Key, Lifecycle, Reply, SetOptions, Ttl,
};

use crate::fault::{Fault, at_once, done};

#[derive(Default)]
pub(crate) struct LosesIncrements;

impl Fault for LosesIncrements {
    fn increment<'a>(
        &'a self,
        inner: &'a Model,
        key: Key<'_>,
        delta: i64,
        ttl: Ttl,
    ) -> Reply<'a, i64> {
        let at = key.as_str().to_owned();
        Reply::pending(async move {
            let key = Key::new(&at)?;
            let before = inner.get(key).await?;
            tokio::task::yield_now().await;
            if let Some(before) = before {
                inner.set(key, before, SetOptions::new()).await?;
            }
            inner.increment(key, delta, ttl).await
        })
    }
}

#[derive(Default)]
pub(crate) struct IncrementResetsTheLifetime;

impl Fault for IncrementResetsTheLifetime {
    fn increment<'a>(
        &'a self,
        inner: &'a Model,
        key: Key<'_>,
        delta: i64,
        ttl: Ttl,
    ) -> Reply<'a, i64> {
        let sum = at_once(inner.increment(key, delta, ttl));
        if sum.is_ok() {
            done(inner.touch(key, ttl));
        }
        Reply::ready(sum)
    }
}

/// The sum of an overflow is what the processor makes of it.
#[derive(Default)]
pub(crate) struct WrapsSums;

impl Fault for WrapsSums {
    fn increment<'a>(
        &'a self,
        inner: &'a Model,
        key: Key<'_>,
        delta: i64,
        ttl: Ttl,
    ) -> Reply<'a, i64> {
        let found = at_once(inner.get(key)).ok().flatten();
        let number = found.and_then(|text| std::str::from_utf8(&text).ok()?.parse::<i64>().ok());
        match number {
            Some(number) if number.checked_add(delta).is_none() => {
                Reply::ok(number.wrapping_add(delta))
            }
            _ => inner.increment(key, delta, ttl),
        }
    }
}

#[derive(Default)]
pub(crate) struct TellsTheValue;

impl Fault for TellsTheValue {
    fn increment<'a>(
        &'a self,
        inner: &'a Model,
        key: Key<'_>,
        delta: i64,
        ttl: Ttl,
    ) -> Reply<'a, i64> {
        let found = at_once(inner.get(key)).ok().flatten().unwrap_or_default();
        inner.increment(key, delta, ttl).map_err(move |error| {
            let detail = format!("{:?} is no number", String::from_utf8_lossy(&found));
            Error::not_applied(error.kind(), detail)
                .with_operation("increment")
                .with_backend("model")
        })
    }
}

/// Answers increments without claiming to.
#[derive(Default)]
pub(crate) struct ClaimsLessThanItDoes;

impl Fault for ClaimsLessThanItDoes {
    fn capabilities(&self, inner: &Model) -> Capabilities {
        let mut claimed = inner.capabilities();
        claimed.increment = false;
        claimed
    }
}

#[derive(Default)]
pub(crate) struct MistakesTheKindOfError;

impl Fault for MistakesTheKindOfError {
    fn increment<'a>(
        &'a self,
        inner: &'a Model,
        key: Key<'_>,
        delta: i64,
        ttl: Ttl,
    ) -> Reply<'a, i64> {
        let server =
            |error: Error| Error::not_applied(ErrorKind::Server, error.detail().to_owned());
        inner.increment(key, delta, ttl).map_err(server)
    }
}
