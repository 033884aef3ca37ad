//! Where the examples read the time, and let it pass.

use std::io;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};

#[expect(clippy::disallowed_methods, reason = "the one place of the examples that reads the time")]
pub(super) fn now() -> Instant {
    Instant::now()
}

/// Stops the thread for a moment, and with it the runtime on it.
#[expect(clippy::disallowed_methods, reason = "a worker that hangs is what an example shows")]
pub(super) fn hang() {
    std::thread::sleep(Duration::from_millis(2));
}

/// A runtime on the thread that calls: when the thread hangs, all of it does.
pub(super) fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}
