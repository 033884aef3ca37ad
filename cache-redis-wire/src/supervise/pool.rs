//! The connections of one lane: which one carries a call, when one is replaced, when to dial.

mod state;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cache_core::Error;
use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};
use tokio::task::AbortHandle;

use self::state::{Attempt, State};
use super::dial::{self, Start};
use super::live::Live;
use super::pace::{Backoff, Pace, between};
use super::{Shared, fault};
use crate::clock::{self, Instant};
use crate::driver::{Connection, Driver};

/// Up to `size` connections to one server, opened when they are needed.
///
/// One attempt to connect is under way at a time. It is a task of its own: it goes on when the
/// call that began it is dropped or late, and everybody who needs a connection waits for it.
pub(super) struct Pool<D: Driver> {
    pub(super) shared: Arc<Shared<D>>,
    size: usize,
    /// Calls under way, those that were given up and whose answer may come yet included.
    occupied: AtomicUsize,
    /// How many of them were given up.
    parked: AtomicUsize,
    closed: AtomicBool,
    /// Tells who stops that a call has ended.
    ended: Notify,
    state: Mutex<State<D::Connection>>,
}

/// The state under its lock.
type Held<'a, D> = MutexGuard<'a, State<<D as Driver>::Connection>>;

/// What a call that needs a connection does next.
enum Next<C> {
    Use(Arc<Live<C>>),
    Wait(watch::Receiver<Option<Error>>),
    Fail(Error),
    Stopped,
}

/// Why there is no connection.
pub(super) enum Refused {
    Stopped,
    Failed(Error),
}

/// A connection that was made stale so soon after it was opened is not replaced at once again: the new
/// one would find the same server.
const YOUNG: Duration = Duration::from_millis(500);
/// What an attempt needs at least of a call's deadline, for the call to wait until it is due.
const ROOM: Duration = Duration::from_millis(10);
/// How long an attempt may outlast its limit before it counts as stuck.
const GRACE: Duration = Duration::from_secs(1);
/// How long a connection is waited for that is to be given up, or to show that it still works, where
/// calls may take longer. Healthy servers answer a thousand times faster.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);
/// How often a call waits for attempts that end without an outcome, as they do with their runtime.
const TRIES: usize = 4;

impl<D: Driver> Pool<D> {
    pub(super) fn new(shared: Arc<Shared<D>>, size: usize) -> Arc<Self> {
        Arc::new(Self {
            shared,
            size,
            occupied: AtomicUsize::new(0),
            parked: AtomicUsize::new(0),
            closed: AtomicBool::new(false),
            ended: Notify::new(),
            state: Mutex::new(State {
                lives: Vec::new(),
                leaving: Vec::new(),
                attempt: None,
                attempts: 0,
                last: None,
                due: None,
                backoff: Backoff::default(),
                closed: false,
            }),
        })
    }

    /// Counts a call in, unless there are too many.
    pub(super) fn enter(&self, most: usize) -> bool {
        let before = self.occupied.fetch_add(1, Ordering::SeqCst);
        let has_room = before < most;
        if !has_room {
            self.leave();
        }
        has_room
    }

    #[cfg(test)]
    pub(super) fn occupied(&self) -> usize {
        self.occupied.load(Ordering::SeqCst)
    }

    pub(super) fn leave(&self) {
        self.occupied.fetch_sub(1, Ordering::SeqCst);
        self.tell_stopping();
    }

    /// A call was given up: it counts, and nobody waits for it.
    pub(super) fn park(&self) {
        self.parked.fetch_add(1, Ordering::SeqCst);
        self.tell_stopping();
    }

