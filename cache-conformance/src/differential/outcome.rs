//! What came back, in a form that can be compared.

use std::time::Duration;

use bytes::Bytes;
use cache_core::{
    Acquired, Effect, Error, ErrorKind, Extended, LockState, Released, SetOutcome, Ttl,
};

/// The outcome of one operation.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Outcome {
    Value(Option<Bytes>),
    Stored(SetOutcome),
    Is(bool),
    Entry(Option<(Bytes, Left)>),
    Ttl(Option<Left>),
    Number(i64),
    Each(Vec<Self>),
    Cleared(u64),
    Granted {
        fence: FenceChange,
        left: Left,
    },
    Held {
        retry_after: Left,
    },
    Extended(Extended),
    Released(Released),
    Lock(Option<(Box<str>, FenceChange, Left)>),
    /// An answer that this version of the kit does not know.
    Other(String),
    Failed(ErrorKind, Effect),
}

/// What is left of a lifetime, as exactly as both sides can know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    Exactly(Ttl),
    /// `None` for never.
    Hours(Option<u64>),
}

/// How a fence stands to the last one of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FenceChange {
    None,
    Same,
    Rose,
    Fell,
}

impl Left {
    pub(super) fn new(ttl: Ttl, exactly: bool) -> Self {
        const HALF_HOUR: Duration = Duration::from_secs(30 * 60);
        match ttl {
            ttl if exactly => Self::Exactly(ttl),
            Ttl::Never => Self::Hours(None),
            Ttl::After(left) => Self::Hours(Some((left + HALF_HOUR).as_secs() / 3_600)),
        }
    }
}

impl Outcome {
    /// Turns an answer into an outcome.
    pub(super) fn of<T>(answer: Result<T, Error>, value: impl FnOnce(T) -> Self) -> Self {
        match answer {
            Ok(success) => value(success),
            Err(error) => Self::Failed(error.kind(), error.effect()),
        }
    }

    /// Turns the answers of a batch into an outcome.
    pub(super) fn each<T>(
        answer: Result<Vec<Result<T, Error>>, Error>,
        value: impl Fn(T) -> Self,
    ) -> Self {
        Self::of(answer, |answers| {
            Self::Each(answers.into_iter().map(|answer| Self::of(answer, &value)).collect())
        })
    }

    pub(super) fn acquired(
        acquired: Acquired,
        exactly: bool,
        fence_change: impl FnOnce(Option<cache_core::Fence>) -> FenceChange,
    ) -> Self {
        match acquired {
            Acquired::Granted { fence, ttl_left, .. } => Self::Granted {
                fence: fence_change(fence),
                left: Left::new(Ttl::After(ttl_left), exactly),
            },
            Acquired::Held { retry_after, .. } => {
                Self::Held { retry_after: Left::new(Ttl::After(retry_after), exactly) }
            }
            other => Self::Other(format!("{other:?}")),
        }
    }

    pub(super) fn lock(
        state: Option<LockState>,
        exactly: bool,
        fence_change: impl FnOnce(Option<cache_core::Fence>) -> FenceChange,
    ) -> Self {
        Self::Lock(state.map(|state| {
            let left = Left::new(Ttl::After(state.ttl_left), exactly);
            (state.holder, fence_change(state.fence), left)
        }))
    }
}
