//! What is wrong with a setting, told without the value.

use cache_core::{Error, ErrorKind};
use figment::error::Kind;
use figment::{Figment, Metadata};

/// A figment error in our words: figment's own text holds the offending value.
pub(super) fn explain(error: &figment::Error) -> Error {
    let problem = match &error.kind {
        Kind::InvalidType(_, expected) | Kind::InvalidValue(_, expected) => {
            format!("expected {expected}")
        }
        Kind::UnknownField(_, available) => {
            format!("there is no such setting; available: {}", available.join(", "))
        }
        Kind::Message(_)
        | Kind::InvalidLength(..)
        | Kind::UnknownVariant(..)
        | Kind::MissingField(_)
        | Kind::DuplicateField(_)
        | Kind::ISizeOutOfRange(_)
        | Kind::USizeOutOfRange(_)
        | Kind::Unsupported(_)
        | Kind::UnsupportedKey(..) => "the value is not one that a setting can have".to_owned(),
    };
    let key = error.path.join(".");
    match &error.metadata {
        Some(metadata) => refused(written_key(metadata, &key), &metadata.name, &problem),
        None => refused(&key, "the settings", &problem),
    }
}

/// The refusal of a value that was read, found again by its key.
pub(super) fn refused_at(settings: &Figment, key: &str, problem: &str) -> Error {
    failed(format!("{}: {problem}", location(settings, key)))
}

/// A key as it was written and the place where it was set.
pub(super) fn location(settings: &Figment, key: &str) -> String {
    match settings.find_metadata(key) {
        Some(metadata) => located(written_key(metadata, key), &metadata.name),
        None => located(key, "the settings"),
    }
}

/// A key, the place where it was set, and what is wrong with it.
pub(super) fn refused(key: &str, place: &str, problem: &str) -> Error {
    failed(format!("{}: {problem}", located(key, place)))
}

pub(super) fn failed(problem: String) -> Error {
    Error::not_applied(ErrorKind::Config, problem).with_operation("load")
}

fn located(key: &str, place: &str) -> String {
    format!("`{}` in {place}", key.escape_debug())
}

fn written_key<'a>(metadata: &'a Metadata, key: &'a str) -> &'a str {
    metadata.source.as_ref().and_then(|source| source.custom()).unwrap_or(key)
}
