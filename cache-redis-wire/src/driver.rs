//! What a driver does: it opens connections, and carries commands and answers.

use std::future::Future;

use bytes::Bytes;
use cache_core::Error;

use crate::command::Command;
use crate::reply::{Answer, Lost};

/// Opens connections to the server that the settings name.
///
/// It tries once: when to try again, and for how long, is the supervision's. Dropping a future of
/// [`dial`](Driver::dial) or [`listen`](Driver::listen) leaves no socket open.
pub trait Driver: Send + Sync + 'static {
    /// A connection for commands.
    type Connection: Connection;
    /// A connection for change events.
    type Listener: Listener;

    /// The name in errors and logs: `redis` or `fred`.
    fn name(&self) -> &'static str;

    /// Whether keys are spread over the servers of a cluster. If so, every command and every pipeline
    /// has keys of one hash slot alone; if not, no slot is computed.
    fn is_cluster(&self) -> bool {
        false
    }

    /// Whether the connection belongs to somebody else, who may be using it. If so, nothing is asked of
    /// the server that keeps others waiting.
    fn is_lent(&self) -> bool {
        false
    }

    /// Opens a connection that is logged in and ready.
    ///
    /// # Errors
    /// [`Unavailable`](cache_core::ErrorKind::Unavailable), [`Denied`](cache_core::ErrorKind::Denied),
    /// [`Busy`](cache_core::ErrorKind::Busy) or [`Config`](cache_core::ErrorKind::Config), naming
    /// host and port, and never the password.
    fn dial(&self) -> impl Future<Output = Result<Self::Connection, Error>> + Send;

    /// Opens a connection that is told of every change to a key that begins with one of `prefixes`;
    /// of every key if one of them is empty. No prefix begins with another. Ready means in force.
    ///
    /// # Errors
    /// As [`dial`](Driver::dial).
    fn listen(
        &self,
        prefixes: Vec<Bytes>,
    ) -> impl Future<Output = Result<Self::Listener, Error>> + Send;
}

/// A connection that answers commands, in the order in which they were given.
///
/// Clones share one socket. It is closed when the last clone is dropped, or by
/// [`close`](Connection::close). Nothing is ever sent twice, and nothing reconnects.
pub trait Connection: Clone + Send + Sync + 'static {
    /// Sends one command.
    ///
    /// Dropping the future gives up the answer; the command may be sent yet.
    ///
    /// # Errors
    /// [`Lost`] where there is no answer. An error of the server is an [`Answer`].
    fn command(&self, command: Command) -> impl Future<Output = Result<Answer, Lost>> + Send;

    /// Sends commands in one go, and waits for one answer to each, in their order. Not a
    /// transaction.
    ///
    /// # Errors
    /// [`Lost`] where any answer is missing.
    fn pipeline(
        &self,
        commands: Vec<Command>,
    ) -> impl Future<Output = Result<Vec<Answer>, Lost>> + Send;

    /// Whether it is known to be closed, so that every further command is [`Lost::NotSent`]. Asked
    /// before each call, so it must cost next to nothing. A driver that cannot know it says no.
    fn is_over(&self) -> bool;

    /// Closes the socket, whoever else holds a clone; commands under way are [`Lost`].
    fn close(&self) -> impl Future<Output = ()> + Send;
}

/// A connection that is told of changes.
///
/// Dropping it closes the socket.
pub trait Listener: Send + 'static {
    /// The next change; `None` once the connection is gone. It may hold back a bounded number of
    /// changes, and answers [`Change::Missed`] for what did not fit.
    ///
    /// Dropping the future loses no change.
    fn next(&mut self) -> impl Future<Output = Option<Change>> + Send;

    /// Asks the server for a sign of life, without a limit of time. An error of the server is one.
    ///
    /// Once it is ready, [`next`](Listener::next) answers without waiting what the server had told before
    /// it answered this.
    ///
    /// # Errors
    /// [`Lost`] where there is no answer, and none will come.
    fn check(&mut self) -> impl Future<Output = Result<(), Lost>> + Send;
}

/// What a [`Listener`] is told.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the watcher decides for every kind")]
pub enum Change {
    /// These keys were written, removed or evicted.
    Keys(Vec<Bytes>),
    /// Everything may have changed: the server was flushed, or changes were dropped on the way.
    Missed,
}
