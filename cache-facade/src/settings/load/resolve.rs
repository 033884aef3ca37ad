//! From the merged table to settings.

use std::sync::Arc;

use cache_core::Error;

use super::{fields, redis};
use crate::builtin::{self, Builtin};
use crate::namespace::Namespace;
use crate::settings::merged::Merged;
use crate::settings::table::{
    CAPACITY, CONFIG, CONNECT, DEADLINE, DEFAULT_TTL, MAX_WEIGHT, NAMESPACE, ON_ERROR, TYPE,
    keys_of_config,
};
use crate::settings::{
    BackendSettings, MemoryBound, MemorySettings, RegisteredSettings, Settings, report,
};
use crate::{Connect, OnError};

/// Reads the merged settings.
pub(super) fn settings(merged: &Arc<Merged>) -> Result<Settings, Error> {
    let defaults = Settings::new();
    let namespace = merged.read(&NAMESPACE, fields::text)?;
    if let Some(name) = &namespace {
        Namespace::root()
            .child(name)
            .map_err(|error| merged.refused(NAMESPACE.key, error.detail()))?;
    }
    let connect = fields::choice(Connect::ALL, Connect::name);
    let on_error = fields::choice(OnError::ALL, OnError::name);
    Ok(Settings {
        backend: backend(merged, builtin::BUILTINS)?,
        default_ttl: merged.read(&DEFAULT_TTL, fields::lifetime)?.unwrap_or(defaults.default_ttl),
        namespace,
        deadline: merged.read(&DEADLINE, fields::deadline)?.unwrap_or(defaults.deadline),
        connect: merged.read(&CONNECT, connect)?.unwrap_or(defaults.connect),
        on_error: merged.read(&ON_ERROR, on_error)?.unwrap_or(defaults.on_error),
    })
}

/// The type decides how `config` is read. One that is not built in may be registered when the
/// cache is opened.
fn backend(merged: &Arc<Merged>, builtins: &[Builtin]) -> Result<BackendSettings, Error> {
    let Some(name) = merged.read(&TYPE, fields::text)? else {
        return built_in(merged, TYPE.default);
    };
    match builtins.iter().find(|builtin| builtin.name == name) {
        Some(builtin) if !builtin.is_on => {
            Err(merged.refused(TYPE.key, &builtin::switched_off(builtin.name)))
        }
        Some(builtin) => built_in(merged, builtin.name),
        None => Ok(RegisteredSettings::loaded(name, Arc::clone(merged)).into()),
    }
}

fn built_in(merged: &Merged, name: &str) -> Result<BackendSettings, Error> {
    check_config(merged, name)?;
    match name {
        "redis" => redis::settings(merged).map(BackendSettings::Redis),
        "fred" => redis::settings(merged).map(BackendSettings::Fred),
        _ => memory(merged).map(BackendSettings::Memory),
    }
}

fn memory(merged: &Merged) -> Result<MemorySettings, Error> {
    let capacity = merged.read(&CAPACITY, fields::entries)?.map(MemoryBound::Entries);
    let weight = merged.read(&MAX_WEIGHT, fields::size)?.map(MemoryBound::Weight);
    let (setting, bound) = match (capacity, weight) {
        (Some(_), Some(_)) => return Err(bounded_twice(merged)),
        (Some(bound), None) => (CAPACITY, bound),
        (None, Some(bound)) => (MAX_WEIGHT, bound),
        (None, None) => return Ok(MemorySettings::new()),
    };
    check_bound(bound).map_err(|problem| merged.refused(setting.key, &problem))?;
    Ok(MemorySettings { bound })
}

#[cfg(feature = "memory")]
fn check_bound(bound: MemoryBound) -> Result<(), String> {
    use crate::settings::machine;

    machine::refusal(bound, machine::physical_memory()).map_or(Ok(()), Err)
}

/// Without the backend nobody knows what an entry costs, and nothing is opened.
#[cfg(not(feature = "memory"))]
#[expect(clippy::unnecessary_wraps, reason = "with the backend there is something to refuse")]
fn check_bound(_: MemoryBound) -> Result<(), String> {
    Ok(())
}

fn bounded_twice(merged: &Merged) -> Error {
    let first = merged.find(CAPACITY.key).map_or_else(String::new, |at| format!("{at:?} "));
    let problem = format!("{first}bounds the cache already; keep one of them");
    merged.refused(MAX_WEIGHT.key, &problem)
}

/// Checks the keys of `config` for a type that is built in.
fn check_config(merged: &Merged, backend: &str) -> Result<(), Error> {
    let config = merged.find(CONFIG);
    let available = keys_of_config(backend);
    for (key, entry) in config.iter().flat_map(|config| config.entries()).flatten() {
        if !available.contains(&key) {
            return Err(entry.refused(&report::unknown_setting(backend, CONFIG, key, &available)));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use figment::Figment;
    use figment::value::Dict;

    use super::*;
    use crate::settings::load::Layer;

    #[test]
    fn type_whose_feature_is_off_is_refused_with_the_way_out() {
        let values = Dict::from([("type".to_owned(), "redis".into())]);
        let layers = Layer::of("file `cache.toml`".to_owned(), values).unwrap();
        let figment = layers.into_iter().fold(Figment::new(), Figment::merge);
        let builtins = [Builtin { name: "redis", is_on: false }];
        let error = backend(&Arc::new(Merged::new(figment).unwrap()), &builtins).unwrap_err();
        assert!(error.detail().starts_with("`type` in file `cache.toml`: "), "{error}");
        assert!(error.detail().contains("turn on the feature `redis`"), "{error}");
    }
}
