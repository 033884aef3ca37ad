//! How a value is written through the handle.

use std::time::Duration;

use cache_core::{Condition, SetOptions, Ttl};

/// For how long a value is stored, and under which condition.
///
/// A lifetime or a condition alone can be given in its place:
///
/// ```
/// use std::time::Duration;
/// use cache_facade::{Condition, Ttl, WriteOptions};
///
/// assert_eq!(WriteOptions::from(Duration::from_secs(1)).ttl, Some(Ttl::After(Duration::from_secs(1))));
/// let options = WriteOptions::new().ttl(Ttl::Never).condition(Condition::IfPresent);
/// assert_eq!(options.condition, Condition::IfPresent);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct WriteOptions {
    /// How long the entry lives; `None` is the default TTL of the [`Cache`](crate::Cache).
    pub ttl: Option<Ttl>,
    /// When the value is stored; [`Condition::Always`] unless said.
    pub condition: Condition,
}

impl WriteOptions {
    /// Stores always, for the default TTL.
    pub const fn new() -> Self {
        Self { ttl: None, condition: Condition::Always }
    }

    /// Sets how long the entry lives.
    #[must_use]
    pub fn ttl(mut self, ttl: impl Into<Ttl>) -> Self {
        self.ttl = Some(ttl.into());
        self
    }

    /// Sets when the value is stored.
    #[must_use]
    pub fn condition(mut self, condition: Condition) -> Self {
        self.condition = condition;
        self
    }

    pub(crate) fn resolve(self, default_ttl: Ttl) -> SetOptions {
        SetOptions::new().ttl(self.ttl.unwrap_or(default_ttl)).condition(self.condition)
    }
}

impl From<Ttl> for WriteOptions {
    fn from(ttl: Ttl) -> Self {
        Self::new().ttl(ttl)
    }
}

impl From<Duration> for WriteOptions {
    fn from(ttl: Duration) -> Self {
        Self::new().ttl(ttl)
    }
}

impl From<Condition> for WriteOptions {
    fn from(condition: Condition) -> Self {
        Self::new().condition(condition)
    }
}
