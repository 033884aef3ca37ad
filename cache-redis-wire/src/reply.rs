//! What the server answered, after a driver has read it.

use std::fmt;

use bytes::Bytes;

/// An answer of the server, the same for RESP2 and RESP3 and for every driver.
///
/// Scripts answer integers, strings and flat arrays alone, which look alike in both protocols.
/// `Debug` shows no bytes: they may be a cached value.
#[derive(Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "operations decide for every kind")]
pub enum Answer {
    /// Nothing there.
    Nil,
    /// A number.
    Integer(i64),
    /// A string, simple or bulk. `OK` is one too.
    Bytes(Bytes),
    /// Several answers; a map is its keys and values in turn.
    Array(Vec<Self>),
    /// An error of this one command.
    Error(ServerError),
}

/// An error that the server itself answered.
///
/// Made from a line of the protocol by [`from_line`](ServerError::from_line); what it means is in
/// [`to_error`](ServerError::to_error), when connecting too. `Debug` shows the code alone.
#[derive(Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a line of the protocol has these two parts")]
pub struct ServerError {
    /// The first word, in capitals: `ERR`, `WRONGTYPE`, `NOSCRIPT`.
    pub code: Box<str>,
    /// What follows. It may repeat what the client sent, so it is looked at and never shown.
    pub message: Box<str>,
}

/// Why a connection has no answer for a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the supervision decides for every kind")]
pub enum Lost {
    /// The connection was closed before the command was written.
    NotSent,
    /// The connection broke after it may have been written.
    Broken,
    /// What came back is no RESP, or none that belongs to this command.
    Garbage,
}

impl fmt::Debug for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServerError({})", self.code)
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nil => f.write_str("Nil"),
            Self::Integer(_) => f.write_str("Integer(..)"),
            Self::Bytes(bytes) => write!(f, "Bytes({} bytes)", bytes.len()),
            Self::Array(items) => f.debug_list().entries(items).finish(),
            Self::Error(error) => write!(f, "Error({})", error.code),
        }
    }
}
