//! The types of settings, each with what it expects. Text is read too, because a variable is
//! nothing else.

use std::fmt;
use std::time::Duration;

use bytesize::ByteSize;
use cache_core::Ttl;
use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};

/// A number of entries, at least 1.
#[derive(Debug)]
pub(super) struct Entries(pub(super) u64);

/// A size in bytes, at least 1, with its unit.
#[derive(Debug)]
pub(super) struct Size(pub(super) u64);

/// A lifetime of an entry, with its unit, or `never`.
#[derive(Debug)]
pub(super) struct Lifetime(pub(super) Ttl);

struct EntriesVisitor;

impl Visitor<'_> for EntriesVisitor {
    type Value = Entries;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number of entries, at least 1, such as `10000`")
    }

    fn visit_u64<E: Error>(self, entries: u64) -> Result<Entries, E> {
        match entries {
            0 => Err(E::invalid_value(Unexpected::Unsigned(0), &self)),
            entries => Ok(Entries(entries)),
        }
    }

    fn visit_i64<E: Error>(self, entries: i64) -> Result<Entries, E> {
        match u64::try_from(entries) {
            Ok(entries) => self.visit_u64(entries),
            Err(_) => Err(E::invalid_value(Unexpected::Signed(entries), &self)),
        }
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Entries, E> {
        match text.parse() {
            Ok(entries) => self.visit_u64(entries),
            Err(_) => Err(E::invalid_value(Unexpected::Str(text), &self)),
        }
    }
}

struct SizeVisitor;

impl Visitor<'_> for SizeVisitor {
    type Value = Size;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a size with its unit, at least 1 byte, such as `64MiB`")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Size, E> {
        let has_unit = text.ends_with(|last: char| last.is_ascii_alphabetic());
        match text.parse() {
            // What is past the largest number of bytes is read as that number.
            Ok(ByteSize(bytes)) if has_unit && bytes > 0 && bytes < u64::MAX => Ok(Size(bytes)),
            _ => Err(E::invalid_value(Unexpected::Str(text), &self)),
        }
    }
}

struct LifetimeVisitor;

impl Visitor<'_> for LifetimeVisitor {
    type Value = Lifetime;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a duration with its unit, more than zero and at most 36500 days, such as `90s`, `5m` \
             or `1h30m`, or `never`",
        )
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Lifetime, E> {
        if text == "never" {
            return Ok(Lifetime(Ttl::Never));
        }
        match humantime::parse_duration(text) {
            Ok(ttl) if ttl > Duration::ZERO && ttl <= Ttl::LONGEST => Ok(Lifetime(ttl.into())),
            _ => Err(E::invalid_value(Unexpected::Str(text), &self)),
        }
    }
}

macro_rules! deserialize {
    ($($field:ty => $visitor:expr),+ $(,)?) => {$(
        impl<'de> Deserialize<'de> for $field {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any($visitor)
            }
        }
    )+};
}

deserialize! { Entries => EntriesVisitor, Size => SizeVisitor, Lifetime => LifetimeVisitor }
