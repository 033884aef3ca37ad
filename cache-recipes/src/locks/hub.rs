//! What the takers and holders of a name in this process have in common.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use cache_core::{LockBackend, LockName, Watch};
use tokio::sync::Notify;

use super::fences::Fences;
use super::keeper::View;
use super::pump;
use super::queue::{Queue, Ticket};
use super::starter::Starters;
use super::told::Told;
use crate::clock::Moment;

/// The backend, and every name that is in use here.
pub(crate) struct Hub {
    pub(super) locks: Arc<dyn LockBackend>,
    pub(super) watch: Option<Arc<dyn Watch>>,
    pub(super) fences: Fences,
    pub(super) starters: Arc<Starters>,
    names: Mutex<HashMap<Arc<str>, Weak<Name>>>,
}

/// A name that somebody here waits for or holds. It is forgotten with its last user.
pub(crate) struct Name {
    pub(super) hub: Arc<Hub>,
    name: Arc<str>,
    state: Mutex<State>,
    /// Counts what happened to the name elsewhere; holders look at their lease then.
    events: Told<u64>,
    /// How many need the events.
    interested: Told<usize>,
}

#[derive(Default)]
struct State {
    queue: Queue<Arc<Notify>>,
    /// What the holder here, if any, knows of its lease.
    hold: Option<(Ticket, Arc<Told<View>>)>,
    /// Whether a subscription is in force: from then on every change wakes.
    has_events: bool,
    is_pumping: bool,
}

impl Hub {
    pub(super) fn new(locks: Arc<dyn LockBackend>, watch: Option<Arc<dyn Watch>>) -> Arc<Self> {
        let (fences, names) = (Fences::default(), Mutex::default());
        Arc::new(Self { locks, watch, fences, starters: Arc::default(), names })
    }

    pub(super) fn name(self: &Arc<Self>, name: LockName<'_>) -> Arc<Name> {
        let mut names = lock(&self.names);
        if let Some(known) = names.get(name.as_str()).and_then(Weak::upgrade) {
            return known;
        }
        let name: Arc<str> = name.as_str().into();
        let known = Arc::new(Name {
            hub: Arc::clone(self),
            name: Arc::clone(&name),
            state: Mutex::default(),
            events: Told::default(),
            interested: Told::default(),
        });
        names.insert(name, Arc::downgrade(&known));
        known
    }

    /// How many names are in use here.
    pub(super) fn len(&self) -> usize {
        lock(&self.names).len()
    }
}

impl Drop for Name {
    fn drop(&mut self) {
        let mut names = lock(&self.hub.names);
        // Another may have come since the last user of this one went.
        if names.get(&self.name).is_some_and(|known| known.strong_count() == 0) {
            names.remove(&self.name);
        }
    }
}

impl Name {
    pub(crate) fn as_str(&self) -> &str {
        &self.name
    }

