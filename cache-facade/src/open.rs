//! From settings to a cache.

use std::pin::pin;
use std::time::Duration;

use cache_core::{Backend, Error, Lifecycle};

#[cfg(feature = "config")]
use crate::Registry;
use crate::cache::limit::{Allowance, BrokenOff};
use crate::settings::refused;
use crate::{Cache, Connect, Settings, builtin, observe};

/// How long opening may take, unless the deadline is longer.
const LIMIT: Duration = Duration::from_secs(30);

const NO_TIME: &str = "opening had to wait and nothing keeps its limit; open the cache inside a \
                       runtime of tokio with `time` enabled that has not ended";

/// Opens the cache that the settings describe.
///
/// With `connect = "eager"`, the default, the backend has answered once when this returns, within
/// the deadline.
///
/// Opening as a whole takes at most 30 seconds, or the deadline where that is longer, whatever the
/// deadline is and also with none. The built-in memory need not wait. A backend that has to be
/// waited for takes a timer of tokio, as it does [elsewhere](Cache::with_deadline).
///
/// A backend that was opened in vain, because it does not answer or a setting does not fit, is
/// [stopped](Cache::stop) before the error is told; that may take 30 seconds more. Dropping the
/// future drops what was opened until then and does not wait for its end.
///
/// ```
/// # #[cfg(feature = "memory")]
/// # pollster::block_on(async {
/// use cache_facade::{MemorySettings, Settings};
///
/// let settings = Settings::new().backend(MemorySettings::new().capacity(10_000));
/// let cache = cache_facade::open(settings).await?;
/// cache.set("greeting", "hello").await?;
/// assert_eq!(cache.get("greeting").await?.as_deref(), Some(&b"hello"[..]));
/// # Ok::<(), cache_facade::Error>(())
/// # }).unwrap();
/// ```
///
/// # Errors
/// [`ErrorKind::Config`](crate::ErrorKind::Config) where a setting is refused, the feature of the
/// named backend is off, or there is no such backend; what the backend reports where it cannot be
/// opened or, with `connect = "eager"`, does not answer; [`Timeout`](crate::ErrorKind::Timeout)
/// where it takes longer than allowed.
pub async fn open(settings: Settings) -> Result<Cache, Error> {
    settings.check()?;
    finish(builtin::open(&settings.backend, settings.deadline), &settings).await
}

/// Opens the cache that the settings describe, on a backend that is built in or in the registry.
///
/// Otherwise as [`open`], also in what dropping the future does: a registered function that opens a
/// backend is dropped where it stands. The [`Registry`] shows an example.
///
/// # Errors
/// Those of [`open`]; [`ErrorKind::Config`](crate::ErrorKind::Config) for options that the backend
/// does not take, and whatever the registered function refuses, with the name of the backend.
#[cfg(feature = "config")]
pub async fn open_with(registry: &Registry, settings: Settings) -> Result<Cache, Error> {
    settings.check()?;
    finish(registry.open_any(&settings), &settings).await
}

/// Waits for the backend, makes the handle, and leaves nothing running where that fails.
async fn finish(
    opening: impl Future<Output = Result<Backend, Error>>,
    settings: &Settings,
) -> Result<Cache, Error> {
    let mut allowance = Allowance::new(LIMIT.max(settings.deadline.unwrap_or_default()));
    let opened = allowance.wait(&mut pin!(opening)).await;
    let opened = opened.unwrap_or_else(|broken_off| Err(told(&broken_off)));
    let backend = opened.map_err(|error| error.with_operation("open"))?;
    let root = Cache::from_backend(observe::opened(backend));
    let mut ready = Box::pin(set_up(&root, settings));
    let answer = allowance.wait(&mut ready).await.unwrap_or_else(|broken_off| {
        let error = told(&broken_off).with_backend(root.backend().cache.name());
        observe::broken_off(ready, &error);
        Err(error)
    });
    match answer {
        Ok(cache) => Ok(cache),
        Err(error) => Err(after_stopping(&root, error).await),
    }
}

/// The handle that the settings describe; the backend has answered where that is asked for.
async fn set_up(root: &Cache, settings: &Settings) -> Result<Cache, Error> {
    let root = root.with_default_ttl(settings.default_ttl).with_on_error(settings.on_error);
    let root = settings
        .deadline
        .map_or_else(|| root.without_deadline(), |limit| root.with_deadline(limit));
    let cache = match &settings.namespace {
        Some(name) => root.namespace(name).map_err(|error| refused("namespace", error.detail()))?,
        None => root,
    };
    match settings.connect {
        Connect::Eager => cache.probe().await?,
        Connect::Lazy => {}
    }
    Ok(cache)
}

/// Stops what was opened in vain; the error why it was.
async fn after_stopping(cache: &Cache, error: Error) -> Error {
    match cache.stop().await {
        Ok(()) => error,
        Err(stop) => {
            let detail = format!("{}; stopping it failed too: {}", error.detail(), stop.detail());
            error.with_detail(detail)
        }
    }
}

#[cold]
fn told(broken_off: &BrokenOff) -> Error {
    let late = |limit| {
        format!("the backend was not open after {limit:?}; it is slow or cannot be reached")
    };
    broken_off.error(late, NO_TIME).with_operation("open")
}
