//! Values with the place where they were set.

use cache_core::Error;
use figment::value::{Dict, Map, Value};
use figment::{Metadata, Profile, Provider};

use crate::settings::report;
use crate::settings::table::{self, CONFIG, DEFAULT_TTL, PROFILES, RESERVED, TYPE};

/// A table of values that were set in one place.
#[derive(Debug)]
pub(in crate::settings) struct Layer {
    /// Such as "file `cache.toml`".
    place: String,
    /// The key as it was written, where the value stands under another one now.
    written_key: Option<String>,
    values: Dict,
}

impl Layer {
    /// The layers of one place: a default TTL inside `config` becomes the top one, so that a later
    /// layer can override it whichever way either is spelled.
    ///
    /// # Errors
    /// What is no key, and what is no table of settings where one belongs.
    pub(in crate::settings) fn of(place: String, mut values: Dict) -> Result<Vec<Self>, Error> {
        check_keys(&place, &values)?;
        let mut found: Vec<(String, Value)> = Vec::new();
        if let Some(Value::Dict(_, config)) = values.get_mut(CONFIG) {
            for key in DEFAULT_TTL.keys_in(CONFIG) {
                found.extend(config.remove(key).map(|value| (format!("{CONFIG}.{key}"), value)));
            }
        }
        let at_the_top = values.contains_key(DEFAULT_TTL.key).then(|| DEFAULT_TTL.key.to_owned());
        let keys: Vec<_> = found.iter().map(|(key, _)| key.clone()).chain(at_the_top).collect();
        if let [first, second, ..] = &*keys {
            let problem = format!("`{first}` sets the same; keep one of them");
            return Err(report::refused(second, &place, &problem));
        }
        let lifted = found.into_iter().map(|(key, value)| Self {
            place: place.clone(),
            written_key: Some(key),
            values: Dict::from([(DEFAULT_TTL.key.to_owned(), value)]),
        });
        let mut layers: Vec<_> = lifted.collect();
        layers.push(Self { place, written_key: None, values });
        Ok(layers)
    }

    /// The text of a key at the top.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.values.get(key)?.as_str()
    }

    /// Whether something is set at a path.
    pub(super) fn has(&self, path: &str) -> bool {
        let values = path
            .split_once('.')
            .map_or(Some(&self.values), |(table, _)| self.values.get(table)?.as_dict());
        let key = path.split_once('.').map_or(path, |(_, key)| key);
        values.is_some_and(|values| values.contains_key(key))
    }

    /// Removes what is set at a path.
    pub(super) fn remove(&mut self, path: &str) {
        match path.split_once('.') {
            None => {
                self.values.remove(path);
            }
            Some((table, key)) => {
                if let Some(Value::Dict(_, values)) = self.values.get_mut(table) {
                    values.remove(key);
                }
            }
        }
    }
}

/// Checks the keys outside of tables. What `config` may hold depends on the type, which another
/// place may set.
fn check_keys(place: &str, values: &Dict) -> Result<(), Error> {
    // Another place may name another type, but here this one is meant.
    let backend = values.get(TYPE.key).and_then(Value::as_str).unwrap_or(TYPE.default);
    for (key, value) in values {
        if let Some(problem) = problem(backend, key, value) {
            return Err(report::refused(key, place, &problem));
        }
    }
    Ok(())
}

fn problem(backend: &str, key: &str, value: &Value) -> Option<String> {
    if let Some((_, purpose)) = RESERVED.iter().find(|(name, _)| *name == key) {
        return Some(format!("reserved for {purpose}, which cannot be set yet; remove it"));
    }
    let available = table::keys_at_the_top();
    match key {
        CONFIG if value.as_dict().is_none() => Some("expected a table of settings".to_owned()),
        PROFILES => Some("profiles stand at the top of a settings file alone".to_owned()),
        "profile" => {
            let variable = table::variable("profile");
            Some(format!("a profile is chosen by the variable `{variable}` or by the program"))
        }
        key if available.contains(&key) => None,
        key => Some(report::unknown_setting(backend, "", key, &available)),
    }
}

impl Provider for Layer {
    /// The name is the place, the source the key as it was written.
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
