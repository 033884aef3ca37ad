//! A runtime of the fixture's own.
//!
//! Tests pause the time of theirs, block it, or drop it while a server is still needed. Nothing of
//! that may reach the servers and the proxies, so whatever they do happens here.

use std::panic::resume_unwind;
use std::sync::{OnceLock, mpsc};

use tokio::runtime::{Builder, Runtime};

/// The runtime; made at the first use, and never dropped.
pub(crate) fn get() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        let mut builder = Builder::new_multi_thread();
        let built = builder.worker_threads(2).thread_name("redis-fixture").enable_all().build();
        built.expect("a runtime needs two threads; the system has none left")
    })
}

/// Runs a future here, and waits for it from any executor.
///
/// It runs to its end even if the caller stops waiting.
pub(crate) async fn run<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> T {
    match get().spawn(future).await {
        Ok(answer) => answer,
        Err(error) => resume_unwind(error.into_panic()),
    }
}

/// Runs a future here, and blocks the thread until it is done: what `Drop` needs.
pub(crate) fn block<T: Send + 'static>(
    future: impl Future<Output = T> + Send + 'static,
) -> Option<T> {
    let (sender, receiver) = mpsc::sync_channel(1);
    get().spawn(async move {
        // Nobody waits any more where this fails.
        let _ = sender.send(future.await);
    });
    receiver.recv().ok()
}
