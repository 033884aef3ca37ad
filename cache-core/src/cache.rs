//! The cache trait.

use bytes::Bytes;

use crate::{
    Capabilities, ClearScope, ClearStep, Cursor, Entry, Error, Key, Reply, SetItem, SetOptions,
    SetOutcome, Statistics, Ttl,
};

/// What every backend has, whatever it can do: a name, its capabilities, an end.
pub trait Lifecycle: Send + Sync {
    /// The name that errors and logs show, such as `memory`.
    fn name(&self) -> &str;

    /// What the backend can do. It never changes while the backend lives.
    fn capabilities(&self) -> Capabilities;

    /// Ends the backend: waits for what is in flight, then frees threads, memory and sockets.
    ///
    /// Idempotent: later calls answer `Ok` too. Every other call that begins afterwards fails
    /// with [`Stopped`](crate::ErrorKind::Stopped), and every [`Subscription`](crate::Subscription)
    /// ends. Dropping the reply leaves the backend stopped for new calls; what was in flight may
    /// still go on.
    fn stop(&self) -> Reply<'_, ()>;
}

/// A map from keys to bytes whose entries expire.
///
/// # Contract
/// - **Atomic.** Each call on one key is one step: a reader sees the old value or the new one,
///   never a part of each. A batch is a step per key, not one step.
/// - **Never late.** An entry is not served at or after the instant its lifetime ends. It may be
///   gone earlier only where [`Capabilities::evicts`] says so.
/// - **Raw.** A value comes back byte for byte as it was given, and is stored so.
/// - **Cancellation.** Dropping a [`Reply`] leaves its effect unknown: done whole, not at all, or
///   later. It never leaves a half-done step behind, and nothing locked.
/// - **Checked.** [`Key`] is the proof of a valid key. Values are checked by every writing method
///   with [`check_value`](crate::check_value), lifetimes with [`Ttl::to_millis`]. What is found
///   under a key but begins with the [reserved marker](crate::RESERVED_MARKER) counts as absent.
///
/// # Errors
/// Every method may fail with [`Stopped`](crate::ErrorKind::Stopped), and one that goes to a server
/// with any of the kinds that speak of it: a lost answer is
/// [`Effect::Unknown`](crate::Effect::Unknown), never a plain failure. A method's own
/// errors stand in its section.
///
/// # Implementing
/// Three methods are required. The batches have correct defaults that loop, `contains` one that
/// reads; all others answer [`Unsupported`](crate::ErrorKind::Unsupported) until the backend has
/// them and says so in its [`Capabilities`]. A wrapper forwards **every** method: put
/// `#[deny(clippy::missing_trait_methods)]` on its `impl`. The [guide](crate::guide) goes through
/// a backend line by line.
pub trait CacheBackend: Lifecycle {
    /// Reads the value under a key; `None` where there is none.
    fn get(&self, key: Key<'_>) -> Reply<'_, Option<Bytes>>;

    /// Stores a value, if the condition holds. A value that was there goes, with its lifetime.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for a value or lifetime that is refused,
    /// whether the condition holds or not, or for a value heavier than the whole capacity;
    /// [`Unsupported`](crate::ErrorKind::Unsupported) for
    /// a condition that the backend does not know.
    fn set(&self, key: Key<'_>, value: Bytes, options: SetOptions) -> Reply<'_, SetOutcome>;

    /// Removes an entry; whether there was one.
    fn delete(&self, key: Key<'_>) -> Reply<'_, bool>;

    /// Whether a key has an entry. Where a backend has no cheaper way, it reads the value.
    fn contains(&self, key: Key<'_>) -> Reply<'_, bool> {
        self.get(key).map(|value| value.is_some())
    }

    /// Reads the value, what is left of its lifetime, and its version, all of one instant.
    fn entry(&self, key: Key<'_>) -> Reply<'_, Option<Entry>> {
        let _ = key;
        Reply::err(Error::unsupported(self.name(), "entry"))
    }

    /// Reads and removes an entry in one step.
    fn take(&self, key: Key<'_>) -> Reply<'_, Option<Bytes>> {
        let _ = key;
        Reply::err(Error::unsupported(self.name(), "take"))
    }

    /// Reads what is left of an entry's lifetime; `None` where there is no entry.
    fn ttl(&self, key: Key<'_>) -> Reply<'_, Option<Ttl>> {
        let _ = key;
        Reply::err(Error::unsupported(self.name(), "ttl"))
    }

    /// Gives an entry a new lifetime, counted from now; whether there was an entry.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for a lifetime of zero.
    fn touch(&self, key: Key<'_>, ttl: Ttl) -> Reply<'_, bool> {
        let _ = (key, ttl);
        Reply::err(Error::unsupported(self.name(), "touch"))
    }

    /// Adds to the number under a key, and answers the sum. An absent key counts as 0.
    ///
    /// The number stands there as text, as Redis writes it: `-` or nothing, then digits without
    /// a leading zero, within `i64`. An entry that exists keeps its lifetime; one that the call
    /// creates gets `ttl`.
    ///
    /// # Errors
    /// [`WrongType`](crate::ErrorKind::WrongType) where the value is no such number,
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) where the sum is outside `i64` or the
    /// lifetime is zero. Nothing is changed then.
    fn increment(&self, key: Key<'_>, delta: i64, ttl: Ttl) -> Reply<'_, i64> {
        let _ = (key, delta, ttl);
        Reply::err(Error::unsupported(self.name(), "increment"))
    }

    /// Reads several keys: one answer a key, in the order of the keys.
    ///
    /// The outer error says that nothing was tried; what happened to a key is in its own answer, as
    /// an error that names the batch or the single operation.
    fn get_many(&self, keys: &[Key<'_>]) -> Reply<'_, Vec<Result<Option<Bytes>, Error>>> {
        all(keys.iter().map(|key| self.get(*key)).collect())
    }

    /// Stores several values: one answer a write, in the order of the writes, and done in that
    /// order where a key stands in several.
    fn set_many(&self, items: Vec<SetItem<'_>>) -> Reply<'_, Vec<Result<SetOutcome, Error>>> {
        let set = |item: SetItem<'_>| self.set(item.key, item.value, item.options);
        all(items.into_iter().map(set).collect())
    }

    /// Removes several entries: one answer a key, in the order of the keys.
    fn delete_many(&self, keys: &[Key<'_>]) -> Reply<'_, Vec<Result<bool, Error>>> {
        all(keys.iter().map(|key| self.delete(*key)).collect())
    }

    /// Removes a bounded part of the entries in scope, and says how many and where to go on.
    /// Expired entries are removed too, and not counted.
    ///
    /// Called from [`Cursor::START`] on until `next` is `None`, it has removed every entry in
    /// scope that was there at the beginning and has stayed there; entries written meanwhile may
    /// go or stay. A cursor of another backend, or of another scope, gives an unspecified answer,
    /// and no harm outside the scope.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for an empty prefix.
    fn clear(&self, scope: ClearScope<'_>, cursor: Cursor) -> Reply<'_, ClearStep> {
        let _ = (scope, cursor);
        Reply::err(Error::unsupported(self.name(), "clear"))
    }

    /// What was counted since the backend was opened. It answers after `stop` too.
    ///
    /// The reads that count as hits or misses are `get`, `entry`, `take`, and `get_many` key by key.
    ///
    /// # Errors
    /// [`Unsupported`](crate::ErrorKind::Unsupported) where nothing is counted.
    fn statistics(&self) -> Result<Statistics, Error> {
        Err(Error::unsupported(self.name(), "statistics"))
    }
}

/// Waits for replies that were all begun already.
fn all<'a, T: Send + 'a>(replies: Vec<Reply<'a, T>>) -> Reply<'a, Vec<Result<T, Error>>> {
    let mut answers = Vec::with_capacity(replies.len());
    let mut replies = replies.into_iter();
    while let Some(reply) = replies.next() {
        match reply.try_ready() {
            Ok(answer) => answers.push(answer),
            Err(pending) => {
                return Reply::pending(async move {
                    answers.push(pending.await);
                    for reply in replies {
                        answers.push(reply.await);
                    }
                    Ok(answers)
                });
            }
        }
    }
    Reply::ok(answers)
}