    /// The name as backends take it. It was checked when this was made.
    pub(super) fn lock_name(&self) -> Result<LockName<'_>, cache_core::Error> {
        LockName::new(&self.name)
    }

    /// Gets in line, and answers whether it is the turn of this one already.
    pub(super) fn join(self: &Arc<Self>) -> (Place, bool) {
        let turn = Arc::new(Notify::new());
        let (ticket, woken) = lock(&self.state).queue.join(Arc::clone(&turn));
        (Place { name: Arc::clone(self), ticket, turn: Some(turn) }, woken.is_some())
    }

    /// Takes no place: `None` where others wait, who come first.
    pub(super) fn pass_by(self: &Arc<Self>) -> Option<Place> {
        let mut state = lock(&self.state);
        let ticket = (!state.queue.has_waiters()).then(|| state.queue.pass_by())?;
        drop(state);
        Some(Place { name: Arc::clone(self), ticket, turn: None })
    }

    /// The hold of this ticket has begun.
    pub(super) fn holds(&self, ticket: Ticket, view: Arc<Told<View>>) {
        lock(&self.state).hold = Some((ticket, view));
    }

    /// The hold of this ticket is over, or should be.
    pub(super) fn freed(&self, ticket: Ticket) {
        let mut state = lock(&self.state);
        drop(state.hold.take_if(|(held, _)| *held == ticket));
        let woken = state.queue.freed(ticket);
        drop(state);
        wake(woken);
    }

    /// Until when the lease of the holder here lasts by what is known now.
    pub(super) fn held_until(&self) -> Option<Moment> {
        let state = lock(&self.state);
        state.hold.as_ref().map(|(_, view)| view.get().valid_until)
    }

    /// Lets the next in line ask if the lease of the holder here is over. Its keeper tells that, but
    /// for one whose runtime stands still.
    pub(super) fn free_if_over(&self, now: Moment) {
        let state = lock(&self.state);
        let over = state.hold.as_ref().filter(|(_, view)| view.get().valid_until <= now);
        let ticket = over.map(|(ticket, _)| *ticket);
        drop(state);
        if let Some(ticket) = ticket {
            self.freed(ticket);
        }
    }

    /// Something happened to the name elsewhere.
    pub(super) fn changed(&self) {
        let woken = lock(&self.state).queue.changed();
        wake(woken);
        self.events.change(|count| {
            *count = count.wrapping_add(1);
            true
        });
    }

    /// What happens to the name elsewhere from now on.
    pub(crate) fn events(self: &Arc<Self>) -> Events {
        Events { name: Arc::clone(self), seen: self.events.get() }
    }

    pub(crate) fn has_events(&self) -> bool {
        lock(&self.state).has_events
    }

    pub(super) fn set_has_events(&self, has_events: bool) {
        lock(&self.state).has_events = has_events;
    }

    /// Asks for the events of the name, for as long as the answer lives. One subscription serves
    /// all who ask.
    pub(crate) fn interest(self: &Arc<Self>) -> Interest {
        self.interested.change(|count| {
            *count += 1;
            true
        });
        let mut state = lock(&self.state);
        let is_first = !std::mem::replace(&mut state.is_pumping, true);
        drop(state);
        if let Some(watch) = self.hub.watch.as_ref().filter(|_| is_first) {
            pump::start(Arc::clone(self), Arc::clone(watch));
        }
        Interest(Arc::clone(self))
    }

    pub(super) fn interested(&self) -> &Told<usize> {
        &self.interested
    }

    /// Lets the pump end, unless somebody has asked for events again.
    pub(super) fn stop_pumping(&self) -> bool {
        let mut state = lock(&self.state);
        let is_unused = self.interested.get() == 0;
        if is_unused {
            (state.is_pumping, state.has_events) = (false, false);
        }
        is_unused
    }

    pub(super) fn pump_broke_off(&self) {
        let mut state = lock(&self.state);
        (state.is_pumping, state.has_events) = (false, false);
    }
}

/// What happens to a name elsewhere, for one who looks again each time.
pub(crate) struct Events {
    name: Arc<Name>,
    seen: u64,
}

impl Events {
    /// What has happened by now is known.
    pub(crate) fn borrow_and_update(&mut self) {
        self.seen = self.name.events.get();
    }

    /// Answers when something has happened that is not known yet. Dropping the future loses nothing.
    pub(crate) async fn changed(&mut self) {
        let seen = self.seen;
        self.seen = self.name.events.wait_for(|count| *count != seen).await;
    }
}

/// Needs the events of a name while it lives.
pub(crate) struct Interest(Arc<Name>);

impl Drop for Interest {
    fn drop(&mut self) {
        self.0.interested.change(|count| {
            *count -= 1;
            true
        });
    }
}

/// A place in the queue of a name; whoever drops it leaves, and the next has the turn.
pub(super) struct Place {
    name: Arc<Name>,
    ticket: Ticket,
    turn: Option<Arc<Notify>>,
}

impl Place {
    /// Waits to be told that it is this one's turn, or that something changed. A taker that has no
    /// place is not told.
    pub(super) async fn turn(&self) {
        match &self.turn {
            Some(turn) => turn.notified().await,
            None => std::future::pending().await,
        }
    }

    /// The name was granted: the place becomes the hold of a guard.
    pub(super) fn granted(mut self) -> Ticket {
        self.turn = None;
        lock(&self.name.state).queue.granted(self.ticket);
        self.ticket
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.turn.is_some() {
            let woken = lock(&self.name.state).queue.leave(self.ticket);
            wake(woken);
        }
    }
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Locks")
            .field("backend", &self.locks.name())
            .field("events", &self.watch.is_some())
            .field("names", &self.len())
            .finish_non_exhaustive()
    }
}

/// After every lock is released: a waker may run anything.
fn wake(waiter: Option<Arc<Notify>>) {
    if let Some(waiter) = waiter {
        waiter.notify_one();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing panics while the state is half changed, so a poisoned one is whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
