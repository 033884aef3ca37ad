//! A connection that answers commands.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cache_redis_wire::{Answer, Command, Lost};
use redis::aio::MultiplexedConnection;
use tokio::task::AbortHandle;

use crate::convert;
use crate::error::lost;

/// One socket; clones share it.
///
/// There is no limit of redis-rs' own on it: the supervision bounds what is in flight, and gives a
/// connection up that leaves calls unanswered, so the queues behind it stay short.
#[derive(Clone)]
pub(crate) struct Connection {
    multiplexed: MultiplexedConnection,
    /// What carries the commands; `None` where somebody else opened the connection.
    carrier: Option<Arc<Carrier>>,
}

impl Connection {
    /// A connection that is ours: `carrying` moves its bytes, as a task.
    pub(crate) fn new(
        multiplexed: MultiplexedConnection,
        carrying: impl Future<Output = ()> + Send + 'static,
    ) -> Self {
        Self { multiplexed, carrier: Some(Arc::new(Carrier::start(carrying))) }
    }

    /// A connection that somebody else opened, and may be using.
    pub(crate) fn lent(multiplexed: MultiplexedConnection) -> Self {
        Self { multiplexed, carrier: None }
    }
}

impl cache_redis_wire::Connection for Connection {
    fn command(&self, command: Command) -> impl Future<Output = Result<Answer, Lost>> + Send {
        // Here, so that the future holds one of the two alone.
        let request = convert::request(&command);
        async move {
            if self.is_over() {
                return Err(Lost::NotSent);
            }
            let sent = self.multiplexed.clone().send_packed_command(&request).await;
            convert::answer(sent.map_err(|error| lost(&error))?)
        }
    }

    async fn pipeline(&self, commands: Vec<Command>) -> Result<Vec<Answer>, Lost> {
        if self.is_over() {
            return Err(Lost::NotSent);
        }
        // redis-rs answers an error to an empty one.
        if commands.is_empty() {
            return Ok(Vec::new());
        }
        let expected = commands.len();
        let requests = convert::requests(&commands);
        drop(commands);
        let mut multiplexed = self.multiplexed.clone();
        let sent = multiplexed.send_packed_commands(&requests, 0, expected).await;
        convert::answers(sent.map_err(|error| lost(&error))?)
    }

    fn is_over(&self) -> bool {
        self.carrier.as_ref().is_some_and(|carrier| carrier.over.load(Ordering::Acquire))
    }

    async fn close(&self) {
        if let Some(carrier) = &self.carrier {
            carrier.task.abort();
        }
    }
}

/// The task that moves the bytes of a connection. The socket is closed when it ends.
///
/// redis-rs ends its own with the last clone of its connection, which a call under way also holds;
/// this one can be ended while there are such calls.
struct Carrier {
    task: AbortHandle,
    over: Arc<AtomicBool>,
}

impl Carrier {
    fn start(carrying: impl Future<Output = ()> + Send + 'static) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let last_word = LastWord(Arc::clone(&over));
        let task = tokio::spawn(async move {
            // Held by the task itself, so it is said also where the runtime ends.
            let _last_word = last_word;
            carrying.await;
        });
        Self { task: task.abort_handle(), over }
    }
}

impl Drop for Carrier {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Says that the task is over, however it ended. A command that is given to the connection
/// afterwards is certainly not sent.
struct LastWord(Arc<AtomicBool>);

impl Drop for LastWord {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

#[cfg(test)]
mod tests;
