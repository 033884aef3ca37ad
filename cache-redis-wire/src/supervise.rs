//! Who decides when to connect, when to wait and when to give up.
//!
//! A call passes a gate that `stop` closes, a bound on calls under way, a connection that works, and is
//! sent once. One deadline is around all of it. Nothing is sent again here.

mod dial;
#[cfg(test)]
pub(crate) mod fake;
mod fault;
mod live;
mod pace;
mod pool;
mod sending;

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use cache_core::Error;
use tokio::runtime::Handle;
use tokio::sync::Mutex;

use self::pool::{Pool, Refused};
use self::sending::{Place, Request, Sending, Steps};
use crate::clock::{self, Instant};
use crate::command::Command;
use crate::driver::{Connection, Driver};
use crate::options::Settings;
use crate::reply::Answer;

pub(crate) use fault::{Fault, dial_timed_out, no_runtime, not_due};
pub(crate) use pace::{Backoff, Pace};

/// The connections to one server, kept working. Its drop closes them all.
pub(crate) struct Link<D: Driver> {
    shared: Arc<Shared<D>>,
    cache: Arc<Pool<D>>,
    locks: Arc<Pool<D>>,
    replicated: Arc<Pool<D>>,
    /// The right to use the connection of `replicated`.
    turn: Mutex<()>,
}

/// What everything that dials has in common.
pub(crate) struct Shared<D> {
    pub(crate) settings: Arc<Settings>,
    pub(crate) driver: Arc<D>,
    pub(crate) pace: Pace,
}

/// Which connections carry a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    /// Those of the cache: several, shared.
    Cache,
    /// That of locks: one, shared.
    Locks,
    /// That of locks that wait for replicas: one, with a single call on it at a time.
    Replicated,
}

/// What a call is, for its errors.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call {
    /// As the trait method is called: `get`.
    pub(crate) operation: &'static str,
    /// Whether it changes nothing, so that a lost answer leaves nothing unknown.
    pub(crate) reads_only: bool,
}

impl<D: Driver> Link<D> {
    /// Nothing is dialled before the first call. Needs no runtime.
    pub(crate) fn new(settings: Arc<Settings>, driver: Arc<D>) -> Self {
        let connections = settings.connections();
        let shared = Arc::new(Shared { settings, driver, pace: Pace::default() });
        let pool = |size| Pool::new(Arc::clone(&shared), size);
        Self {
            cache: pool(connections),
            locks: pool(1),
            replicated: pool(1),
            turn: Mutex::new(()),
            shared,
        }
    }

