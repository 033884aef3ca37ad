//! Which call meets which fault.

use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cache_core::ErrorKind;

use super::ChaosControl;
use super::random::Random;
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
        let mut random = Random::new(self.seed, number);
        let (draw, made, delay) = (random.fraction(), random.coin(), random.fraction());
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

    pub(super) const fn control(&self) -> &ChaosControl {
        &self.control
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

    /// Decides on each key of a batch, as on a call of its own; `None` in an outage.
    pub(super) fn decide_each(&self, operation: Operation, keys: usize) -> Option<Vec<Fate>> {
        let keys = keys as u64;
        let first = self.next.fetch_add(keys, Ordering::Relaxed);
        let outage = self.control.is_outage();
        let fates = (first..first + keys).map(|number| match outage {
            true => Fate { fault: Fault::Outage, latency: Duration::ZERO },
            false => self.plan.fate(number, operation),
        });
        let fates: Vec<_> = fates.inspect(|fate| self.count(*fate)).collect();
        (!outage).then_some(fates)
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A test that names a seed must meet the same faults after an update.
    #[test]
    fn first_faults_of_a_seed_stay_what_they_are() {
        let mut plan = Plan::new(2026);
        plan.add_errors(ErrorKind::Busy, 0.25);
        plan.add_lost(0.5);
        plan.latency = Duration::ZERO..=Duration::from_micros(999);
        let letter = |fault| match fault {
            Fault::None => '.',
            Fault::Outage => 'O',
            Fault::Error(_) => 'E',
            Fault::Lost { made: true } => 'M',
            Fault::Lost { made: false } => 'L',
        };
        let fates: Vec<_> = (0..32).map(|number| plan.fate(number, Operation::Set)).collect();
        let faults: String = fates.iter().map(|fate| letter(fate.fault)).collect();
        let latencies: Vec<_> = fates.iter().take(8).map(|fate| fate.latency.as_micros()).collect();
        assert_eq!(faults, "M..LLE.M....EMM.MLM..LEE.E.M..ME");
        assert_eq!(latencies, [938, 400, 144, 337, 579, 642, 595, 230]);
    }
}
