//! The model as a source of events.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cache_core::{Error, EventSender, Lifecycle, Origin, Reply, Scope, Subscription, Watch};

use super::{Change, Model, NAME};

/// How many changes a subscription of the model queues before it has a gap.
const QUEUED: usize = 256;

/// Who is told.
#[derive(Default)]
pub(super) struct Watchers(Mutex<Vec<Arc<Watcher>>>);

struct Watcher {
    scope: OwnedScope,
    sender: EventSender,
}

enum OwnedScope {
    Key(String),
    Prefix(String),
    Lock(String),
}

impl Watch for Model {
    fn watch(&self, scope: Scope<'_>) -> Reply<'_, Subscription> {
        let scope = match scope {
            Scope::Key(key) => OwnedScope::Key(key.as_str().to_owned()),
            Scope::Prefix(prefix) => OwnedScope::Prefix(prefix.to_owned()),
            Scope::Lock(name) => OwnedScope::Lock(name.as_str().to_owned()),
            _ => return Reply::err(Error::unsupported(self.name(), "watch")),
        };
        // Held while the watcher is added, so that a stop before this is seen and one after it
        // ends the subscription.
        let state = self.lock();
        if state.stopped {
            return Reply::err(Error::stopped(NAME, "watch"));
        }
        let (sender, subscription) = Subscription::new(QUEUED);
        self.watchers.lock().push(Arc::new(Watcher { scope, sender }));
        drop(state);
        Reply::ok(subscription)
    }
}

impl Watchers {
    /// Tells of changes. Whoever is woken by it may call the model again: nothing is locked.
    pub(super) fn tell(&self, changes: &[Change]) {
        if changes.is_empty() {
            return;
        }
        let mut watchers = self.lock();
        watchers.retain(|watcher| !watcher.sender.is_closed());
        let told = watchers.clone();
        drop(watchers);
        for watcher in told {
            for change in changes.iter().filter(|change| watcher.scope.covers(change)) {
                watcher.sender.changed(change.name(), Origin::Local);
            }
        }
    }

    /// Ends every subscription.
    pub(super) fn end(&self) {
        let ended = std::mem::take(&mut *self.lock());
        drop(ended);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Watcher>>> {
        // Nothing panics while the list is half changed, so a poisoned one is whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OwnedScope {
    fn covers(&self, change: &Change) -> bool {
        match (self, change) {
            (Self::Key(key), Change::Entry(changed)) => key == changed,
            (Self::Prefix(prefix), Change::Entry(changed)) => changed.starts_with(prefix),
            (Self::Lock(name), Change::Lock(changed)) => name == changed,
            (Self::Key(_) | Self::Prefix(_), Change::Lock(_))
            | (Self::Lock(_), Change::Entry(_)) => false,
        }
    }
}

impl Change {
    fn name(&self) -> &str {
        match self {
            Self::Entry(name) | Self::Lock(name) => name,
        }
    }
}
