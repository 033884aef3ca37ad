//! Options after they were checked.

use std::io::Read as _;
use std::net::Ipv6Addr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use cache_core::{Error, ErrorKind, Secret};
use tokio::runtime::Handle;

use super::{Options, Protocol, Tls};
use crate::url;

/// [`Options`] that were checked: what a driver dials by.
///
/// `Debug` shows no password.
#[derive(Debug, Clone)]
pub struct Settings {
    server: Server,
    address: Box<str>,
    /// Not shown: who forgets the `:` in front of a password writes it here.
    username: Option<Secret>,
    password: Password,
    database: u32,
    protocol: Protocol,
    tls: Option<Tls>,
    connections: usize,
    max_in_flight: usize,
    deadline: Duration,
    connect_timeout: Duration,
}

/// Where the server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "drivers decide for every kind")]
pub enum Server {
    /// A host, by name or address (an IPv6 address without brackets), and a port.
    Tcp {
        /// The name or address.
        host: String,
        /// 1 to 65535.
        port: u16,
    },
    /// The path of a socket.
    Unix(PathBuf),
    /// Known to the client that was handed over.
    OfClient,
}

#[derive(Debug, Clone)]
enum Password {
    None,
    Given(Secret),
    File(PathBuf),
}

impl Settings {
    /// Where the server listens.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// Where the server listens, as text for errors: `cache.example:6379`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The user to log in as; none is `default`.
    pub fn username(&self) -> Option<&str> {
        self.username.as_ref().map(Secret::expose)
    }

    /// The password of this instant: a file is read anew at every call, on a thread that may block.
    /// Dropping the future changes nothing; a read that has begun ends by itself.
    ///
    /// # Errors
    /// [`Config`](ErrorKind::Config), naming the file, where it cannot be read as text.
    pub async fn password(&self) -> Result<Option<Secret>, Error> {
        match &self.password {
            Password::None => Ok(None),
            Password::Given(password) => Ok(Some(password.clone())),
            Password::File(path) => read_password(path.clone()).await.map(Some),
        }
    }

    /// Whether there is a login: a user, a password, or a file with one.
    pub fn has_login(&self) -> bool {
        self.username.is_some() || !matches!(self.password, Password::None)
    }

    /// The number of the database.
    pub fn database(&self) -> u32 {
        self.database
    }

    /// The version of the protocol.
    pub fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// How TLS is spoken; `None` where it is not.
    pub fn tls(&self) -> Option<&Tls> {
        self.tls.as_ref()
    }

    /// How many connections carry cache calls.
    pub fn connections(&self) -> usize {
        self.connections
    }

    /// How many calls of one kind may be under way.
    pub fn max_in_flight(&self) -> usize {
        self.max_in_flight
    }

    /// How long a call may take.
    pub fn deadline(&self) -> Duration {
        self.deadline
    }

    /// How long one attempt to connect may take.
    pub fn connect_timeout(&self) -> Duration {
        self.connect_timeout
    }
}

impl Settings {
    pub(super) fn of(options: Options) -> Result<Self, Error> {
        check_bounds(&options).map_err(wrong)?;
        check_place(&options).map_err(wrong)?;
        let url = match &options.url {
            Some(url) => Some(url::parse(url.expose()).map_err(in_url)?),
            None => None,
        };
        Self::merge(options, url).map_err(wrong)
    }

    fn merge(options: Options, url: Option<url::Parsed>) -> Result<Self, Problem> {
        let Options { host, port, unix_socket, of_client, .. } = options;
        let (server, login, told) = match url {
            Some(url) => {
                let tls = url.tls.then(Tls::default);
                let told = (tls, url.database, url.protocol);
                (url.server, (url.username, url.password), told)
            }
            None => (place(host, port, unix_socket, of_client)?, (None, None), (None, None, None)),
        };
        let (tls, database, protocol) = told;
        let tls = options.tls.or(tls);
        if tls.is_some() && matches!(server, Server::Unix(_)) {
            return Err("TLS is asked for over a socket of this host; leave it out");
        }
        Ok(Self {
            address: address(&server),
            server,
            username: either(options.username, login.0, USERNAME_TWICE)?.map(Secret::new),
            password: password(options.password, login.1, options.password_file)?,
            database: either(options.database, database, DATABASE_TWICE)?.unwrap_or(0),
            protocol: either(options.protocol, protocol, PROTOCOL_TWICE)?.unwrap_or_default(),
            tls,
            connections: options.connections,
            max_in_flight: options.max_in_flight,
            deadline: options.deadline.min(LONGEST),
            connect_timeout: options.connect_timeout.min(LONGEST),
        })
    }
}

/// What is wrong with the options, and what to do.
type Problem = &'static str;

fn check_bounds(options: &Options) -> Result<(), Problem> {
    if options.connections == 0 || options.connections > Options::MOST_CONNECTIONS {
        return Err("`connections` is outside 1 to 64; 2 is a good number");
    }
    if options.max_in_flight == 0 {
        return Err("`max_in_flight` is 0, so that no call could be made; give at least 1");
    }
    if options.deadline.is_zero() {
        return Err("`deadline` is 0, so that every call would be late; give at least 1 ms");
    }
    if options.connect_timeout.is_zero() {
        return Err("`connect_timeout` is 0, so that no attempt could succeed; give at least 1 ms");
    }
    Ok(())
}

