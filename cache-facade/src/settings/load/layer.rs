//! Values with the place where they were set.

use cache_core::Error;
use figment::value::{Dict, Map, Value};
use figment::{Metadata, Profile, Provider};

use super::report;

/// Both spellings of a default TTL inside `config`; the second is the Go package's.
const DEFAULT_TTL_IN_CONFIG: [&str; 2] = ["default_ttl", "defaultTTL"];
const DEFAULT_TTL: &str = "default_ttl";

/// A table of values that were set in one place.
#[derive(Debug)]
pub(super) struct Layer {
    /// Such as "file `cache.toml`".
    place: String,
    /// The key as it was written, where the value stands under another one now.
    written_key: Option<String>,
    values: Dict,
}

impl Layer {
    /// The layers of one place: a default TTL inside `config` becomes the top one, so that a later
    /// layer can override it whichever way either is spelled.
    pub(super) fn of(place: String, mut values: Dict) -> Result<Vec<Self>, Error> {
        let mut found: Vec<(String, Value)> = Vec::new();
        if let Some(Value::Dict(_, config)) = values.get_mut("config") {
            for key in DEFAULT_TTL_IN_CONFIG {
                found.extend(config.remove(key).map(|value| (format!("config.{key}"), value)));
            }
        }
        let at_the_top = values.contains_key(DEFAULT_TTL).then(|| DEFAULT_TTL.to_owned());
        let keys: Vec<_> = found.iter().map(|(key, _)| key.clone()).chain(at_the_top).collect();
        if let [first, second, ..] = &*keys {
            let problem = format!("`{first}` sets the same; keep one of them");
            return Err(report::refused(second, &place, &problem));
        }
        let lifted = found.into_iter().map(|(key, value)| Self {
            place: place.clone(),
            written_key: Some(key),
            values: Dict::from([(DEFAULT_TTL.to_owned(), value)]),
        });
        let mut layers: Vec<_> = lifted.collect();
        layers.push(Self { place, written_key: None, values });
        Ok(layers)
    }
}

impl Provider for Layer {
    /// The name is the place, the source the key as it was written: [`report`] reads both.
    fn metadata(&self) -> Metadata {
        let metadata = Metadata::named(self.place.clone());
        match &self.written_key {
            Some(key) => metadata.source(key.clone()),
            None => metadata,
        }
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok(Map::from([(Profile::Default, self.values.clone())]))
    }
}
