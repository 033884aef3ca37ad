//! Locks with a guard, over any [`LockBackend`].

mod attempt;
pub(crate) mod claim;
mod fences;
mod guard;
mod guards;
mod hub;
mod keeper;
mod lost;
mod options;
mod pump;
mod queue;
pub(crate) mod random;
mod stake;
mod starter;
mod told;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use cache_core::{Backend, Error, ErrorKind, LockBackend, LockName, LockState};

pub use self::guard::Guard;
pub use self::guards::Guards;
use self::hub::Hub;
pub(crate) use self::hub::Name;
pub use self::lost::{LockLost, LossReason};
pub use self::options::LockOptions;
use crate::clock::{later, now, until};

/// The locks of a backend, for tasks of this process and for every process that uses the same
/// backend.
///
/// A clone shares the queues of waiters: make one value for a backend, and clone it. Methods need a
/// runtime of tokio with `time` enabled.
///
/// - **Waiting** is first come, first served among the tasks of this process; among processes who
///   asks first. A waiter is woken by a release here, by an event of the backend, or when the
///   lease of the holder is over.
/// - **A lease is advisory**: see [`Guard`].
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), cache_core::Error> {
/// use cache_core::Released;
/// use cache_memory::{Memory, Options};
/// use cache_recipes::{LockOptions, Locks};
///
/// let locks = Locks::new(&Memory::open(Options::new())?.into_backend());
/// let guard = locks.acquire("nightly report", LockOptions::new()).await?;
/// assert!(locks.try_acquire("nightly report", LockOptions::new()).await?.is_none());
///
/// let report = guard.run(async { "done" }).await?;
/// assert_eq!(report, "done");
/// assert_eq!(guard.release().await?, Released::Released);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Locks {
    /// Or the name of the backend that has none.
    hub: Result<Arc<Hub>, Arc<str>>,
    prefix: Arc<str>,
}

impl Locks {
    /// The locks of a backend, woken by its events where it has any.
    ///
    /// Where it has no locks, every method answers [`Unsupported`](ErrorKind::Unsupported).
    pub fn new(backend: &Backend) -> Self {
        let hub = match &backend.locks {
            Some(locks) => Ok(Hub::new(Arc::clone(locks), backend.watch.clone())),
            None => Err(backend.cache.name().into()),
        };
        Self { hub, prefix: Arc::default() }
    }

    /// Locks of a backend of their own, without events: waiters ask every 0.1 s.
    pub fn over(locks: Arc<dyn LockBackend>) -> Self {
        Self { hub: Ok(Hub::new(locks, None)), prefix: Arc::default() }
    }

    /// The same locks, where every name, of elections too, has this in front of it. Guards, errors
    /// and the backend tell of the whole name, and its length counts.
    #[must_use]
    pub fn with_prefix(&self, prefix: &str) -> Self {
        let prefix = format!("{}{prefix}", self.prefix).into();
        Self { hub: self.hub.clone(), prefix }
    }

    /// Takes a lock, waiting for it as long as the options say.
    ///
    /// A request whose answer was lost is asked again, with the same token, until the wait limit or
    /// for a TTL; so are failures that may pass. Dropping the future leaves the queue at once, and
    /// gives back in the background what may have been granted.
    ///
    /// # Errors
    /// - [`InvalidInput`](ErrorKind::InvalidInput): an empty name or one of more than
    ///   [`LockName::MAX_BYTES`], a TTL below [`LockOptions::MIN_TTL`], a limit of zero, a
    ///   `max_hold` below the TTL, a label that is too long.
    /// - [`Timeout`](ErrorKind::Timeout) with nothing applied: others held it for the whole time. A
    ///   request that the end of the wait has cut short is given back in the background.
    /// - [`NotReplicated`](ErrorKind::NotReplicated), [`FenceRegression`](ErrorKind::FenceRegression):
    ///   what was granted does not count, and is given back.
    /// - [`WrongType`](ErrorKind::WrongType): something that is no lock stands in its place.
    /// - [`Unsupported`](ErrorKind::Unsupported): the backend has no locks.
    /// - Others of the backend, after they have lasted.
    pub async fn acquire(&self, name: &str, options: LockOptions) -> Result<Guard, Error> {
        let (hub, name) = (self.hub("acquire")?, self.full(name));
        let lock_name = checked(&name, "acquire")?;
        let wish = options.wish(lock_name, true)?;
        let guard = attempt::take(hub, lock_name, &wish).await?;
        guard.ok_or_else(|| held_by_others(hub, &name))
    }

