//! A connection in use, and how it is known whether it still answers.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::clock::Instant;

/// A connection and what is known of its health.
///
/// Counters are relaxed: each is right by itself, and nothing is decided by two at once. `parked` and
/// `probing` are: whoever gives up a call sees that somebody asks, or who asks sees the call.
pub(super) struct Live<C> {
    pub(super) connection: C,
    pub(super) born: Instant,
    /// Calls that were sent and have no answer, given up ones included.
    load: AtomicUsize,
    /// How many calls were sent: the number of the next.
    sent: AtomicU64,
    /// Calls that timed out since anything was answered.
    strikes: AtomicU32,
    /// When the first of those was, in µs of the life of the connection; `u64::MAX` for none.
    struck: AtomicU64,
    /// Whether something was answered that speaks for this server.
    proven: AtomicBool,
    /// Whether the server said something that a new connection may mend.
    stale: AtomicBool,
    /// Whether somebody asks the server for a sign of life.
    probing: AtomicBool,
    /// How many calls `given_up` holds, to be read without its lock.
    parked: AtomicUsize,
    given_up: Mutex<GivenUp>,
}

/// The numbers of calls that nobody waits for, and that the driver may hold in memory yet.
#[derive(Default)]
struct GivenUp {
    numbers: BTreeSet<u64>,
    retired: bool,
}

/// After so many timeouts in a row the connection is taken for dead. A frozen TCP connection reports
/// no error for many minutes.
pub(super) const STRIKES: u32 = 3;

/// But not before so long after the first of them: calls at the same time time out together, and a
/// server or a machine that is busy for a moment is not dead.
pub(super) const SILENCE: Duration = Duration::from_millis(200);

impl<C> Live<C> {
    pub(super) fn new(connection: C, born: Instant) -> Self {
        Self {
            connection,
            born,
            load: AtomicUsize::new(0),
            sent: AtomicU64::new(0),
            strikes: AtomicU32::new(0),
            struck: AtomicU64::new(u64::MAX),
            proven: AtomicBool::new(false),
            stale: AtomicBool::new(false),
            probing: AtomicBool::new(false),
            parked: AtomicUsize::new(0),
            given_up: Mutex::default(),
        }
    }

    pub(super) fn load(&self) -> usize {
        self.load.load(Ordering::Relaxed)
    }

    /// Counts a call that is about to be sent; its number.
    pub(super) fn begin(&self) -> u64 {
        self.load.fetch_add(1, Ordering::Relaxed);
        self.sent.fetch_add(1, Ordering::Relaxed)
    }

    /// Call `number` has its answer or never gets one. So have all calls that were sent before it,
    /// for answers come in order; how many of them had been given up.
    pub(super) fn answered(&self, number: u64) -> usize {
        self.load.fetch_sub(1, Ordering::Relaxed);
        if self.strikes.load(Ordering::Relaxed) != 0 {
            self.strikes.store(0, Ordering::Relaxed);
            self.struck.store(u64::MAX, Ordering::Relaxed);
        }
        if self.parked.load(Ordering::Relaxed) == 0 { 0 } else { self.forget_before(number) }
    }

    #[cold]
    fn forget_before(&self, number: u64) -> usize {
        let mut given_up = self.given_up();
        let later = given_up.numbers.split_off(&number);
        let earlier = std::mem::replace(&mut given_up.numbers, later).len();
        self.count(&given_up);
        drop(given_up);
        self.load.fetch_sub(earlier, Ordering::Relaxed);
        earlier
    }

    /// The call broke with its connection: there is nothing to wait for.
    pub(super) fn broke(&self) {
        self.load.fetch_sub(1, Ordering::Relaxed);
    }

    /// Nobody waits for call `number`. Answers false where the connection is gone, and with it all
    /// that the driver held for the call.
    pub(super) fn give_up(&self, number: u64) -> bool {
        let mut given_up = self.given_up();
        if given_up.retired {
            drop(given_up);
            self.broke();
            return false;
        }
        given_up.numbers.insert(number);
        self.count(&given_up);
        true
    }

