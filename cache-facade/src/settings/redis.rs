//! How the backends on a Redis server are set up.

use std::path::PathBuf;
use std::time::Duration;

use cache_core::Secret;

/// How a backend on a Redis or Valkey server is set up; the same for every driver.
///
/// What is not set is as the driver has it: a server at `127.0.0.1:6379` without login and without
/// TLS. Everything is checked when the cache is opened. `Debug` shows neither URL nor password.
///
/// ```
/// use cache_facade::{BackendSettings, RedisSettings, Settings};
///
/// let redis = RedisSettings::new().url("redis://cache.example:6379/2").password("s3cret");
/// let settings = Settings::new().backend(BackendSettings::Redis(redis));
/// assert!(!format!("{settings:?}").contains("s3cret"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct RedisSettings {
    /// The server as a URL: `redis://[user][:password]@host[:port][/database]`, `rediss` with TLS,
    /// `unix` with a path.
    pub url: Option<Secret>,
    /// The host, in place of a URL.
    pub host: Option<String>,
    /// The port, beside a host.
    pub port: Option<u16>,
    /// The path of a socket, in place of host and port.
    pub unix_socket: Option<PathBuf>,
    /// The user to log in as.
    pub username: Option<String>,
    /// The password to log in with.
    pub password: Option<Secret>,
    /// The file that the password is read from each time a connection is made.
    pub password_file: Option<PathBuf>,
    /// The number of the database.
    pub database: Option<u32>,
    /// The version of the protocol, 2 or 3.
    pub protocol: Option<u8>,
    /// How many connections carry cache calls, 1 to 64.
    pub connections: Option<usize>,
    /// How many calls may be under way at once.
    pub max_in_flight: Option<usize>,
    /// How long one attempt to connect may take.
    pub connect_timeout: Option<Duration>,
    /// Whether the server is spoken to with TLS; a URL can say it too.
    pub tls: bool,
    /// The file of certificates to trust in place of those of the system.
    pub tls_ca_file: Option<PathBuf>,
    /// The file of the certificate to show the server.
    pub tls_certificate_file: Option<PathBuf>,
    /// The file of its private key.
    pub tls_key_file: Option<PathBuf>,
    /// The name to check the server's certificate against, in place of the host.
    pub tls_server_name: Option<String>,
}

impl RedisSettings {
    /// A server at `127.0.0.1:6379`, database 0.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the server as a URL.
    #[must_use]
    pub fn url(mut self, url: impl Into<Secret>) -> Self {
        self.url = Some(url.into());
        self
    }

    /// Sets the host, in place of a URL.
    #[must_use]
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.host = Some(host.into());
        self
    }

    /// Sets the port, beside a host.
    #[must_use]
    pub const fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// Sets the path of a socket, in place of host and port.
    #[must_use]
    pub fn unix_socket(mut self, path: impl Into<PathBuf>) -> Self {
        self.unix_socket = Some(path.into());
        self
    }

    /// Sets the user to log in as.
    #[must_use]
    pub fn username(mut self, username: impl Into<String>) -> Self {
        self.username = Some(username.into());
        self
    }

    /// Sets the password to log in with.
    #[must_use]
    pub fn password(mut self, password: impl Into<Secret>) -> Self {
        self.password = Some(password.into());
        self
    }

    /// Sets the file that the password is read from.
    #[must_use]
    pub fn password_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.password_file = Some(path.into());
        self
    }

    /// Sets the number of the database.
    #[must_use]
    pub const fn database(mut self, database: u32) -> Self {
        self.database = Some(database);
        self
    }

    /// Sets the version of the protocol, 2 or 3.
    #[must_use]
    pub const fn protocol(mut self, version: u8) -> Self {
        self.protocol = Some(version);
        self
    }

    /// Sets how long one attempt to connect may take.
    #[must_use]
    pub const fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = Some(timeout);
        self
    }

    /// Turns TLS on.
    #[must_use]
    pub const fn tls(mut self) -> Self {
        self.tls = true;
        self
    }

    /// Trusts the certificates in this file alone. Turns TLS on.
    #[must_use]
    pub fn tls_ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.tls_ca_file = Some(path.into());
        self
    }

    /// Shows the server a certificate; `key` is the file of its private key. Turns TLS on.
    #[must_use]
    pub fn tls_client_certificate(
        mut self,
        certificate: impl Into<PathBuf>,
        key: impl Into<PathBuf>,
    ) -> Self {
        self.tls_certificate_file = Some(certificate.into());
        self.tls_key_file = Some(key.into());
        self
    }

    /// Checks the server's certificate against this name in place of the host. Turns TLS on.
    #[must_use]
    pub fn tls_server_name(mut self, name: impl Into<String>) -> Self {
        self.tls_server_name = Some(name.into());
        self
    }

    /// Sets how many connections carry cache calls.
    #[must_use]
    pub const fn connections(mut self, connections: usize) -> Self {
        self.connections = Some(connections);
        self
    }

    /// Sets how many calls may be under way at once.
    #[must_use]
    pub const fn max_in_flight(mut self, calls: usize) -> Self {
        self.max_in_flight = Some(calls);
        self
    }
}

