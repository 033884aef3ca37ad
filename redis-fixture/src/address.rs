//! Where a server answers, and how the fixture talks to it.

use std::fmt;
use std::io::{Error, ErrorKind};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::resp::{self, Value};
use crate::{Failure, clock};

/// How long a server may take for a command of a test.
const PATIENCE: Duration = Duration::from_secs(10);

/// Host and port of a server, and how to log in.
#[derive(Debug, Clone)]
pub(crate) struct Address {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) username: Option<String>,
    pub(crate) password: Option<String>,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl Address {
    pub(crate) fn new(host: &str, port: u16, password: Option<String>) -> Self {
        Self { host: host.to_owned(), port, username: None, password }
    }

    /// Reads `redis://[[user]:password@]host[:port]`; percent signs are taken literally.
    pub(crate) fn from_url(url: &str) -> Result<Self, Failure> {
        // The URL itself is not repeated: there may be a password in it.
        let refused = |problem: &str| {
            Failure::new(format!(
                "the URL of the server for tests {problem}; give redis://host:port, with \
                 user:password@ in front of the host where the server asks for it"
            ))
        };
        let rest = url.strip_prefix("redis://").or_else(|| url.strip_prefix("valkey://"));
        let rest = rest.ok_or_else(|| refused("does not begin with redis://"))?;
        let (login, place) = rest.rsplit_once('@').unwrap_or(("", rest));
        let (username, password) = login.split_once(':').unwrap_or((login, ""));
        let place = place.trim_end_matches('/');
        let (host, port) = match place.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().map_err(|_| refused("has no valid port"))?),
            None => (place, 6379),
        };
        if host.is_empty() || host.contains('/') {
            return Err(refused("has no host, or something behind its port"));
        }
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let (username, password) = (given(username), given(password));
        Ok(Self { host: host.to_owned(), port, username, password })
    }

    pub(crate) fn url(&self) -> String {
        let username = self.username.as_deref().unwrap_or_default();
        match &self.password {
            None => format!("redis://{self}"),
            Some(password) => format!("redis://{username}:{password}@{self}"),
        }
    }

    /// Sends one command; an error of the server is a failure.
    pub(crate) async fn command(
        &self,
        database: u32,
        command: Vec<Vec<u8>>,
    ) -> Result<Value, Failure> {
        let mut commands = vec![command];
        if database != 0 {
            commands.insert(0, words(&["SELECT", &database.to_string()]));
        }
        let name = String::from_utf8_lossy(commands.last().map_or(&[], |words| &words[0]));
        let name = name.into_owned();
        let answers = self.exchange(&commands).await?;
        let refused = answers.iter().find_map(|answer| match answer {
            Value::Error(text) => Some(Failure::new(format!("{self} answers {name} by: {text}"))),
            _ => None,
        });
        let answer = answers.into_iter().next_back().unwrap_or(Value::Nil);
        refused.map_or(Ok(answer), Err)
    }

    /// Sends commands one behind the other, and gives each reply, errors of the server included.
    ///
    /// Where the login is refused, that is the only reply.
    pub(crate) async fn exchange(&self, commands: &[Vec<Vec<u8>>]) -> Result<Vec<Value>, Failure> {
        let talk = clock::within(PATIENCE, self.talk(commands)).await;
        let late = || Err(Error::new(ErrorKind::TimedOut, "no answer within 10 s"));
        talk.unwrap_or_else(late).map_err(|error| Failure::new(format!("{self}: {error}")))
    }

    async fn talk(&self, commands: &[Vec<Vec<u8>>]) -> std::io::Result<Vec<Value>> {
        let mut stream = TcpStream::connect((self.host.as_str(), self.port)).await?;
        stream.set_nodelay(true)?;
        let login = self.login();
        let expected = commands.len() + usize::from(login.is_some());
        let sent = login.iter().chain(commands).flat_map(|command| resp::encode(command));
        stream.write_all(&sent.collect::<Vec<_>>()).await?;
        let mut answers = replies(&mut stream, expected).await?;
        match (&login, answers.first()) {
            (Some(_), Some(Value::Error(_))) => answers.truncate(1),
            (Some(_), _) => drop(answers.remove(0)),
            (None, _) => {}
        }
        leave(stream).await;
        Ok(answers)
    }

    fn login(&self) -> Option<Vec<Vec<u8>>> {
        let password = self.password.as_ref()?;
        let words_of_it = match &self.username {
            Some(username) => words(&["AUTH", username, password]),
            None => words(&["AUTH", password]),
        };
        Some(words_of_it)
    }

    /// Whether the server runs and has loaded what it keeps; one that wants a password runs.
    pub(crate) async fn answers(&self) -> bool {
        match self.exchange(&[words(&["PING"])]).await.as_deref() {
            Ok([Value::Error(text), ..]) => !text.starts_with("LOADING"),
            Ok(answers) => !answers.is_empty(),
            Err(_) => false,
        }
    }

    /// Whether connecting is refused before `limit` has passed. What forwards to a container may listen
    /// for a moment when the container has ended.
    pub(crate) async fn refuses_within(&self, limit: Duration) -> bool {
        let refuses = || async {
            let connected = TcpStream::connect((self.host.as_str(), self.port)).await;
            connected.is_err().then_some(())
        };
        clock::poll(limit, refuses).await.is_some()
    }

    /// Whether it answers before `limit` has passed.
    pub(crate) async fn answers_within(&self, limit: Duration) -> bool {
        clock::poll(limit, || async { self.answers().await.then_some(()) }).await.is_some()
    }
}

/// Ends a connection, and waits until the server has seen it: so it is not among its clients any more,
/// whom a test counts next. A server that is stuck is left as it is.
async fn leave(mut stream: TcpStream) {
    const PATIENCE: Duration = Duration::from_secs(1);
    let leaving = async {
        // Where it has ended already, there is nothing to wait for.
        if stream.shutdown().await.is_ok() {
            while stream.read(&mut [0; 64]).await.is_ok_and(|length| length > 0) {}
        }
    };
    let _ = clock::within(PATIENCE, leaving).await;
}

/// A command, word by word.
pub(crate) fn words(words: &[&str]) -> Vec<Vec<u8>> {
    words.iter().map(|word| word.as_bytes().to_vec()).collect()
}

async fn replies(stream: &mut TcpStream, expected: usize) -> std::io::Result<Vec<Value>> {
    let mut answers = Vec::with_capacity(expected);
    let mut buffer = Vec::new();
    while answers.len() < expected {
        let value = resp::value(&buffer);
        let value = value.map_err(|error| Error::new(ErrorKind::InvalidData, error.to_string()));
        match value? {
            Some((value, length)) => {
                buffer.drain(..length);
                answers.push(value);
            }
            None if stream.read_buf(&mut buffer).await? == 0 => {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            None => {}
        }
    }
    Ok(answers)
}
