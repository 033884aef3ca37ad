//! A connection that is told of changes.

use bytes::Bytes;
use cache_redis_wire::{Change, Command, Connection as _, Inbox, InboxSender, Lost};
use redis::aio::SendError;
use redis::{PushInfo, PushKind};

use crate::connection::Connection;
use crate::convert;

/// Changes to the keys that begin with certain prefixes, as the server pushes them.
pub(crate) struct Listener {
    inbox: Inbox,
    /// Keeps the socket open.
    connection: Connection,
}

/// The command that asks the server to tell of every key that begins with one of `prefixes`.
pub(crate) fn tracking(prefixes: Vec<Bytes>) -> Command {
    let command = Command::new("CLIENT", 3 + 2 * prefixes.len());
    let command = command.word("TRACKING").word("ON").word("BCAST");
    let everything = prefixes.iter().any(Bytes::is_empty);
    let prefixes = if everything { Vec::new() } else { prefixes };
    prefixes.into_iter().fold(command, |command, prefix| command.word("PREFIX").bytes(prefix))
}

impl Listener {
    /// Takes what arrives in `inbox` for as long as `connection` lives.
    pub(crate) fn new(inbox: Inbox, connection: Connection) -> Self {
        Self { inbox, connection }
    }
}

impl cache_redis_wire::Listener for Listener {
    async fn next(&mut self) -> Option<Change> {
        self.inbox.next().await
    }

    async fn check(&mut self) -> Result<(), Lost> {
        // redis-rs puts what was pushed before the answer in the inbox before it answers.
        self.connection.command(Command::new("PING", 0)).await.map(drop)
    }
}

/// What the connection calls with every message that the server pushes. The inbox is over once it is
/// dropped.
pub(crate) fn receiver(
    sender: InboxSender,
) -> impl Fn(PushInfo) -> Result<(), SendError> + Send + Sync + 'static {
    move |push| {
        match push.kind {
            PushKind::Invalidate => {
                sender.put(convert::invalidated(push.data).map_or(Change::Missed, Change::Keys));
            }
            PushKind::Disconnection => sender.end(),
            // Nothing else was asked for.
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