    /// The connection is closed; how many calls had been given up and count no more.
    pub(super) fn retire(&self) -> usize {
        let mut given_up = self.given_up();
        given_up.retired = true;
        let count = std::mem::take(&mut given_up.numbers).len();
        self.count(&given_up);
        drop(given_up);
        self.load.fetch_sub(count, Ordering::Relaxed);
        count
    }

    pub(super) fn has_given_up(&self) -> bool {
        self.parked.load(Ordering::SeqCst) != 0
    }

    /// Counts a timeout; whether it is one too many.
    pub(super) fn strike(&self, now: Instant) -> bool {
        let age = now.saturating_duration_since(self.born);
        let age = u64::try_from(age.as_micros()).unwrap_or(u64::MAX);
        let strikes = self.strikes.fetch_add(1, Ordering::Relaxed) + 1;
        let struck = self.struck.fetch_min(age, Ordering::Relaxed).min(age);
        strikes >= STRIKES && Duration::from_micros(age - struck) >= SILENCE
    }

    /// Whether this is the first answer that speaks for the server.
    pub(super) fn prove(&self) -> bool {
        !self.proven.load(Ordering::Relaxed) && !self.proven.swap(true, Ordering::Relaxed)
    }

    pub(super) fn is_proven(&self) -> bool {
        self.proven.load(Ordering::Relaxed)
    }

    /// Whether it was not stale before.
    pub(super) fn make_stale(&self) -> bool {
        !self.stale.swap(true, Ordering::Relaxed)
    }

    pub(super) fn is_stale(&self) -> bool {
        self.stale.load(Ordering::Relaxed)
    }

    /// Whether it falls to the caller to ask for a sign of life, until it [ends](Self::end_probing).
    pub(super) fn start_probing(&self) -> bool {
        !self.probing.swap(true, Ordering::SeqCst)
    }

    pub(super) fn end_probing(&self) {
        self.probing.store(false, Ordering::SeqCst);
    }

    fn count(&self, given_up: &MutexGuard<'_, GivenUp>) {
        self.parked.store(given_up.numbers.len(), Ordering::SeqCst);
    }

    fn given_up(&self) -> MutexGuard<'_, GivenUp> {
        // Nothing panics while the lock is held.
        self.given_up.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    fn live() -> Live<()> {
        Live::new((), clock::now())
    }

    #[test]
    fn answer_frees_what_was_given_up_before_it_and_nothing_later() {
        let live = live();
        let numbers: Vec<_> = (0..4).map(|_| live.begin()).collect();
        assert!(live.give_up(numbers[0]) && live.give_up(numbers[3]));
        assert_eq!(live.answered(numbers[1]), 1);
        assert!(live.has_given_up());
        assert_eq!(live.load(), 2);
        let probe = live.begin();
        assert_eq!(live.answered(probe), 1);
        assert_eq!(live.load(), 1);
        assert!(!live.has_given_up());
    }

    #[test]
    fn calls_given_up_after_the_end_are_not_kept() {
        let live = live();
        let (early, late) = (live.begin(), live.begin());
        assert!(live.give_up(early));
        assert_eq!(live.retire(), 1);
        assert!(!live.give_up(late));
        assert_eq!((live.load(), live.has_given_up()), (0, false));
    }

    #[test]
    fn answer_between_timeouts_begins_the_count_anew() {
        let live = live();
        let strike = |after| live.strike(live.born + Duration::from_millis(after));
        assert!(!strike(0) && !strike(500));
        let number = live.begin();
        live.answered(number);
        assert!(!strike(1_000) && !strike(1_500));
        assert!(strike(1_501));
    }

    #[test]
    fn timeouts_at_the_same_time_are_no_long_silence() {
        let live = live();
        let strike = |after| live.strike(live.born + Duration::from_millis(after));
        assert!((0..100).all(|_| !strike(1_000)), "at once");
        assert!(!strike(1_199));
        assert!(strike(1_200));
    }
}
