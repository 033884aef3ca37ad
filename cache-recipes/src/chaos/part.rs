//! One part of a backend with faults: the cache, the locks, or the events.

use std::sync::Arc;
use std::time::Duration;

use cache_core::{Capabilities, Effect, Error, ErrorKind, Lifecycle, Reply};

use super::ChaosControl;
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

    pub(super) fn control(&self) -> &ChaosControl {
        self.faults.control()
    }

    /// The way of every call with one answer.
    pub(super) fn run<'a, T: Send + 'a>(
        &'a self,
        operation: Operation,
        call: impl FnOnce(&'a P) -> Reply<'a, T>,
    ) -> Reply<'a, T> {
        let fate = self.faults.decide(operation);
        let reply = match self.verdict(fate.fault, operation) {
            Verdict::Made => call(&self.inner),
            Verdict::Lost(error) => call(&self.inner).map_answer(move |_| Err(error)),
            Verdict::Refused(error) => Reply::err(error),
        };
        held_back(fate.latency, reply)
    }

    /// The way of every call with an answer for each key: each key has a fate of its own, and the
    /// part is asked for those that are to be made.
    pub(super) fn run_batch<'a, I, T: Send + 'a>(
        &'a self,
        operation: Operation,
        items: Vec<I>,
        call: impl FnOnce(&'a P, Vec<I>) -> Reply<'a, Vec<Result<T, Error>>>,
    ) -> Reply<'a, Vec<Result<T, Error>>> {
        let Some(fates) = self.faults.decide_each(operation, items.len()) else {
            return Reply::err(self.failed(operation, ErrorKind::Unavailable));
        };
        let latency = fates.iter().map(|fate| fate.latency).max().unwrap_or_default();
        let verdicts: Vec<_> =
            fates.iter().map(|fate| self.verdict(fate.fault, operation)).collect();
        let asked = items.into_iter().zip(&verdicts);
        let asked: Vec<_> = asked.filter(|(_, verdict)| verdict.is_made()).map(|it| it.0).collect();
        let reply = if asked.is_empty() && !verdicts.is_empty() {
            Reply::ok(Vec::new())
        } else {
            call(&self.inner, asked)
        };
        held_back(latency, reply.map(move |answers| weave(verdicts, answers)))
    }

    fn verdict(&self, fault: Fault, operation: Operation) -> Verdict {
        match fault {
            Fault::None => Verdict::Made,
            Fault::Outage => Verdict::Refused(self.failed(operation, ErrorKind::Unavailable)),
            Fault::Error(kind) => Verdict::Refused(self.failed(operation, kind)),
            Fault::Lost { made: true } => Verdict::Lost(self.lost(operation)),
            Fault::Lost { made: false } => Verdict::Refused(self.lost(operation)),
        }
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

/// What becomes of a call, or of a key of a batch.
enum Verdict {
    Made,
    /// It is made, and answered by an error.
    Lost(Error),
    Refused(Error),
}

impl Verdict {
    fn is_made(&self) -> bool {
        !matches!(self, Self::Refused(_))
    }
}

/// Puts the answers of the part, which are those of the keys that were made, among the errors of
/// the others. A wrong number of answers stays wrong.
fn weave<T>(verdicts: Vec<Verdict>, answers: Vec<Result<T, Error>>) -> Vec<Result<T, Error>> {
    let mut answers = answers.into_iter();
    let answer = |verdict| match verdict {
        Verdict::Made => answers.next(),
        Verdict::Lost(error) => answers.next().map(|_| Err(error)),
        Verdict::Refused(error) => Some(Err(error)),
    };
    let mut all: Vec<_> = verdicts.into_iter().filter_map(answer).collect();
    all.extend(answers);
    all
}

fn held_back<'a, T: Send + 'a>(latency: Duration, reply: Reply<'a, T>) -> Reply<'a, T> {
    if latency.is_zero() {
        return reply;
    }
    Reply::pending(async move {
        pause(latency).await;
        reply.await
    })
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
