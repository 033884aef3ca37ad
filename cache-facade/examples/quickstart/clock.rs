//! Where the example lets time pass.

use std::time::Duration;

#[expect(clippy::disallowed_methods, reason = "the one place of the example that waits")]
pub(crate) async fn sleep(duration: Duration) {
    tokio::time::sleep(duration).await;
}
