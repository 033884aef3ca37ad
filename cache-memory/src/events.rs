//! Who is to be told of which changes.

use std::collections::HashMap;
use std::sync::atomic::Ordering;

use cache_core::{EventSender, Origin, Scope, Subscription};

use crate::sync::{AtomicUsize, Mutex, MutexGuard};

/// So many changes wait for a reader; then it is told of a gap.
const QUEUED: usize = 1024;

/// The subscriptions, by what they are about.
///
/// A writer looks at `active` after its change is made, and a subscriber is counted there before
/// its reply is ready. Both are ordered by the lock of the shard that holds the key: a subscriber
/// whose look at the key missed a change is seen by the writer of that change.
#[derive(Default)]
pub(crate) struct Events {
    entries: Group,
    locks: Group,
}

#[derive(Default)]
struct Group {
    active: AtomicUsize,
    table: Mutex<Table>,
}

#[derive(Default)]
struct Table {
    by_name: HashMap<Box<str>, Vec<EventSender>>,
    by_prefix: Vec<(Box<str>, EventSender)>,
    /// How often it was told since those that nobody reads were dropped.
    told: usize,
    stopped: bool,
}

impl Events {
    /// A subscription that is in force; `None` once stopped.
    pub(crate) fn subscribe(&self, scope: Scope<'_>) -> Option<Subscription> {
        let (group, name, is_prefix) = match scope {
            Scope::Key(key) => (&self.entries, key.as_str(), false),
            Scope::Prefix(prefix) => (&self.entries, prefix, true),
            Scope::Lock(name) => (&self.locks, name.as_str(), false),
            _ => return None,
        };
        group.subscribe(name, is_prefix)
    }

    #[inline]
    pub(crate) fn entry_changed(&self, key: &str) {
        self.entries.changed(key);
    }

    #[inline]
    pub(crate) fn lock_changed(&self, name: &str) {
        self.locks.changed(name);
    }

    /// Ends every subscription.
    pub(crate) fn stop(&self) {
        for group in [&self.entries, &self.locks] {
            let mut table = group.table.lock();
            table.stopped = true;
            let ended = std::mem::take(&mut table.by_name);
            let ended = (ended, std::mem::take(&mut table.by_prefix));
            group.count(&table);
            drop(table);
            drop(ended);
        }
    }
}

impl Group {
    fn subscribe(&self, name: &str, is_prefix: bool) -> Option<Subscription> {
        let mut table = self.table.lock();
        if table.stopped {
            return None;
        }
        let (sender, subscription) = Subscription::new(QUEUED);
        if is_prefix {
            table.by_prefix.push((name.into(), sender));
        } else {
            table.by_name.entry(name.into()).or_default().push(sender);
        }
        table.told += 1;
        table.drop_unread();
        self.count(&table);
        Some(subscription)
    }

    #[inline]
    fn changed(&self, name: &str) {
        if self.active.load(Ordering::SeqCst) > 0 {
            self.tell(name);
        }
    }

    #[cold]
    fn tell(&self, name: &str) {
        let mut table = self.table.lock();
        for sender in table.by_name.get(name).into_iter().flatten() {
            sender.changed(name, Origin::Local);
        }
        for (_, sender) in table.by_prefix.iter().filter(|(prefix, _)| name.starts_with(&**prefix))
        {
            sender.changed(name, Origin::Local);
        }
        table.told += 1;
        table.drop_unread();
        self.count(&table);
    }

    fn count(&self, table: &MutexGuard<'_, Table>) {
        self.active.store(table.names(), Ordering::SeqCst);
    }
}

impl Table {
    fn names(&self) -> usize {
        self.by_name.len() + self.by_prefix.len()
    }

    /// Drops what nobody reads any more, once it has been told about as often as it is long: so
    /// the cost is a constant part of the telling.
    fn drop_unread(&mut self) {
        if self.told <= self.names() {
            return;
        }
        self.told = 0;
        self.by_prefix.retain(|(_, sender)| !sender.is_closed());
        self.by_name.retain(|_, senders| {
            senders.retain(|sender| !sender.is_closed());
            !senders.is_empty()
        });
    }
}
