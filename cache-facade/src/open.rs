//! From settings to a cache.

use cache_core::{Error, ErrorKind};

use crate::{Cache, Settings, builtin};

/// Opens the cache that the settings describe.
///
/// Dropping the future leaves nothing open.
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
/// [`ErrorKind::Config`] where a setting is refused, or the feature of the named backend is off.
pub async fn open(settings: Settings) -> Result<Cache, Error> {
    let Settings { backend, default_ttl, namespace } = settings;
    default_ttl.to_millis().map_err(|error| refused("default_ttl", &error))?;
    let backend = builtin::open(&backend).await.map_err(|error| error.with_operation("open"))?;
    let cache = Cache::from_backend(backend).with_default_ttl(default_ttl);
    match namespace {
        Some(name) => cache.namespace(name).map_err(|error| refused("namespace", &error)),
        None => Ok(cache),
    }
}

fn refused(setting: &str, error: &Error) -> Error {
    let problem = format!("`{setting}`: {}", error.detail());
    Error::not_applied(ErrorKind::Config, problem).with_operation("open")
}
