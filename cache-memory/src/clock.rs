//! Where time comes from. Nothing else in the crate reads it.

use std::cell::Cell;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant, SystemTime};

use crate::sync::{Mutex, Signal};

mod coarse;

use coarse::CoarseClock;

/// The time that a [`Memory`](crate::Memory) lives by: that of the system, or one a test moves.
///
/// Only monotonic time decides what has expired. The wall clock is read once, when the clock is
/// made, and serves fences alone: they then rise over a restart of the process.
///
/// A clone is the same clock.
///
/// ```
/// use std::time::Duration;
/// use cache_core::{CacheBackend, Key, SetOptions};
/// use cache_memory::{Clock, Memory, Options};
///
/// let (clock, mock) = Clock::mock();
/// let memory = Memory::open(Options::new().clock(clock))?;
/// let (key, options) = (Key::new("k")?, SetOptions::new().ttl(Duration::from_millis(5)));
/// let _outcome = memory.set(key, "v".into(), options);
/// mock.advance(Duration::from_nanos(4_999_999));
/// assert!(memory.get(key).try_ready().unwrap()?.is_some());
/// mock.advance(Duration::from_nanos(1));
/// assert!(memory.get(key).try_ready().unwrap()?.is_none());
/// # Ok::<(), cache_core::Error>(())
/// ```
#[derive(Clone)]
pub struct Clock(Source);

#[derive(Clone)]
enum Source {
    System { start: Instant, coarse: CoarseClock, unix_micros: u64 },
    Mock(Arc<MockTime>),
}

/// The hand that moves a mock [`Clock`]. A clone moves the same clock.
#[derive(Clone)]
pub struct MockClock(Arc<MockTime>);

struct MockTime {
    nanos: AtomicU64,
    unix_micros: u64,
    /// Who waits for which instant.
    sleepers: Mutex<Vec<(u64, Weak<Signal>)>>,
}

impl Clock {
    /// The system's monotonic clock.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the system's time")]
    pub fn system() -> Self {
        let start = Instant::now();
        // Made after `start` was read, so it never runs ahead of it.
        let coarse = CoarseClock::start();
        Self(Source::System { start, coarse, unix_micros: wall_clock_micros() })
    }

    /// A clock that stands still until its hand moves it.
    pub fn mock() -> (Self, MockClock) {
        let time = Arc::new(MockTime {
            nanos: AtomicU64::new(0),
            unix_micros: wall_clock_micros(),
            sleepers: Mutex::new(Vec::new()),
        });
        (Self(Source::Mock(Arc::clone(&time))), MockClock(time))
    }

    /// Nanoseconds since the clock was made.
    #[inline]
    pub(crate) fn now(&self) -> u64 {
        match &self.0 {
            Source::System { start, .. } => nanos(start.elapsed()),
            Source::Mock(time) => time.nanos.load(Ordering::Acquire),
        }
    }

    /// Whether an instant is still to come, exactly.
    ///
    /// A precise reading waits for every load before it, so that a hit could not overlap with the
    /// next: 190 ns instead of 25. So a coarse one decides where the instant is far off.
    #[inline]
    pub(crate) fn is_before(&self, deadline: u64) -> bool {
        match &self.0 {
            Source::System { coarse, .. } if coarse.is_well_before(deadline) => true,
            Source::System { .. } | Source::Mock(_) => self.now() < deadline,
        }
    }

    /// Microseconds since 1970 by the wall clock as it was when this clock was made, moved on by
    /// monotonic time: it never falls while the process lives.
    pub(crate) fn unix_micros(&self) -> u64 {
        let start = match &self.0 {
            Source::System { unix_micros, .. } => *unix_micros,
            Source::Mock(time) => time.unix_micros,
        };
        start.saturating_add(self.now() / 1_000)
    }

    /// Blocks until the signal is raised or `deadline` has come, whichever is first.
    pub(crate) fn wait(&self, signal: &Arc<Signal>, deadline: Option<u64>) {
        match (&self.0, deadline) {
            (_, None) => signal.wait(),
            (Source::System { .. }, Some(deadline)) => {
                signal.wait_for(Duration::from_nanos(deadline.saturating_sub(self.now())));
            }
            (Source::Mock(time), Some(deadline)) => {
                time.wake_at(signal, deadline);
                signal.wait();
            }
        }
    }
}

/// One reading of the clock for a whole operation, made when it is first asked for: an operation
/// on entries that never expire makes none.
pub(crate) struct Now<'a> {
    clock: &'a Clock,
    read: Cell<Option<u64>>,
}

impl Clock {
    pub(crate) const fn once(&self) -> Now<'_> {
        Now { clock: self, read: Cell::new(None) }
    }
}

impl Now<'_> {
    pub(crate) fn get(&self) -> u64 {
        self.read.get().unwrap_or_else(|| {
            let now = self.clock.now();
            self.read.set(Some(now));
            now
        })
    }
}

impl MockTime {
    /// Has the signal raised when the instant comes, or now if it has come: as precisely as a real
    /// sleep, so that a sleeper which nobody woke in time sleeps on here too.
    fn wake_at(&self, signal: &Arc<Signal>, deadline: u64) {
        let mut sleepers = self.sleepers.lock();
        sleepers.retain(|(_, other)| !std::ptr::eq(other.as_ptr(), Arc::as_ptr(signal)));
        sleepers.push((deadline, Arc::downgrade(signal)));
        self.wake(&mut sleepers);
    }

    fn wake(&self, sleepers: &mut Vec<(u64, Weak<Signal>)>) {
        let now = self.nanos.load(Ordering::Acquire);
        sleepers.retain(|(deadline, sleeper)| {
            if now < *deadline {
                return sleeper.strong_count() > 0;
            }
            if let Some(sleeper) = sleeper.upgrade() {
                sleeper.raise();
            }
            false
        });
    }
}

impl MockClock {
    /// Lets time pass. Returns at once; what has expired is absent from then on, and its memory is
    /// reclaimed by the backend's thread soon after.
    pub fn advance(&self, duration: Duration) {
        self.0.nanos.fetch_add(nanos(duration), Ordering::AcqRel);
        self.0.wake(&mut self.0.sleepers.lock());
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.0 {
            Source::System { .. } => "Clock(system)",
            Source::Mock(_) => "Clock(mock)",
        })
    }
}

impl fmt::Debug for MockClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MockClock({} ns)", self.0.nanos.load(Ordering::Acquire))
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the system's time")]
fn wall_clock_micros() -> u64 {
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since_1970.as_micros()).unwrap_or(u64::MAX)
}

/// Saturates: 584 years are for ever.
fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
