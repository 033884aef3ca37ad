//! What a test does and sees while the faults go on.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cache_core::{GapSender, Subscription};

/// Begins and ends an outage, and tells what was done to the calls. Clones share one state.
#[derive(Debug, Clone)]
pub struct ChaosControl(Arc<State>);

#[derive(Debug, Default)]
struct State {
    outage: AtomicBool,
    counters: Counters,
    subscriptions: Mutex<Vec<GapSender>>,
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

    /// From now on calls are made again, and every subscription is told a
    /// [`Gap`](cache_core::Event::Gap). Without an outage it does nothing.
    pub fn end_outage(&self) {
        // In this order: who is woken by the gap finds that calls are made.
        if !self.0.outage.swap(false, Ordering::SeqCst) {
            return;
        }
        // No lock is held while they are told: a waker may do anything.
        let subscriptions = self.subscriptions().clone();
        subscriptions.iter().for_each(GapSender::gap);
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

    /// Whoever has this subscription learns of every outage that ends from now on.
    pub(super) fn tell_gaps_to(&self, subscription: &Subscription) {
        let mut subscriptions = self.subscriptions();
        subscriptions.retain(|subscription| !subscription.is_closed());
        subscriptions.push(subscription.gaps());
    }

    fn subscriptions(&self) -> MutexGuard<'_, Vec<GapSender>> {
        self.0.subscriptions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_outage(&self) -> bool {
        self.0.outage.load(Ordering::SeqCst)
    }

    pub(super) fn counters(&self) -> &Counters {
        &self.0.counters
    }
}
