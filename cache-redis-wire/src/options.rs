//! How a Redis backend is made: what both drivers let their users choose.

mod settings;

use std::path::PathBuf;
use std::time::Duration;

use cache_core::{Error, Secret};

pub use settings::{Server, Settings};

/// How a Redis backend is made: which server, which login, which bounds. The same for every driver.
///
/// Nothing is looked at before [`check`](Options::check), which the backend calls when it is opened.
/// `Debug` shows no password and no URL.
///
/// ```
/// use std::time::Duration;
/// use cache_redis_wire::Options;
///
/// let settings = Options::new()
///     .url("rediss://app:secret@cache.example:6380/2")
///     .deadline(Duration::from_millis(250))
///     .check()?;
/// assert_eq!(settings.address(), "cache.example:6380");
/// assert_eq!(settings.database(), 2);
/// # Ok::<(), cache_core::Error>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Options {
    url: Option<Secret>,
    host: Option<String>,
    port: Option<u16>,
    unix_socket: Option<PathBuf>,
    username: Option<String>,
    password: Option<Secret>,
    password_file: Option<PathBuf>,
    database: Option<u32>,
    protocol: Option<Protocol>,
    tls: Option<Tls>,
    connections: usize,
    max_in_flight: usize,
    deadline: Duration,
    connect_timeout: Duration,
    of_client: bool,
}

/// The version of the protocol that is spoken with the server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Protocol {
    /// RESP2, which every server and proxy speaks.
    Resp2,
    /// RESP3, since Redis 6.
    #[default]
    Resp3,
}

/// How TLS is spoken. What is not set is as the operating system's trust store and the host name say.
///
/// The files are PEM, read at every dial.
///
/// ```
/// use cache_redis_wire::Tls;
///
/// let tls = Tls::new().ca_file("/etc/cache/ca.pem").server_name("cache.internal");
/// assert_eq!(tls.get_server_name(), Some("cache.internal"));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tls {
    ca_file: Option<PathBuf>,
    client: Option<(PathBuf, PathBuf)>,
    server_name: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            url: None,
            host: None,
            port: None,
            unix_socket: None,
            username: None,
            password: None,
            password_file: None,
            database: None,
            protocol: None,
            tls: None,
            connections: Self::CONNECTIONS,
            max_in_flight: Self::MAX_IN_FLIGHT,
            deadline: Self::DEADLINE,
            connect_timeout: Self::CONNECT_TIMEOUT,
            of_client: false,
        }
    }
}

impl Options {
    /// How many connections carry cache calls unless said: 2.
    ///
    /// One is enough for the throughput of most servers. With a second one, a large value on the
    /// way delays nobody who can take the other.
    pub const CONNECTIONS: usize = 2;
    /// The most connections that may be asked for.
    pub const MOST_CONNECTIONS: usize = 64;
    /// How many calls may be under way unless said: 4096 of the cache, and as many of locks.
    pub const MAX_IN_FLIGHT: usize = 4096;
    /// How long a round trip may take unless said: 1 s.
    pub const DEADLINE: Duration = Duration::from_secs(1);
    /// How long connecting may take unless said, login included: 1 s.
    pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
    /// The port unless said: 6379, as the server has it.
    pub const PORT: u16 = 6379;

    /// A server without login at `127.0.0.1:6379`, database 0, RESP3, without TLS.
    pub fn new() -> Self {
        Self::default()
    }

    /// For a client that is made already and handed over: the address, the login and TLS are its own,
    /// and setting one of them is refused.
    pub fn of_client() -> Self {
        Self { of_client: true, ..Self::default() }
    }

    /// Sets the server by URL: `redis://[username][:password]@host[:port][/database]`.
    ///
    /// Schemes are `redis` and `valkey`, `rediss` and `valkeys` with TLS, `unix` and `redis+unix`
    /// with a path. Queries are `protocol=2|3`, and `db`, `user` and `pass` for sockets. User name
    /// and password are percent-decoded. Fragments are refused, `#insecure` above all.
    #[must_use]
    pub fn url(mut self, url: impl Into<Secret>) -> Self {
        self.url = Some(url.into());
        self
    }

