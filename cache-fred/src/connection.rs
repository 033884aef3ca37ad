//! A connection that answers commands.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};

use cache_redis_wire::{Answer, Command, Lost};
use fred::clients::Client;
use fred::interfaces::{ClientLike, KeysInterface};
use fred::types::{ConnectHandle, Resp3Frame, Value};
use tokio::sync::Notify;
use tokio::sync::futures::Notified;
use tokio::task::AbortHandle;

use crate::convert::{self, Known, Request};
use crate::error::{ends_connections, last_answer, lost};

/// What fred answers a command with.
enum Sent {
    /// As it came, with so many items that were not asked for. An error of the server is one too.
    Frame(Result<Resp3Frame, fred::error::Error>, usize),
    /// Read by fred. An error of the server is one of fred's.
    Value(Result<Value, fred::error::Error>),
}

/// One socket; clones share it.
///
/// There is no limit of fred's own on it: the supervision bounds what is in flight, and gives a
/// connection up that leaves calls unanswered, so the queues behind it stay short.
#[derive(Clone)]
pub(crate) struct Connection {
    client: Client,
    /// What carries the commands.
    carrier: Arc<Carrier>,
}

impl Connection {
    /// A connection that is ours: `carrying` is the task by which fred moves its bytes.
    pub(crate) fn new(client: Client, carrying: ConnectHandle) -> Self {
        Self { client, carrier: Arc::new(Carrier::watch(carrying)) }
    }

    /// The client of fred, for what only it can do.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Tells when the connection is over, without keeping it open.
    pub(crate) fn end(&self) -> Arc<End> {
        Arc::clone(&self.carrier.end)
    }

    /// Gives fred a command, when it is polled first.
    async fn send(&self, command: Command) -> Sent {
        match convert::known(command) {
            Ok(Known::Get { key }) => Sent::Value(self.client.get(key).await),
            Ok(Known::Set { key, value, lifetime }) => {
                Sent::Value(self.client.set(key, value, lifetime, None, false).await)
            }
            Err(command) => {
                let Request { command, arguments, surplus } = convert::request(command);
                Sent::Frame(self.client.custom_raw(command, arguments).await, surplus)
            }
        }
    }

    /// What came of a command; `None` where the connection was over first.
    fn judge(&self, sent: Option<Sent>) -> Result<Answer, Lost> {
        let error = match sent {
            Some(Sent::Frame(Ok(frame), surplus)) => {
                self.answered();
                return Ok(convert::cut(convert::answer(frame)?, surplus));
            }
            Some(Sent::Value(Ok(value))) => {
                self.answered();
                return convert::answer_of_known(value);
            }
            // What fred gives to everybody who waits is no answer to each of them.
            Some(Sent::Value(Err(error))) => match last_answer(&error) {
                Some(answer) if !ends_connections(&answer) => {
                    self.answered();
                    return Ok(Answer::Error(answer));
                }
                _ => error,
            },
            Some(Sent::Frame(Err(error), _)) => error,
            None => return Err(Lost::Broken),
        };
        match last_answer(&error) {
            // fred closes the connection when it sees certain errors of the server, and gives them to
            // everybody who waits. They are the answer to the first of these alone.
            Some(answer) if self.carrier.in_flight.load(Ordering::Relaxed) == 1 => {
                self.answered();
                Ok(Answer::Error(answer))
            }
            _ => Err(lost(&error)),
        }
    }

