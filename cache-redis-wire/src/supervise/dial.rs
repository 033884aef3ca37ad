//! One attempt to connect, as a task.

use std::sync::Arc;

use super::fault;
use super::pool::Pool;
use crate::clock::{self, Instant, Over};
use crate::driver::{Connection, Driver};

/// When an attempt begins.
pub(super) enum Start {
    /// At the instant that was reserved for it.
    Reserved(Instant),
    /// Not before this instant, and then as soon as others leave room for it.
    Due(Instant),
}

/// Connects when it is time, and tells the pool.
pub(super) async fn attempt<D: Driver>(pool: Arc<Pool<D>>, number: u64, start: Start) {
    let task = Task { pool, number };
    let Task { pool, .. } = &task;
    let start = match start {
        Start::Reserved(start) => start,
        Start::Due(due) => match clock::until(due).await {
            Over::Elapsed => pool.shared.pace.reserve(clock::now()),
            Over::NoRuntime => return,
        },
    };
    if clock::until(start).await == Over::NoRuntime {
        return;
    }
    let settings = &pool.shared.settings;
    let outcome = match clock::within(settings.connect_timeout(), pool.shared.driver.dial()).await {
        Ok(outcome) => outcome,
        Err(Over::Elapsed) => Err(fault::dial_timed_out(settings)),
        // The runtime ends; whoever waits tries on its own.
        Err(Over::NoRuntime) => return,
    };
    if let Some(unwanted) = pool.dialled(number, outcome) {
        unwanted.close().await;
    }
}

/// Wakes who waits however the task ends: with its runtime, by a panic of the driver.
struct Task<D: Driver> {
    pool: Arc<Pool<D>>,
    number: u64,
}

impl<D: Driver> Drop for Task<D> {
    fn drop(&mut self) {
        self.pool.dial_ended(self.number);
    }
}
