//! One call, from its beginning to its end.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;

use cache_core::{ClearScope, Error, Key, LockName, Reply, Scope};

use super::broken_off;
use super::findings::{Findings, outcome};
#[cfg(feature = "metrics")]
use super::meter::Meter;
#[cfg(feature = "tracing")]
use super::trace::Trace;
use crate::Operation;

/// What a call is about, as spans may show it: `Debug` of keys and names escapes and shortens.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(not(feature = "tracing"), expect(dead_code, reason = "metrics never show it"))]
pub(super) enum Subject<'a> {
    Key(Key<'a>),
    Keys(usize),
    Lock(LockName<'a>),
    /// Everything, or a prefix that is no key.
    Unnamed,
}

impl<'a> Subject<'a> {
    /// A prefix is shown as a key, which is escaped and shortened.
    fn prefix(prefix: &'a str) -> Self {
        Key::new(prefix).map_or(Self::Unnamed, Self::Key)
    }
}

impl<'a> From<ClearScope<'a>> for Subject<'a> {
    fn from(scope: ClearScope<'a>) -> Self {
        match scope {
            ClearScope::Prefix(prefix) => Self::prefix(prefix),
            _ => Self::Unnamed,
        }
    }
}

impl<'a> From<Scope<'a>> for Subject<'a> {
    fn from(scope: Scope<'a>) -> Self {
        match scope {
            Scope::Key(key) => Self::Key(key),
            Scope::Prefix(prefix) => Self::prefix(prefix),
            Scope::Lock(name) => Self::Lock(name),
            _ => Self::Unnamed,
        }
    }
}

/// A call that goes on. Dropped without [`end`](Call::end), it counts as dropped, or
/// as failed by the reason that it was dropped for.
pub(super) struct Call<'a> {
    #[cfg(feature = "tracing")]
    trace: Trace,
    #[cfg(feature = "metrics")]
    meter: Meter<'a>,
    #[cfg(not(feature = "metrics"))]
    backend: std::marker::PhantomData<&'a str>,
    ended: bool,
}

impl<'a> Call<'a> {
    pub(super) fn begin(backend: &'a Arc<str>, operation: Operation, subject: Subject<'_>) -> Self {
        #[cfg(not(feature = "tracing"))]
        let _ = subject;
        Self {
            #[cfg(feature = "tracing")]
            trace: Trace::begin(backend, operation, subject),
            #[cfg(feature = "metrics")]
            meter: Meter::begin(backend, operation),
            #[cfg(not(feature = "metrics"))]
            backend: std::marker::PhantomData,
            ended: false,
        }
    }

    /// Does something in the span of the call.
    pub(super) fn inside<T>(&self, act: impl FnOnce() -> T) -> T {
        #[cfg(feature = "tracing")]
        let _entered = self.trace.enter();
        act()
    }

    /// Waits for a reply; the span is left between two polls.
    pub(super) async fn inside_each_poll<T>(&self, reply: &mut Reply<'_, T>) -> Result<T, Error> {
        poll_fn(|context| self.inside(|| Pin::new(&mut *reply).poll(context))).await
    }

    pub(super) fn end(mut self, answer: Result<Findings, &Error>) {
        self.ended = true;
        self.tell(answer);
    }

    fn tell(&self, answer: Result<Findings, &Error>) {
        #[cfg(feature = "tracing")]
        self.trace.end(outcome(answer), answer.err());
        #[cfg(feature = "metrics")]
        self.meter.end(outcome(answer), answer.unwrap_or_default());
    }

    fn tell_dropped(&self) {
        const DROPPED: &str = "dropped";
        #[cfg(feature = "tracing")]
        self.trace.end(DROPPED, None);
        #[cfg(feature = "metrics")]
        self.meter.count(DROPPED);
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        match broken_off::reason() {
            Some(error) => self.tell(Err(&error)),
            None => self.tell_dropped(),
        }
    }
}
