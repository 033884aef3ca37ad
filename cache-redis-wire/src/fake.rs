//! A driver whose server is a function, for tests of what is sent and of what is made of the answers.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use cache_core::Error;

use crate::clock;
use crate::command::{Argument, Command};
use crate::driver::{Change, Connection, Driver, Listener};
use crate::options::Options;
use crate::reply::{Answer, Lost, ServerError};
use crate::{Redis, script};

type Server = dyn Fn(&Command) -> Result<Answer, Lost> + Send + Sync;

/// Answers by a function, and keeps what was sent.
#[derive(Clone)]
pub(crate) struct Fake {
    server: Arc<Server>,
    /// How long the server takes.
    takes: fn(&Command) -> Duration,
    sent: Sent,
    is_cluster: bool,
    is_lent: bool,
}

/// What was sent: each round trip, as text.
#[derive(Clone, Default)]
pub(crate) struct Sent(Arc<Mutex<Vec<Vec<String>>>>);

impl Sent {
    pub(crate) fn take(&self) -> Vec<Vec<String>> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

/// A backend over a server that is a function.
pub(crate) fn redis(
    server: impl Fn(&Command) -> Result<Answer, Lost> + Send + Sync + 'static,
) -> (Redis<Fake>, Sent) {
    open(Fake::new(server))
}

/// The same in a cluster.
pub(crate) fn cluster(
    server: impl Fn(&Command) -> Result<Answer, Lost> + Send + Sync + 'static,
) -> (Redis<Fake>, Sent) {
    open(Fake { is_cluster: true, ..Fake::new(server) })
}

/// The same where the server takes its time.
pub(crate) fn slow(
    server: impl Fn(&Command) -> Result<Answer, Lost> + Send + Sync + 'static,
    takes: fn(&Command) -> Duration,
) -> (Redis<Fake>, Sent) {
    open(Fake { takes, ..Fake::new(server) })
}

/// The same on a connection that somebody else may be using.
pub(crate) fn lent(
    server: impl Fn(&Command) -> Result<Answer, Lost> + Send + Sync + 'static,
) -> (Redis<Fake>, Sent) {
    open(Fake { is_lent: true, ..Fake::new(server) })
}

fn open(fake: Fake) -> (Redis<Fake>, Sent) {
    let sent = fake.sent.clone();
    let settings = Options::new().url("redis://127.0.0.1").check().unwrap();
    (Redis::new(Arc::new(settings), fake), sent)
}

impl Fake {
    pub(crate) fn new(
        server: impl Fn(&Command) -> Result<Answer, Lost> + Send + Sync + 'static,
    ) -> Self {
        let takes = |_: &Command| Duration::ZERO;
        let sent = Sent::default();
        Self { server: Arc::new(server), takes, sent, is_cluster: false, is_lent: false }
    }
}

/// An answer in bytes.
pub(crate) fn bytes(text: &'static str) -> Answer {
    Answer::Bytes(Bytes::from_static(text.as_bytes()))
}

/// An error of the server.
pub(crate) fn error(line: &str) -> Answer {
    Answer::Error(ServerError::from_line(line))
}

/// A command as text: the name, the script if it calls one, and the arguments without the lengths.
pub(crate) fn shown(command: &Command) -> String {
    let argument = |argument: &Argument| match argument {
        Argument::Word(word) => script::name_of(word).unwrap_or(word).to_owned(),
        Argument::Bytes(bytes) => bytes.escape_ascii().to_string(),
        Argument::Integer(integer) => integer.to_string(),
    };
    let words = command.arguments().iter().map(argument);
    let all = [command.name().to_owned()].into_iter().chain(words);
    all.collect::<Vec<_>>().join(" ").trim_end().to_owned()
}

impl Driver for Fake {
    type Connection = Self;
    type Listener = Silent;

    fn name(&self) -> &'static str {
        "fake"
    }

    fn is_cluster(&self) -> bool {
        self.is_cluster
    }

    fn is_lent(&self) -> bool {
        self.is_lent
    }

    async fn dial(&self) -> Result<Self, Error> {
        Ok(self.clone())
    }

    async fn listen(&self, _: Vec<Bytes>) -> Result<Silent, Error> {
        Ok(Silent)
    }
}

impl Connection for Fake {
    async fn command(&self, command: Command) -> Result<Answer, Lost> {
        self.sent.0.lock().unwrap().push(vec![shown(&command)]);
        self.pause(&command).await;
        (self.server)(&command)
    }

    async fn pipeline(&self, commands: Vec<Command>) -> Result<Vec<Answer>, Lost> {
        self.sent.0.lock().unwrap().push(commands.iter().map(shown).collect());
        for command in &commands {
            self.pause(command).await;
        }
        commands.iter().map(|command| (self.server)(command)).collect()
    }

    fn is_over(&self) -> bool {
        false
    }

    async fn close(&self) {}
}

impl Fake {
    async fn pause(&self, command: &Command) {
        let time = (self.takes)(command);
        if !time.is_zero() {
            let _ = clock::pause(time).await;
        }
    }
}

/// Tells nothing, for ever.
pub(crate) struct Silent;

impl Listener for Silent {
    async fn next(&mut self) -> Option<Change> {
        std::future::pending().await
    }

    async fn check(&mut self) -> Result<(), Lost> {
        Ok(())
    }
}
