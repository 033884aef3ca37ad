//! Faults that show when a call is dropped.

use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use cache_conformance::Model;
use cache_core::{CacheBackend, Key, Reply, SetOptions, SetOutcome};

use crate::fault::Fault;

/// Locks by hand, and unlocks only at the end.
#[derive(Default)]
pub(crate) struct StaysLockedWhenDropped(AtomicBool);

impl Fault for StaysLockedWhenDropped {
    fn set<'a>(
        &'a self,
        inner: &'a Model,
        key: Key<'_>,
        value: Bytes,
        options: SetOptions,
    ) -> Reply<'a, SetOutcome> {
        let at = key.as_str().to_owned();
        Reply::pending(async move {
            while self.0.swap(true, Ordering::SeqCst) {
                tokio::task::yield_now().await;
            }
            tokio::task::yield_now().await;
            let outcome = inner.set(Key::new(&at)?, value, options).await;
            self.0.store(false, Ordering::SeqCst);
            outcome
        })
    }
}

/// Removes the old value some time before it stores the new one.
#[derive(Default)]
pub(crate) struct HalfDoneWhenDropped;

impl Fault for HalfDoneWhenDropped {
    fn set<'a>(
        &'a self,
        inner: &'a Model,
        key: Key<'_>,
        value: Bytes,
        options: SetOptions,
    ) -> Reply<'a, SetOutcome> {
        let at = key.as_str().to_owned();
        Reply::pending(async move {
            inner.delete(Key::new(&at)?).await?;
            tokio::task::yield_now().await;
            inner.set(Key::new(&at)?, value, options).await
        })
    }
}

/// Never asks to be polled again.
#[derive(Default)]
pub(crate) struct ForgetsToWake;

impl Fault for ForgetsToWake {
    fn get<'a>(&'a self, _inner: &'a Model, _key: Key<'_>) -> Reply<'a, Option<Bytes>> {
        Reply::pending(std::future::pending())
    }
}
