//! From settings to a cache.

use cache_core::{Backend, Error};

#[cfg(feature = "config")]
use crate::Registry;
use crate::settings::refused;
use crate::{Cache, Connect, Settings, builtin, observe};

/// Opens the cache that the settings describe.
///
/// With `connect = "eager"`, the default, the backend has answered once when this returns. Dropping
/// the future leaves nothing open.
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
/// opened or, with `connect = "eager"`, does not answer.
pub async fn open(settings: Settings) -> Result<Cache, Error> {
    settings.check()?;
    finish(builtin::open(&settings.backend).await, settings).await
}

/// Opens the cache that the settings describe, on a backend that is built in or in the registry.
///
/// Otherwise as [`open`]. The [`Registry`] shows an example.
///
/// # Errors
/// Those of [`open`]; [`ErrorKind::Config`](crate::ErrorKind::Config) for options that the backend
/// does not take, and whatever the registered function refuses, with the name of the backend.
#[cfg(feature = "config")]
pub async fn open_with(registry: &Registry, settings: Settings) -> Result<Cache, Error> {
    settings.check()?;
    finish(registry.open_any(&settings.backend).await, settings).await
}

async fn finish(backend: Result<Backend, Error>, settings: Settings) -> Result<Cache, Error> {
    let backend = backend.map_err(|error| error.with_operation("open"))?;
    let root = Cache::from_backend(observe::opened(backend))
        .with_default_ttl(settings.default_ttl)
        .with_on_error(settings.on_error);
    let root = settings
        .deadline
        .map_or_else(|| root.without_deadline(), |limit| root.with_deadline(limit));
    let cache = match settings.namespace {
        Some(name) => root.namespace(name).map_err(|error| refused("namespace", error.detail()))?,
        None => root,
    };
    match settings.connect {
        Connect::Eager => cache.probe().await?,
        Connect::Lazy => {}
    }
    Ok(cache)
}