    /// Sets the host, a name or an address; `127.0.0.1` unless said. Not beside a URL.
    #[must_use]
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.host = Some(host.into());
        self
    }

    /// Sets the port; [`PORT`](Self::PORT) unless said. Not beside a URL.
    #[must_use]
    pub const fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// Sets the path of a socket in place of host and port. Not beside a URL.
    #[must_use]
    pub fn unix_socket(mut self, path: impl Into<PathBuf>) -> Self {
        self.unix_socket = Some(path.into());
        self
    }

    /// Sets the user of the server's access list; `default` unless said.
    #[must_use]
    pub fn username(mut self, username: impl Into<String>) -> Self {
        self.username = Some(username.into());
        self
    }

    /// Sets the password.
    #[must_use]
    pub fn password(mut self, password: impl Into<Secret>) -> Self {
        self.password = Some(password.into());
        self
    }

    /// Sets the file that holds the password. It is read at every dial, so a password that is changed
    /// there is used without a restart. One line break at its end is no part of the password.
    #[must_use]
    pub fn password_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.password_file = Some(path.into());
        self
    }

    /// Sets the number of the database; 0 unless said.
    #[must_use]
    pub const fn database(mut self, database: u32) -> Self {
        self.database = Some(database);
        self
    }

    /// Sets the version of the protocol; RESP3 unless said.
    #[must_use]
    pub const fn protocol(mut self, protocol: Protocol) -> Self {
        self.protocol = Some(protocol);
        self
    }

    /// Turns TLS on. A URL with the scheme `rediss` or `valkeys` turns it on too.
    #[must_use]
    pub fn tls(mut self, tls: Tls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// Sets how many connections carry cache calls, 1 to 64; [`CONNECTIONS`](Self::CONNECTIONS) unless
    /// said. They are opened when they are needed. Locks, locks with replicas, and watching have one
    /// connection of their own each, opened at first use.
    #[must_use]
    pub const fn connections(mut self, connections: usize) -> Self {
        self.connections = connections;
        self
    }

    /// Sets how many calls may be under way at once; further ones are
    /// [`Overloaded`](cache_core::ErrorKind::Overloaded). A batch is one call. Cache calls, locks and
    /// locks with replicas are counted apart. A call that was given up counts until its answer has
    /// come or its connection is closed.
    #[must_use]
    pub const fn max_in_flight(mut self, calls: usize) -> Self {
        self.max_in_flight = calls;
        self
    }

    /// Sets how long a call may take, the wait for a connection included; [`DEADLINE`](Self::DEADLINE)
    /// unless said, and a day at most.
    #[must_use]
    pub const fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Sets how long one attempt to connect may take, TLS and login included;
    /// [`CONNECT_TIMEOUT`](Self::CONNECT_TIMEOUT) unless said, and a day at most. An attempt goes on when the deadline of
    /// the call that began it has passed.
    #[must_use]
    pub const fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Checks all of it.
    ///
    /// # Errors
    /// [`Config`](cache_core::ErrorKind::Config) that names the option and never its value where that
    /// may be secret: a malformed URL, a URL beside host, port or socket, port 0, a login or a database
    /// given twice, a bound of zero.
    pub fn check(self) -> Result<Settings, Error> {
        Settings::of(self)
    }
}

impl Protocol {
    /// The number in `HELLO` and in settings: 2 or 3.
    pub const fn number(self) -> u8 {
        match self {
            Self::Resp2 => 2,
            Self::Resp3 => 3,
        }
    }
}

impl Tls {
    /// Trusts what the operating system trusts, and checks the server's name against the host.
    pub fn new() -> Self {
        Self::default()
    }

    /// Trusts the certificates in this file, and no other.
    #[must_use]
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.ca_file = Some(path.into());
        self
    }

    /// Shows the server a certificate; `key` is the file of its private key.
    #[must_use]
    pub fn client_certificate(
        mut self,
        certificate: impl Into<PathBuf>,
        key: impl Into<PathBuf>,
    ) -> Self {
        self.client = Some((certificate.into(), key.into()));
        self
    }

    /// Checks the server's certificate against this name in place of the host.
    #[must_use]
    pub fn server_name(mut self, name: impl Into<String>) -> Self {
        self.server_name = Some(name.into());
        self
    }

    /// The file with the certificates to trust.
    pub fn get_ca_file(&self) -> Option<&std::path::Path> {
        self.ca_file.as_deref()
    }

    /// The files with the client's certificate and its private key.
    pub fn get_client_certificate(&self) -> Option<(&std::path::Path, &std::path::Path)> {
        self.client.as_ref().map(|(certificate, key)| (certificate.as_path(), key.as_path()))
    }

    /// The name to check the server's certificate against.
    pub fn get_server_name(&self) -> Option<&str> {
        self.server_name.as_deref()
    }
}
