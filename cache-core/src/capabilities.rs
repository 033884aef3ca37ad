//! What a backend can do.

/// What a backend has beyond get, set and delete.
///
/// Callers read it to choose a way, and the conformance suite reads it to choose its cases: what
/// is claimed is tested, and what is not claimed must answer
/// [`Unsupported`](crate::ErrorKind::Unsupported). Whether there are locks or change events is
/// not said here: [`Backend`](crate::Backend) holds them or does not.
///
/// ```
/// use cache_core::Capabilities;
///
/// let mut capabilities = Capabilities::none();
/// capabilities.increment = true;
/// assert!(!capabilities.take);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[expect(clippy::struct_excessive_bools, reason = "a list of independent facts, read by name")]
pub struct Capabilities {
    /// `set` knows `IfAbsent`, `IfPresent` and `IfEquals`.
    pub conditions: bool,
    /// `entry` answers, and `set` knows `IfVersion`.
    pub versions: bool,
    /// `ttl` and `touch` answer.
    pub lifetimes: bool,
    /// `increment` answers.
    pub increment: bool,
    /// `take` answers.
    pub take: bool,
    /// `clear` answers.
    pub clear: bool,
    /// A batch costs one round trip (or none), not one a key.
    pub batches: bool,
    /// `statistics` answers.
    pub statistics: bool,
    /// Entries may go before they expire, because the memory is bounded.
    pub evicts: bool,
    /// Entries are still there when the backend is closed and opened again.
    pub persistent: bool,
    /// Other processes see the same entries and the same locks.
    pub shared: bool,
    /// Lock grants carry a fence that only rises. Without it a lock has none.
    pub fences: bool,
}

impl Capabilities {
    /// Get, set with a lifetime, and delete: nothing beyond.
    pub const fn none() -> Self {
        Self {
            conditions: false,
            versions: false,
            lifetimes: false,
            increment: false,
            take: false,
            clear: false,
            batches: false,
            statistics: false,
            evicts: false,
            persistent: false,
            shared: false,
            fences: false,
        }
    }
}
