//! Counters of a backend.

/// What a backend has counted since it was opened. Counters only rise; sizes are of now.
///
/// The numbers are read one after another while others go on, so they may be apart by what
/// happened meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Statistics {
    /// Reads that found an entry.
    pub hits: u64,
    /// Reads that found none, or an expired one.
    pub misses: u64,
    /// Writes that stored a value, over another or not.
    pub inserts: u64,
    /// Entries that are gone, by cause.
    pub removals: Removals,
    /// Entries that are there now, expired ones that wait to be reclaimed included. A backend that is
    /// [`shared`](crate::Capabilities::shared) counts what goes through it, and may leave this and the
    /// weight at 0, and the removals by lifetime, eviction and overwriting too.
    pub entries: u64,
    /// The weight of those entries: 1 each, or what the backend weighs.
    pub weight: u64,
    /// The most that `weight` may reach; `None` where nothing bounds it.
    pub capacity: Option<u64>,
    /// Calls of a removal listener, or of the waker of an event's reader, that panicked.
    pub listener_panics: u64,
    /// Reads that failed and were answered as misses, because whoever holds the backend asked for
    /// that. Backends leave it at 0.
    pub failures_as_misses: u64,
}

impl Statistics {
    /// Hits among all reads, 0 to 1; 0 where nothing was read.
    pub fn hit_ratio(&self) -> f64 {
        let reads = self.hits + self.misses;
        if reads == 0 { 0.0 } else { self.hits as f64 / reads as f64 }
    }
}

/// How many entries went for which reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Removals {
    /// To make room: evictions.
    pub capacity: u64,
    /// Because their lifetime ended.
    pub expired: u64,
    /// By `delete`, `delete_many` or `take`.
    pub deleted: u64,
    /// By a write over them.
    pub replaced: u64,
    /// By `clear`.
    pub cleared: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hit_ratio_counts_hits_among_reads() {
        assert!(Statistics::default().hit_ratio().abs() < f64::EPSILON);
        let statistics = Statistics { hits: 3, misses: 1, ..Statistics::default() };
        assert!((statistics.hit_ratio() - 0.75).abs() < f64::EPSILON);
    }
}
