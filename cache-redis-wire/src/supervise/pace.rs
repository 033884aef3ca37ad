//! How often anything may be dialled at all, and how long to wait after a failure.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::clock::Instant;

/// Lets at most [`MOST`](Pace::MOST) attempts begin in any second, whoever asks for them.
///
/// A few may begin at once and others follow at a steady rate, so that who loses one connection after
/// the other waits a little for each, and not most of a second for one (the generic cell rate
/// algorithm as virtual scheduling: ITU-T I.371, annex A).
#[derive(Debug, Default)]
pub(crate) struct Pace(Mutex<Option<Instant>>);

impl Pace {
    /// So many attempts in a second. A server that comes back is not buried by its clients.
    pub(crate) const MOST: usize = 20;
    pub(super) const SPAN: Duration = Duration::from_secs(1);
    /// So many of them at once: twice what a client has by default, two connections for cache calls,
    /// one for locks, one for change events.
    const AT_ONCE: u32 = 8;
    /// The time from one attempt to the next after those; rounded up, lest a second sees one more.
    const INTERVAL: Duration =
        Duration::from_micros(1_000_000_u64.div_ceil(Self::MOST as u64 - Self::AT_ONCE as u64));

    /// When an attempt that is asked for now may begin: now, mostly.
    pub(crate) fn reserve(&self, now: Instant) -> Instant {
        const AHEAD: Duration = Pace::INTERVAL.saturating_mul(Pace::AT_ONCE - 1);
        // When the next attempt would begin if all of them had come at the steady rate.
        let mut steady = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let due = steady.map_or(now, |due| due.max(now));
        *steady = Some(due + Self::INTERVAL);
        if due <= now + AHEAD { now } else { due - AHEAD }
    }
}

/// How long to leave a server alone that could not be reached.
///
/// The time is random between nothing and a bound that doubles, as in "Exponential Backoff And Jitter"
/// (Brooker, AWS Architecture Blog, 2015, "full jitter"): clients that lost the same server do not come
/// back in step. The random numbers are seeded anew in every process.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Backoff {
    failures: u32,
}

impl Backoff {
    const FIRST: Duration = Duration::from_millis(50);
    /// Also the longest time that a server which is back goes unnoticed.
    pub(crate) const LONGEST: Duration = Duration::from_millis(500);

    /// Counts a failure; the time to wait now.
    pub(crate) fn failed(&mut self) -> Duration {
        let bound = self.bound();
        self.failures = self.failures.saturating_add(1);
        between(Duration::ZERO, bound)
    }

    /// The server is there: the next failure is a first one.
    pub(crate) fn reset(&mut self) {
        self.failures = 0;
    }

    fn bound(self) -> Duration {
        let doubled =
            Self::FIRST.saturating_mul(1_u32.checked_shl(self.failures).unwrap_or(u32::MAX));
        doubled.min(Self::LONGEST)
    }
}

/// A random time, both ends included.
pub(crate) fn between(shortest: Duration, longest: Duration) -> Duration {
    let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
    Duration::from_micros(fastrand::u64(micros(shortest)..=micros(longest)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::clock;

    proptest! {
        #[test]
        fn no_second_sees_more_attempts_than_allowed(
            steps in prop::collection::vec(0_u64..200, 1..200),
        ) {
            let pace = Pace::default();
            let mut now = clock::now();
            let mut starts = Vec::new();
            for step in steps {
                now += Duration::from_millis(step);
                let start = pace.reserve(now);
                prop_assert!(start >= now);
                starts.push(start);
            }
            prop_assert!(starts.is_sorted());
            for window in starts.windows(Pace::MOST + 1) {
                prop_assert!(window[Pace::MOST] - window[0] >= Pace::SPAN);
            }
        }

        #[test]
        fn wait_is_within_a_bound_that_doubles_up_to_the_longest(failures in 0_u32..100) {
            let mut backoff = Backoff { failures };
            let bound = Backoff::FIRST * 2_u32.pow(failures.min(10));
            prop_assert!(backoff.failed() <= bound.min(Backoff::LONGEST));
            prop_assert_eq!(backoff.failures, failures + 1);
        }
    }

    #[test]
    fn attempts_are_not_delayed_below_the_limit() {
        let (pace, now) = (Pace::default(), clock::now());
        assert!((0..Pace::AT_ONCE).all(|_| pace.reserve(now) == now));
        let rest = Pace::MOST as u32 - Pace::AT_ONCE;
        let later = |number| now + Pace::INTERVAL * number;
        assert!((1..=rest).all(|number| pace.reserve(now) == later(number)));
        assert!(later(rest) >= now + Pace::SPAN, "the first of the next second");
    }

    #[test]
    fn who_never_rests_waits_an_interval_at_most() {
        let (pace, mut now) = (Pace::default(), clock::now());
        for _ in 0..1000 {
            let start = pace.reserve(now);
            assert!(start - now <= Pace::INTERVAL, "{:?}", start - now);
            now = start;
        }
    }

    #[test]
    fn waits_are_spread_over_the_whole_range() {
        let waits = (0..1000).map(|_| Backoff { failures: 9 }.failed());
        let mut quarters = [0; 4];
        for wait in waits {
            quarters[(wait.as_micros() * 4 / (Backoff::LONGEST.as_micros() + 1)) as usize] += 1;
        }
        // Each quarter expects 250; 100 is ten deviations away.
        assert!(quarters.iter().all(|hits| *hits > 100), "{quarters:?}");
    }

    #[test]
    fn success_makes_the_next_failure_a_first_one() {
        let mut backoff = Backoff { failures: 9 };
        backoff.reset();
        assert!((0..100).all(|_| { Backoff { ..backoff }.failed() <= Backoff::FIRST }));
    }
}
