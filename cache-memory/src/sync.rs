//! The locks and threads that the rest of the crate uses; the tests swap them for shuttle's.

use std::sync::PoisonError;
use std::time::Duration;

#[cfg(feature = "_shuttle")]
use shuttle::sync as imp;
#[cfg(feature = "_shuttle")]
pub(crate) use shuttle::thread::{Builder, JoinHandle, ThreadId, current, yield_now};
#[cfg(not(feature = "_shuttle"))]
use std::sync as imp;
#[cfg(not(feature = "_shuttle"))]
pub(crate) use std::thread::{Builder, JoinHandle, ThreadId, current, yield_now};

pub(crate) use imp::MutexGuard;
pub(crate) use imp::atomic::{AtomicBool, AtomicU64, AtomicUsize};

/// A mutex that does not know poison: no code of ours leaves what it guards half changed, and no
/// code of a user runs under it.
#[derive(Default)]
pub(crate) struct Mutex<T>(imp::Mutex<T>);

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(imp::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A flag that one thread raises and another waits for; waiting lowers it.
#[derive(Default)]
pub(crate) struct Signal {
    raised: Mutex<bool>,
    condition: imp::Condvar,
}

impl Signal {
    pub(crate) fn raise(&self) {
        *self.raised.lock() = true;
        self.condition.notify_all();
    }

    pub(crate) fn wait(&self) {
        let mut raised = self.raised.lock();
        while !*raised {
            raised = self.condition.wait(raised).unwrap_or_else(PoisonError::into_inner);
        }
        *raised = false;
    }

    /// Waits no longer than `limit`; it may return earlier without a reason. For the clock alone.
    #[cfg_attr(
        not(feature = "_shuttle"),
        expect(clippy::disallowed_methods, reason = "what the clock waits by")
    )]
    pub(crate) fn wait_for(&self, limit: Duration) {
        let mut raised = self.raised.lock();
        if !*raised {
            let waited = self.condition.wait_timeout(raised, limit);
            raised = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        *raised = false;
    }
}

/// Counts what runs, so that another thread can wait until nothing does.
#[derive(Default)]
pub(crate) struct Gate {
    running: Mutex<usize>,
    idle: imp::Condvar,
}

/// Something that runs; it has ended when this is dropped.
pub(crate) struct Running<'a>(&'a Gate);

impl Gate {
    pub(crate) fn enter(&self) -> Running<'_> {
        *self.running.lock() += 1;
        DEPTH.set(DEPTH.get() + 1);
        Running(self)
    }

    /// Waits until nothing runs; on a thread where something does, not at all: it would wait for
    /// itself.
    pub(crate) fn wait(&self) {
        if DEPTH.get() > 0 {
            return;
        }
        let mut running = self.running.lock();
        while *running > 0 {
            running = self.idle.wait(running).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get() - 1);
        *self.0.running.lock() -= 1;
        self.0.idle.notify_all();
    }
}

thread_local! {
    /// How much runs on this thread, of all gates.
    static DEPTH: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}