#[cfg(any(feature = "redis", feature = "fred"))]
impl RedisSettings {
    /// The options of a driver whose calls have this deadline.
    pub(crate) fn options(&self, deadline: Duration) -> Result<cache_redis_wire::Options, Error> {
        use cache_redis_wire::Options;

        let set = |options: Options| options.deadline(deadline);
        let options = set(Options::new());
        let options = with(options, self.url.clone(), Options::url);
        let options = with(options, self.host.clone(), Options::host);
        let options = with(options, self.port, Options::port);
        let options = with(options, self.unix_socket.clone(), Options::unix_socket);
        let options = with(options, self.username.clone(), Options::username);
        let options = with(options, self.password.clone(), Options::password);
        let options = with(options, self.password_file.clone(), Options::password_file);
        let options = with(options, self.database, Options::database);
        let options = with(options, self.protocol_version()?, Options::protocol);
        let options = with(options, self.connections, Options::connections);
        let options = with(options, self.max_in_flight, Options::max_in_flight);
        let options = with(options, self.connect_timeout, Options::connect_timeout);
        Ok(with(options, self.tls_options()?, Options::tls))
    }

    fn protocol_version(&self) -> Result<Option<cache_redis_wire::Protocol>, Error> {
        use cache_redis_wire::Protocol;

        match self.protocol {
            None => Ok(None),
            Some(2) => Ok(Some(Protocol::Resp2)),
            Some(3) => Ok(Some(Protocol::Resp3)),
            Some(_) => Err(refused("config.protocol", "expected 2 or 3")),
        }
    }

    fn tls_options(&self) -> Result<Option<cache_redis_wire::Tls>, Error> {
        use cache_redis_wire::Tls;

        let files = (self.tls_certificate_file.clone(), self.tls_key_file.clone());
        let client = match files {
            (Some(certificate), Some(key)) => Some((certificate, key)),
            (None, None) => None,
            (Some(_), None) => return Err(refused("config.tls_key_file", ONE_FILE)),
            (None, Some(_)) => return Err(refused("config.tls_certificate_file", ONE_FILE)),
        };
        let tls = with(Tls::new(), self.tls_ca_file.clone(), Tls::ca_file);
        let tls = with(tls, self.tls_server_name.clone(), Tls::server_name);
        let tls =
            with(tls, client, |tls, (certificate, key)| tls.client_certificate(certificate, key));
        Ok((self.tls || tls != Tls::new()).then_some(tls))
    }
}

#[cfg(any(feature = "redis", feature = "fred"))]
const ONE_FILE: &str = "a certificate and its private key go together; set both files or none";

#[cfg(any(feature = "redis", feature = "fred"))]
fn with<T, V>(options: T, value: Option<V>, set: impl FnOnce(T, V) -> T) -> T {
    match value {
        Some(value) => set(options, value),
        None => options,
    }
}

#[cfg(any(feature = "redis", feature = "fred"))]
use {super::refused, cache_core::Error};
