//! The state of all subscriptions, and what has to be done next.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use cache_core::{Error, Subscription};
use tokio::runtime::Handle;
use tokio::sync::{Notify, oneshot};
use tokio::task::AbortHandle;

use super::cover::{self, Cover};
use super::rush::Rush;
use super::table::{Table, Wanted};
use super::task::{self, Reading};
use crate::clock::{self, Instant};
use crate::driver::{Change, Driver};
use crate::supervise::{Backoff, Shared, not_due};

/// So many changes wait for a reader; then it is told of a gap.
const QUEUED: usize = 1024;
/// How often subscriptions that nobody reads are dropped; without any, the listener goes too.
const SWEEP: Duration = Duration::from_secs(10);
/// A listener that was lost sooner did not work: the next one waits.
const YOUNG: Duration = Duration::from_secs(1);

pub(super) struct Hub<D: Driver> {
    pub(super) shared: Arc<Shared<D>>,
    /// Wakes the task that keeps a listener in force.
    pub(super) changed: Notify,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    table: Table,
    waiting: Vec<Waiting>,
    force: Option<Force>,
    /// The task that keeps a listener in force, by its number.
    keeper: Option<(u64, Option<AbortHandle>)>,
    /// How many tasks there were: the number of the next.
    numbers: u64,
    /// Whether changes may have been missed since the last listener.
    has_gap: bool,
    /// Whether the listener in force may not tell of all that is subscribed to: somebody subscribed while
    /// it was opened.
    is_short: bool,
    backoff: Backoff,
    rush: Rush,
    /// Why the last attempt failed, and when; and when the next may begin.
    last: Option<(Error, Instant, Instant)>,
    swept: Option<Instant>,
    stopped: bool,
}

/// A subscriber that waits until a listener is in force.
struct Waiting {
    name: Bytes,
    tell: oneshot::Sender<Result<(), Error>>,
}

/// What waiting subscribers are to be told when no lock is held: a waker may do anything.
#[derive(Default)]
struct Told(Vec<(Waiting, Result<(), Error>)>);

impl Told {
    fn tell(self) {
        for (waiting, outcome) in self.0 {
            // Who is not there any more has given up.
            drop(waiting.tell.send(outcome));
        }
    }
}

/// The listener in force.
struct Force {
    number: u64,
    cover: Cover,
    /// Whether more is told than is asked for, because there was a rush.
    is_wide: bool,
    born: Instant,
    /// When it came, or a finer one in its place last turned out not to do.
    settled: Instant,
    reader: Reading,
}

/// How a subscription begins.
pub(super) enum Begin {
    InForce(Subscription),
    Waiting(Subscription, oneshot::Receiver<Result<(), Error>>),
    Stopped,
    NoRuntime,
}

/// What the keeper does next.
pub(super) enum Step {
    Listen(Cover),
    Rest(Duration),
    End,
}

impl<D: Driver> Hub<D> {
    pub(super) fn new(shared: Arc<Shared<D>>) -> Arc<Self> {
        Arc::new(Self { shared, changed: Notify::new(), state: Mutex::default() })
    }

    pub(super) fn subscribe(self: &Arc<Self>, wanted: Wanted) -> Begin {
        let Ok(runtime) = Handle::try_current() else { return Begin::NoRuntime };
        let (sender, subscription) = Subscription::new(QUEUED);
        let name = wanted.name.clone();
        let mut state = self.state();
        if state.stopped {
            return Begin::Stopped;
        }
        state.table.add(wanted, sender);
        if state.force.as_ref().is_some_and(|force| force.cover.covers(&name)) {
            return Begin::InForce(subscription);
        }
        let (tell, in_force) = oneshot::channel();
        state.waiting.push(Waiting { name, tell });
        if state.keeper.is_none() {
            self.start_keeper(&runtime, state);
        } else {
            drop(state);
        }
        self.changed.notify_one();
        Begin::Waiting(subscription, in_force)
    }

    fn start_keeper(self: &Arc<Self>, runtime: &Handle, mut state: MutexGuard<'_, State>) {
        let number = state.next_number();
        state.keeper = Some((number, None));
        drop(state);
        // A runtime that ends drops the task at once, and the task's end takes the lock.
        let task = runtime.spawn(task::keep(Arc::clone(self), number)).abort_handle();
        let mut state = self.state();
        match &mut state.keeper {
            Some((current, place)) if *current == number => *place = Some(task),
            _ => {
                drop(state);
                task.abort();
            }
        }
    }

