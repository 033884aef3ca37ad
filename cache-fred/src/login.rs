//! How a fresh connection is logged in.
//!
//! The first command is fred's, as it has no connection without: `AUTH`, or where there is no login
//! `HELLO` or `PING`. Its `HELLO` with a login is not used: it is a line with the password as it is, in
//! which a space ends the password and a line break begins another command. What follows is ours.

use cache_core::Error;
use cache_redis_wire::Connection as _;
use cache_redis_wire::{Answer, Command, Protocol, Secret, Settings};
use fred::interfaces::{AuthInterface, ClientLike};
use fred::types::RespVersion;
use fred::types::config::Config;

use crate::connection::Connection;
use crate::error::{broken_off, last_answer, not_let_in, refused};

/// The user of servers that know no users.
const DEFAULT_USER: &str = "default";

/// What the server says of itself, or of a right to `PING`, and not of the login. The commands that
/// follow will be told themselves. A server that cannot save refuses `PING` as it does writes.
const NOT_ABOUT_LOGIN: [&str; 5] = ["BUSY", "LOADING", "MASTERDOWN", "MISCONF", "NOPERM"];

/// Who logs in, and how they speak.
pub(crate) struct Login {
    username: Option<String>,
    password: Option<Secret>,
    database: i64,
    protocol: Protocol,
}

impl Login {
    /// As the settings say at this instant.
    ///
    /// # Errors
    /// [`Config`](cache_core::ErrorKind::Config) where the file with the password cannot be read.
    pub(crate) async fn of_settings(settings: &Settings) -> Result<Self, Error> {
        Ok(Self {
            username: settings.username().map(str::to_owned),
            password: settings.password().await?,
            database: settings.database().into(),
            protocol: settings.protocol(),
        })
    }

    /// As a client of fred would.
    pub(crate) fn of_client(config: &Config) -> Self {
        Self {
            username: config.username.clone(),
            password: config.password.as_deref().map(Secret::new),
            database: config.database.unwrap_or_default().into(),
            protocol: match config.version {
                RespVersion::RESP2 => Protocol::Resp2,
                RespVersion::RESP3 => Protocol::Resp3,
            },
        }
    }

    /// For a connection that messages are pushed to. In RESP3, fred drops the message that everything
    /// went; in RESP2 it arrives.
    pub(crate) fn for_pushes(self) -> Self {
        Self { protocol: Protocol::Resp2, ..self }
    }

    /// Tells fred what it has to know.
    pub(crate) fn put_into(&self, config: &mut Config) {
        (config.username, config.password) = self.credentials().unzip();
        config.version = match (self.protocol, &config.password) {
            (Protocol::Resp2, _) | (_, Some(_)) => RespVersion::RESP2,
            (_, None) => RespVersion::RESP3,
        };
        // fred knows 256 databases.
        config.database = None;
    }

    /// Whether fred gave up for an answer to its `PING` that is a sign of life. `HELLO` is answered by
    /// such a server as ever; it is not asked first, since who chooses RESP2 may have to do without.
    pub(crate) fn is_worth_a_hello(&self, error: &fred::error::Error) -> bool {
        let asked_only = self.protocol == Protocol::Resp2 && self.credentials().is_none();
        let answer = last_answer(error).filter(|_| asked_only);
        answer.is_some_and(|answer| NOT_ABOUT_LOGIN.contains(&&*answer.code))
    }

    /// Brings a connection that fred has logged in to the protocol and the database.
    ///
    /// # Errors
    /// As [`dial`](cache_redis_wire::Driver::dial).
    pub(crate) async fn perform(
        &self,
        address: &str,
        connection: &Connection,
    ) -> Result<(), Error> {
        let client = connection.client();
        let version = match self.protocol {
            Protocol::Resp2 => RespVersion::RESP2,
            _ => RespVersion::RESP3,
        };
        if client.protocol_version() != version {
            let greeted = client.hello(version, None, None).await;
            greeted.map_err(|error| refused(address, &error))?;
        }
        let answers = connection.pipeline(self.rest()).await;
        let answers = answers.map_err(|lost| broken_off(address, lost))?;
        match answers.first() {
            Some(Answer::Error(error)) if self.database != 0 => Err(not_let_in(address, error)),
            // A server that does not want to know our name is a server all the same.
            _ => Ok(()),
        }
    }

    /// What follows; the database first if there is one to choose.
    fn rest(&self) -> Vec<Command> {
        let name = |what, name| Command::new("CLIENT", 3).word("SETINFO").word(what).word(name);
        let mut commands = Vec::with_capacity(3);
        if self.database != 0 {
            commands.push(Command::new("SELECT", 1).integer(self.database));
        }
        commands.push(name("LIB-NAME", env!("CARGO_PKG_NAME")));
        commands.push(name("LIB-VER", env!("CARGO_PKG_VERSION")));
        commands
    }

    fn credentials(&self) -> Option<(String, String)> {
        if self.username.is_none() && self.password.is_none() {
            return None;
        }
        let username = self.username.as_deref().unwrap_or(DEFAULT_USER);
        let password = self.password.as_ref().map_or("", Secret::expose);
        Some((username.to_owned(), password.to_owned()))
    }
}
