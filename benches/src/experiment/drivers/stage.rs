//! The server, and the clients that take turns on it.

use std::sync::Arc;

use redis_fixture::Lease;
use tokio::runtime::Runtime;

use super::load::{KEYS, Load, Operation, Task, loads};
use crate::Result;
use crate::arguments::Settings;
use crate::clock::{Stopwatch, processor_time};
use crate::driver::{Client, Kind};
use crate::experiment::check;

/// What a turn took.
#[derive(Debug, Clone, Copy, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a turn is these two")]
pub struct Turn {
    /// From the first call to the last answer.
    pub seconds: f64,
    /// What this process used of the processors meanwhile; the server is another process.
    pub processor_seconds: f64,
}

/// A server that nobody else uses, and clients of it.
#[expect(missing_debug_implementations, reason = "clients are not for showing")]
pub struct Stage {
    // In the order in which they end: clients, what they run on, the server.
    clients: Vec<(Kind, Client)>,
    runtime: Runtime,
    _lease: Lease,
    server: String,
}

impl Stage {
    /// Finds a server, opens the clients, and sets every key.
    ///
    /// # Errors
    /// Where there is no server; the text says what helps.
    pub fn new(settings: &Settings) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let lease = runtime.block_on(redis_fixture::try_lease())?;
        let server = runtime.block_on(lease.version())?;
        let mut clients = Vec::new();
        for kind in Kind::ALL {
            clients.push((kind, runtime.block_on(Client::open(kind, &lease.url()))?));
        }
        let stage = Self { clients, runtime, _lease: lease, server };
        let mut sizes: Vec<_> = loads(settings).iter().map(|load| load.bytes).collect();
        sizes.dedup();
        for bytes in sizes {
            let fill = Load { operation: Operation::Set, bytes, tasks: 1, calls_a_task: KEYS };
            stage.measure(Kind::Redis, &fill)?;
        }
        Ok(stage)
    }

    /// Which server it is: `Redis 8.0.2`.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// Does the work of a load once.
    ///
    /// # Errors
    /// Where a call fails, or finds something else than what is there.
    pub fn measure(&self, kind: Kind, load: &Load) -> Result<Turn> {
        let client =
            self.clients.iter().find(|(other, _)| *other == kind).map(|(_, client)| client);
        let client = client.ok_or("every kind of client is open")?;
        let task = Task {
            load: *load,
            keys: Arc::new((0..KEYS).map(|key| format!("bench:{}:{key:08}", load.bytes)).collect()),
            value: vec![7; load.bytes].into(),
        };
        let (watch, before) = (Stopwatch::start(), processor_time());
        let right = self.runtime.block_on(client.work(&task))?;
        let turn = Turn {
            seconds: watch.elapsed().as_secs_f64(),
            processor_seconds: (processor_time() - before).as_secs_f64(),
        };
        let (calls, name) = (load.calls(), kind.name());
        check(right == calls, || format!("{name}: {right} of {calls} calls found what is there"))?;
        Ok(turn)
    }
}
