//! Which call meets which fault.

use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cache_core::ErrorKind;
use fastrand::Rng;

use super::ChaosControl;
use crate::Operation;

/// What may happen to calls, and how often.
#[derive(Debug)]
pub(super) struct Plan {
    seed: u64,
    pub(super) latency: RangeInclusive<Duration>,
    /// The rates are at most 1 together, so that one draw decides among them.
    errors: Vec<(ErrorKind, f64)>,
    lost: f64,
    /// `None` is every operation.
    pub(super) only: Option<Vec<Operation>>,
}

/// What happens to one call.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Fate {
    pub(super) fault: Fault,
    pub(super) latency: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Fault {
    None,
    Outage,
    Error(ErrorKind),
    Lost { made: bool },
}

impl Plan {
    pub(super) fn new(seed: u64) -> Self {
        let latency = Duration::ZERO..=Duration::ZERO;
        Self { seed, latency, errors: Vec::new(), lost: 0.0, only: None }
    }

    pub(super) fn add_errors(&mut self, kind: ErrorKind, rate: f64) {
        self.errors.push((kind, rate));
        self.check(rate);
    }

    pub(super) fn add_lost(&mut self, rate: f64) {
        self.lost += rate;
        self.check(rate);
    }

    #[track_caller]
    fn check(&self, rate: f64) {
        assert!((0.0..=1.0).contains(&rate), "the rate is {rate}; give one from 0 to 1");
        let sum = self.lost + self.errors.iter().map(|(_, rate)| rate).sum::<f64>();
        // The sum of decimal fractions may exceed 1 by a rounding error.
        assert!(sum <= 1.0 + 1e-9, "the rates of all faults are {sum} together; give at most 1");
    }

    /// Always makes the same draws, so that a setting moves no fault to another call.
    fn fate(&self, number: u64, operation: Operation) -> Fate {
        let mut random = self.random(number);
        let (draw, made, delay) = (random.f64(), random.bool(), random.f64());
        if self.only.as_ref().is_some_and(|only| !only.contains(&operation)) {
            return Fate { fault: Fault::None, latency: Duration::ZERO };
        }
        let (shortest, longest) = (*self.latency.start(), *self.latency.end());
        let latency = shortest + (longest - shortest).mul_f64(delay);
        Fate { fault: self.fault(draw, made), latency }
    }

    fn fault(&self, draw: f64, made: bool) -> Fault {
        let mut bound = 0.0;
        for (kind, rate) in &self.errors {
            bound += rate;
            if draw < bound {
                return Fault::Error(*kind);
            }
        }
        if draw < bound + self.lost { Fault::Lost { made } } else { Fault::None }
    }

    /// A generator of the call's own: what happens to it does not depend on other calls.
    fn random(&self, number: u64) -> Rng {
        // The golden ratio spreads successive numbers over all seeds (as in SplitMix64).
        Rng::with_seed(self.seed ^ number.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }
}

/// The plan at work.
#[derive(Debug)]
pub(super) struct Faults {
    plan: Plan,
    control: ChaosControl,
    next: AtomicU64,
}

impl Faults {
    pub(super) fn new(plan: Plan, control: ChaosControl) -> Self {
        Self { plan, control, next: AtomicU64::new(0) }
    }

    /// Decides on a call, and counts it.
    pub(super) fn decide(&self, operation: Operation) -> Fate {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let mut fate = self.plan.fate(number, operation);
        if self.control.is_outage() {
            fate = Fate { fault: Fault::Outage, latency: Duration::ZERO };
        }
        self.count(fate);
        fate
    }

    fn count(&self, fate: Fate) {
        let counters = self.control.counters();
        let count = |counter: &AtomicU64| counter.fetch_add(1, Ordering::Relaxed);
        count(&counters.calls);
        match fate.fault {
            Fault::None => {}
            Fault::Outage => drop(count(&counters.refused)),
            Fault::Error(_) => drop(count(&counters.failed)),
            Fault::Lost { .. } => drop(count(&counters.lost)),
        }
        if !fate.latency.is_zero() {
            count(&counters.delayed);
        }
    }
}
