//! One part of a backend that is seen: the cache, the locks, or the events.

use std::sync::Arc;

use cache_core::{Capabilities, Error, Lifecycle, Reply};

use super::call::{Call, Subject};
use super::findings::Findings;
use crate::Operation;

pub(super) struct Part<P: ?Sized> {
    inner: Arc<P>,
    /// Kept, so that a label is shared and not copied.
    name: Arc<str>,
}

impl<P: Lifecycle + ?Sized> Part<P> {
    pub(super) fn new(inner: Arc<P>) -> Self {
        let name = inner.name().into();
        Self { inner, name }
    }

    /// The part itself, for what is not seen.
    pub(super) fn inner(&self) -> &P {
        &self.inner
    }

    /// The way of every call.
    pub(super) fn see<'a, T: Send + 'a>(
        &'a self,
        operation: Operation,
        subject: Subject<'_>,
        findings: fn(&T) -> Findings,
        begin: impl FnOnce(&'a P) -> Reply<'a, T>,
    ) -> Reply<'a, T> {
        let call = Call::begin(&self.name, operation, subject);
        let end = move |call: Call<'a>, answer: Result<T, Error>| {
            call.end(answer.as_ref().map(findings));
            answer
        };
        match call.inside(|| begin(&self.inner)).try_ready() {
            Ok(answer) => Reply::ready(end(call, answer)),
            Err(mut pending) => Reply::pending(async move {
                let answer = call.inside_each_poll(&mut pending).await;
                end(call, answer)
            }),
        }
    }
}

#[deny(clippy::missing_trait_methods)]
impl<P: Lifecycle + ?Sized> Lifecycle for Part<P> {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn stop(&self) -> Reply<'_, ()> {
        self.inner.stop()
    }
}
