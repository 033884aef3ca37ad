//! What a cache is opened from.

#[cfg(feature = "config")]
mod load;
mod memory;

use cache_core::Ttl;

pub use memory::{MemoryBound, MemorySettings};

/// What a cache is opened from: a backend, and how the handle behaves.
///
/// It can be built in code, as here, or with the feature `config` read from a file and
/// variables by `Settings::load`.
///
/// ```
/// use std::time::Duration;
/// use cache_facade::{MemorySettings, Settings, Ttl};
///
/// let settings = Settings::new()
///     .backend(MemorySettings::new().capacity(10_000))
///     .default_ttl(Duration::from_secs(300))
///     .namespace("shop");
/// assert_eq!(settings.default_ttl, Ttl::After(Duration::from_secs(300)));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Settings {
    /// Which backend, and how it is set up; the in-process one of 256 MiB unless said.
    pub backend: BackendSettings,
    /// How long entries live that are written without a lifetime; [`Ttl::Never`] unless said.
    pub default_ttl: Ttl,
    /// The one [namespace](crate::Cache::namespace) that every key of the cache is in; none unless
    /// said.
    pub namespace: Option<String>,
}

impl Settings {
    /// The in-process backend of 256 MiB, without a namespace, where entries never expire unless
    /// said.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the backend.
    #[must_use]
    pub fn backend(mut self, backend: impl Into<BackendSettings>) -> Self {
        self.backend = backend.into();
        self
    }

    /// Sets how long entries live that are written without a lifetime.
    #[must_use]
    pub fn default_ttl(mut self, ttl: impl Into<Ttl>) -> Self {
        self.default_ttl = ttl.into();
        self
    }

    /// Sets the namespace that every key of the cache is in.
    #[must_use]
    pub fn namespace(mut self, name: impl Into<String>) -> Self {
        self.namespace = Some(name.into());
        self
    }
}

/// Which backend, and how it is set up.
///
/// Every variant is there whatever features are on, so settings always can be read; opening one
/// whose feature is off is an error that says so.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum BackendSettings {
    /// The in-process backend: `type = "memory"`.
    Memory(MemorySettings),
}

impl Default for BackendSettings {
    fn default() -> Self {
        Self::Memory(MemorySettings::new())
    }
}

impl From<MemorySettings> for BackendSettings {
    fn from(settings: MemorySettings) -> Self {
        Self::Memory(settings)
    }
}
