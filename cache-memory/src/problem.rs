//! A failure on its way to the caller.

use cache_core::{Error, Key, Reply};

use crate::store::Stopped;

/// A failure before it knows which operation it belongs to.
#[derive(Debug)]
pub(crate) enum Problem {
    Stopped,
    Refused(Error),
}

impl Problem {
    #[cold]
    pub(crate) fn of(self, operation: &'static str, key: Option<Key<'_>>) -> Error {
        let error = match self {
            Self::Stopped => Error::stopped("memory", operation),
            Self::Refused(error) => error.with_operation(operation).with_backend("memory"),
        };
        match key {
            Some(key) => error.with_key(key.as_str()),
            None => error,
        }
    }
}

impl From<Stopped> for Problem {
    fn from(_: Stopped) -> Self {
        Self::Stopped
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

/// The ready reply to an operation on one key.
#[inline]
pub(crate) fn reply<'a, T, P: Into<Problem>>(
    operation: &'static str,
    key: Key<'_>,
    answer: Result<T, P>,
) -> Reply<'a, T> {
    Reply::ready(answer.map_err(|problem| problem.into().of(operation, Some(key))))
}

/// The answers to the parts of a batch, each named by its key.
pub(crate) fn each<'k, T, P: Into<Problem>>(
    operation: &'static str,
    answers: impl Iterator<Item = (Key<'k>, Result<T, P>)>,
) -> Vec<Result<T, Error>> {
    answers
        .map(|(key, answer)| answer.map_err(|problem| problem.into().of(operation, Some(key))))
        .collect()
}