    /// What keeper `number` does next.
    pub(super) fn step(&self, number: u64) -> Step {
        let now = clock::now();
        let mut state = self.state();
        if state.keeper.as_ref().is_none_or(|(current, _)| *current != number) {
            return Step::End;
        }
        let mut told = Told::default();
        state.take_covered(&mut told);
        if state.sweep(now) {
            state.keeper = None;
            end(state);
            return Step::End;
        }
        let step = state.plan(now, &mut told);
        drop(state);
        told.tell();
        step
    }

    /// A listener was opened; its task reads it once this has returned a number.
    pub(super) fn reader_number(&self) -> u64 {
        self.state().next_number()
    }

    /// Listener `number` is in force. The one before stays a while: what it has not told yet, the new
    /// one never will. Answers its task.
    ///
    /// Gives the new one's task back where it is of no use: after a stop, and where somebody subscribed
    /// meanwhile to what the one before covers and this one does not.
    pub(super) fn in_force(
        &self,
        number: u64,
        cover: Cover,
        reader: Reading,
    ) -> Result<Option<Reading>, Reading> {
        let mut state = self.state();
        if state.stopped || state.promises_more_than(&cover) {
            // Where somebody always comes in between, a finer one is not tried again and again.
            state.force.iter_mut().for_each(|force| force.settled = clock::now());
            return Err(reader);
        }
        let is_wide = cover != Cover::of(state.names(), cover::MOST);
        let now = clock::now();
        let force = Force { number, cover, is_wide, born: now, settled: now, reader };
        let before = state.force.replace(force).map(|force| force.reader);
        state.last = None;
        state.is_short = state.falls_short();
        let has_gap = state.has_gap;
        // Of whom it does not tell misses changes until the next one is in force.
        state.has_gap &= state.is_short;
        let readers = if has_gap { state.table.all() } else { Vec::new() };
        let mut told = Told::default();
        state.take_covered(&mut told);
        drop(state);
        told.tell();
        readers.iter().for_each(|sender| sender.gap());
        Ok(before)
    }

    /// The attempt to open a listener failed.
    pub(super) fn failed(&self, error: &Error) {
        let mut state = self.state();
        let mut told = Told::default();
        state.fail(error.clone());
        state.take_all(error, &mut told);
        drop(state);
        told.tell();
    }

    /// Listener `number` is gone; what happens from now on nobody tells.
    pub(super) fn lost(&self, number: u64) {
        let mut state = self.state();
        let is_ours = |force: &mut Force| force.number == number;
        if let Some(force) = state.force.take_if(is_ours) {
            state.has_gap = true;
            if clock::now() < force.born + YOUNG {
                state.fail(self.lost_soon());
            } else {
                state.backoff.reset();
            }
        }
        let readers = state.table.all();
        drop(state);
        readers.iter().for_each(|sender| sender.gap());
        self.changed.notify_one();
    }

    fn lost_soon(&self) -> Error {
        let address = self.shared.settings.address();
        let problem = format!("{address} closed the connection for change events at once");
        Error::not_applied(cache_core::ErrorKind::Unavailable, problem)
    }

    pub(super) fn tell(&self, change: &Change) {
        let mut news = Vec::new();
        let state = self.state();
        let keys = match change {
            Change::Keys(keys) => keys,
            Change::Missed => {
                let readers = state.table.all();
                drop(state);
                return readers.iter().for_each(|sender| sender.gap());
            }
        };
        keys.iter().for_each(|key| state.table.news_of(key, &mut news));
        drop(state);
        news.iter().for_each(super::table::News::tell);
    }

    /// The task of keeper `number` is gone, with its runtime: nobody would tell anything any more, so the
    /// subscriptions end.
    pub(super) fn keeper_ended(&self, number: u64) {
        let mut state = self.state();
        if state.keeper.as_ref().is_some_and(|(current, _)| *current == number) {
            state.keeper = None;
            end(state);
        }
    }

