//! A driver without a network: tests say what it does, and see what it was asked.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use bytes::Bytes;
use cache_core::{Error, ErrorKind};
use tokio::sync::{mpsc, watch};

use crate::clock::{self, Instant};
use crate::command::Command;
use crate::driver::{Change, Connection, Driver, Listener};
use crate::reply::{Answer, Lost, ServerError};

/// Clones are one server.
#[derive(Clone, Default)]
pub(crate) struct Fake(pub(crate) Arc<Mutex<Server>>);

#[derive(Default)]
pub(crate) struct Server {
    pub(crate) dial: Dial,
    pub(crate) dials: Vec<Instant>,
    /// What connections do, unless `modes` says otherwise of one.
    pub(crate) mode: Mode,
    pub(crate) modes: BTreeMap<usize, Mode>,
    /// The connection and the name of every command, in order.
    pub(crate) commands: Vec<(usize, &'static str)>,
    pub(crate) open: BTreeSet<usize>,
    /// The connections that the server closed.
    pub(crate) over: BTreeSet<usize>,
    pub(crate) under_way: usize,
    pub(crate) most_under_way: usize,
    pub(crate) listeners: Vec<Told>,
    /// What a listener does with its next change.
    pub(crate) listener_panics: bool,
    /// The listeners that hear nothing any more, and are not told so.
    pub(crate) frozen_listeners: BTreeSet<usize>,
    /// How often listeners asked for a sign of life.
    pub(crate) checks: usize,
}

/// The server's end of a listener.
pub(crate) struct Told {
    pub(crate) prefixes: Vec<Bytes>,
    pub(crate) changes: Option<mpsc::UnboundedSender<Change>>,
}

#[derive(Clone, Copy, Default)]
pub(crate) enum Dial {
    #[default]
    Connect,
    After(Duration),
    Fail(ErrorKind),
    Hang,
    Panic,
}

#[derive(Clone, Default)]
pub(crate) enum Mode {
    #[default]
    Answer,
    After(Duration),
    Silent,
    Lose(Lost),
    Error(&'static str),
    /// One answer too few.
    Short,
}

#[derive(Clone)]
pub(crate) struct FakeConnection {
    number: usize,
    fake: Fake,
    socket: Arc<Socket>,
}

struct Socket {
    number: usize,
    fake: Fake,
    closed: watch::Sender<bool>,
}

pub(crate) struct FakeListener {
    number: usize,
    changes: mpsc::UnboundedReceiver<Change>,
    fake: Fake,
}

impl Fake {
    pub(crate) fn server(&self) -> MutexGuard<'_, Server> {
        self.0.lock().unwrap()
    }

    pub(crate) fn dials(&self) -> usize {
        self.server().dials.len()
    }

    pub(crate) fn open(&self) -> Vec<usize> {
        self.server().open.iter().copied().collect()
    }

    pub(crate) fn set_dial(&self, dial: Dial) {
        self.server().dial = dial;
    }

    pub(crate) fn set_mode(&self, mode: Mode) {
        self.server().mode = mode;
    }

    async fn connect(&self) -> Result<usize, Error> {
        let (dial, number) = {
            let mut server = self.server();
            server.dials.push(clock::now());
            (server.dial, server.dials.len() - 1)
        };
        match dial {
            Dial::Connect => {}
            Dial::After(time) => {
                let _ = clock::pause(time).await;
            }
            Dial::Fail(kind) => return Err(Error::not_applied(kind, "the fake refuses")),
            Dial::Hang => std::future::pending().await,
            Dial::Panic => panic!("the fake was told to"),
        }
        Ok(number)
    }
}

impl Driver for Fake {
    type Connection = FakeConnection;
    type Listener = FakeListener;

    fn name(&self) -> &'static str {
        "fake"
    }

    async fn dial(&self) -> Result<FakeConnection, Error> {
        let number = self.connect().await?;
        self.server().open.insert(number);
        let closed = watch::Sender::new(false);
        let socket = Arc::new(Socket { number, fake: self.clone(), closed });
        Ok(FakeConnection { number, fake: self.clone(), socket })
    }

    async fn listen(&self, prefixes: Vec<Bytes>) -> Result<FakeListener, Error> {
        self.connect().await?;
        let (changes, receiver) = mpsc::unbounded_channel();
        let mut server = self.server();
        let number = server.listeners.len();
        server.listeners.push(Told { prefixes, changes: Some(changes) });
        Ok(FakeListener { number, changes: receiver, fake: self.clone() })
    }
}

impl FakeConnection {
    async fn answer(&self, name: &'static str) -> Result<Answer, Lost> {
        let mode = {
            let mut server = self.fake.server();
            if server.over.contains(&self.number) {
                return Err(Lost::NotSent);
            }
            server.commands.push((self.number, name));
            server.under_way += 1;
            server.most_under_way = server.most_under_way.max(server.under_way);
            server.modes.get(&self.number).unwrap_or(&server.mode).clone()
        };
        let _under_way = UnderWay(&self.fake);
        match mode {
            Mode::Answer | Mode::Short => {}
            Mode::After(time) => {
                let mut closed = self.socket.closed.subscribe();
                if clock::within(time, closed.wait_for(|closed| *closed)).await.is_ok() {
                    return Err(Lost::Broken);
                }
            }
            Mode::Silent => {
                drop(self.socket.closed.subscribe().wait_for(|closed| *closed).await);
                return Err(Lost::Broken);
            }
            Mode::Lose(lost) => return Err(lost),
            Mode::Error(code) => {
                let error = ServerError { code: code.into(), message: "by the fake".into() };
                return Ok(Answer::Error(error));
            }
        }
        Ok(Answer::Integer(i64::try_from(self.number).unwrap()))
    }
}

struct UnderWay<'a>(&'a Fake);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.server().under_way -= 1;
    }
}

/// Answers the number of the connection.
impl Connection for FakeConnection {
    async fn command(&self, command: Command) -> Result<Answer, Lost> {
        self.answer(command.name()).await
    }

    async fn pipeline(&self, commands: Vec<Command>) -> Result<Vec<Answer>, Lost> {
        let answer = self.answer("pipeline").await?;
        let is_short = matches!(self.fake.server().mode, Mode::Short);
        Ok(vec![answer; commands.len() - usize::from(is_short)])
    }

    fn is_over(&self) -> bool {
        self.fake.server().over.contains(&self.number)
    }

    async fn close(&self) {
        self.socket.closed.send_replace(true);
        self.fake.server().open.remove(&self.number);
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.fake.server().open.remove(&self.number);
    }
}

impl Listener for FakeListener {
    async fn next(&mut self) -> Option<Change> {
        let change = self.changes.recv().await;
        if self.is_frozen() {
            std::future::pending::<()>().await;
        }
        let panics = std::mem::take(&mut self.fake.server().listener_panics);
        assert!(!panics, "the fake was told to");
        change
    }

    async fn check(&mut self) -> Result<(), Lost> {
        self.fake.server().checks += 1;
        if self.is_frozen() {
            std::future::pending::<()>().await;
        }
        if self.changes.is_closed() { Err(Lost::Broken) } else { Ok(()) }
    }
}

impl FakeListener {
    fn is_frozen(&self) -> bool {
        self.fake.server().frozen_listeners.contains(&self.number)
    }
}
