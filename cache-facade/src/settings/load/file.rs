//! A settings file.

use std::io;
use std::path::Path;

use cache_core::Error;
use figment::providers::{Format, Toml};
use figment::value::Dict;

use crate::settings::report;

/// A settings file: what stands in it, profiles and all.
#[derive(Debug)]
pub(super) struct File {
    /// Such as "file `cache.toml`".
    pub(super) place: String,
    pub(super) values: Dict,
}

impl File {
    /// Reads a file that somebody named.
    pub(super) fn read(path: &Path) -> Result<Self, Error> {
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(path, &text),
            Err(error) => Err(unreadable(path, &error)),
        }
    }

    /// Reads a file that need not be there.
    pub(super) fn read_if_there(path: &Path) -> Result<Option<Self>, Error> {
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(path, &text).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unreadable(path, &error)),
        }
    }

    fn parse(path: &Path, text: &str) -> Result<Self, Error> {
        // The parser's own message quotes the line, with whatever secret stands in it.
        let values = Toml::from_str(text).map_err(|error| {
            let place = error.span().map_or_else(String::new, |span| position(text, span.start));
            report::failed(format!("{} is not valid TOML{place}", name(path)))
        })?;
        Ok(Self { place: name(path), values })
    }
}

fn position(text: &str, offset: usize) -> String {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|character| *character != '\n').count() + 1;
    format!(": look at line {line}, column {column}")
}

fn unreadable(path: &Path, error: &io::Error) -> Error {
    report::failed(format!("{} cannot be read: {error}", name(path)))
}

fn name(path: &Path) -> String {
    format!("file `{}`", path.display().to_string().escape_debug())
}
