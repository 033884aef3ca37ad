//! What a test says to a server past the client under test.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::address::Address;
use crate::{Failure, Value, runtime};

/// A server as a client sees it: where it is, its databases, and a way to it for the test itself.
#[derive(Debug)]
pub struct Endpoint {
    pub(crate) address: Address,
    databases: u32,
    next: AtomicU32,
}

impl Endpoint {
    pub(crate) fn new(address: Address, databases: u32) -> Self {
        Self { address, databases, next: AtomicU32::new(1) }
    }

    /// The URL, with the password where the server was started with one.
    pub fn url(&self) -> String {
        self.address.url()
    }

    /// The URL with a database in it.
    pub fn database_url(&self, database: u32) -> String {
        format!("{}/{database}", self.url())
    }

    /// The URL with the login of a user in it, whatever the server was started with.
    pub fn user_url(&self, username: &str, password: &str) -> String {
        format!("redis://{username}:{password}@{}", self.address())
    }

    /// Host and port, as in `127.0.0.1:6379`.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// The host alone.
    pub fn host(&self) -> &str {
        &self.address.host
    }

    /// The port alone. It stays the same when the server is started again.
    pub fn port(&self) -> u16 {
        self.address.port
    }

    /// How many databases there are.
    pub fn databases(&self) -> u32 {
        self.databases
    }

    /// The number of a database that nobody was given before: from 1 on, and empty.
    ///
    /// # Panics
    ///
    /// Where the server has no further one.
    pub fn next_database(&self) -> u32 {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        assert!(
            number < self.databases,
            "the server has {} databases and every one is given away; start it with more, \
             or use fewer in one test",
            self.databases
        );
        number
    }

    /// Sends a command over a connection of its own, and answers what the server does.
    ///
    /// It runs outside of the caller's runtime: time that is paused there passes here.
    ///
    /// # Errors
    ///
    /// Where there is no connection, no answer within 10 seconds, or an error instead of an answer.
    pub async fn admin<A: AsRef<[u8]> + Sync>(&self, command: &[A]) -> Result<Value, Failure> {
        self.admin_in(0, command).await
    }

    /// As [`admin`](Self::admin), in a database.
    ///
    /// # Errors
    ///
    /// As [`admin`](Self::admin).
    pub async fn admin_in<A: AsRef<[u8]> + Sync>(
        &self,
        database: u32,
        command: &[A],
    ) -> Result<Value, Failure> {
        let command = command.iter().map(|argument| argument.as_ref().to_vec()).collect();
        let address = self.address.clone();
        runtime::run(async move { address.command(database, command).await }).await
    }

    /// What the server says that it is, as `Redis 8.0.2`.
    ///
    /// # Errors
    ///
    /// As [`admin`](Self::admin).
    pub async fn version(&self) -> Result<String, Failure> {
        let info = self.admin(&["INFO", "server"]).await?.text().unwrap_or_default();
        let field = |name: &str| {
            info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
        };
        let (name, version) = match field("valkey_version") {
            Some(version) => ("Valkey", version),
            None => ("Redis", field("redis_version").unwrap_or("of an unknown version")),
        };
        Ok(format!("{name} {version}"))
    }
}