    pub(super) fn stop(&self) {
        let mut state = self.state();
        state.stopped = true;
        let keeper = state.keeper.take();
        end(state);
        if let Some((_, Some(task))) = keeper {
            task.abort();
        }
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.state().stopped
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while the state is half changed, so a poisoned one is whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends subscriptions and listener. What is dropped wakes others, so not under the lock.
fn end(mut state: MutexGuard<'_, State>) {
    let ended = (std::mem::take(&mut state.table), std::mem::take(&mut state.waiting));
    let force = state.force.take();
    state.has_gap = false;
    drop(state);
    drop(ended);
    if let Some(force) = force {
        force.reader.abort();
    }
}

impl State {
    fn next_number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    fn plan(&mut self, now: Instant, told: &mut Told) -> Step {
        self.waiting.retain(|waiting| !waiting.tell.is_closed());
        if self.force.is_none() {
            self.table.drop_unread();
        }
        if self.is_short {
            self.table.drop_unread();
            self.is_short = self.falls_short();
        }
        let is_wanted = !self.waiting.is_empty()
            || self.is_short
            || (self.force.is_none() && !self.table.is_empty());
        if !is_wanted && !self.is_too_wide(now) {
            return Step::Rest(SWEEP);
        }
        if let Some((last, at, due)) = &self.last
            && now < *due
        {
            let (error, rest) = (not_due(last, now - *at, *due - now), *due - now);
            self.take_all(&error, told);
            return Step::Rest(rest);
        }
        let most = match &self.force {
            Some(_) if is_wanted => self.rush.most(now),
            _ => cover::MOST,
        };
        Step::Listen(Cover::of(self.names(), most))
    }

    /// Whether the listener was opened in a rush that is over, and a finer one would do.
    fn is_too_wide(&mut self, now: Instant) -> bool {
        let is_over = |force: &Force| force.is_wide && now >= force.settled + SWEEP;
        if !self.force.as_ref().is_some_and(is_over) {
            return false;
        }
        self.table.drop_unread();
        let finest = Cover::of(self.names(), cover::MOST);
        let is_too_wide = |force: &mut Force| {
            force.is_wide = force.cover != finest;
            force.is_wide
        };
        !self.table.is_empty() && self.force.as_mut().is_some_and(is_too_wide)
    }

    /// What there are subscriptions to, those that nobody reads any more included: they are often
    /// subscribed to again, as those of locks are.
    fn names(&self) -> Vec<Bytes> {
        let waiting = self.waiting.iter().map(|waiting| waiting.name.clone());
        self.table.names().into_iter().chain(waiting).collect()
    }

    /// Whether a subscription is in force that a listener with this cover would tell nothing.
    fn promises_more_than(&self, cover: &Cover) -> bool {
        if self.force.is_none() {
            return false;
        }
        let waiting: HashSet<_> = self.waiting.iter().map(|waiting| &waiting.name).collect();
        self.table.names().iter().any(|name| !cover.covers(name) && !waiting.contains(name))
    }

    /// Whether there are subscriptions of which the listener in force tells nothing.
    fn falls_short(&self) -> bool {
        let is_short =
            |force: &Force| self.table.names().iter().any(|name| !force.cover.covers(name));
        self.force.as_ref().is_some_and(is_short)
    }

    /// Those whose subscription is in force.
    fn take_covered(&mut self, told: &mut Told) {
        let Some(force) = &self.force else { return };
        let is_covered = |waiting: &mut Waiting| force.cover.covers(&waiting.name);
        told.0.extend(self.waiting.extract_if(.., is_covered).map(|waiting| (waiting, Ok(()))));
    }

    /// Everybody who waits fails.
    fn take_all(&mut self, error: &Error, told: &mut Told) {
        told.0.extend(self.waiting.drain(..).map(|waiting| (waiting, Err(error.clone()))));
    }

    fn fail(&mut self, error: Error) {
        let now = clock::now();
        self.last = Some((error, now, now + self.backoff.failed()));
    }

    /// Now and then drops what nobody reads; whether nothing is left.
    fn sweep(&mut self, now: Instant) -> bool {
        let swept = *self.swept.get_or_insert(now);
        if now < swept + SWEEP {
            return false;
        }
        self.swept = Some(now);
        self.table.drop_unread();
        self.table.is_empty() && self.waiting.is_empty()
    }
}
