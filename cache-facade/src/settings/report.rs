//! What is wrong with a setting, told without the value.

use cache_core::{Error, ErrorKind};

use super::nearest::nearest;
use super::table::SETTINGS;

/// A key, the place where it was set, and what is wrong with it.
pub(crate) fn refused(key: &str, place: &str, problem: &str) -> Error {
    failed(format!("{}: {problem}", located(key, place)))
}

pub(crate) fn failed(problem: String) -> Error {
    Error::not_applied(ErrorKind::Config, problem).with_operation("load")
}

pub(crate) fn located(key: &str, place: &str) -> String {
    format!("`{}` in {place}", key.escape_debug())
}

/// That a name does not exist, which one may be meant, and which there are.
pub(crate) fn unknown(what: &str, wrong: &str, available: &[&str]) -> String {
    let guess = nearest(wrong, available.iter().copied()).map(str::to_owned);
    told(what, guess, available)
}

/// That `table` has no such key. One that stands in another table may be meant too,
/// if the `backend` takes it.
pub(crate) fn unknown_setting(
    backend: &str,
    table: &str,
    wrong: &str,
    available: &[&str],
) -> String {
    let path = |key: &str| if table.is_empty() { key.to_owned() } else { format!("{table}.{key}") };
    let here = nearest(wrong, available.iter().copied()).map(path);
    told("setting", here.or_else(|| elsewhere(backend, &path(wrong), wrong)), available)
}

/// A setting that has the key, or the path in one word: `capacity` or `config_capacity`.
fn elsewhere(backend: &str, path: &str, key: &str) -> Option<String> {
    let paths = || SETTINGS.iter().filter(|setting| setting.is_of(backend)).map(|it| it.key);
    let by_path = nearest(path, paths());
    let by_key = || {
        let key = nearest(key, paths().filter_map(|path| path.split('.').next_back()))?;
        paths().find(|path| path.split('.').next_back() == Some(key))
    };
    by_path.or_else(by_key).map(str::to_owned)
}

fn told(what: &str, guess: Option<String>, available: &[&str]) -> String {
    let guess = guess.map_or_else(String::new, |name| format!("did you mean `{name}`? "));
    let available = match available {
        [] => "none".to_owned(),
        names => names.join(", "),
    };
    format!("there is no such {what}; {guess}available: {available}")
}
