//! What a test does and sees while the faults go on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Begins and ends an outage, and tells what was done to the calls. Clones share one state.
#[derive(Debug, Clone)]
pub struct ChaosControl(Arc<State>);

#[derive(Debug, Default)]
struct State {
    outage: AtomicBool,
    counters: Counters,
}

#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) calls: AtomicU64,
    pub(super) refused: AtomicU64,
    pub(super) failed: AtomicU64,
    pub(super) lost: AtomicU64,
    pub(super) delayed: AtomicU64,
}

/// How many calls met which fault; each key of a batch is a call here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct FaultCounts {
    /// All calls, those without a fault included.
    pub calls: u64,
    /// Those that an outage refused.
    pub refused: u64,
    /// Those that failed by [`errors`](crate::Chaos::errors).
    pub failed: u64,
    /// Those whose answer was [lost](crate::Chaos::lost_answers).
    pub lost: u64,
    /// Those whose answer was held back, lost or failed ones among them.
    pub delayed: u64,
}

impl ChaosControl {
    pub(super) fn new() -> Self {
        Self(Arc::default())
    }

    /// From now on no call is made, and all fail with
    /// [`Unavailable`](cache_core::ErrorKind::Unavailable). Calls that wait for their answer get it.
    pub fn begin_outage(&self) {
        self.0.outage.store(true, Ordering::SeqCst);
    }

    /// From now on calls are made again.
    pub fn end_outage(&self) {
        self.0.outage.store(false, Ordering::SeqCst);
    }

    /// How many calls have met which fault.
    pub fn counts(&self) -> FaultCounts {
        let counters = &self.0.counters;
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        FaultCounts {
            calls: read(&counters.calls),
            refused: read(&counters.refused),
            failed: read(&counters.failed),
            lost: read(&counters.lost),
            delayed: read(&counters.delayed),
        }
    }

    pub(super) fn is_outage(&self) -> bool {
        self.0.outage.load(Ordering::SeqCst)
    }

    pub(super) fn counters(&self) -> &Counters {
        &self.0.counters
    }
}
