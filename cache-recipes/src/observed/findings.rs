//! What an answer says, without what it holds.

use bytes::Bytes;
use cache_core::{Error, ErrorKind};

/// How many keys a call has found, missed, or failed at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Findings {
    pub(super) hits: u64,
    pub(super) misses: u64,
    pub(super) failures: u64,
}

impl Findings {
    /// Of a call that reads no value.
    pub(super) fn none<T>(_: &T) -> Self {
        Self::default()
    }

    /// Of a call that reads one value.
    pub(super) fn of_one<T>(answer: &Option<T>) -> Self {
        let hit = answer.is_some();
        Self { hits: hit.into(), misses: (!hit).into(), failures: 0 }
    }

    /// Of a batch that reads no values.
    pub(super) fn of_batch<T>(answers: &[Result<T, Error>]) -> Self {
        let failures = answers.iter().filter(|answer| answer.is_err()).count();
        Self { failures: failures as u64, ..Self::default() }
    }

    /// Of a batch that reads values.
    pub(super) fn of_reads(answers: &[Result<Option<Bytes>, Error>]) -> Self {
        let hits = answers.iter().flatten().flatten().count() as u64;
        let answered = answers.iter().flatten().count() as u64;
        Self { hits, misses: answered - hits, ..Self::of_batch(answers) }
    }
}

/// How a call has ended, in one of the words of [`OUTCOMES`](super::names::OUTCOMES).
pub(super) fn outcome(answer: Result<Findings, &Error>) -> &'static str {
    match answer {
        Ok(Findings { failures: 0, .. }) => "ok",
        Ok(_) => "partial",
        Err(error) => word(error.kind()),
    }
}

fn word(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Timeout => "timeout",
        ErrorKind::Unavailable => "unavailable",
        ErrorKind::Overloaded => "overloaded",
        ErrorKind::Busy => "busy",
        ErrorKind::Denied => "denied",
        ErrorKind::ReadOnly => "read_only",
        ErrorKind::OutOfMemory => "out_of_memory",
        ErrorKind::NotReplicated => "not_replicated",
        ErrorKind::FenceRegression => "fence_regression",
        ErrorKind::LockLost => "lock_lost",
        ErrorKind::WrongType => "wrong_type",
        ErrorKind::InvalidInput => "invalid_input",
        ErrorKind::Corrupt => "corrupt",
        ErrorKind::Unsupported => "unsupported",
        ErrorKind::Stopped => "stopped",
        ErrorKind::Config => "config",
        ErrorKind::Server => "server",
        _ => "other",
    }
}
