//! How the backend is opened.

use std::sync::Arc;

use cache_core::{Backend, Error};
use cache_redis_wire::{Options, Redis, Settings};
use redis::Client;
use redis::aio::MultiplexedConnection;

use crate::driver::RedisDriver;
use crate::tls;

/// Opens a cache with locks and change events on the server that the options name.
///
/// Nothing is sent yet: the first call dials, within its deadline. With TLS, the files that the
/// options name are read, which blocks for milliseconds.
///
/// # Errors
/// [`Config`](cache_core::ErrorKind::Config) where the options contradict each other, are out of
/// range, or ask for what this program was built without; it names the option.
///
/// ```
/// use cache_redis::{Options, open};
///
/// let backend = open(Options::new().url("redis://127.0.0.1:6379/0"))?;
/// assert_eq!(backend.cache.name(), "redis");
/// # Ok::<(), cache_core::Error>(())
/// ```
pub fn open(options: Options) -> Result<Backend, Error> {
    let settings = checked(options)?;
    tls::check(&settings)?;
    let driver = RedisDriver::of_settings(Arc::clone(&settings));
    Ok(Redis::new(settings, driver).into_backend())
}

/// Opens a cache with the address, login and TLS of a client that is there already.
///
/// Connections are dialled as the client says and supervised as all others are. Its settings of TCP
/// and of the library's name are not used; ours are. The options say the rest: start with
/// [`Options::of_client`].
///
/// A client with TLS dials by the features of redis-rs that the program chose. redis-rs keeps what
/// carries such a connection to itself: whether a command was sent before the connection broke is
/// then reported as unknown more often.
///
/// # Errors
/// As [`open`]; also where the options name a server or a login of their own.
///
/// ```
/// use cache_redis::{Options, from_client};
///
/// let client = redis::Client::open("redis://127.0.0.1:6379/").expect("a valid URL");
/// let backend = from_client(client, Options::of_client().connections(1))?;
/// assert!(backend.watch.is_some());
/// # Ok::<(), cache_core::Error>(())
/// ```
pub fn from_client(client: Client, options: Options) -> Result<Backend, Error> {
    let settings = checked(options)?;
    let driver = RedisDriver::of_client(Arc::clone(&settings), client);
    Ok(Redis::new(settings, driver).into_backend())
}

/// Opens a cache on one connection that is there already, and that others may be using.
///
/// Its calls have their deadline, as all have. It is not supervised: when the connection breaks, every
/// call is answered [`Unavailable`](cache_core::ErrorKind::Unavailable) from then on. Stopping or
/// dropping the backend leaves the connection to its owner. There are no change events, for these
/// need a connection of their own; so does `acquire` with replicas, which is answered
/// [`Unsupported`](cache_core::ErrorKind::Unsupported). Prefer [`from_client`].
///
/// # Errors
/// As [`from_client`].
pub fn from_connection(
    connection: MultiplexedConnection,
    options: Options,
) -> Result<Backend, Error> {
    let settings = checked(options.connections(1))?;
    let driver = RedisDriver::of_connection(Arc::clone(&settings), connection);
    let mut backend = Redis::new(settings, driver).into_backend();
    backend.watch = None;
    Ok(backend)
}

fn checked(options: Options) -> Result<Arc<Settings>, Error> {
    options.check().map(Arc::new)
}
