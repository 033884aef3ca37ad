//! One part of a backend with faults: the cache, the locks, or the events.

use std::sync::Arc;

use cache_core::{Capabilities, Effect, Error, ErrorKind, Lifecycle, Reply};

use super::faults::{Fault, Faults};
use crate::Operation;
use crate::clock::pause;

pub(super) struct Part<P: ?Sized> {
    inner: Arc<P>,
    faults: Arc<Faults>,
}

impl<P: Lifecycle + ?Sized> Part<P> {
    pub(super) fn new(inner: Arc<P>, faults: &Arc<Faults>) -> Self {
        Self { inner, faults: Arc::clone(faults) }
    }

    /// The part itself, for what has no faults.
    pub(super) fn inner(&self) -> &P {
        &self.inner
    }

    /// The way of every call with one answer.
    pub(super) fn run<'a, T: Send + 'a>(
        &'a self,
        operation: Operation,
        call: impl FnOnce(&'a P) -> Reply<'a, T>,
    ) -> Reply<'a, T> {
        self.run_with(operation, Err, call)
    }

    /// The way of every call with an answer for each key: a lost one is lost for all of them.
    pub(super) fn run_batch<'a, T: Send + 'a>(
        &'a self,
        operation: Operation,
        keys: usize,
        call: impl FnOnce(&'a P) -> Reply<'a, Vec<Result<T, Error>>>,
    ) -> Reply<'a, Vec<Result<T, Error>>> {
        let each = move |error: Error| {
            Ok(std::iter::repeat_with(|| Err(error.clone())).take(keys).collect())
        };
        self.run_with(operation, each, call)
    }

    fn run_with<'a, T: Send + 'a>(
        &'a self,
        operation: Operation,
        lost: impl FnOnce(Error) -> Result<T, Error> + Send + 'a,
        call: impl FnOnce(&'a P) -> Reply<'a, T>,
    ) -> Reply<'a, T> {
        let fate = self.faults.decide(operation);
        let reply = match fate.fault {
            Fault::None => call(&self.inner),
            Fault::Outage => Reply::err(self.failed(operation, ErrorKind::Unavailable)),
            Fault::Error(kind) => Reply::err(self.failed(operation, kind)),
            Fault::Lost { made: false } => Reply::ready(lost(self.lost(operation))),
            Fault::Lost { made: true } => {
                let error = self.lost(operation);
                call(&self.inner).map_answer(move |_| lost(error))
            }
        };
        if fate.latency.is_zero() {
            return reply;
        }
        Reply::pending(async move {
            pause(fate.latency).await;
            reply.await
        })
    }

    fn failed(&self, operation: Operation, kind: ErrorKind) -> Error {
        let detail = "made up by Chaos; the backend was not asked";
        self.named(Error::not_applied(kind, detail), operation)
    }

    fn lost(&self, operation: Operation) -> Error {
        let detail = "made up by Chaos; the answer was lost, if the backend was asked at all";
        let effect = if operation.is_read() { Effect::NotApplied } else { Effect::Unknown };
        self.named(Error::unknown(ErrorKind::Timeout, detail).with_effect(effect), operation)
    }

    fn named(&self, error: Error, operation: Operation) -> Error {
        error.with_operation(operation.name()).with_backend(self.inner.name())
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
