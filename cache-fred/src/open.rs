//! How the backend is opened.

use std::sync::Arc;

use cache_core::{Backend, Error, ErrorKind};
use cache_redis_wire::{Options, Redis, Settings};
use fred::clients::Client;
use fred::interfaces::ClientLike;

use crate::driver::FredDriver;
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
/// use cache_fred::{Options, open};
///
/// let backend = open(Options::new().url("redis://127.0.0.1:6379/0"))?;
/// assert_eq!(backend.cache.name(), "fred");
/// # Ok::<(), cache_core::Error>(())
/// ```
pub fn open(options: Options) -> Result<Backend, Error> {
    let settings = checked(options)?;
    tls::check(&settings)?;
    let driver = FredDriver::of_settings(Arc::clone(&settings));
    Ok(Redis::new(settings, driver).into_backend())
}

/// Opens a cache with the address, login and TLS of a client that is there already.
///
/// Connections are dialled as the client's configuration says and supervised as all others are. They
/// are none of the client's own: it may be disconnected, busy with a blocking command, or quit, and
/// stopping or dropping the backend leaves it as it is. Its reconnect policy, its settings of TCP, of
/// performance and of time are not used; ours are. The options say the rest: start with
/// [`Options::of_client`].
///
/// # Errors
/// As [`open`]; also where the options name a server or a login of their own, and where the client is
/// one of a cluster.
///
/// ```
/// use cache_fred::{Options, from_client};
/// use fred::clients::Client;
/// use fred::types::config::Config;
///
/// let config = Config::from_url("redis://127.0.0.1:6379/").expect("a valid URL");
/// let client = Client::new(config, None, None, None);
/// let backend = from_client(&client, Options::of_client().connections(1))?;
/// assert!(backend.watch.is_some());
/// # Ok::<(), cache_core::Error>(())
/// ```
pub fn from_client(client: &Client, options: Options) -> Result<Backend, Error> {
    let settings = checked(options)?;
    if client.is_clustered() {
        let detail = "the client that was handed over is one of a cluster; hand over a client of a \
                      server that stands alone";
        return Err(Error::not_applied(ErrorKind::Config, detail));
    }
    let driver = FredDriver::of_client(Arc::clone(&settings), client);
    Ok(Redis::new(settings, driver).into_backend())
}

fn checked(options: Options) -> Result<Arc<Settings>, Error> {
    options.check().map(Arc::new)
}
