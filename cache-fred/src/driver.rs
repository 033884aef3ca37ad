//! Opens connections with fred.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use bytes::Bytes;
use cache_core::{Error, ErrorKind};
use cache_redis_wire::{Driver, Server, Settings};
use fred::clients::Client;
use fred::interfaces::{ClientLike, EventInterface};
use fred::types::config::{Config, ServerConfig};
use fred::types::{ConnectHandle, RespVersion};

use crate::connection::Connection;
use crate::error::{broken_off, refused};
use crate::listener::{EVENTS, Listener};
use crate::login::Login;
use crate::{stream, tls};

/// The name in errors and logs.
pub(crate) const NAME: &str = "fred";

/// How many events of a connection without a listener may wait: they are looked at once, when it is
/// there.
const FEW_EVENTS: usize = 4;

/// fred, as a driver of the cache.
pub(crate) struct FredDriver {
    settings: Arc<Settings>,
    origin: Origin,
}

/// Where connections come from.
enum Origin {
    /// They are dialled as the settings say.
    Settings,
    /// They are dialled as a client says that was handed over.
    Client(Box<Config>),
}

impl FredDriver {
    /// Connections as the settings say.
    pub(crate) fn of_settings(settings: Arc<Settings>) -> Self {
        Self { settings, origin: Origin::Settings }
    }

    /// Connections as a client says.
    pub(crate) fn of_client(settings: Arc<Settings>, client: &Client) -> Self {
        Self { settings, origin: Origin::Client(Box::new(client.client_config())) }
    }

    async fn login(&self) -> Result<Login, Error> {
        match &self.origin {
            Origin::Client(config) => Ok(Login::of_client(config)),
            Origin::Settings => Login::of_settings(&self.settings).await,
        }
    }

    fn address(&self) -> String {
        match &self.origin {
            Origin::Client(config) => match &config.server {
                ServerConfig::Unix { path } => path.display().to_string(),
                server => {
                    let hosts: Vec<_> = server.hosts().iter().map(ToString::to_string).collect();
                    hosts.join(", ")
                }
            },
            Origin::Settings => self.settings.address().to_owned(),
        }
    }

    /// The server and TLS, without a login.
    async fn config(&self, address: &str) -> Result<Config, Error> {
        if let Origin::Client(config) = &self.origin {
            return Ok(Config { fail_fast: true, ..Config::clone(config) });
        }
        let mut config = Config { fail_fast: true, ..Config::default() };
        config.server = match self.settings.server() {
            Server::Tcp { host, port } => ServerConfig::new_centralized(host, *port),
            Server::Unix(path) => ServerConfig::new_unix_socket(path),
            Server::OfClient => return Err(no_address()),
        };
        if let Some(tls) = self.settings.tls() {
            tls::wrap(address, tls, &mut config).await?;
        }
        Ok(config)
    }

    async fn connect(
        &self,
        login: &Login,
        address: &str,
        events: usize,
    ) -> Result<Connection, Error> {
        let mut config = self.config(address).await?;
        login.put_into(&mut config);
        let connected = match opened(config.clone(), events).await {
            Err(Some(error)) if login.is_worth_a_hello(&error) => {
                config.version = RespVersion::RESP3;
                opened(config, events).await
            }
            connected => connected,
        };
        let connection = connected.map_err(|error| match error {
            Some(error) => refused(address, &error),
            None => broken_off(address, cache_redis_wire::Lost::Broken),
        })?;
        login.perform(address, &connection).await?;
        Ok(connection)
    }
}

impl Driver for FredDriver {
    type Connection = Connection;
    type Listener = Listener;

    fn name(&self) -> &'static str {
        NAME
    }

    async fn dial(&self) -> Result<Connection, Error> {
        let login = self.login().await?;
        self.connect(&login, &self.address(), FEW_EVENTS).await
    }

    async fn listen(&self, prefixes: Vec<Bytes>) -> Result<Listener, Error> {
        let (login, address) = (self.login().await?.for_pushes(), self.address());
        let connection = self.connect(&login, &address, EVENTS).await?;
        Listener::begin(&address, connection, prefixes).await
    }
}

/// A connection on which fred has sent its first command, and was answered; or fred's error, if it has
/// one.
async fn opened(config: Config, events: usize) -> Result<Connection, Option<fred::error::Error>> {
    let performance = stream::performance(events);
    // Without a policy, nothing ever reconnects.
    let client = Client::new(config, Some(performance), Some(stream::connection()), None);
    let carrying = connected(&client).await?;
    Ok(Connection::new(client, carrying))
}

/// Waits until fred has connected and logged in. The task of fred ends with the future: fred's own
/// `init` leaves it alone, and its `wait_for_connect` may wait for what has been.
async fn connected(client: &Client) -> Result<ConnectHandle, Option<fred::error::Error>> {
    let mut connections = client.reconnect_rx();
    let mut carrying = EndsWithMe(Some(client.connect()));
    let mut arrival = pin!(connections.recv());
    poll_fn(|context| {
        if arrival.as_mut().poll(context).is_ready() {
            return Poll::Ready(Ok(()));
        }
        let Some(task) = &mut carrying.0 else { return Poll::Ready(Err(None)) };
        pin!(task).poll(context).map(|ended| match ended {
            Ok(Err(error)) => Err(Some(error)),
            Ok(Ok(())) | Err(_) => Err(None),
        })
    })
    .await?;
    carrying.0.take().ok_or(None)
}

struct EndsWithMe(Option<ConnectHandle>);

impl Drop for EndsWithMe {
    fn drop(&mut self) {
        if let Some(task) = &self.0 {
            task.abort();
        }
    }
}

fn no_address() -> Error {
    let detail = "the options are for a client that is handed over; see from_client";
    Error::not_applied(ErrorKind::Config, detail)
}
