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

    /// The next hold that is not young any more, or until when there is none; `None` where no hold is
    /// left, and a task is not needed any more.
    fn next(&self, runtime: Id, now: Moment) -> Option<Result<Arc<Hold>, Moment>> {
        let mut queues = lock(&self.0);
        let queue = queues.get_mut(&runtime)?;
        match queue.front() {
            Some(young) if young.until > now => Some(Err(young.until)),
            Some(_) => queue.pop_front().map(|young| Ok(young.hold)),
            None => {
                queues.remove(&runtime);
                None
            }
        }
    }
}

/// The task that starts keepers on its runtime. It ends when no hold is young.
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
                Ok(hold) => hold.start(&self.runtime),
                Err(moment) => pause_until(moment).await,
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
        !matches!(*lock(&self.0.0), Stage::Over)
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
