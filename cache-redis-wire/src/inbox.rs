//! Changes on their way from a connection, which must not wait, to whoever takes them.

use std::collections::VecDeque;
use std::fmt;
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use tokio::sync::Notify;

use crate::driver::Change;

/// How many bytes of changes may wait to be taken. A reader that is further behind has to look at
/// everything anyway.
const ROOM: usize = 1024 * 1024;

/// What a waiting key costs beside its bytes: its handle, and the buffer's own.
const COST_OF_A_KEY: usize = 64;

/// What a [`Listener`](crate::Listener) was told and has not handed on yet. For drivers.
///
/// It holds 1 MiB of changes, what a key costs beside its bytes included. Where more than that waits,
/// all of it is dropped, and [`Change::Missed`] stands for it. It needs no runtime.
///
/// ```
/// use cache_redis_wire::{Change, Inbox};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let (sender, mut inbox) = Inbox::channel();
/// sender.put(Change::Keys(vec!["key".into()]));
/// drop(sender);
/// assert_eq!(inbox.next().await, Some(Change::Keys(vec!["key".into()])));
/// assert_eq!(inbox.next().await, None);
/// # });
/// ```
#[derive(Debug)]
pub struct Inbox {
    shared: Arc<Shared>,
}

/// The connection's end of an [`Inbox`]. Its drop ends the inbox.
#[derive(Debug)]
pub struct InboxSender {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    arrival: Notify,
}

#[derive(Default)]
struct Waiting {
    changes: VecDeque<Vec<Bytes>>,
    bytes: usize,
    missed: bool,
    over: bool,
}

enum Next {
    Change(Change),
    Nothing,
    Over,
}

impl Inbox {
    /// An inbox in which nothing is, and what puts changes in it.
    #[must_use]
    pub fn channel() -> (InboxSender, Self) {
        let shared = Arc::new(Shared::default());
        (InboxSender { shared: Arc::clone(&shared) }, Self { shared })
    }

    /// The next change, in the order in which they were put in; [`Change::Missed`] comes before those
    /// that were put in after it. `None` once all are taken and the inbox was ended.
    ///
    /// Dropping the future loses no change.
    pub async fn next(&mut self) -> Option<Change> {
        loop {
            // Before looking, so that what comes after the look is not slept through.
            let arrival = self.shared.arrival.notified();
            match self.shared.take() {
                Next::Change(change) => return Some(change),
                Next::Over => return None,
                Next::Nothing => arrival.await,
            }
        }
    }
}

impl InboxSender {
    /// Puts a change in, without waiting.
    pub fn put(&self, change: Change) {
        self.shared.change(|waiting| match change {
            Change::Keys(keys) => waiting.keep(keys),
            Change::Missed => waiting.forget(),
        });
    }

    /// Ends the inbox: what is in it may still be taken, and nothing else will come. The drop does the
    /// same.
    pub fn end(&self) {
        self.shared.change(|waiting| waiting.over = true);
    }
}

impl Drop for InboxSender {
    fn drop(&mut self) {
        self.end();
    }
}

impl Shared {
    fn change(&self, change: impl FnOnce(&mut Waiting)) {
        change(&mut self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        self.arrival.notify_one();
    }

    fn take(&self) -> Next {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if mem::take(&mut waiting.missed) {
            return Next::Change(Change::Missed);
        }
        if let Some(keys) = waiting.changes.pop_front() {
            waiting.bytes -= cost(&keys);
            return Next::Change(Change::Keys(keys));
        }
        if waiting.over { Next::Over } else { Next::Nothing }
    }
}

/// Keys are not shown: there may be very many.
impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

impl Waiting {
    fn keep(&mut self, keys: Vec<Bytes>) {
        self.bytes += cost(&keys);
        self.changes.push_back(keys);
        if self.bytes > ROOM {
            self.forget();
        }
    }

    /// Drops what waits, and remembers that something was dropped.
    fn forget(&mut self) {
        self.changes = VecDeque::new();
        self.bytes = 0;
        self.missed = true;
    }
}

fn cost(keys: &[Bytes]) -> usize {
    keys.iter().map(|key| key.len() + COST_OF_A_KEY).sum::<usize>() + COST_OF_A_KEY
}

#[cfg(test)]
mod tests;
