//! Why options were refused.

use std::fmt;

use cache_core::Error;
use serde::de;

use crate::settings::merged::Located;
use crate::settings::report;
use crate::settings::table::{CONFIG, DEFAULT_TTL, variable_of_option};

/// What is wrong with an option. It never holds the value: what serde tells of a value stays out.
#[derive(Debug)]
pub(super) struct Refusal {
    /// The key and the place, once they are known.
    at: Option<(String, String)>,
    problem: Problem,
}

#[derive(Debug)]
enum Problem {
    Told(String),
    Missing(&'static str),
    /// The names that there are.
    Unknown(&'static [&'static str]),
}

impl Refusal {
    pub(super) fn told(problem: String) -> Self {
        Self { at: None, problem: Problem::Told(problem) }
    }

    /// An option that the backend does not have.
    pub(super) fn unknown(available: &'static [&'static str]) -> Self {
        Self { at: None, problem: Problem::Unknown(available) }
    }

    /// Names the value, unless one inside of it was named already.
    pub(super) fn at(mut self, place: &Located<'_>) -> Self {
        self.at.get_or_insert_with(|| (place.key.clone(), place.place()));
        self
    }

    /// The error, of options `at` a place, of a `backend`, that are needed by what is `needed_by`.
    pub(super) fn into_error(self, at: &Located<'_>, backend: &str, needed_by: &str) -> Error {
        let (key, place) = self.at.unwrap_or_else(|| (at.key.clone(), at.place()));
        match self.problem {
            Problem::Told(problem) => report::refused(&key, &place, &problem),
            Problem::Missing(name) => missing(&key, name, needed_by),
            Problem::Unknown(available) => {
                let (table, name) = key.rsplit_once('.').unwrap_or((CONFIG, &key));
                let problem = report::unknown_setting(backend, table, name, available);
                report::refused(&key, &place, &problem)
            }
        }
    }
}

/// The error for an option that has to be there.
fn missing(table: &str, name: &str, needed_by: &str) -> Error {
    let path = format!("{table}.{name}");
    let shown = path.escape_debug();
    if DEFAULT_TTL.aliases.contains(&&*path) {
        return report::failed(format!(
            "`{shown}` never reaches a backend: the settings of the cache take it, so {needed_by} \
             must not need it; its author has to give the option another name"
        ));
    }
    let by_variable = variable_of_option(&path)
        .map_or_else(String::new, |name| format!(", or by the variable `{name}`"));
    report::failed(format!(
        "`{shown}` is missing: {needed_by} needs it; set it in a file{by_variable}"
    ))
}

impl de::Error for Refusal {
    fn custom<T: fmt::Display>(_: T) -> Self {
        // Whoever wrote the text may have put the value into it.
        Self::told("not a value that this option takes".to_owned())
    }

    fn invalid_type(_: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::told(format!("expected {expected}"))
    }

    fn invalid_value(_: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::told(format!("expected {expected}"))
    }

    fn invalid_length(length: usize, expected: &dyn de::Expected) -> Self {
        Self::told(format!("expected {expected}, found {length} values"))
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::told(format!("expected one of {}", expected.join(", ")))
    }

    fn unknown_field(_: &str, expected: &'static [&'static str]) -> Self {
        Self::unknown(expected)
    }

    fn missing_field(field: &'static str) -> Self {
        Self { at: None, problem: Problem::Missing(field) }
    }

    fn duplicate_field(_: &'static str) -> Self {
        Self::told("another name of it sets the same; keep one of them".to_owned())
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.problem {
            Problem::Told(problem) => f.write_str(problem),
            Problem::Missing(name) => write!(f, "`{name}` is missing"),
            Problem::Unknown(_) => f.write_str("there is no such setting"),
        }
    }
}

impl std::error::Error for Refusal {}
