//! Change events: a hint that saves time.

mod subscription;

pub use subscription::{EventSender, GapSender, Subscription};

use crate::{Key, Lifecycle, LockName, Reply};

/// Tells who asks that an entry or a lock has changed.
///
/// # Contract
/// - When the reply of [`watch`](Watch::watch) is ready, the subscription is **in force**: a change
///   that begins afterwards is told, so a look at the key after that loses no wake-up.
/// - Every change in scope is told, or a [`Gap`](Event::Gap) stands for it: after a reconnect, a
///   lag, an overflow, a flush. Never silence.
/// - A write, a new lifetime, a removal by call, an eviction and a lock that is taken, extended or
///   released are changes. The passing of a lifetime is told late or not at all: whoever waits for it
///   has a timer.
/// - An event may come without a change, and one event may stand for several changes of a key.
pub trait Watch: Lifecycle {
    /// Subscribes to the changes in a scope. Dropping the reply or the subscription ends it.
    fn watch(&self, scope: Scope<'_>) -> Reply<'_, Subscription>;
}

/// Which changes to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Scope<'a> {
    /// Of one entry.
    Key(Key<'a>),
    /// Of every entry whose key begins with these bytes; of all entries if it is empty.
    Prefix(&'a str),
    /// Of one lock.
    Lock(LockName<'a>),
}

/// A change, or the notice that some were missed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// An entry or a lock was written, removed or evicted.
    #[non_exhaustive]
    Changed {
        /// The key of the entry, or the name of the lock.
        key: Box<str>,
        /// Who did it.
        origin: Origin,
    },
    /// Changes may have been missed: whatever was known of the scope is out of date.
    Gap,
}

impl Event {
    /// A change of `key` by `origin`.
    pub fn changed(key: impl Into<Box<str>>, origin: Origin) -> Self {
        Self::Changed { key: key.into(), origin }
    }
}

/// Who made a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Origin {
    /// This backend value or a clone of it.
    Local,
    /// Somebody else.
    Remote,
    /// The backend cannot tell.
    Unknown,
}
