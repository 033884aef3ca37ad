//! Gives a keeper to holds that last, and none to those that are soon over.
//!
//! A task for each hold wakes another thread of the runtime, which costs more than the two round
//! trips do. So a hold is young at first, and needs no task; one task for all of them looks every
//! now and then which have grown older.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::{Handle, Id};
use tokio::task::AbortHandle;

use super::claim::{Lease, NextStep};
use super::keeper::Keeper;
use crate::clock::{Moment, later, now, pause_until};

/// So long a hold has no keeper. It asks for events only then, too: for a shorter one a subscription
/// is not worth it, as that costs the server as much as the lock does.
const YOUNG_FOR: Duration = Duration::from_millis(10);

/// A renewal is to be so far away yet when a keeper starts.
const IN_TIME: Duration = Duration::from_millis(10);

/// Young holds in the order in which they began, by the runtime they began on. A runtime stands here
/// while a task on it starts their keepers.
#[derive(Default)]
pub(super) struct Starters(Mutex<HashMap<Id, VecDeque<Young>>>);

struct Young {
    until: Moment,
    hold: Arc<Hold>,
}

/// How a hold is kept.
struct Hold(Mutex<Stage>);

#[expect(clippy::large_enum_variant, reason = "boxed, it would be two allocations for each hold")]
enum Stage {
    Young { keeper: Keeper, lease: Lease },
    Kept(AbortHandle),
    Over,
}

/// A hold that is kept, until this is dropped.
pub(super) struct Kept(Arc<Hold>);

impl Starters {
    /// Keeps a hold: by a task on the runtime, when it has lasted for a while or needs to be renewed.
    pub(super) fn keep(
        self: &Arc<Self>,
        runtime: &Handle,
        mut keeper: Keeper,
        mut lease: Lease,
    ) -> Kept {
        let begun = now();
        let until = later(begun, YOUNG_FOR);
        keeper.listen_at(until);
        let needs_nothing = match lease.next(begun) {
            NextStep::Wait { until: next } => next >= later(until, IN_TIME),
            NextStep::Renew { .. } | NextStep::Over(_) => false,
        };
        if !needs_nothing {
            let task = runtime.spawn(keeper.run(lease)).abort_handle();
            return Kept(Arc::new(Hold(Mutex::new(Stage::Kept(task)))));
        }
        let hold = Arc::new(Hold(Mutex::new(Stage::Young { keeper, lease })));
        self.grows_old(runtime, Young { until, hold: Arc::clone(&hold) });
        Kept(hold)
    }

    fn grows_old(self: &Arc<Self>, runtime: &Handle, young: Young) {
        let mut queues = lock(&self.0);
        if let Some(queue) = queues.get_mut(&runtime.id()) {
            queue.push_back(young);
            return;
        }
        queues.insert(runtime.id(), VecDeque::from([young]));
        drop(queues);
        let starter =
            Starter { starters: Arc::clone(self), runtime: runtime.clone(), ended: false };
        drop(runtime.spawn(starter.run()));
        // tokio runs what was spawned last on the thread that spawned it, and no other thread takes it
        // over. Whoever holds a lock and blocks its thread would stop the renewal of everybody else's.
        drop(runtime.spawn(async {}));
    }

    /// What the task of a runtime does next; `None` where it is not needed any more.
    fn next(&self, runtime: Id, now: Moment) -> Option<Next> {
        let mut queues = lock(&self.0);
        let queue = queues.get_mut(&runtime)?;
        let mut others_come = false;
        while let Some(first) = queue.front() {
            let is_due = first.until <= now;
            if first.hold.is_young() {
                if !is_due {
                    return Some(Next::Wait(first.until));
                }
                return queue.pop_front().map(|young| Next::Start(young.hold));
            }
            // What is over is not waited for: a timer for each of them would wake a thread a
            // thousand times a second, and move the task of the connection between threads.
            others_come |= !is_due;
            queue.pop_front();
        }
        if others_come {
            // No hold that comes is due earlier. To end, and be spawned again, would cost more.
            return Some(Next::Wait(later(now, YOUNG_FOR)));
        }
        queues.remove(&runtime);
        None
    }
}

/// What there is to do for young holds.
enum Next {
    /// This one is young no more.
    Start(Arc<Hold>),
    /// None is before this moment.
    Wait(Moment),
}

/// The task that starts keepers on its runtime. It ends when no hold is young, and none has begun for
/// a while.
struct Starter {
    starters: Arc<Starters>,
    runtime: Handle,
    /// Whether no hold was left: then a queue that is there belongs to another task.
    ended: bool,
}

impl Starter {
    async fn run(mut self) {
        while let Some(next) = self.starters.next(self.runtime.id(), now()) {
            match next {
                Next::Start(hold) => hold.start(&self.runtime),
                Next::Wait(moment) => pause_until(moment).await,
            }
        }
        self.ended = true;
    }
}

impl Drop for Starter {
    /// Where the runtime ends, nothing renews its holds.
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        let queue = lock(&self.starters.0).remove(&self.runtime.id());
        for young in queue.into_iter().flatten() {
            young.hold.end();
        }
    }
}

impl Hold {
    fn is_young(&self) -> bool {
        matches!(*lock(&self.0), Stage::Young { .. })
    }

    fn start(&self, runtime: &Handle) {
        let mut stage = lock(&self.0);
        match std::mem::replace(&mut *stage, Stage::Over) {
            Stage::Young { keeper, lease } => {
                *stage = Stage::Kept(runtime.spawn(keeper.run(lease)).abort_handle());
            }
            other => *stage = other,
        }
    }

    fn end(&self) {
        let stage = std::mem::replace(&mut *lock(&self.0), Stage::Over);
        if let Stage::Kept(task) = &stage {
            task.abort();
        }
    }
}

#[cfg(test)]
impl Kept {
    pub(super) fn is_kept(&self) -> bool {
        !matches!(*lock(&self.0.0), Stage::Over | Stage::Young { .. })
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.0.end();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
