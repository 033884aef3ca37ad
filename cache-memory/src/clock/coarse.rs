//! The time of the kernel's last tick: cheap to read, and never ahead.

/// How far off an instant must be to be decided coarsely. The kernel updates the coarse time at
/// every tick, 1 to 10 ms apart; this leaves room for a hundred that come late.
const MARGIN: u64 = 1_000_000_000;

/// The kernel's coarse monotonic clock, where there is one.
#[derive(Clone, Copy)]
pub(super) struct CoarseClock {
    #[cfg(target_os = "linux")]
    start: u64,
}

#[cfg(target_os = "linux")]
impl CoarseClock {
    pub(super) fn start() -> Self {
        Self { start: nanos(rustix::time::ClockId::Monotonic) }
    }

    /// Whether the instant, in ns since the start, is surely to come. `false` means: look precisely.
    #[inline]
    pub(super) fn is_well_before(self, deadline: u64) -> bool {
        let now = nanos(rustix::time::ClockId::MonotonicCoarse).saturating_sub(self.start);
        now.saturating_add(MARGIN) < deadline
    }
}

#[cfg(target_os = "linux")]
#[inline]
fn nanos(clock: rustix::time::ClockId) -> u64 {
    let time = rustix::time::clock_gettime(clock);
    let (seconds, nanos) = (time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs());
    seconds.saturating_mul(1_000_000_000).saturating_add(nanos)
}

#[cfg(not(target_os = "linux"))]
impl CoarseClock {
    pub(super) fn start() -> Self {
        Self {}
    }

    /// There is no coarse clock: look precisely.
    #[inline]
    pub(super) fn is_well_before(self, deadline: u64) -> bool {
        let _ = (deadline, MARGIN);
        false
    }
}
