//! The metrics of a call.

use std::sync::Arc;

use metrics::{SharedString, counter, histogram};

use super::findings::Findings;
use super::names;
use crate::Operation;
use crate::clock::Stopwatch;

pub(super) struct Meter<'a> {
    backend: &'a Arc<str>,
    operation: &'static str,
    stopwatch: Stopwatch,
}

impl<'a> Meter<'a> {
    pub(super) fn begin(backend: &'a Arc<str>, operation: Operation) -> Self {
        Self { backend, operation: operation.name(), stopwatch: Stopwatch::start() }
    }

    /// Counts the call, its findings and its time.
    pub(super) fn end(&self, outcome: &'static str, findings: Findings) {
        let (backend, operation) = (self.backend(), self.operation);
        histogram!(names::DURATION, "backend" => backend.clone(), "operation" => operation)
            .record(self.stopwatch.elapsed());
        for (name, number) in [(names::HITS, findings.hits), (names::MISSES, findings.misses)] {
            if number > 0 {
                counter!(name, "backend" => backend.clone(), "operation" => operation)
                    .increment(number);
            }
        }
        self.count(outcome);
    }

    /// Counts the call alone.
    pub(super) fn count(&self, outcome: &'static str) {
        let (backend, operation) = (self.backend(), self.operation);
        counter!(names::CALLS, "backend" => backend, "operation" => operation, "outcome" => outcome)
            .increment(1);
    }

    fn backend(&self) -> SharedString {
        SharedString::from_shared(Arc::clone(self.backend))
    }
}