    /// Calls that were given up count no more.
    pub(super) fn unpark(&self, count: usize) {
        if count != 0 {
            // In this order: who stops never sees fewer calls under way than there are.
            self.parked.fetch_sub(count, Ordering::SeqCst);
            self.occupied.fetch_sub(count, Ordering::SeqCst);
            self.tell_stopping();
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    fn tell_stopping(&self) {
        if self.is_closed() {
            self.ended.notify_waiters();
        }
    }

    /// A connection that is there: nothing is waited for.
    pub(super) fn ready(self: &Arc<Self>) -> Option<Arc<Live<D::Connection>>> {
        self.pick(self.without_dead()).ok()
    }

    /// A connection for a call that ends by `end`: one that is there, or the next one that is dialled.
    pub(super) async fn connection(
        self: &Arc<Self>,
        end: Instant,
    ) -> Result<Arc<Live<D::Connection>>, Refused> {
        for _ in 0..TRIES {
            let mut failure = match self.next(end) {
                Next::Use(live) => return Ok(live),
                Next::Wait(failure) => failure,
                Next::Fail(error) => return Err(Refused::Failed(error)),
                Next::Stopped => return Err(Refused::Stopped),
            };
            let failed = failure.wait_for(Option::is_some).await.map(|error| error.clone());
            if let Ok(Some(error)) = failed {
                return Err(Refused::Failed(error));
            }
            // The attempt succeeded, or its task is gone: what is there now tells.
        }
        Err(Refused::Failed(fault::dials_ended(&self.shared.settings)))
    }

    /// Why the last attempt failed, where there is no connection since.
    #[cold]
    pub(super) fn known_failure(&self) -> Option<Error> {
        let state = self.without_dead();
        let (last, at) = state.last.as_ref().filter(|_| state.lives.is_empty())?;
        let now = clock::now();
        let due_in = state.due.map_or(Duration::ZERO, |due| due.saturating_duration_since(now));
        Some(fault::not_due(last, now - *at, due_in))
    }

    /// What a call that ends by `end` and needs a connection does.
    fn next(self: &Arc<Self>, end: Instant) -> Next<D::Connection> {
        let state = match self.pick(self.without_dead()) {
            Ok(live) => return Next::Use(live),
            Err(state) => state,
        };
        if state.closed {
            return Next::Stopped;
        }
        let now = clock::now();
        match (&state.last, state.due) {
            (Some((last, at)), Some(due)) if now < due && end < due + ROOM => {
                return Next::Fail(fault::not_due(last, now - *at, due - now));
            }
            _ => {}
        }
        if let Some(attempt) = state.attempt_at(now) {
            return Next::Wait(attempt.failure.subscribe());
        }
        self.begin(state).map_or_else(|| Next::Fail(fault::no_runtime()), Next::Wait)
    }

    /// A connection that is there. Begins to dial another where that would be of use.
    fn pick<'a>(
        self: &'a Arc<Self>,
        state: Held<'a, D>,
    ) -> Result<Arc<Live<D::Connection>>, Held<'a, D>> {
        let picked = state.pick(self.size).filter(|_| !state.closed);
        let Some((live, wants_more)) = picked else { return Err(state) };
        let live = Arc::clone(live);
        if wants_more && state.may_begin(clock::now()) {
            self.begin(state);
        }
        Ok(live)
    }

