//! Leader election, over the locks of any backend.

mod leadership;
mod observer;

use std::fmt;
use std::time::Duration;

use cache_core::{Error, Fence, LockState};

pub use self::leadership::Leadership;
pub use self::observer::Observer;
use crate::{LockOptions, Locks};

/// Chooses one leader among candidates, in as many processes as use the same backend.
///
/// The leader holds a lease that is renewed for as long as its [`Leadership`] lives. A leader steps
/// down by its own clock, a tenth of the TTL before the lease can be over for others, even if the
/// call that renews it hangs. So while clocks run at the same rate within 1 %, and the process is
/// not stopped between a look at the leadership and what follows from it, no two lead at an
/// instant. Against the rest helps the [`term`](Leadership::term), which only rises: let what a
/// leader writes to refuse a smaller one.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), cache_core::Error> {
/// use cache_memory::{Memory, Options};
/// use cache_recipes::{ElectionOptions, Locks};
///
/// let locks = Locks::new(&Memory::open(Options::new())?.into_backend());
/// let election = locks.election("scheduler", ElectionOptions::new().candidate("worker 7"));
/// let leadership = election.campaign().await?;
/// let leader = election.leader().await?.expect("somebody leads");
/// assert_eq!((leader.term, &*leader.candidate), (leadership.term(), "worker 7"));
///
/// leadership.resign().await?;
/// assert!(election.leader().await?.is_none());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Election {
    locks: Locks,
    lock_name: Box<str>,
    options: LockOptions,
}

/// How a candidate runs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct ElectionOptions(LockOptions);

/// Who leads, as others see it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Leader {
    /// The number of the term; `None` where the backend has no fences.
    pub term: Option<Fence>,
    /// The public label that the candidate gave.
    pub candidate: Box<str>,
    /// For how long the term lasts unless it is renewed.
    pub ttl_left: Duration,
}

impl ElectionOptions {
    /// The TTL unless said otherwise, 15 s, as Kubernetes elects its leaders: so long nobody leads
    /// at most when a leader has crashed.
    pub const DEFAULT_TTL: Duration = Duration::from_secs(15);

    /// A TTL of 15 s and no label.
    pub fn new() -> Self {
        Self(LockOptions::new().ttl(Self::DEFAULT_TTL).unlimited_hold().with_margin())
    }

    /// How long a term lasts from each renewal, at least [`LockOptions::MIN_TTL`]. It is renewed
    /// after a third of it.
    pub fn ttl(self, ttl: Duration) -> Self {
        Self(self.0.ttl(ttl))
    }

    /// A public label of the candidate that [`leader`](Election::leader) shows.
    pub fn candidate(self, label: impl Into<Box<str>>) -> Self {
        Self(self.0.holder(label))
    }

    /// How long one call of the backend may take, more than zero; 1 s unless said otherwise.
    pub fn call_limit(self, limit: Duration) -> Self {
        Self(self.0.call_limit(limit))
    }

    /// How many replicas must acknowledge before a term begins, as
    /// [`LockOptions::require_replicas`].
    pub fn require_replicas(self, replicas: u32) -> Self {
        Self(self.0.require_replicas(replicas))
    }
}

impl Default for ElectionOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl Locks {
    /// An election among all who use this name, the options and the same backend.
    ///
    /// It is held by the lock `election:` followed by the name. Nothing is asked of the backend, and
    /// nothing checked, before a method is called.
    pub fn election(&self, name: &str, options: ElectionOptions) -> Election {
        // An empty name stays one, and is refused.
        let lock_name = if name.is_empty() { "".into() } else { format!("election:{name}").into() };
        Election { locks: self.clone(), lock_name, options: options.0 }
    }
}

impl Election {
    /// Waits until this candidate is elected.
    ///
    /// It has all the time: failures of the backend that may pass are waited for without limit, and
    /// a request whose answer was lost is asked again with the same token. Dropping the future
    /// withdraws the candidate, and gives back in the background what may have been granted.
    ///
    /// # Errors
    /// Those of [`Locks::acquire`] that do not pass: [`InvalidInput`](cache_core::ErrorKind) for the
    /// name or the options, `Unsupported`, `WrongType`, `Denied`, `NotReplicated`, `Stopped`.
    pub async fn campaign(&self) -> Result<Leadership, Error> {
        let guard = self.locks.acquire(&self.lock_name, self.options.clone()).await?;
        Ok(Leadership::new(guard))
    }

    /// Who leads now; `None` where nobody does. Old by the time it is read.
    ///
    /// Dropping the future has no effect.
    ///
    /// # Errors
    /// Those of [`Locks::inspect`].
    pub async fn leader(&self) -> Result<Option<Leader>, Error> {
        Ok(self.locks.inspect(&self.lock_name).await?.map(Leader::of))
    }

    /// Tells who leads, now and after every change. Needs a runtime of tokio.
    ///
    /// # Errors
    /// [`Unsupported`](cache_core::ErrorKind::Unsupported) where the backend has no locks,
    /// [`InvalidInput`](cache_core::ErrorKind::InvalidInput) for an invalid name,
    /// [`Config`](cache_core::ErrorKind::Config) outside of a runtime.
    pub fn observe(&self) -> Result<Observer, Error> {
        Observer::start(&self.locks, &self.lock_name)
    }
}

impl Leader {
    fn of(state: LockState) -> Self {
        Self { term: state.fence, candidate: state.holder, ttl_left: state.ttl_left }
    }
}

impl fmt::Debug for Election {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Election")
            .field("lock_name", &self.lock_name)
            .field("options", &self.options)
            .field("locks", &self.locks)
            .finish()
    }
}

#[cfg(test)]
mod simulation;
