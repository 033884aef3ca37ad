//! The one file of the crate that reads the time and waits for it.

use std::time::{Duration, Instant};

/// Passes some time.
#[expect(clippy::disallowed_methods, reason = "this is the clock file")]
pub(crate) async fn pass(duration: Duration) {
    tokio::time::sleep(duration).await;
}

/// The answer of a future, or `None` where it takes longer than `limit`; it is dropped then.
#[expect(clippy::disallowed_methods, reason = "this is the clock file")]
pub(crate) async fn within<T>(limit: Duration, future: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(limit, future).await.ok()
}

/// Now, on the clock that never runs backwards.
#[expect(clippy::disallowed_methods, reason = "this is the clock file")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Waits for an instant; one that has passed is no wait.
#[expect(clippy::disallowed_methods, reason = "this is the clock file")]
pub(crate) async fn until(instant: Instant) {
    tokio::time::sleep_until(instant.into()).await;
}

/// Asks again and again until there is an answer; `None` after `limit`.
pub(crate) async fn poll<T, F>(limit: Duration, mut ask: impl FnMut() -> F) -> Option<T>
where
    F: Future<Output = Option<T>>,
{
    const BETWEEN: Duration = Duration::from_millis(5);
    within(limit, async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            pass(BETWEEN).await;
        }
    })
    .await
}
