//! The span of a call.

use std::fmt;

use cache_core::Error;
use tracing::field::{Empty, debug};
use tracing::span::Entered;
use tracing::{Level, Span};

use super::call::Subject;
use super::names;
use crate::Operation;

pub(super) struct Trace(Span);

impl Trace {
    pub(super) fn begin(backend: &str, operation: Operation, subject: Subject<'_>) -> Self {
        let operation = operation.name();
        let shown = Shown(subject);
        let key = shown.is_named().then(|| debug(&shown));
        let keys = if let Subject::Keys(keys) = subject { Some(keys) } else { None };
        Self(tracing::span!(
            target: names::TARGET,
            Level::DEBUG,
            names::CALL_SPAN,
            backend,
            operation,
            key,
            keys,
            outcome = Empty,
        ))
    }

    pub(super) fn enter(&self) -> Entered<'_> {
        self.0.enter()
    }

    pub(super) fn end(&self, outcome: &'static str, error: Option<&Error>) {
        self.0.record("outcome", outcome);
        if let Some(error) = error {
            tracing::debug!(target: names::TARGET, parent: &self.0, %error, "{}", names::FAILED_EVENT);
        }
    }
}

/// What `Debug` of a key or a lock name shows: it escapes and shortens.
struct Shown<'a>(Subject<'a>);

impl Shown<'_> {
    fn is_named(&self) -> bool {
        matches!(self.0, Subject::Key(_) | Subject::Lock(_))
    }
}

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Subject::Key(key) => key.fmt(f),
            Subject::Lock(name) => name.fmt(f),
            Subject::Keys(_) | Subject::Unnamed => Ok(()),
        }
    }
}