/// A server is told of in one way, whatever the values are.
fn check_place(options: &Options) -> Result<(), Problem> {
    let by_parts = options.host.is_some() || options.port.is_some();
    let by_socket = options.unix_socket.is_some();
    let ways = [options.url.is_some(), by_parts, by_socket];
    if options.of_client {
        let login = [options.username.is_some(), options.password.is_some()];
        let rest = [options.database.is_some(), options.protocol.is_some(), options.tls.is_some()];
        let is_set = [&ways[..], &login, &rest, &[options.password_file.is_some()]].concat();
        return if is_set.contains(&true) { Err(OF_CLIENT) } else { Ok(()) };
    }
    match ways {
        [true, true, _] => Err("both `url` and `host` or `port` are set; choose one"),
        [true, _, true] => Err("both `url` and `unix_socket` are set; choose one"),
        [_, true, true] => Err("both `unix_socket` and `host` or `port` are set; choose one"),
        _ => Ok(()),
    }
}

fn place(
    host: Option<String>,
    port: Option<u16>,
    unix_socket: Option<PathBuf>,
    of_client: bool,
) -> Result<Server, Problem> {
    if of_client {
        return Ok(Server::OfClient);
    }
    if let Some(path) = unix_socket {
        let is_absolute = path.is_absolute();
        return if is_absolute { Ok(Server::Unix(path)) } else { Err(RELATIVE_SOCKET) };
    }
    let host = host.unwrap_or_else(|| "127.0.0.1".to_owned());
    if host.parse::<Ipv6Addr>().is_err() {
        url::check_host(&host)?;
    }
    match port.unwrap_or(Options::PORT) {
        0 => Err(url::PORT_ZERO),
        port => Ok(Server::Tcp { host, port }),
    }
}

fn password(
    given: Option<Secret>,
    in_url: Option<Secret>,
    file: Option<PathBuf>,
) -> Result<Password, Problem> {
    match (either(given, in_url, PASSWORD_TWICE)?, file) {
        (Some(_), Some(_)) => Err(PASSWORD_TWICE),
        (Some(password), None) if password.expose().is_empty() => {
            Err("`password` is empty; leave it out where the server wants none")
        }
        (Some(password), None) => Ok(Password::Given(password)),
        (None, Some(path)) => Ok(Password::File(path)),
        (None, None) => Ok(Password::None),
    }
}

fn either<T>(one: Option<T>, other: Option<T>, both: Problem) -> Result<Option<T>, Problem> {
    match (one, other) {
        (Some(_), Some(_)) => Err(both),
        (one, other) => Ok(one.or(other)),
    }
}

fn address(server: &Server) -> Box<str> {
    match server {
        Server::Tcp { host, port } if host.contains(':') => format!("[{host}]:{port}"),
        Server::Tcp { host, port } => format!("{host}:{port}"),
        Server::Unix(path) => path.display().to_string(),
        Server::OfClient => "the server of the given client".to_owned(),
    }
    .into()
}

/// On a thread that may block: the file may be on a network.
async fn read_password(path: PathBuf) -> Result<Secret, Error> {
    let read = move || password_in(&path);
    match Handle::try_current() {
        Ok(handle) => handle.spawn_blocking(read).await.unwrap_or_else(|_| {
            let problem = "the password file was not read: the runtime ended";
            Err(Error::not_applied(ErrorKind::Config, problem))
        }),
        Err(_) => read(),
    }
}

fn password_in(path: &Path) -> Result<Secret, Error> {
    let problem = |found: &dyn std::fmt::Display| {
        let problem = format!("the password file {}: {found}", path.display());
        Error::not_applied(ErrorKind::Config, problem)
    };
    let mut text = String::new();
    let read = std::fs::File::open(path)
        .and_then(|file| file.take(MAX_PASSWORD_BYTES + 1).read_to_string(&mut text));
    // The error of the system says why and holds nothing of the content.
    read.map_err(|error| problem(&error.kind()))?;
    if text.len() as u64 > MAX_PASSWORD_BYTES {
        return Err(problem(&"it has more than 64 KiB; is it the right file?"));
    }
    let password = text.strip_suffix('\n').unwrap_or(&text);
    let password = password.strip_suffix('\r').unwrap_or(password);
    if password.is_empty() {
        return Err(problem(&"it is empty; write the password into it"));
    }
    Ok(Secret::new(password))
}

fn in_url(problem: Problem) -> Error {
    wrong(problem).with_detail(format!("`url`: {problem}"))
}

fn wrong(problem: Problem) -> Error {
    Error::not_applied(ErrorKind::Config, problem)
}

/// So that no sum with an instant is out of range.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
const MAX_PASSWORD_BYTES: u64 = 64 * 1024;
const OF_CLIENT: Problem = "a client is handed over, and an address, a login, a database, a protocol \
                            or TLS is set beside it; set it on the client";
const RELATIVE_SOCKET: Problem = "`unix_socket` is not absolute; write the path from `/` on";
const USERNAME_TWICE: Problem = "a user name is in `url` and in `username`; choose one";
const PASSWORD_TWICE: Problem = "a password is in more than one of `url`, `password` and \
                                 `password_file`; choose one";
const DATABASE_TWICE: Problem = "a database is in `url` and in `database`; choose one";
const PROTOCOL_TWICE: Problem = "a protocol is in `url` and in `protocol`; choose one";

#[cfg(test)]
mod tests;