    /// The state without connections that the server has closed meanwhile.
    fn without_dead(&self) -> Held<'_, D> {
        let state = self.state();
        if state.lives.iter().any(|live| live.connection.is_over()) {
            return self.bury(state);
        }
        state
    }

    /// It says something of the server only where one ended soon and without an answer: connections
    /// that nobody uses are closed by many servers.
    #[cold]
    fn bury<'a>(&'a self, mut state: Held<'a, D>) -> Held<'a, D> {
        let now = clock::now();
        let dead: Vec<_> = state.lives.extract_if(.., |live| live.connection.is_over()).collect();
        if dead.iter().any(|live| !live.is_proven() && now < live.born + YOUNG) {
            state.fail(fault::never_answered(&self.shared.settings));
        }
        drop(state);
        for live in dead {
            self.unpark(live.retire());
        }
        self.state()
    }

    /// Begins an attempt, as soon as one is due; `None` where there is no runtime for it.
    fn begin(self: &Arc<Self>, mut state: Held<'_, D>) -> Option<watch::Receiver<Option<Error>>> {
        let runtime = Handle::try_current().ok()?;
        let now = clock::now();
        let (start, latest) = match state.due.filter(|_| state.last.is_some()) {
            // When it is due it may have to wait for others.
            Some(due) if now < due => (Start::Due(due), due + Pace::SPAN),
            _ => {
                let start = self.shared.pace.reserve(now);
                (Start::Reserved(start), start)
            }
        };
        let number = state.attempts;
        state.attempts += 1;
        let (failure, receiver) = watch::channel(None);
        // Options have capped the timeout, so the sum is an instant.
        let expires = latest + self.shared.settings.connect_timeout() + GRACE;
        let stuck = state.attempt.replace(Attempt { number, failure, expires, task: None });
        drop(state);
        // A runtime that ends drops the task at once, and the task's end takes the lock.
        let task = runtime.spawn(dial::attempt(Arc::clone(self), number, start)).abort_handle();
        abort(stuck);
        self.keep_task(number, task);
        Some(receiver)
    }

    fn keep_task(&self, number: u64, task: AbortHandle) {
        let mut state = self.state();
        match &mut state.attempt {
            Some(attempt) if attempt.number == number => attempt.task = Some(task),
            // It is done already, or was given up.
            _ => {
                drop(state);
                task.abort();
            }
        }
    }

    /// Attempt `number` is done. Gives the connection back if nobody waits for it any more.
    pub(super) fn dialled(
        self: &Arc<Self>,
        number: u64,
        outcome: Result<D::Connection, Error>,
    ) -> Option<D::Connection> {
        let mut state = self.state();
        let is_ours = |attempt: &mut Attempt| attempt.number == number;
        let Some(attempt) = state.attempt.take_if(is_ours) else { return outcome.ok() };
        match outcome {
            Ok(connection) => {
                let live = Arc::new(Live::new(connection, clock::now()));
                let (stale, fresh): (Vec<_>, _) =
                    state.lives.drain(..).partition(|live| live.is_stale());
                state.lives = fresh;
                state.lives.push(live);
                state.leaving.extend(stale.iter().cloned());
                drop(state);
                stale.into_iter().for_each(|live| self.retire_gently(live));
            }
            Err(error) => {
                state.fail(error.clone());
                drop(state);
                attempt.failure.send_replace(Some(error));
            }
        }
        None
    }

    /// The task of attempt `number` is gone; who waits for it looks again.
    pub(super) fn dial_ended(&self, number: u64) {
        let attempt = self.state().attempt.take_if(|attempt| attempt.number == number);
        drop(attempt);
    }

    /// The first answer on a connection that speaks for the server: it is there again.
    pub(super) fn proved(&self) {
        let mut state = self.state();
        state.backoff.reset();
        (state.last, state.due) = (None, None);
    }

    /// A connection said something that a new one may mend. It is used until there is a new one.
    pub(super) fn made_stale(&self, live: &Live<D::Connection>) {
        let now = clock::now();
        if now < live.born + YOUNG {
            let wait = between(Backoff::LONGEST / 2, Backoff::LONGEST);
            self.state().due = Some(now + wait);
        }
    }

    /// A connection does not work: no call uses it from now on.
    pub(super) fn discard(&self, live: &Arc<Live<D::Connection>>) {
        self.remove(live, true);
    }

    /// No call uses the connection from now on, which says nothing of the server.
    pub(super) fn abandon(&self, live: &Arc<Live<D::Connection>>) {
        self.remove(live, false);
    }

    fn remove(&self, live: &Arc<Live<D::Connection>>, has_failed: bool) {
        let mut state = self.state();
        let Some(place) = state.lives.iter().position(|other| Arc::ptr_eq(other, live)) else {
            return;
        };
        let live = state.lives.swap_remove(place);
        if has_failed && !live.is_proven() {
            state.fail(fault::never_answered(&self.shared.settings));
        }
        drop(state);
        self.unpark(live.retire());
        // Without a runtime the drop closes it.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move { live.connection.close().await });
        }
    }

    /// A connection that works gives calls on it a deadline's time to end, and no more than
    /// [`PATIENCE`].
    fn retire_gently(self: &Arc<Self>, live: Arc<Live<D::Connection>>) {
        // What was given up on it is not waited for: it ends soon.
        self.unpark(live.retire());
        let Ok(runtime) = Handle::try_current() else { return };
        let pool = Arc::clone(self);
        runtime.spawn(async move {
            clock::pause(pool.shared.settings.deadline().min(PATIENCE)).await;
            pool.state().leaving.retain(|other| !Arc::ptr_eq(other, &live));
            live.connection.close().await;
        });
    }

    /// Refuses calls from now on. Who waits for a connection is woken, and refused.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        let mut state = self.state();
        state.closed = true;
        let attempt = state.attempt.take();
        drop(state);
        abort(attempt);
    }

    /// Ready when no call is under way for which somebody waits. Only after [`close`](Self::close).
    pub(super) async fn idle(&self) {
        loop {
            let mut ended = std::pin::pin!(self.ended.notified());
            // From here on no end goes unnoticed.
            ended.as_mut().enable();
            if self.occupied.load(Ordering::SeqCst) <= self.parked.load(Ordering::SeqCst) {
                return;
            }
            ended.await;
        }
    }

    /// Gives up all connections, and answers them: they are to be closed.
    pub(super) fn take_all(&self) -> Vec<Arc<Live<D::Connection>>> {
        let mut state = self.state();
        let mut lives = std::mem::take(&mut state.lives);
        lives.append(&mut state.leaving);
        drop(state);
        for live in &lives {
            self.unpark(live.retire());
        }
        lives
    }

    fn state(&self) -> Held<'_, D> {
        // Nothing panics while the state is half changed, so a poisoned one is whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Not under the lock: the end of a task may take it.
fn abort(attempt: Option<Attempt>) {
    if let Some(task) = attempt.and_then(|attempt| attempt.task) {
        task.abort();
    }
}
