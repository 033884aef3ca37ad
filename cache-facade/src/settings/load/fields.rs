//! How a value is read as what a setting is. Text is read too, because a variable is nothing else.
//! `None` is a value that the setting cannot have.

use std::time::Duration;

use bytesize::ByteSize;
use cache_core::Ttl;
use figment::value::Value;

use crate::settings::{DEADLINES, units};

pub(super) fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// A number of entries, at least 1.
pub(super) fn entries(value: &Value) -> Option<u64> {
    number(value, 1, u64::MAX)
}

/// A whole number within bounds that belong to it.
pub(super) fn number(value: &Value, least: u64, most: u64) -> Option<u64> {
    let number = match value.as_str() {
        Some(text) => Some(text).filter(|text| units::is_number(text))?.parse().ok()?,
        None => value.to_u128().or_else(|| value.to_i128()?.try_into().ok())?.try_into().ok()?,
    };
    (least..=most).contains(&number).then_some(number)
}

pub(super) fn flag(value: &Value) -> Option<bool> {
    match value.as_str() {
        Some(text) => text.parse().ok(),
        None => value.to_bool(),
    }
}

/// A size in bytes, at least 1, with its unit.
pub(super) fn size(value: &Value) -> Option<u64> {
    let ByteSize(bytes) = value.as_str().filter(|text| units::is_size(text))?.parse().ok()?;
    // What is past the largest number of bytes is read as that number.
    (bytes > 0 && bytes < u64::MAX).then_some(bytes)
}

/// How long an entry lives, or `never`.
pub(super) fn lifetime(value: &Value) -> Option<Ttl> {
    match value.as_str()? {
        "never" => Some(Ttl::Never),
        text => {
            let ttl = duration(text)?;
            (ttl > Duration::ZERO && ttl <= Ttl::LONGEST).then_some(Ttl::After(ttl))
        }
    }
}

/// How long a call may take; `None` inside is `none`.
#[expect(clippy::option_option, reason = "outside: whether it can be read; inside: the value")]
pub(super) fn deadline(value: &Value) -> Option<Option<Duration>> {
    match value.as_str()? {
        "none" => Some(None),
        text => duration(text).filter(|deadline| DEADLINES.contains(deadline)).map(Some),
    }
}

/// One of several choices, each known by its name.
pub(super) fn choice<T: Copy>(
    choices: &[T],
    name: impl Fn(T) -> &'static str,
) -> impl FnOnce(&Value) -> Option<T> {
    move |value| {
        let wanted = value.as_str()?;
        choices.iter().copied().find(|choice| name(*choice) == wanted)
    }
}

/// How long something that must end may take.
pub(super) fn timeout(value: &Value) -> Option<Duration> {
    duration(value.as_str()?).filter(|timeout| DEADLINES.contains(timeout))
}

fn duration(text: &str) -> Option<Duration> {
    // The parser knows more units: `M` is a month to it.
    units::is_duration(text).then(|| humantime::parse_duration(text).ok())?
}
