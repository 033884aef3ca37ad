//! What is measured: our backends and their peers, behind one small interface.

mod expiring;
mod foyer;
mod lru;
mod mini_moka;
mod moka;
mod ours;
mod quick_cache;
mod raw;

use bytes::Bytes;

pub use expiring::{Expiring, ExpiringKind};

use crate::Result;
use crate::workload::Subject;

/// How long an entry lives where a contender is measured with lifetimes: 1 hour, so none ends.
const LIFETIME: std::time::Duration = std::time::Duration::from_secs(3600);

/// A cache from string keys to bytes.
pub trait Contender: Send + Sync {
    /// Whether the key was there. The value is cloned out, as a caller would have it.
    fn get(&self, key: &str) -> bool;

    /// Stores a value, with the lifetime that the contender was opened for.
    fn set(&self, key: &str, value: Bytes);

    /// How many entries are there, expired ones that wait to be reclaimed included.
    fn entries(&self) -> u64;

    /// Finishes what the contender has put off, so that `entries` is exact.
    fn settle(&self) {}
}

/// The contenders. Peers have their default hash and settings unless it says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// Ours through `Arc<dyn CacheBackend>`, entries without lifetimes.
    Ours,
    /// Ours through `Arc<dyn CacheBackend>`, entries that live for an hour.
    OursWithLifetimes,
    /// `DashMap<Box<str>, Bytes>` with the hash of ours: no bound, no policy, no lifetimes.
    Raw,
    /// The same with the hash of the standard library.
    RawSipHash,
    /// moka's synchronous cache.
    Moka,
    /// moka, its pending maintenance done after every write, so that it keeps its bound.
    MokaMaintained,
    /// moka, entries live for an hour.
    MokaWithLifetimes,
    /// mini-moka's synchronous cache.
    MiniMoka,
    /// mini-moka, entries live for an hour.
    MiniMokaWithLifetimes,
    /// quick_cache's synchronous cache.
    QuickCache,
    /// foyer's in-memory cache with S3-FIFO.
    FoyerS3Fifo,
    /// foyer's in-memory cache with its LFU.
    FoyerLfu,
    /// The crate `lru` under a mutex.
    Lru,
}

impl Kind {
    /// Those that ratios refer to.
    pub const OURS: [Self; 2] = [Self::Ours, Self::OursWithLifetimes];

    /// How the reports call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ours => "cache-memory",
            Self::OursWithLifetimes => "cache-memory, TTL 1 h",
            Self::Raw => "raw DashMap",
            Self::RawSipHash => "raw DashMap, SipHash",
            Self::Moka => "moka",
            Self::MokaMaintained => "moka, maintained",
            Self::MokaWithLifetimes => "moka, TTL 1 h",
            Self::MiniMoka => "mini-moka",
            Self::MiniMokaWithLifetimes => "mini-moka, TTL 1 h",
            Self::QuickCache => "quick_cache",
            Self::FoyerS3Fifo => "foyer S3-FIFO",
            Self::FoyerLfu => "foyer LFU",
            Self::Lru => "lru in a mutex",
        }
    }

    /// Whether it never holds more entries than its capacity, at any instant.
    ///
    /// The raw map has no bound. moka and mini-moka come back to theirs at their next
    /// maintenance, and quick_cache rounds the capacity of each of its shards up.
    pub const fn keeps_bound(self) -> bool {
        matches!(
            self,
            Self::Ours | Self::OursWithLifetimes | Self::FoyerS3Fifo | Self::FoyerLfu | Self::Lru
        )
    }

    /// Makes an empty one with room for so many entries.
    ///
    /// # Errors
    /// What the contender gives as its reason not to open.
    pub fn open(self, capacity: usize) -> Result<Box<dyn Subject>> {
        Ok(match self {
            Self::Ours => Box::new(ours::Ours::open(capacity, None)?),
            Self::OursWithLifetimes => Box::new(ours::Ours::open(capacity, Some(LIFETIME))?),
            Self::Raw => Box::new(raw::Raw::seeded()),
            Self::RawSipHash => Box::new(raw::Raw::sip_hash()),
            Self::Moka => Box::new(moka::Moka::open(capacity, None)),
            Self::MokaMaintained => Box::new(moka::Maintained::open(capacity)),
            Self::MokaWithLifetimes => Box::new(moka::Moka::open(capacity, Some(LIFETIME))),
            Self::MiniMoka => Box::new(mini_moka::MiniMoka::open(capacity, None)),
            Self::MiniMokaWithLifetimes => {
                Box::new(mini_moka::MiniMoka::open(capacity, Some(LIFETIME)))
            }
            Self::QuickCache => Box::new(quick_cache::QuickCache::open(capacity)),
            Self::FoyerS3Fifo => Box::new(foyer::Foyer::s3_fifo(capacity)),
            Self::FoyerLfu => Box::new(foyer::Foyer::lfu(capacity)),
            Self::Lru => Box::new(lru::Lru::open(capacity)?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload;

    const ALL: [Kind; 13] = [
        Kind::Ours,
        Kind::OursWithLifetimes,
        Kind::Raw,
        Kind::RawSipHash,
        Kind::Moka,
        Kind::MokaMaintained,
        Kind::MokaWithLifetimes,
        Kind::MiniMoka,
        Kind::MiniMokaWithLifetimes,
        Kind::QuickCache,
        Kind::FoyerS3Fifo,
        Kind::FoyerLfu,
        Kind::Lru,
    ];

    #[test]
    fn every_contender_gives_back_what_it_was_given() {
        for kind in ALL {
            let cache = kind.open(64).unwrap();
            assert!(!cache.get("key"), "{kind:?}");
            cache.set("key", workload::value());
            cache.settle();
            assert!(cache.get("key"), "{kind:?}");
            assert!(!cache.get("another"), "{kind:?}");
            assert_eq!(cache.entries(), 1, "{kind:?}");
        }
    }

    #[test]
    fn who_keeps_the_bound_has_no_entry_above_it_at_any_time() {
        for kind in ALL.into_iter().filter(|kind| kind.keeps_bound()) {
            let cache = kind.open(64).unwrap();
            for key in workload::keys(1000) {
                cache.set(&key, workload::value());
                assert!(cache.entries() <= 64, "{kind:?}");
            }
            assert!(cache.entries() > 0, "{kind:?}");
        }
    }

    #[test]
    fn names_tell_the_contenders_apart() {
        let mut names: Vec<_> = ALL.iter().map(|kind| kind.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ALL.len());
    }
}
