//! A connection that is told of changes.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use bytes::Bytes;
use cache_core::Error;
use cache_redis_wire::Connection as _;
use cache_redis_wire::{Answer, Change, Command, Inbox, InboxSender, Lost};
use fred::interfaces::{PubsubInterface, TrackingInterface};
use fred::types::client::Invalidation;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{mpsc, oneshot};
use tokio::task::coop::unconstrained;

use crate::connection::{Connection, End};
use crate::convert;
use crate::error::{broken_off, lost, not_let_in};

/// How many messages fred may hold before we take them over; further ones push the oldest out.
/// fred's own figure, 32, is passed by a hundred writes in a row.
pub(crate) const EVENTS: usize = 1024;

/// Where the server publishes to a connection in RESP2 what has become invalid.
const CHANNEL: &str = "__redis__:invalidate";

/// Changes to the keys that begin with certain prefixes, as the server pushes them.
pub(crate) struct Listener {
    inbox: Inbox,
    /// Keeps the socket open.
    connection: Connection,
    questions: Questions,
}

/// The command that asks the server to tell the connection `id`, which is the one that asks, of every
/// key that begins with one of `prefixes`.
fn tracking(id: i64, prefixes: Vec<Bytes>) -> Command {
    let command = Command::new("CLIENT", 5 + 2 * prefixes.len());
    let command = command.word("TRACKING").word("ON").word("REDIRECT").integer(id).word("BCAST");
    let everything = prefixes.iter().any(Bytes::is_empty);
    let prefixes = if everything { Vec::new() } else { prefixes };
    prefixes.into_iter().fold(command, |command, prefix| command.word("PREFIX").bytes(prefix))
}

impl Listener {
    /// Asks to be told, and takes what arrives for as long as `connection` lives.
    ///
    /// # Errors
    /// As [`listen`](cache_redis_wire::Driver::listen).
    pub(crate) async fn begin(
        address: &str,
        connection: Connection,
        prefixes: Vec<Bytes>,
    ) -> Result<Self, Error> {
        let messages = connection.client().invalidation_rx();
        let id = asked(address, &connection, Command::new("CLIENT", 1).word("ID")).await?;
        let Answer::Integer(id) = id else { return Err(broken_off(address, Lost::Garbage)) };
        asked(address, &connection, tracking(id, prefixes)).await?;
        let subscribed = connection.client().subscribe(CHANNEL).await;
        subscribed.map_err(|error| broken_off(address, lost(&error)))?;
        // fred answers a subscription when it is sent. The server's refusal arrives in place of the
        // next answer, and where there is none, the next answer tells that it is in force.
        let told = connection.command(Command::new("PING", 0)).await;
        match told.map_err(|lost| broken_off(address, lost))? {
            // A server that cannot save refuses PING as it does writes.
            Answer::Error(error) if &*error.code != "MISCONF" => {
                return Err(not_let_in(address, &error));
            }
            _ => {}
        }
        let (sender, inbox) = Inbox::channel();
        let (questions, asked) = mpsc::unbounded_channel();
        tokio::spawn(fill(sender, messages, asked, connection.end()));
        Ok(Self { inbox, connection, questions })
    }
}

async fn asked(address: &str, connection: &Connection, command: Command) -> Result<Answer, Error> {
    match connection.command(command).await.map_err(|lost| broken_off(address, lost))? {
        Answer::Error(error) => Err(not_let_in(address, &error)),
        answer => Ok(answer),
    }
}

impl cache_redis_wire::Listener for Listener {
    async fn next(&mut self) -> Option<Change> {
        self.inbox.next().await
    }

    async fn check(&mut self) -> Result<(), Lost> {
        self.connection.command(Command::new("PING", 0)).await?;
        // What came before the answer is with fred by now; it is to be in the inbox.
        let (taken_over, answer) = oneshot::channel();
        // Who has ended drops the question, and that is the answer.
        let _ = self.questions.send(taken_over);
        answer.await.map_err(|_| Lost::Broken)
    }
}

/// Ways to ask who takes the messages over whether none waits with fred any more.
type Questions = mpsc::UnboundedSender<oneshot::Sender<()>>;

/// Takes the messages over from fred for as long as its connection lives.
async fn fill(
    sender: InboxSender,
    mut messages: Receiver<Invalidation>,
    mut questions: mpsc::UnboundedReceiver<oneshot::Sender<()>>,
    end: Arc<End>,
) {
    loop {
        // Unconstrained: a task that has used up its share for this turn would see no message where
        // there is one.
        let (mut message, mut over) = (pin!(unconstrained(messages.recv())), pin!(end.here()));
        let next = poll_fn(|context| {
            if let Poll::Ready(message) = message.as_mut().poll(context) {
                return Poll::Ready(Some(message));
            }
            while let Poll::Ready(Some(question)) = questions.poll_recv(context) {
                // Who asked may have given up.
                let _ = question.send(());
            }
            over.as_mut().poll(context).map(|()| None)
        });
        match next.await {
            Some(Ok(message)) => sender.put(convert::invalidated(message)),
            Some(Err(RecvError::Lagged(_))) => sender.put(Change::Missed),
            Some(Err(RecvError::Closed)) | None => return,
        }
    }
}

#[cfg(test)]
mod tests;
