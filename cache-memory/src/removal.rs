//! What a removal listener is told.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

/// An entry that is gone, and why.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Removal {
    /// The key, as the backend knew it.
    pub key: Arc<str>,
    /// The value that is gone.
    pub value: Bytes,
    /// Why it is gone.
    pub cause: RemovalCause,
}

impl Removal {
    pub(crate) const fn new(key: Arc<str>, value: Bytes, cause: RemovalCause) -> Self {
        Self { key, value, cause }
    }
}

impl fmt::Debug for Removal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Removal")
            .field("key", &self.key)
            .field("value", &format_args!("{} bytes", self.value.len()))
            .field("cause", &self.cause)
            .finish()
    }
}

/// Why an entry is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RemovalCause {
    /// To make room for another.
    Capacity,
    /// Its lifetime ended.
    Expired,
    /// By `delete`, `delete_many` or `take`.
    Deleted,
    /// Another value was written over it.
    Replaced,
    /// By `clear`.
    Cleared,
}
