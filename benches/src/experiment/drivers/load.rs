//! What the clients are made to do.

use std::sync::Arc;

use bytes::Bytes;

use crate::Result;
use crate::arguments::Settings;
use crate::driver::Seat;

/// How many keys a batch has.
pub const BATCH: usize = 100;

/// How many keys there are.
pub(super) const KEYS: usize = 1_000;

const SMALL: usize = 128;
const LARGE: usize = 64 * 1024;

/// What is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Operation {
    /// A get of a key that is there.
    Get,
    /// A set over a key that is there.
    Set,
    /// A batch of gets of keys that are there: ours by `get_many`, the others by `MGET`.
    GetMany,
}

/// Calls of one kind, by some tasks at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a load is these four")]
pub struct Load {
    /// What is called.
    pub operation: Operation,
    /// The length of a value.
    pub bytes: usize,
    /// How many tasks call at once.
    pub tasks: usize,
    /// How many calls each of them makes, one after the other.
    pub calls_a_task: usize,
}

impl Load {
    /// All calls together.
    pub const fn calls(&self) -> usize {
        self.tasks * self.calls_a_task
    }

    /// How the reports call operation and size.
    pub fn title(&self) -> String {
        let operation = match self.operation {
            Operation::Get => "get".to_owned(),
            Operation::Set => "set".to_owned(),
            Operation::GetMany => format!("get_many({BATCH})"),
        };
        let size = if self.bytes < 1024 { (self.bytes, "B") } else { (self.bytes / 1024, "KiB") };
        format!("{operation}, values of {} {}", size.0, size.1)
    }

    /// How the reports call the number of tasks.
    pub fn condition(&self) -> String {
        format!("{} task{}", self.tasks, if self.tasks == 1 { "" } else { "s" })
    }
}

/// Every load: an operation and size after the other, and within it more and more tasks.
///
/// Batches of large values are left to one task: with 64, hundreds of megabytes would be on the way at
/// once, and the memory would be what is measured.
pub fn loads(settings: &Settings) -> Vec<Load> {
    let mut loads = Vec::new();
    for bytes in [SMALL, LARGE] {
        for operation in [Operation::Get, Operation::Set, Operation::GetMany] {
            for tasks in [1, 64, 512] {
                let is_heavy = bytes == LARGE && operation == Operation::GetMany;
                if !is_heavy || tasks == 1 {
                    let calls = settings.size(calls(operation, bytes, tasks), tasks * 2);
                    let calls_a_task = (calls / tasks).max(1);
                    loads.push(Load { operation, bytes, tasks, calls_a_task });
                }
            }
        }
    }
    loads
}

/// As many calls as take about a tenth of a second.
const fn calls(operation: Operation, bytes: usize, tasks: usize) -> usize {
    let alone = tasks == 1;
    match (operation, bytes) {
        (Operation::GetMany, SMALL) => {
            if alone {
                300
            } else {
                1_024
            }
        }
        (Operation::GetMany, _) => 10,
        (_, SMALL) => {
            if alone {
                2_000
            } else {
                20_480
            }
        }
        (_, _) => {
            if alone {
                500
            } else {
                1_536
            }
        }
    }
}

/// The same keys, one call each and in batches.
pub(super) const fn in_turn_and_together(settings: &Settings) -> [Load; 2] {
    let load = Load { operation: Operation::Get, bytes: SMALL, tasks: 1, calls_a_task: BATCH };
    [
        Load { calls_a_task: settings.size(20, 1) * BATCH, ..load },
        Load { operation: Operation::GetMany, calls_a_task: settings.size(100, 1), ..load },
    ]
}

/// A load with what it needs.
#[derive(Debug, Clone)]
pub struct Task {
    pub(super) load: Load,
    pub(super) keys: Arc<Vec<String>>,
    pub(super) value: Bytes,
}

impl Task {
    /// Does the work, each task on a seat of its own; answers how many calls found what is there.
    ///
    /// # Errors
    /// The first error of any call.
    pub(crate) async fn spread<S: Seat>(&self, seat: impl Fn(usize) -> S) -> Result<usize> {
        let begin = |number| {
            let (task, seat) = (self.clone(), seat(number));
            tokio::spawn(async move { task.perform(number, seat).await })
        };
        let tasks: Vec<_> = (0..self.load.tasks).map(begin).collect();
        let mut right = 0;
        for task in tasks {
            right += task.await??;
        }
        Ok(right)
    }

    async fn perform<S: Seat>(&self, number: usize, mut seat: S) -> Result<usize> {
        let mut right = 0;
        for call in 0..self.load.calls_a_task {
            // Tasks begin far apart, so that they do not ask for the same key at once.
            let place = (number * 7919 + call) % KEYS;
            let is_right = match self.load.operation {
                Operation::Get => seat.get(&self.keys[place]).await? == Some(self.load.bytes),
                Operation::Set => seat.set(&self.keys[place], &self.value).await.map(|()| true)?,
                Operation::GetMany => {
                    let begin = place.min(KEYS - BATCH);
                    let keys = &self.keys[begin..begin + BATCH];
                    seat.get_many(keys, self.load.bytes).await? == BATCH
                }
            };
            right += usize::from(is_right);
        }
        Ok(right)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loads_are_what_was_promised() {
        let loads = loads(&Settings::quick());
        let of = |operation| loads.iter().filter(move |load| load.operation == operation).count();
        assert_eq!([Operation::Get, Operation::Set, Operation::GetMany].map(of), [6, 6, 4]);
        assert!(loads.iter().all(|load| load.calls() >= load.tasks));
        assert_eq!(loads[1].title(), "get, values of 128 B");
        assert_eq!(
            (loads[0].condition(), loads[1].condition()),
            ("1 task".into(), "64 tasks".into())
        );
    }
}