    fn answered(&self) {
        self.carrier.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

impl cache_redis_wire::Connection for Connection {
    async fn command(&self, command: Command) -> Result<Answer, Lost> {
        let mut end = pin!(self.carrier.end.said.notified());
        // After the registration, so that the end is either seen here or told there.
        if self.carrier.is_over() {
            return Err(Lost::NotSent);
        }
        self.carrier.in_flight.fetch_add(1, Ordering::Relaxed);
        let mut sent = pin!(self.send(command));
        self.judge(sent_or_over(sent.as_mut(), end.as_mut()).await)
    }

    async fn pipeline(&self, commands: Vec<Command>) -> Result<Vec<Answer>, Lost> {
        let mut end = pin!(self.carrier.end.said.notified());
        if self.carrier.is_over() {
            return Err(Lost::NotSent);
        }
        self.carrier.in_flight.fetch_add(commands.len(), Ordering::Relaxed);
        // fred's own pipelines answer with values, among which an error of the server and a broken
        // connection look alike; and they are written a command at a time.
        let pending = |command| Pending { sent: Box::pin(self.send(command)), done: None };
        let mut queue: Vec<_> = commands.into_iter().map(pending).collect();
        poll_fn(|context| {
            if let Some((last, others)) = queue.split_last_mut() {
                let held_back = HeldBack::begin(&self.client);
                others.iter_mut().for_each(|pending| pending.poll(context));
                drop(held_back);
                last.poll(context);
            }
            Poll::Ready(())
        })
        .await;
        let mut answers = Vec::with_capacity(queue.len());
        for mut pending in queue {
            let sent = match pending.done.take() {
                Some(done) => Some(done),
                None => sent_or_over(pending.sent.as_mut(), end.as_mut()).await,
            };
            answers.push(self.judge(sent)?);
        }
        Ok(answers)
    }

    fn is_over(&self) -> bool {
        self.carrier.is_over()
    }

    async fn close(&self) {
        self.carrier.task.abort();
        self.carrier.end.here().await;
    }
}

/// A command of a pipeline.
struct Pending<F: Future> {
    sent: Pin<Box<F>>,
    done: Option<F::Output>,
}

impl<F: Future> Pending<F> {
    fn poll(&mut self, context: &mut Context<'_>) {
        if let Poll::Ready(done) = self.sent.as_mut().poll(context) {
            self.done = Some(done);
        }
    }
}

/// Keeps commands that are queued meanwhile from being written one by one, on another thread.
///
/// fred hands what it has encoded to the system when it believes its queue to be empty, which it
/// counts beside the queue. This counts one more, until the last command of the batch is to come:
/// when that is taken from the queue, everything before it is written too.
struct HeldBack<'a>(&'a Client);

impl<'a> HeldBack<'a> {
    fn begin(client: &'a Client) -> Self {
        client.inner().counters.incr_cmd_buffer_len();
        Self(client)
    }
}

impl Drop for HeldBack<'_> {
    fn drop(&mut self) {
        self.0.inner().counters.decr_cmd_buffer_len();
    }
}

/// Waits for the answer, or for the end of the connection. fred lets a command that is queued after
/// its connection broke wait for ever.
async fn sent_or_over<F: Future>(
    mut sent: Pin<&mut F>,
    mut end: Pin<&mut Notified<'_>>,
) -> Option<F::Output> {
    poll_fn(|context| match sent.as_mut().poll(context) {
        Poll::Ready(answer) => Poll::Ready(Some(answer)),
        Poll::Pending => end.as_mut().poll(context).map(|()| None),
    })
    .await
}

/// The task that moves the bytes of a connection. The socket is closed when it ends.
///
/// fred ends its own when it is told to quit, behind all commands that are not answered yet; this one
/// can be ended while there are such commands, and a client that is dropped does not end it at all.
struct Carrier {
    task: AbortHandle,
    end: Arc<End>,
    /// How many commands were sent and not answered, those that were given up and those that were
    /// lost included.
    in_flight: AtomicUsize,
}

impl Carrier {
    fn watch(carrying: ConnectHandle) -> Self {
        let task = carrying.abort_handle();
        let end = Arc::new(End::default());
        let last_word = LastWord(Arc::clone(&end));
        tokio::spawn(async move {
            // Held by the task itself, so it is said also where the runtime ends.
            let _last_word = last_word;
            let _: Result<_, _> = carrying.await;
        });
        Self { task, end, in_flight: AtomicUsize::new(0) }
    }

    fn is_over(&self) -> bool {
        self.end.is_here.load(Ordering::Acquire)
    }
}

impl Drop for Carrier {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The end of a connection.
#[derive(Default)]
pub(crate) struct End {
    is_here: AtomicBool,
    said: Notify,
}

impl End {
    /// Waits for it.
    pub(crate) async fn here(&self) {
        let said = self.said.notified();
        if !self.is_here.load(Ordering::Acquire) {
            said.await;
        }
    }
}

/// Says that the task is over, however it ended. A command that is given to the connection
/// afterwards is certainly not sent.
struct LastWord(Arc<End>);

impl Drop for LastWord {
    fn drop(&mut self) {
        self.0.is_here.store(true, Ordering::Release);
        self.0.said.notify_waiters();
    }
}

#[cfg(test)]
mod tests;
