//! Removing many entries: one step is a `SCAN` and an `UNLINK` of what it found.

use bytes::Bytes;
use cache_core::{ClearScope, Cursor, Error, ErrorKind};

use super::{Request, unexpected};
use crate::command::Command;
use crate::key;
use crate::reply::Answer;

/// How many keys a step looks at, about: the server answers within a millisecond, and a million keys
/// take a thousand round trips.
const KEYS_PER_STEP: i64 = 1_000;

/// What a `SCAN` found, and where it goes on.
pub(crate) struct Scanned {
    pub(crate) keys: Vec<Bytes>,
    pub(crate) next: Option<Cursor>,
}

/// Which keys are to go.
///
/// # Errors
/// [`InvalidInput`](ErrorKind::InvalidInput) for an empty prefix,
/// [`Unsupported`](ErrorKind::Unsupported) for a scope that is newer than this.
pub(crate) fn prefix(scope: ClearScope<'_>) -> Result<&str, Error> {
    match scope {
        ClearScope::All => Ok(""),
        ClearScope::Prefix("") => {
            let problem = "the prefix is empty; give a prefix, or clear all by name";
            Err(Error::not_applied(ErrorKind::InvalidInput, problem))
        }
        ClearScope::Prefix(prefix) => Ok(prefix),
        _ => {
            let problem = "this backend does not know the scope; use one of cache-core 0.1";
            Err(Error::not_applied(ErrorKind::Unsupported, problem))
        }
    }
}

/// # Errors
/// [`InvalidInput`](ErrorKind::InvalidInput) for a cursor that is not from here.
pub(crate) fn scan(prefix: &str, cursor: &Cursor) -> Result<Request<Scanned>, Error> {
    let command = Command::new("SCAN", 7).bytes(position(cursor)?);
    let command = match prefix {
        "" => command,
        prefix => command.word("MATCH").bytes(key::pattern(prefix)),
    };
    let command = command.word("COUNT").integer(KEYS_PER_STEP);
    // Entries are strings. What else lies there is not of this cache, and `delete` refuses it too.
    Ok(Request::plain(command.word("TYPE").word("string"), scanned))
}

pub(crate) fn unlink(keys: Vec<Bytes>) -> Request<u64> {
    let command = Command::new("UNLINK", keys.len());
    let command = keys.into_iter().fold(command, Command::bytes);
    Request::plain(command, |answer| match answer {
        Answer::Integer(removed @ 0..) => Ok(removed.unsigned_abs()),
        other => Err(unexpected(other)),
    })
}

/// The server's own cursor, in decimal digits; those of a cluster's node need all 64 bits.
fn position(cursor: &Cursor) -> Result<Bytes, Error> {
    const LONGEST: usize = 20;
    let digits = cursor.as_bytes();
    if digits.is_empty() {
        return Ok(Bytes::from_static(b"0"));
    }
    if digits.len() > LONGEST || !digits.iter().all(u8::is_ascii_digit) {
        let problem = "the cursor is of another backend; begin again from the start";
        return Err(Error::not_applied(ErrorKind::InvalidInput, problem));
    }
    Ok(Bytes::copy_from_slice(digits))
}

fn scanned(answer: Answer) -> Result<Scanned, Error> {
    let items = match answer {
        Answer::Array(items) => items,
        other => return Err(unexpected(other)),
    };
    let Ok([Answer::Bytes(next), Answer::Array(found)]) = <[Answer; 2]>::try_from(items) else {
        return Err(unexpected(Answer::Nil));
    };
    let mut keys = Vec::with_capacity(found.len());
    for item in found {
        match item {
            Answer::Bytes(key) if key::is_reserved(&key) => {}
            Answer::Bytes(key) => keys.push(key),
            other => return Err(unexpected(other)),
        }
    }
    let next = (next != "0" && !next.is_empty()).then(|| Cursor::from_bytes(next));
    Ok(Scanned { keys, next })
}
