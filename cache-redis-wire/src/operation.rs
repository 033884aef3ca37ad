//! What each operation sends, and what its answer means. No input or output: commands and answers alone.

pub(crate) mod clear;
pub(crate) mod entries;
pub(crate) mod locks;

use bytes::Bytes;
use cache_core::{Error, ErrorKind, RESERVED_MARKER};

use crate::command::Command;
use crate::reply::Answer;
use crate::script::Script;

/// What to send, and how to read the answer.
///
/// The errors that `decode` makes know no operation, backend or key yet.
pub(crate) struct Request<T> {
    pub(crate) command: Command,
    /// The script that the command calls by its SHA-1, if it does.
    pub(crate) script: Option<&'static Script>,
    pub(crate) decode: fn(Answer) -> Result<T, Error>,
}

impl<T> Request<T> {
    fn plain(command: Command, decode: fn(Answer) -> Result<T, Error>) -> Self {
        Self { command, script: None, decode }
    }

    fn script(
        script: &'static Script,
        command: Command,
        decode: fn(Answer) -> Result<T, Error>,
    ) -> Self {
        Self { command, script: Some(script), decode }
    }
}

/// Whether the server does not know the script, and so has done nothing.
pub(crate) fn is_unknown_script(answer: &Answer) -> bool {
    matches!(answer, Answer::Error(error) if &*error.code == "NOSCRIPT")
}

/// A value, unless it marks a missing one.
fn value(answer: Answer) -> Result<Option<Bytes>, Error> {
    match answer {
        Answer::Nil => Ok(None),
        Answer::Bytes(value) => Ok(Some(value).filter(|value| !value.starts_with(RESERVED_MARKER))),
        other => Err(unexpected(other)),
    }
}

/// 1 or 0.
fn flag(answer: Answer) -> Result<bool, Error> {
    match answer {
        Answer::Integer(1) => Ok(true),
        Answer::Integer(0) => Ok(false),
        other => Err(unexpected(other)),
    }
}

/// A number that stands there as text, as scripts answer large ones.
fn number<N: std::str::FromStr>(answer: Answer) -> Result<N, Error> {
    match &answer {
        Answer::Bytes(text) => std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()),
        _ => None,
    }
    .ok_or_else(|| unexpected(answer))
}

/// The server's own error, or that the answer is none to what was asked.
#[cold]
pub(crate) fn unexpected(answer: Answer) -> Error {
    match answer {
        Answer::Error(error) => error.to_error(),
        _ => Error::unknown(
            ErrorKind::Corrupt,
            "the answer is none to this command; is this a Redis or Valkey server?",
        ),
    }
}

#[cfg(test)]
mod tests;
