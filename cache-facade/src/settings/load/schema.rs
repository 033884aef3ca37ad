//! Which keys there are.

use figment::Figment;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use cache_core::Error;

use super::fields::{Entries, Lifetime, Size};
use super::report;
use crate::builtin;
use crate::namespace::Namespace;
use crate::settings::{BackendSettings, MemorySettings, Settings};

/// The key that decides how `config` is read; the others are looked at afterwards.
#[derive(Deserialize)]
struct Head {
    #[serde(rename = "type")]
    backend: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table of settings")]
struct Root<Config> {
    #[serde(rename = "type")]
    _backend: Option<IgnoredAny>,
    #[serde(default)]
    config: Config,
    default_ttl: Option<Lifetime>,
    namespace: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, expecting = "a table of settings")]
struct MemoryConfig {
    capacity: Option<Entries>,
    max_weight: Option<Size>,
    /// Stands here for the list of what is available alone: a [`Layer`](super::Layer) has moved it
    /// to the top.
    #[serde(rename = "default_ttl", alias = "defaultTTL")]
    _default_ttl: Option<IgnoredAny>,
}

/// Reads the merged settings.
pub(super) fn settings(merged: &Figment) -> Result<Settings, Error> {
    let head: Head = extract(merged)?;
    match head.backend.as_deref() {
        None | Some("memory") => {
            let root: Root<MemoryConfig> = extract(merged)?;
            let memory = memory(merged, &root.config)?;
            common(merged, root, memory.into())
        }
        Some(_) => {
            let available = builtin::AVAILABLE.join(", ");
            let problem = format!("there is no such backend; available: {available}");
            Err(report::refused_at(merged, "type", &problem))
        }
    }
}

fn common<Config>(
    merged: &Figment,
    root: Root<Config>,
    backend: BackendSettings,
) -> Result<Settings, Error> {
    if let Some(name) = &root.namespace {
        Namespace::root()
            .child(name)
            .map_err(|error| report::refused_at(merged, "namespace", error.detail()))?;
    }
    let default_ttl = root.default_ttl.map(|lifetime| lifetime.0).unwrap_or_default();
    Ok(Settings { backend, default_ttl, namespace: root.namespace })
}

fn memory(merged: &Figment, config: &MemoryConfig) -> Result<MemorySettings, Error> {
    let settings = MemorySettings::new();
    match (&config.capacity, &config.max_weight) {
        (Some(_), Some(_)) => {
            let first = report::location(merged, "config.capacity");
            let problem = format!("{first} bounds the cache already; keep one of them");
            Err(report::refused_at(merged, "config.max_weight", &problem))
        }
        (Some(entries), None) => Ok(settings.capacity(entries.0)),
        (None, Some(bytes)) => Ok(settings.max_weight(bytes.0)),
        (None, None) => Ok(settings),
    }
}

fn extract<T: DeserializeOwned>(merged: &Figment) -> Result<T, Error> {
    merged.extract().map_err(|error| report::explain(&error))
}
