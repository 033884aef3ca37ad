//! Contenders whose entries have lifetimes of their own.

use std::time::Duration;

use bytes::Bytes;

use super::{Contender, mini_moka, moka, ours};
use crate::Result;

/// A cache in which each entry may have another lifetime.
pub trait Expiring: Contender {
    /// Stores a value for `lifetime`, or for good.
    fn set_for(&self, key: &str, value: Bytes, lifetime: Option<Duration>);
}

/// Who takes part where entries expire. quick_cache, foyer's in-memory cache and lru have no
/// lifetimes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExpiringKind {
    /// Ours through `Arc<dyn CacheBackend>`.
    Ours,
    /// moka, by its `Expiry`.
    Moka,
    /// mini-moka, which has one lifetime for the whole cache.
    MiniMoka,
}

impl ExpiringKind {
    /// Every one; ours is the first.
    pub const ALL: [Self; 3] = [Self::Ours, Self::Moka, Self::MiniMoka];

    /// How the reports call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ours => "cache-memory",
            Self::Moka => "moka",
            Self::MiniMoka => "mini-moka",
        }
    }

    /// Whether `set_for` is obeyed. Else every entry lives for as long as the cache was told when
    /// it was opened, counted from its last write.
    pub const fn has_own_lifetimes(self) -> bool {
        !matches!(self, Self::MiniMoka)
    }

    /// Makes an empty one with room for so many entries, and with one lifetime for all of them
    /// where it knows no other.
    ///
    /// # Errors
    /// What the contender gives as its reason not to open.
    pub fn open(self, capacity: usize, lifetime: Duration) -> Result<Box<dyn Expiring>> {
        Ok(match self {
            Self::Ours => Box::new(ours::Ours::open(capacity, None)?),
            Self::Moka => Box::new(moka::Timed::open(capacity)),
            Self::MiniMoka => Box::new(mini_moka::MiniMoka::open(capacity, Some(lifetime))),
        })
    }
}
