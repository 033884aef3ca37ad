//! How a fresh connection is logged in.
//!
//! redis-rs can log in too. It answers every failure of `AUTH` as a wrong password then, and does not
//! notice that a login is wanted where none is given.

use cache_core::Error;
use cache_redis_wire::Connection as _;
use cache_redis_wire::{Answer, Command, Protocol, Secret, ServerError, Settings};
use redis::{ProtocolVersion, RedisConnectionInfo};

use crate::connection::Connection;
use crate::error::{broken_off, not_let_in};

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

    /// As a client of redis-rs would.
    pub(crate) fn of_client(info: &RedisConnectionInfo) -> Self {
        Self {
            username: info.username().map(str::to_owned),
            password: info.password().map(Secret::new),
            database: info.db(),
            protocol: match info.protocol() {
                ProtocolVersion::RESP2 => Protocol::Resp2,
                _ => Protocol::Resp3,
            },
        }
    }

    /// For a connection that redis-rs logs in itself, which it must where messages are pushed.
    pub(crate) fn for_pushes(&self) -> RedisConnectionInfo {
        let mut info = RedisConnectionInfo::default()
            .set_protocol(ProtocolVersion::RESP3)
            .set_skip_set_lib_name();
        if let Some((username, password)) = self.credentials() {
            info = info.set_username(username).set_password(password);
        }
        info
    }

    /// Logs in and chooses the database.
    ///
    /// # Errors
    /// As [`dial`](cache_redis_wire::Driver::dial).
    pub(crate) async fn perform(
        &self,
        address: &str,
        connection: &Connection,
    ) -> Result<(), Error> {
        // Alone: a server that has too many clients answers once and closes, and redis-rs forgets
        // the first answer of a pipeline that breaks at the second.
        let greeted = connection.command(self.greeting()).await;
        let greeted = greeted.map_err(|lost| broken_off(address, lost))?;
        if let Answer::Error(error) = &greeted
            && self.is_refusal(error)
        {
            return Err(not_let_in(address, error));
        }
        let answers = connection.pipeline(self.rest()).await;
        let answers = answers.map_err(|lost| broken_off(address, lost))?;
        match answers.first() {
            Some(Answer::Error(error)) if self.database != 0 => Err(not_let_in(address, error)),
            // A server that does not want to know our name is a server all the same.
            _ => Ok(()),
        }
    }

    fn is_refusal(&self, error: &ServerError) -> bool {
        let asked_only = self.protocol == Protocol::Resp2 && self.credentials().is_none();
        !(asked_only && NOT_ABOUT_LOGIN.contains(&&*error.code))
    }

    /// The first command, whose answer tells whether the server lets us in. Without a login and in
    /// RESP2 there is nothing to say, so it only asks.
    fn greeting(&self) -> Command {
        match (self.protocol, self.credentials()) {
            (Protocol::Resp2, None) => Command::new("PING", 0),
            (Protocol::Resp2, Some((username, password))) => {
                Command::new("AUTH", 2).bytes(username).bytes(password)
            }
            (_, None) => Command::new("HELLO", 1).word("3"),
            (_, Some((username, password))) => {
                Command::new("HELLO", 4).word("3").word("AUTH").bytes(username).bytes(password)
            }
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

#[cfg(test)]
mod tests;
