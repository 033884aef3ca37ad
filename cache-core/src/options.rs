//! How a value is written, and whether it was.

use std::fmt;

use bytes::Bytes;

use crate::{Key, Ttl, Version};

/// How [`set`](crate::CacheBackend::set) writes: for how long, and under which condition.
///
/// ```
/// use std::time::Duration;
/// use cache_core::{Condition, SetOptions, Ttl};
///
/// let options = SetOptions::new().ttl(Duration::from_secs(30)).condition(Condition::IfAbsent);
/// assert_eq!(options.ttl, Ttl::After(Duration::from_secs(30)));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct SetOptions {
    /// How long the entry lives; [`Ttl::Never`] unless said.
    pub ttl: Ttl,
    /// When the value is stored; [`Condition::Always`] unless said.
    pub condition: Condition,
}

impl SetOptions {
    /// Stores always, and for ever.
    pub const fn new() -> Self {
        Self { ttl: Ttl::Never, condition: Condition::Always }
    }

    /// Sets how long the entry lives.
    #[must_use]
    pub fn ttl(mut self, ttl: impl Into<Ttl>) -> Self {
        self.ttl = ttl.into();
        self
    }

    /// Sets when the value is stored.
    #[must_use]
    pub fn condition(mut self, condition: Condition) -> Self {
        self.condition = condition;
        self
    }
}

/// When a value is stored. Condition and write are one atomic step.
#[derive(Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Condition {
    /// In any case.
    #[default]
    Always,
    /// If the key has no entry: memcached's and Laravel's `add`, Redis' `NX`.
    IfAbsent,
    /// If the key has an entry: `replace`, Redis' `XX`.
    IfPresent,
    /// If the key holds exactly these bytes.
    IfEquals(Bytes),
    /// If the key holds the entry with this version, as [`entry`](crate::CacheBackend::entry) gave it.
    IfVersion(Version),
}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Always => f.write_str("Always"),
            Self::IfAbsent => f.write_str("IfAbsent"),
            Self::IfPresent => f.write_str("IfPresent"),
            Self::IfEquals(value) => write!(f, "IfEquals({} bytes)", value.len()),
            Self::IfVersion(version) => f.debug_tuple("IfVersion").field(version).finish(),
        }
    }
}

/// Whether a value was stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SetOutcome {
    /// The value is stored; what was there before is gone.
    Stored,
    /// The condition did not hold; nothing was changed, the lifetime neither.
    ConditionNotMet,
}

impl SetOutcome {
    /// Whether the value is stored now.
    pub const fn is_stored(self) -> bool {
        matches!(self, Self::Stored)
    }
}

/// One write of a [batch](crate::CacheBackend::set_many).
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SetItem<'a> {
    /// Where to.
    pub key: Key<'a>,
    /// What.
    pub value: Bytes,
    /// For how long, and under which condition.
    pub options: SetOptions,
}

impl<'a> SetItem<'a> {
    /// A write of `value` under `key`.
    pub const fn new(key: Key<'a>, value: Bytes, options: SetOptions) -> Self {
        Self { key, value, options }
    }
}

impl fmt::Debug for SetItem<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SetItem")
            .field("key", &self.key)
            .field("value", &format_args!("{} bytes", self.value.len()))
            .field("options", &self.options)
            .finish()
    }
}
