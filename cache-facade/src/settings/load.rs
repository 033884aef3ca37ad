//! Settings from a file and from environment variables.
//!
//! A value passes four stages, each in a file of its own: it is read into a [`Layer`] that
//! remembers where it was set, layers are merged by figment, the merged table is read into typed
//! fields, and a failure is told without the value that caused it.

mod fields;
mod file;
mod layer;
mod report;
mod schema;
mod variables;

use std::ffi::OsString;
use std::path::Path;

use cache_core::Error;
use figment::Figment;

use self::layer::Layer;
use super::Settings;

/// The file that [`Settings::load`] looks for in the working directory.
const DEFAULT_FILE: &str = "cache.toml";

impl Settings {
    /// Reads settings: the defaults, over them `cache.toml` in the working directory if there is
    /// one, over that the variables of the environment that begin with `CACHE__`.
    ///
    /// In a variable's name `__` stands for the dot of a path, in capitals: `CACHE__TYPE`,
    /// `CACHE__CONFIG__CAPACITY`. Its value is taken as it is, without quotes. Other people's
    /// `CACHE_…` variables are not looked at.
    ///
    /// | key | value | default |
    /// |---|---|---|
    /// | `type` | the name of a backend: `memory` | `memory` |
    /// | `default_ttl`, or `config.default_ttl`, or `config.defaultTTL` | a duration such as `5m` or `1h30m`, or `never` | `never` |
    /// | `namespace` | the name of a [namespace](crate::Cache::namespace) | none |
    /// | `config.capacity`, for `memory` | a number of entries | – |
    /// | `config.max_weight`, for `memory`, in place of `capacity` | a size such as `64MiB` | `256MiB` |
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) for a key that does not exist, a value that
    /// is refused, broken TOML, or a file that cannot be read. It names the key, where it was set
    /// and what is expected, and never the value that was found.
    pub fn load() -> Result<Self, Error> {
        let file = file::read_if_there(Path::new(DEFAULT_FILE))?;
        merge(file, std::env::vars_os())
    }

    /// Reads settings as [`load`](Settings::load) does, from a named file in place of `cache.toml`.
    ///
    /// # Errors
    /// Those of [`load`](Settings::load), and [`ErrorKind::Config`](crate::ErrorKind::Config) where
    /// there is no such file.
    pub fn load_file(path: impl AsRef<Path>) -> Result<Self, Error> {
        let file = file::read(path.as_ref())?;
        merge(file, std::env::vars_os())
    }
}

fn merge(
    file: Vec<Layer>,
    variables: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<Settings, Error> {
    let layers = file.into_iter().chain(variables::read(variables)?);
    schema::settings(&layers.fold(Figment::new(), Figment::merge))
}

#[cfg(test)]
mod tests;
