//! How the in-process backend is set up.

/// How the in-process backend is set up.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct MemorySettings {
    /// How much it may hold; 256 MiB unless said.
    pub bound: MemoryBound,
}

impl MemorySettings {
    /// A backend of 256 MiB.
    pub fn new() -> Self {
        Self::default()
    }

    /// Bounds it by a number of entries, whatever their size; in place of any bound before.
    #[must_use]
    pub fn capacity(mut self, entries: u64) -> Self {
        self.bound = MemoryBound::Entries(entries);
        self
    }

    /// Bounds it by the memory that entries take, in bytes; in place of any bound before.
    #[must_use]
    pub fn max_weight(mut self, bytes: u64) -> Self {
        self.bound = MemoryBound::Weight(bytes);
        self
    }
}

/// How much the in-process backend may hold.
///
/// Refused when it is opened: 0, and on Linux more than the physical memory, or more entries than
/// it could index at the 240 bytes that an entry costs beside its key and value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum MemoryBound {
    /// So many entries.
    Entries(u64),
    /// So many bytes of keys, values and what an entry costs beside them.
    Weight(u64),
}

#[cfg(feature = "memory")]
impl MemoryBound {
    /// The setting that sets it.
    pub(crate) fn setting(self) -> &'static str {
        match self {
            Self::Entries(_) => "config.capacity",
            Self::Weight(_) => "config.max_weight",
        }
    }
}

impl Default for MemoryBound {
    /// 256 MiB.
    fn default() -> Self {
        Self::Weight(256 * 1024 * 1024)
    }
}
