//! What a cache is opened from.

#[cfg(test)]
#[cfg(feature = "config")]
mod documents;
#[cfg(feature = "schema")]
mod json_schema;
#[cfg(feature = "config")]
mod load;
#[cfg(feature = "memory")]
pub(crate) mod machine;
mod memory;
#[cfg(feature = "config")]
mod merged;
#[cfg(feature = "config")]
mod nearest;
mod redis;
#[cfg(feature = "config")]
mod registered;
#[cfg(feature = "config")]
pub(crate) mod report;
#[cfg(feature = "config")]
mod table;
#[cfg(feature = "config")]
mod units;
#[cfg(feature = "config")]
mod words;

use std::ops::RangeInclusive;
use std::time::Duration;

use cache_core::{Error, ErrorKind, Ttl};

#[cfg(feature = "config")]
pub use load::SettingsLoader;
pub use memory::{MemoryBound, MemorySettings};
pub use redis::RedisSettings;
#[cfg(feature = "config")]
pub use registered::RegisteredSettings;

use crate::namespace::Namespace;
use crate::{Connect, OnError};

/// The deadlines that a cache can be opened with.
pub(crate) const DEADLINES: RangeInclusive<Duration> =
    Duration::from_millis(1)..=Duration::from_secs(60 * 60);

/// What a cache is opened from: a backend, and how the handle behaves.
///
/// It can be built in code, as here, or with the feature `config` read from a file and
/// variables by `Settings::load`. Values are checked when the cache is opened.
///
/// The settings of the cache itself are public: `Debug` shows the name of the type, the namespace,
/// the default TTL, the deadline and the two choices, and so may a log. The chosen profile and the
/// keys of options are public too. The options of a registered backend are not, because a password
/// may be among them: `Debug` shows where each was set and never its value. A secret belongs in an
/// option and nowhere else.
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
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Settings {
    /// Which backend, and how it is set up; the in-process one of 256 MiB unless said.
    pub backend: BackendSettings,
    /// How long entries live that are written without a lifetime; [`Ttl::Never`] unless said.
    pub default_ttl: Ttl,
    /// The one [namespace](crate::Cache::namespace) that every key of the cache is in; none unless
    /// said.
    pub namespace: Option<String>,
    /// How long one call may wait for the backend, from 1 ms to 1 hour; 1 second unless said, and
    /// `None` for as long as it takes.
    pub deadline: Option<Duration>,
    /// Whether opening waits for an answer of the backend; [`Connect::Eager`] unless said.
    pub connect: Connect,
    /// What becomes of a read that fails; [`OnError::Fail`] unless said.
    pub on_error: OnError,
}

impl Settings {
    /// The in-process backend of 256 MiB, without a namespace, where entries never expire unless
    /// said and a call has a second.
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

    /// Sets how long one call may wait for the backend; `None` for as long as it takes.
    #[must_use]
    pub fn deadline(mut self, deadline: impl Into<Option<Duration>>) -> Self {
        self.deadline = deadline.into();
        self
    }

    /// Sets whether opening waits for an answer of the backend.
    #[must_use]
    pub fn connect(mut self, connect: Connect) -> Self {
        self.connect = connect;
        self
    }

    /// Sets what becomes of a read that fails.
    #[must_use]
    pub fn on_error(mut self, on_error: OnError) -> Self {
        self.on_error = on_error;
        self
    }

    /// Checks what may be wrong before a backend is opened.
    pub(crate) fn check(&self) -> Result<(), Error> {
        self.default_ttl.to_millis().map_err(|error| refused("default_ttl", error.detail()))?;
        if self.deadline.is_some_and(|deadline| !DEADLINES.contains(&deadline)) {
            return Err(refused("deadline", "expected 1 ms to 1 hour, or none at all"));
        }
        if let Some(name) = &self.namespace {
            let namespace = Namespace::root().child(name);
            namespace.map_err(|error| refused("namespace", error.detail()))?;
        }
        Ok(())
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            backend: BackendSettings::default(),
            default_ttl: Ttl::Never,
            namespace: None,
            deadline: Some(Duration::from_secs(1)),
            connect: Connect::default(),
            on_error: OnError::default(),
        }
    }
}

/// A setting that was refused when the cache was opened.
pub(crate) fn refused(setting: &str, problem: &str) -> Error {
    Error::not_applied(ErrorKind::Config, format!("`{setting}`: {problem}")).with_operation("open")
}

/// Which backend, and how it is set up.
///
/// The built-in ones are there whatever features are on; opening one whose feature is off is an
/// error that says so.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum BackendSettings {
    /// The in-process backend: `type = "memory"`.
    Memory(MemorySettings),
    /// A Redis or Valkey server through the driver redis-rs: `type = "redis"`.
    Redis(RedisSettings),
    /// A Redis or Valkey server through the driver fred: `type = "fred"`.
    Fred(RedisSettings),
    /// A backend that a [`Registry`](crate::Registry) knows: any other `type`.
    #[cfg(feature = "config")]
    Registered(RegisteredSettings),
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

#[cfg(feature = "config")]
impl From<RegisteredSettings> for BackendSettings {
    fn from(settings: RegisteredSettings) -> Self {
        Self::Registered(settings)
    }
}
