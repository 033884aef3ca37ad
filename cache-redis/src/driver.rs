//! Opens connections with redis-rs.

use std::sync::Arc;

use bytes::Bytes;
use cache_core::{Error, ErrorKind};
use cache_redis_wire::Connection as _;
use cache_redis_wire::{Answer, Driver, Inbox, InboxSender, Server, Settings};
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, ConnectionAddr, ProtocolVersion, RedisConnectionInfo};

use crate::connection::Connection;
use crate::error::{broken_off, not_let_in, refused, unreachable};
use crate::listener::{Listener, receiver, tracking};
use crate::login::Login;
use crate::stream::{self, Patient, Stream};
use crate::tls;

/// The name in errors and logs.
pub(crate) const NAME: &str = "redis";

/// How many commands may wait to be written, one connection each. Further ones wait in their calls.
const QUEUE: usize = 1024;

/// redis-rs, as a driver of the cache.
pub(crate) struct RedisDriver {
    settings: Arc<Settings>,
    origin: Origin,
}

/// Where connections come from.
enum Origin {
    /// They are dialled as the settings say.
    Settings,
    /// They are dialled as a client says that was handed over.
    Client(Box<Client>),
    /// There is one, and it was handed over.
    Connection(MultiplexedConnection),
}

impl RedisDriver {
    /// Connections as the settings say.
    pub(crate) fn of_settings(settings: Arc<Settings>) -> Self {
        Self { settings, origin: Origin::Settings }
    }

    /// Connections as a client says.
    pub(crate) fn of_client(settings: Arc<Settings>, client: Client) -> Self {
        Self { settings, origin: Origin::Client(Box::new(client)) }
    }

    /// One connection that is there already.
    pub(crate) fn of_connection(
        settings: Arc<Settings>,
        mut connection: MultiplexedConnection,
    ) -> Self {
        // The limit of redis-rs is that of one clone; the owner's clones keep theirs.
        connection.set_response_timeout(settings.deadline().saturating_mul(2));
        Self { settings, origin: Origin::Connection(connection) }
    }

    async fn login(&self) -> Result<Login, Error> {
        match &self.origin {
            Origin::Client(client) => {
                Ok(Login::of_client(client.get_connection_info().redis_settings()))
            }
            Origin::Settings | Origin::Connection(_) => Login::of_settings(&self.settings).await,
        }
    }

    fn address(&self) -> String {
        match &self.origin {
            Origin::Client(client) => client.get_connection_info().addr().to_string(),
            Origin::Settings | Origin::Connection(_) => self.settings.address().to_owned(),
        }
    }

    /// A connected socket; `None` where only redis-rs itself can open it.
    async fn stream(&self, address: &str) -> Result<Option<Box<dyn Stream>>, Error> {
        if let Origin::Client(client) = &self.origin {
            return match client.get_connection_info().addr() {
                ConnectionAddr::Tcp(host, port) => tcp(address, host, *port).await.map(Some),
                #[cfg(unix)]
                ConnectionAddr::Unix(path) => unix(address, path).await.map(Some),
                // Its certificates are not shown to anybody else.
                _ => Ok(None),
            };
        }
        match self.settings.server() {
            Server::Tcp { host, port } => match self.settings.tls() {
                None => tcp(address, host, *port).await.map(Some),
                Some(tls) => {
                    let stream = stream::tcp(host, *port).await;
                    let stream = stream.map_err(|error| unreachable(address, &error))?;
                    tls::wrap(address, host, tls, stream).await.map(Some)
                }
            },
            #[cfg(unix)]
            Server::Unix(path) => unix(address, path).await.map(Some),
            _ => Ok(None),
        }
    }

    /// Dials; with what fills an inbox, redis-rs logs in and uses it.
    async fn connect(
        &self,
        login: &Login,
        address: &str,
        pushes: Option<InboxSender>,
    ) -> Result<Connection, Error> {
        let is_pushed_to = pushes.is_some();
        let (info, config) = match pushes {
            None => (RedisConnectionInfo::default().set_skip_set_lib_name(), config()),
            Some(sender) => (login.for_pushes(), config().set_push_sender(receiver(sender))),
        };
        let Some(stream) = self.stream(address).await? else {
            return self.connect_by_client(address, config, is_pushed_to).await;
        };
        let stream = Patient::new(stream);
        let made = MultiplexedConnection::new_with_config(&info, stream, config).await;
        let (multiplexed, carrying) = made.map_err(|error| refused(address, &error))?;
        let connection = Connection::new(multiplexed, carrying);
        if !is_pushed_to {
            login.perform(address, &connection).await?;
        }
        Ok(connection)
    }

    async fn connect_by_client(
        &self,
        address: &str,
        config: AsyncConnectionConfig,
        pushes: bool,
    ) -> Result<Connection, Error> {
        let Origin::Client(client) = &self.origin else {
            return Err(no_address());
        };
        let info = client.get_connection_info();
        let mut login = info.redis_settings().clone();
        if pushes {
            login = login.set_protocol(ProtocolVersion::RESP3);
        }
        let info = info.clone().set_redis_settings(login).set_tcp_settings(stream::settings());
        let failed = |error| refused(address, &error);
        let client = Client::open(info).map_err(failed)?;
        let made = client.get_multiplexed_async_connection_with_config(&config).await;
        made.map(Connection::lent).map_err(failed)
    }
}

impl Driver for RedisDriver {
    type Connection = Connection;
    type Listener = Listener;

    fn name(&self) -> &'static str {
        NAME
    }

    fn is_lent(&self) -> bool {
        matches!(self.origin, Origin::Connection(_))
    }

    async fn dial(&self) -> Result<Connection, Error> {
        if let Origin::Connection(multiplexed) = &self.origin {
            return Ok(Connection::lent(multiplexed.clone()));
        }
        let login = self.login().await?;
        self.connect(&login, &self.address(), None).await
    }

    async fn listen(&self, prefixes: Vec<Bytes>) -> Result<Listener, Error> {
        if let Origin::Connection(_) = &self.origin {
            return Err(no_address());
        }
        let (login, address) = (self.login().await?, self.address());
        let (sender, inbox) = Inbox::channel();
        let connection = self.connect(&login, &address, Some(sender)).await?;
        let asked = connection.command(tracking(prefixes)).await;
        match asked.map_err(|lost| broken_off(&address, lost))? {
            Answer::Error(error) => Err(not_let_in(&address, &error)),
            _ => Ok(Listener::new(inbox, connection)),
        }
    }
}

/// No limit of time, since the supervision has one; and no reconnecting, since nobody asks for it.
fn config() -> AsyncConnectionConfig {
    AsyncConnectionConfig::new()
        .set_response_timeout(None)
        .set_connection_timeout(None)
        .set_pipeline_buffer_size(QUEUE)
}

async fn tcp(address: &str, host: &str, port: u16) -> Result<Box<dyn Stream>, Error> {
    match stream::tcp(host, port).await {
        Ok(stream) => Ok(Box::new(stream)),
        Err(error) => Err(unreachable(address, &error)),
    }
}

#[cfg(unix)]
async fn unix(address: &str, path: &std::path::Path) -> Result<Box<dyn Stream>, Error> {
    match stream::unix(path).await {
        Ok(stream) => Ok(Box::new(stream)),
        Err(error) => Err(unreachable(address, &error)),
    }
}

fn no_address() -> Error {
    let detail = "the connection that was handed over has no address to dial; hand over a client";
    Error::not_applied(ErrorKind::Config, detail)
}