    /// The driver's name, for errors.
    pub(crate) fn name(&self) -> &'static str {
        self.shared.driver.name()
    }

    /// What everything that dials has in common.
    pub(crate) fn shared(&self) -> &Arc<Shared<D>> {
        &self.shared
    }

    /// Sends one command and waits for its answer, within the deadline. An error of the server is an
    /// [`Answer`].
    ///
    /// Dropping the future leaves the effect unknown.
    ///
    /// # Errors
    /// With effect `NotApplied` what happened before anything was sent, or to a call that only reads:
    /// `Stopped`, `Overloaded`, `Unavailable`, `Config` without a runtime, and the kind of the error with
    /// which connecting failed; so does a call too many while there is no connection. With effect `Unknown` what happened afterwards: `Timeout`,
    /// `Unavailable`, `Corrupt`.
    pub(crate) fn command(
        &self,
        lane: Lane,
        call: Call,
        command: Command,
    ) -> impl Future<Output = Result<Answer, Error>> + Send {
        self.exchange(lane, call, self.shared.settings.deadline(), command)
    }

    /// As [`command`](Self::command), for a step of a call whose deadline began earlier: it ends by
    /// `end`.
    ///
    /// # Errors
    /// As [`command`](Self::command); and `Timeout`, with effect `NotApplied`, at the end itself.
    pub(crate) async fn command_by(
        &self,
        end: Instant,
        lane: Lane,
        call: Call,
        command: Command,
    ) -> Result<Answer, Error> {
        let limit = end.saturating_duration_since(clock::now());
        if limit.is_zero() {
            let settings = &self.shared.settings;
            return Err(Fault { settings, backend: self.name(), call }.too_late());
        }
        self.exchange(lane, call, limit, command).await
    }

    /// Sends commands in one go, and waits for one answer to each, within one deadline. Not a
    /// transaction.
    ///
    /// # Errors
    /// As [`command`](Self::command), for all of them together.
    pub(crate) async fn pipeline(
        &self,
        lane: Lane,
        call: Call,
        commands: Vec<Command>,
    ) -> Result<Vec<Answer>, Error> {
        if commands.is_empty() {
            return Ok(Vec::new());
        }
        self.exchange(lane, call, self.shared.settings.deadline(), commands).await
    }

    /// Sends a command, and those that `then` makes of its answer, on a connection that carries nothing
    /// else meanwhile; all their answers, within one deadline.
    ///
    /// # Errors
    /// As [`command`](Self::command), for all of them together.
    pub(crate) async fn steps(
        &self,
        call: Call,
        first: Command,
        then: impl FnOnce(&Answer) -> Vec<Command> + Send,
    ) -> Result<Vec<Answer>, Error> {
        let deadline = self.shared.settings.deadline();
        self.exchange(Lane::Replicated, call, deadline, Steps { first, then }).await
    }

    async fn exchange<R: Request>(
        &self,
        lane: Lane,
        call: Call,
        limit: Duration,
        request: R,
    ) -> Result<R::Answer, Error> {
        let settings = &self.shared.settings;
        let fault = Fault { settings, backend: self.name(), call };
        let pool = self.pool(lane);
        let place = Place::take(pool, settings.max_in_flight()).ok_or_else(|| {
            // Where all of them wait for a connection, sending less would not help.
            pool.known_failure().map_or_else(|| fault.overloaded(), |error| fault.refused(error))
        })?;
        // After it was counted in: who stops sees the call, or the call sees the gate closed.
        if pool.is_closed() {
            return Err(fault.stopped());
        }
        let timer = clock::start(limit).map_err(|over| fault.no_connection(over))?;
        let mut timer = pin!(timer);
        let is_alone = lane == Lane::Replicated;
        // Where nothing is waited for, the clock need not be read.
        let end = is_alone.then(|| clock::now() + limit);
        let _turn = if is_alone {
            let turn = clock::before(timer.as_mut(), Box::pin(self.turn.lock()).as_mut()).await;
            Some(turn.map_err(|over| fault.no_turn(over))?)
        } else {
            None
        };
        let found = match pool.ready() {
            Some(live) => Ok(Ok(live)),
            None => {
                let end = end.unwrap_or_else(|| clock::now() + limit);
                // What is rare is boxed: the memory that each call takes is small then.
                clock::before(timer.as_mut(), Box::pin(pool.connection(end)).as_mut()).await
            }
        };
        let live = match found {
            Ok(Ok(live)) => live,
            Ok(Err(Refused::Stopped)) => return Err(fault.stopped()),
            Ok(Err(Refused::Failed(error))) => return Err(fault.refused(error)),
            Err(over) => return Err(fault.no_connection(over)),
        };
        let sending = Sending::begin(place, live, is_alone);
        let answer = clock::before(timer, pin!(request.send(&sending.live.connection))).await;
        match answer {
            Ok(Ok(answer)) => {
                sending.answered(R::is_stale(&answer));
                Ok(answer)
            }
            Ok(Err(lost)) => {
                sending.lost();
                Err(fault.lost(lost))
            }
            Err(over) => {
                sending.timed_out(over);
                Err(fault.unanswered(over))
            }
        }
    }

    /// Whether calls are refused because of a stop.
    pub(crate) fn is_stopped(&self) -> bool {
        self.cache.is_closed()
    }

    /// Refuses further calls from now on: what of [`stop`](Self::stop) does not wait.
    pub(crate) fn refuse(&self) {
        self.pools().into_iter().for_each(|pool| pool.close());
    }

    /// Refuses further calls, waits for those under way up to the deadline, closes every socket.
    ///
    /// Calls that wait for a connection are refused at once. May be called again. Dropping the future
    /// closes the sockets without waiting.
    pub(crate) async fn stop(&self) {
        self.refuse();
        let closing = CloseAll(self.pools());
        let deadline = self.shared.settings.deadline();
        let idle = async {
            for pool in self.pools() {
                pool.idle().await;
            }
        };
        // Late calls find their connection closed.
        let _ = clock::within(deadline, idle).await;
        let tasks = closing.close();
        let closed = async {
            for task in tasks {
                drop(task.await);
            }
        };
        let _ = clock::within(deadline, closed).await;
    }

    fn pool(&self, lane: Lane) -> &Arc<Pool<D>> {
        match lane {
            Lane::Cache => &self.cache,
            Lane::Locks => &self.locks,
            Lane::Replicated => &self.replicated,
        }
    }

    fn pools(&self) -> [&Arc<Pool<D>>; 3] {
        [&self.cache, &self.locks, &self.replicated]
    }
}

impl<D: Driver> Drop for Link<D> {
    fn drop(&mut self) {
        self.refuse();
        drop(CloseAll(self.pools()));
    }
}

/// Closes every connection, at the latest when it is dropped.
struct CloseAll<'a, D: Driver>([&'a Arc<Pool<D>>; 3]);

impl<D: Driver> CloseAll<'_, D> {
    /// Tasks, so that they end also if nobody waits for them. Without a runtime the drop closes.
    fn close(&self) -> Vec<tokio::task::JoinHandle<()>> {
        let lives = self.0.iter().flat_map(|pool| pool.take_all());
        let Ok(runtime) = Handle::try_current() else {
            lives.for_each(drop);
            return Vec::new();
        };
        lives.map(|live| runtime.spawn(async move { live.connection.close().await })).collect()
    }
}

impl<D: Driver> Drop for CloseAll<'_, D> {
    fn drop(&mut self) {
        drop(self.close());
    }
}

#[cfg(test)]
mod tests;
