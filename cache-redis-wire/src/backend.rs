//! The backend as a whole: how it begins, asks and ends.

use std::fmt;
use std::sync::Arc;

use cache_core::{
    Backend, Capabilities, Effect, Error, Lifecycle, Reply, Scope, Subscription, Watch,
};

use crate::clock::{self, Instant};
use crate::driver::Driver;
use crate::operation::{Request, is_unknown_script};
use crate::options::Settings;
use crate::statistics::Counters;
use crate::supervise::{Call, Lane, Link};
use crate::watch::Watching;

/// A cache, locks and change events on a Redis or Valkey server, over one driver.
///
/// Nothing is dialled before the first call. A reply is pending, and needs a tokio runtime with time.
///
/// - **Raw.** A value lies on the server byte for byte under its key, as `redis-cli GET` prints it. Its
///   version is the head of its SHA-1.
/// - **Whole.** Each call is one step on the server: one command, or one script. A batch is one round trip.
/// - **Once.** Nothing is sent twice. A lost answer to a write is reported as unknown.
/// - **Strings alone.** A key that holds another type is an error,
///   [`WrongType`](cache_core::ErrorKind::WrongType), and is left as it is; only a `set` without condition
///   writes over it, as `SET` does, and [`clear`](cache_core::CacheBackend::clear) passes by.
/// - **Counting.** The [statistics](cache_core::Statistics) are of this value alone: the entries are the
///   server's, so their number, their weight, and what went by a write over it, by its lifetime or by
///   eviction, stay 0.
/// - **Ending.** [`stop`](Lifecycle::stop), or dropping the last handle, closes every socket.
pub struct Redis<D: Driver> {
    pub(crate) settings: Arc<Settings>,
    pub(crate) link: Link<D>,
    pub(crate) counters: Counters,
    pub(crate) is_cluster: bool,
    pub(crate) is_lent: bool,
    watching: Watching<D>,
}

impl<D: Driver> Redis<D> {
    /// A backend over a driver that dials by the same settings. Nothing is sent yet.
    pub fn new(settings: Arc<Settings>, driver: D) -> Self {
        let (is_cluster, is_lent) = (driver.is_cluster(), driver.is_lent());
        let link = Link::new(Arc::clone(&settings), Arc::new(driver));
        let watching = Watching::new(&link);
        Self { settings, link, counters: Counters::default(), is_cluster, is_lent, watching }
    }

    /// The cache with its locks and events, as wrappers and the facade take it.
    pub fn into_backend(self) -> Backend {
        let redis = Arc::new(self);
        let (locks, watch, diagnose) = (Arc::clone(&redis), Arc::clone(&redis), Arc::clone(&redis));
        Backend::new(redis).with_locks(locks).with_watch(watch).with_diagnose(diagnose)
    }

    /// When a call that begins now ends.
    pub(crate) fn end(&self) -> Instant {
        clock::now() + self.settings.deadline()
    }

    /// Sends a request, and reads the answer, within one deadline. A script that the server does not know
    /// yet is sent with its text: once, as it has done nothing.
    pub(crate) async fn ask<T>(
        &self,
        lane: Lane,
        call: Call,
        request: Request<T>,
    ) -> Result<T, Error> {
        let Request { command, script, decode } = request;
        let Some(script) = script else {
            return decode(self.link.command(lane, call, command).await?);
        };
        let (again, end) = (command.clone(), self.end());
        let answer = self.link.command(lane, call, command).await?;
        if is_unknown_script(&answer) {
            let again = script.with_text(again);
            return decode(self.link.command_by(end, lane, call, again).await?);
        }
        decode(answer)
    }

    /// As [`ask`](Self::ask), for a step of a call that ends by `end`.
    pub(crate) async fn ask_by<T>(
        &self,
        end: Instant,
        lane: Lane,
        call: Call,
        request: Request<T>,
    ) -> Result<T, Error> {
        let Request { command, script, decode } = request;
        let again = script.map(|script| script.with_text(command.clone()));
        let answer = self.link.command_by(end, lane, call, command).await?;
        match again {
            Some(again) if is_unknown_script(&answer) => {
                decode(self.link.command_by(end, lane, call, again).await?)
            }
            _ => decode(answer),
        }
    }

    /// The error of a call that was sent, or was to be.
    #[cold]
    pub(crate) fn named(&self, error: Error, call: Call) -> Error {
        // Whatever became of a call that only reads, it has changed nothing.
        let error = if call.reads_only { error.with_effect(Effect::NotApplied) } else { error };
        error.with_operation(call.operation).with_backend(self.name())
    }

    /// The same, about an entry or a lock.
    #[cold]
    pub(crate) fn named_by(&self, error: Error, call: Call, key: &[u8]) -> Error {
        self.named(error, call).with_key(&String::from_utf8_lossy(key))
    }

    /// The error of a call that is refused here. After a stop every call says so, whatever else is wrong
    /// with it.
    #[cold]
    pub(crate) fn refused(&self, error: Error, call: Call) -> Error {
        if self.link.is_stopped() {
            return Error::stopped(self.name(), call.operation);
        }
        self.named(error, call)
    }
}

#[deny(clippy::missing_trait_methods)]
impl<D: Driver> Lifecycle for Redis<D> {
    fn name(&self) -> &str {
        self.link.name()
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::none();
        capabilities.conditions = true;
        capabilities.versions = true;
        capabilities.lifetimes = true;
        capabilities.increment = true;
        capabilities.take = true;
        capabilities.clear = true;
        capabilities.batches = true;
        capabilities.statistics = true;
        // By the server's maxmemory-policy, which whoever runs it may change at any time.
        capabilities.evicts = true;
        capabilities.persistent = true;
        capabilities.shared = true;
        capabilities.fences = true;
        capabilities
    }

    fn stop(&self) -> Reply<'_, ()> {
        // Before the reply is polled, or if it never is.
        self.link.refuse();
        self.watching.stop();
        Reply::pending(async {
            self.link.stop().await;
            Ok(())
        })
    }
}

#[deny(clippy::missing_trait_methods)]
impl<D: Driver> Watch for Redis<D> {
    fn watch(&self, scope: Scope<'_>) -> Reply<'_, Subscription> {
        self.watching.watch(scope)
    }
}

impl<D: Driver> fmt::Debug for Redis<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis")
            .field("driver", &self.link.name())
            .field("settings", &self.settings)
            .field("stopped", &self.link.is_stopped())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
