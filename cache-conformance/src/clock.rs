//! The one place where time is read and waited for. It guards against hanging; with a harness in
//! real time, it also measures what has passed.

use std::time::{Duration, Instant};

/// Waits for a future, but no longer than `limit`; `None` when it took longer.
#[expect(clippy::disallowed_methods, reason = "this is the crate's clock file")]
pub(crate) async fn within<F: Future>(limit: Duration, future: F) -> Option<F::Output> {
    tokio::time::timeout(limit, future).await.ok()
}

/// The present instant of the monotonic clock.
#[expect(clippy::disallowed_methods, reason = "this is the crate's clock file")]
pub(crate) fn now() -> Instant {
    Instant::now()
}
