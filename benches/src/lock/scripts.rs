//! The two scripts of a lock with their keys and arguments, as `cache-redis-wire` sends them.

use std::sync::atomic::{AtomicU64, Ordering};

use cache_facade::LockOptions;

use super::NAME;

/// The scripts, by their texts in the crate that sends them.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Script {
    Acquire,
    Release,
}

impl Script {
    /// What the server is sent once.
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Acquire => concat!(
                include_str!("../../../cache-redis-wire/src/lua/locks.lua"),
                include_str!("../../../cache-redis-wire/src/lua/acquire.lua"),
            ),
            Self::Release => concat!(
                include_str!("../../../cache-redis-wire/src/lua/locks.lua"),
                include_str!("../../../cache-redis-wire/src/lua/release.lua"),
            ),
        }
    }
}

/// What the server calls the scripts by.
#[derive(Debug, Clone, Default)]
pub(crate) struct Digests {
    pub(crate) acquire: String,
    pub(crate) release: String,
}

/// Arguments that change from one acquire to the next.
#[derive(Debug, Default)]
pub(super) struct Sequence {
    tokens: AtomicU64,
    /// One more than the last fence, which is what ours asks for at least.
    least_fence: AtomicU64,
}

impl Sequence {
    /// As long as a token of ours.
    pub(super) fn token(&self) -> String {
        format!("{:032x}", self.tokens.fetch_add(1, Ordering::Relaxed))
    }

    pub(super) fn least_fence(&self) -> u64 {
        self.least_fence.load(Ordering::Relaxed)
    }

    pub(super) fn granted(&self, fence: u64) {
        self.least_fence.store(fence + 1, Ordering::Relaxed);
    }
}

/// The lease in milliseconds.
pub(super) fn lease() -> u64 {
    u64::try_from(LockOptions::DEFAULT_TTL.as_millis()).unwrap_or(u64::MAX)
}

/// For how long the fence is kept, in milliseconds: 7 days more.
pub(super) fn fence_lease() -> u64 {
    lease() + 7 * 24 * 60 * 60 * 1000
}

/// Where the lock lies on the server.
pub(super) fn lock_key() -> String {
    format!("__cache__:lock:{{{NAME}}}")
}

/// Where its last fence does.
pub(super) fn fence_key() -> String {
    format!("__cache__:fence:{{{NAME}}}")
}

/// Where a lock without fences lies.
pub(super) fn plain_key() -> String {
    format!("plain:{NAME}")
}
