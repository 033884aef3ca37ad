//! The options of a backend that is not built in.

mod deserialize;
mod names;
mod refusal;

use std::fmt;
use std::sync::Arc;

use cache_core::Error;
use figment::Figment;
use figment::value::{Dict, Value};
use serde::Serialize;
use serde::de::DeserializeOwned;

use self::deserialize::Options;
use super::load::Layer;
use super::merged::{Located, Merged};
use super::report;
use super::table::{CONFIG, DEFAULT_TTL, TYPE};
use crate::builtin::BUILTINS;

/// Which registered backend, and its options.
///
/// The options are read by the type that the backend was
/// [registered](crate::Registry::register) with. Until then they are kept as they were written,
/// each with the place where it was set. `Debug` shows those places and no value.
#[derive(Clone)]
pub struct RegisteredSettings {
    name: String,
    settings: Arc<Merged>,
}

impl RegisteredSettings {
    /// A backend by its name, with options that become a table: a struct or a map.
    ///
    /// ```
    /// use std::collections::BTreeMap;
    /// use cache_facade::{RegisteredSettings, Settings};
    ///
    /// let options = BTreeMap::from([("folder", "cache")]);
    /// let settings = Settings::new().backend(RegisteredSettings::new("files", &options)?);
    /// # Ok::<(), cache_facade::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) for the name of a built-in backend, for
    /// options that are no table, and for a `default_ttl` or `defaultTTL` among them: it belongs to
    /// the cache, so [`Settings::default_ttl`](crate::Settings::default_ttl) sets it.
    pub fn new(name: impl Into<String>, options: &impl Serialize) -> Result<Self, Error> {
        let (name, place) = (name.into(), "the program".to_owned());
        if BUILTINS.iter().any(|builtin| builtin.name == name) {
            let problem = format!("`{name}` is built in and has settings of its own; use those");
            return Err(report::refused(TYPE.key, &place, &problem));
        }
        let options = match Value::serialize(options) {
            Ok(Value::Empty(..)) => Value::from(Dict::new()),
            Ok(options) => options,
            Err(_) => {
                let problem = "the options cannot be written as a table of settings";
                return Err(report::refused(CONFIG, &place, problem));
            }
        };
        if let Some(key) = DEFAULT_TTL.keys_in(CONFIG).find(|key| options.find_ref(key).is_some()) {
            let problem = "belongs to the cache, not to its backend; set it by \
                           Settings::default_ttl";
            return Err(report::refused(&format!("{CONFIG}.{key}"), &place, problem));
        }
        let values = [(TYPE.key.to_owned(), name.clone().into()), (CONFIG.to_owned(), options)];
        let layers = Layer::of(place, Dict::from(values))?;
        let settings = Merged::new(layers.into_iter().fold(Figment::new(), Figment::merge))?;
        Ok(Self::loaded(name, Arc::new(settings)))
    }

    /// The options in settings that were loaded.
    pub(super) fn loaded(name: String, settings: Arc<Merged>) -> Self {
        Self { name, settings }
    }

    /// The name of the backend.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Reads the options.
    pub(crate) fn options<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let none = Value::from(Dict::new());
        let config =
            self.settings.find(CONFIG).unwrap_or_else(|| self.settings.locate(CONFIG, &none));
        let needed_by = self.settings.find(TYPE.key).map(|at| format!("{at:?}"));
        T::deserialize(Options::of(config.clone())).map_err(|refusal| {
            let needed_by = needed_by.unwrap_or_else(|| "the backend".to_owned());
            refusal.into_error(&config, &self.name, &needed_by)
        })
    }

    /// The refusal of the name.
    pub(crate) fn unknown(&self, available: &[&str]) -> Error {
        self.settings.refused(TYPE.key, &report::unknown("backend", &self.name, available))
    }

    fn config(&self) -> Option<Located<'_>> {
        self.settings.find(CONFIG)
    }
}

impl PartialEq for RegisteredSettings {
    /// Equal names and options, wherever they were set.
    fn eq(&self, other: &Self) -> bool {
        let values = |settings: &Self| settings.config().map(|config| config.value.clone());
        self.name == other.name && values(self) == values(other)
    }
}

impl fmt::Debug for RegisteredSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let config = self.config();
        let options = config.iter().flat_map(Located::entries).flatten().map(|(_, option)| option);
        f.debug_struct("RegisteredSettings")
            .field("name", &self.name)
            .field("options", &options.collect::<Vec<_>>())
            .finish()
    }
}

#[cfg(test)]
#[cfg(feature = "memory")]
mod tests;
