//! The end of a lease that its holder did not choose.

use std::fmt;

use cache_core::{Error, ErrorKind};

/// Why a lock is not held any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LossReason {
    /// It could not be renewed in time.
    Expired,
    /// It was held for as long as [`max_hold`](crate::LockOptions::max_hold) allows.
    MaxHold,
    /// The backend says that another holds the name, or nobody.
    NotOwner,
    /// It was seen to be gone: deleted, evicted, or lost with the data of the server.
    Gone,
    /// Its guard was released or dropped.
    Released,
}

/// A lock is not held any more: another may hold it by now.
///
/// [`into_error`](LockLost::into_error) makes an [`Error`] of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct LockLost {
    /// Why.
    pub reason: LossReason,
}

impl LockLost {
    /// A loss for this reason.
    pub const fn new(reason: LossReason) -> Self {
        Self { reason }
    }

    /// The same as an [`Error`], of the kind [`LockLost`](ErrorKind::LockLost). What was begun under
    /// the lock is unknown.
    // Not by `From`: one more conversion into `Error` would break the inference of `?` in closures
    // of users, as soon as the feature is turned on.
    pub fn into_error(self) -> Error {
        Error::unknown(ErrorKind::LockLost, self.text())
    }

    const fn text(self) -> &'static str {
        match self.reason {
            LossReason::Expired => "the lease could not be renewed in time; stop what it protects",
            LossReason::MaxHold => {
                "the lock was held for as long as max_hold allows; give more, or do less under it"
            }
            LossReason::NotOwner => "the backend says that another holds it; stop what it protects",
            LossReason::Gone => "it is gone from the backend; stop what it protects",
            LossReason::Released => "its guard was released or dropped",
        }
    }
}

impl fmt::Display for LockLost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "lock lost: {}", self.text())
    }
}

impl std::error::Error for LockLost {}