    /// Takes a lock if it is free now; `None` where another holds it, or waits for it here.
    ///
    /// A request whose answer was lost is asked again, with the same token, until the
    /// [call limit](LockOptions::call_limit) has passed. Dropping the future gives back in the
    /// background what may have been granted.
    ///
    /// # Errors
    /// Those of [`acquire`](Locks::acquire); those of the backend at once.
    pub async fn try_acquire(
        &self,
        name: &str,
        options: LockOptions,
    ) -> Result<Option<Guard>, Error> {
        let (hub, name) = (self.hub("acquire")?, self.full(name));
        let lock_name = checked(&name, "acquire")?;
        let wish = options.wish(lock_name, false)?;
        attempt::try_take(hub, lock_name, &wish).await
    }

    /// Takes several locks, all or none. A name that is given twice is taken once.
    ///
    /// They are taken one after another in the order of their bytes, whatever order they are given
    /// in: so two callers that want some of the same never wait for each other in a circle. The wait
    /// limit holds for all together. Those that were taken are renewed while it waits for others.
    ///
    /// Dropping the future gives back in the background what was taken.
    ///
    /// # Errors
    /// Those of [`acquire`](Locks::acquire), and [`InvalidInput`](ErrorKind::InvalidInput) for no
    /// name at all; [`LockLost`](ErrorKind::LockLost) where one was lost while it waited for others.
    /// Nothing is held then.
    pub async fn acquire_all(&self, names: &[&str], options: LockOptions) -> Result<Guards, Error> {
        let hub = self.hub("acquire")?;
        let names = names.iter().map(|name| self.full(name)).collect();
        let guards = guards::take_all(hub, names, &options, true).await?;
        guards.map_err(|name| held_by_others(hub, &name))
    }

    /// Takes several locks if all of them are free now; `None`, and nothing held, where one is not.
    ///
    /// Otherwise as [`acquire_all`](Locks::acquire_all): dropping the future gives back in the
    /// background what was taken.
    ///
    /// # Errors
    /// Those of [`acquire_all`](Locks::acquire_all); those of the backend at once.
    pub async fn try_acquire_all(
        &self,
        names: &[&str],
        options: LockOptions,
    ) -> Result<Option<Guards>, Error> {
        let hub = self.hub("acquire")?;
        let names = names.iter().map(|name| self.full(name)).collect();
        Ok(guards::take_all(hub, names, &options, false).await?.ok())
    }

    /// Who holds a lock, and for how long yet; `None` where nobody does. Old by the time it is
    /// read.
    ///
    /// Dropping the future has no effect.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for an invalid name, and those of the backend;
    /// [`Timeout`](ErrorKind::Timeout) after [`LockOptions::DEFAULT_CALL_LIMIT`].
    pub async fn inspect(&self, name: &str) -> Result<Option<LockState>, Error> {
        let (hub, name) = (self.hub("inspect")?, self.full(name));
        let lock_name = checked(&name, "inspect")?;
        let end = later(now(), LockOptions::DEFAULT_CALL_LIMIT);
        let answer = until(end, hub.locks.inspect(lock_name)).await;
        answer.unwrap_or_else(|| {
            let problem = "the backend did not answer within the call limit";
            let error = Error::not_applied(ErrorKind::Timeout, problem);
            Err(error.with_operation("inspect").with_backend(hub.locks.name()).with_key(&name))
        })
    }

    fn full<'n>(&self, name: &'n str) -> Cow<'n, str> {
        // An empty name stays one, and is refused.
        if self.prefix.is_empty() || name.is_empty() {
            return Cow::Borrowed(name);
        }
        Cow::Owned(format!("{}{name}", self.prefix))
    }

    /// What the users of a name in this process share.
    pub(crate) fn name_in_use(
        &self,
        name: &str,
        operation: &'static str,
    ) -> Result<Arc<Name>, Error> {
        Ok(self.hub(operation)?.name(checked(&self.full(name), operation)?))
    }

    fn hub(&self, operation: &'static str) -> Result<&Arc<Hub>, Error> {
        self.hub.as_ref().map_err(|backend| Error::unsupported(backend, operation))
    }

    /// How many names are waited for, held or listened to here.
    #[cfg(test)]
    pub(crate) fn names_in_use(&self) -> usize {
        self.hub.as_ref().map_or(0, |hub| hub.len())
    }
}

impl fmt::Debug for Locks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.hub {
            Ok(hub) => hub.fmt(f),
            Err(backend) => write!(f, "Locks(none, {backend})"),
        }
    }
}

fn checked<'a>(name: &'a str, operation: &'static str) -> Result<LockName<'a>, Error> {
    LockName::new(name).map_err(|error| error.with_operation(operation))
}

fn held_by_others(hub: &Hub, name: &str) -> Error {
    let problem = "others held the lock for the whole wait limit; wait longer, or do without";
    let error = Error::not_applied(ErrorKind::Timeout, problem);
    error.with_operation("acquire").with_backend(hub.locks.name()).with_key(name)
}

#[cfg(test)]
mod tests;
