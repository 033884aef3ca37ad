//! Removing many entries in steps.

use bytes::Bytes;

/// Which entries [`clear`](crate::CacheBackend::clear) removes.
///
/// Neither variant ever reaches what is under the [reserved prefix](crate::RESERVED_PREFIX).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClearScope<'a> {
    /// The entries whose key begins with these bytes; no character is special. An empty prefix
    /// is refused, so that nobody clears everything by a string that happened to be empty.
    Prefix(&'a str),
    /// Every entry.
    All,
}

/// Where a clear goes on. It means something to the backend that made it alone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cursor(Bytes);

impl Cursor {
    /// The beginning.
    pub const START: Self = Self(Bytes::new());

    /// A cursor from what the backend needs to go on; not empty.
    pub const fn from_bytes(position: Bytes) -> Self {
        Self(position)
    }

    /// What [`from_bytes`](Cursor::from_bytes) was given; empty at the beginning.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// What one step of a clear did.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClearStep {
    /// How many entries this step removed.
    pub removed: u64,
    /// Where to go on; `None` when the clear is complete.
    pub next: Option<Cursor>,
}

impl ClearStep {
    /// A step that removed so many entries, and where to go on.
    pub const fn new(removed: u64, next: Option<Cursor>) -> Self {
        Self { removed, next }
    }
}
