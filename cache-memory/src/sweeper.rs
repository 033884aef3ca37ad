//! The thread that reclaims what has expired.

use std::sync::Arc;

use cache_core::{Error, ErrorKind};

use crate::memory::Shared;
use crate::sync::{Builder, JoinHandle, Mutex, ThreadId, current};

/// The thread of one backend. It needs no runtime, and ends with the backend.
pub(crate) struct Sweeper {
    id: ThreadId,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Sweeper {
    pub(crate) fn start(shared: &Arc<Shared>) -> Result<Self, Error> {
        let shared = Arc::clone(shared);
        let thread = Builder::new().name("cache-memory".to_owned());
        let thread = thread.spawn(move || run(&shared)).map_err(|error| {
            let problem = format!("the thread that reclaims memory cannot start: {error}");
            Error::not_applied(ErrorKind::Unavailable, problem).with_backend("memory")
        })?;
        Ok(Self { id: thread.thread().id(), thread: Mutex::new(Some(thread)) })
    }

    /// Waits for the end of the thread, after the store was stopped. A listener that runs on that
    /// thread and ends the backend does not wait for itself.
    pub(crate) fn join(&self) {
        if current().id() == self.id {
            return;
        }
        if let Some(thread) = self.thread.lock().take() {
            // A panic of it was reported when it happened; nothing is left to be told.
            let _ended = thread.join();
        }
    }
}

fn run(shared: &Shared) {
    let store = &shared.store;
    while !store.is_stopped() {
        let entries = store.sweep(|changes| shared.publish(None, changes));
        let next = [entries, shared.locks.sweep()].into_iter().flatten().min();
        store.clock().wait(store.signal(), next);
    }
}
