//! Operations on one entry.

use std::num::NonZeroU64;
use std::time::Duration;

use bytes::Bytes;
use cache_core::{
    Condition, Entry, Error, ErrorKind, SetOptions, SetOutcome, Ttl, Version, check_value,
};

use super::{Request, flag, number, unexpected, value};
use crate::command::Command;
use crate::reply::Answer;
use crate::script;

pub(crate) fn get(key: Bytes) -> Request<Option<Bytes>> {
    Request::plain(Command::new("GET", 1).bytes(key), value)
}

pub(crate) fn contains(key: Bytes) -> Request<bool> {
    Request::script(&script::CONTAINS, script::CONTAINS.call([key], 0), flag)
}

pub(crate) fn entry(key: Bytes) -> Request<Option<Entry>> {
    Request::script(&script::ENTRY, script::ENTRY.call([key], 0), found_entry)
}

pub(crate) fn take(key: Bytes) -> Request<Option<Bytes>> {
    Request::plain(Command::new("GETDEL", 1).bytes(key), value)
}

pub(crate) fn ttl(key: Bytes) -> Request<Option<Ttl>> {
    Request::script(&script::TTL, script::TTL.call([key], 0), |answer| match answer {
        Answer::Integer(-2) => Ok(None),
        other => left(other).map(Some),
    })
}

pub(crate) fn delete(key: Bytes) -> Request<bool> {
    Request::script(&script::DELETE, script::DELETE.call([key], 0), flag)
}

/// # Errors
/// [`InvalidInput`](ErrorKind::InvalidInput) for a lifetime of zero.
pub(crate) fn touch(key: Bytes, ttl: Ttl) -> Result<Request<bool>, Error> {
    let command = script::TOUCH.call([key], 1).integer(millis(ttl)?);
    Ok(Request::script(&script::TOUCH, command, flag))
}

/// # Errors
/// [`InvalidInput`](ErrorKind::InvalidInput) for a lifetime of zero.
pub(crate) fn increment(key: Bytes, delta: i64, ttl: Ttl) -> Result<Request<i64>, Error> {
    let command = script::INCREMENT.call([key], 2).integer(delta).integer(millis(ttl)?);
    Ok(Request::script(&script::INCREMENT, command, number))
}

/// # Errors
/// [`InvalidInput`](ErrorKind::InvalidInput) for a value or a lifetime that is refused,
/// [`Unsupported`](ErrorKind::Unsupported) for a condition that is newer than this.
pub(crate) fn set(
    key: Bytes,
    value: Bytes,
    options: &SetOptions,
) -> Result<Request<SetOutcome>, Error> {
    check_value(&value)?;
    let millis = millis(options.ttl)?;
    let (condition, operand) = match &options.condition {
        Condition::Always => return Ok(set_always(key, value, millis)),
        Condition::IfAbsent => ("absent", None),
        Condition::IfPresent => ("present", None),
        Condition::IfEquals(value) => ("equals", Some(value.clone())),
        Condition::IfVersion(version) => ("version", Some(digest(*version))),
        _ => {
            let detail = "this backend does not know the condition; use one of cache-core 0.1";
            return Err(Error::not_applied(ErrorKind::Unsupported, detail));
        }
    };
    let command = script::SET.call([key], 4).bytes(value).integer(millis).word(condition);
    let command = command.bytes(operand.unwrap_or_default());
    Ok(Request::script(&script::SET, command, |answer| {
        Ok(if flag(answer)? { SetOutcome::Stored } else { SetOutcome::ConditionNotMet })
    }))
}

fn set_always(key: Bytes, value: Bytes, millis: i64) -> Request<SetOutcome> {
    let command = Command::new("SET", 4).bytes(key).bytes(value);
    let command = if millis == 0 { command } else { command.word("PX").integer(millis) };
    Request::plain(command, |answer| match answer {
        Answer::Bytes(text) if text == "OK" => Ok(SetOutcome::Stored),
        other => Err(unexpected(other)),
    })
}

/// A lifetime in milliseconds; 0 for ever.
fn millis(ttl: Ttl) -> Result<i64, Error> {
    let millis = ttl.to_millis()?.map_or(0, NonZeroU64::get);
    // At most 100 years.
    Ok(i64::try_from(millis).unwrap_or(i64::MAX))
}

/// What is left of a lifetime, from the answer of `PTTL` for a key that exists.
fn left(answer: Answer) -> Result<Ttl, Error> {
    match answer {
        Answer::Integer(-1) => Ok(Ttl::Never),
        Answer::Integer(millis @ 0..) => {
            Ok(Ttl::After(Duration::from_millis(millis.unsigned_abs())))
        }
        other => Err(unexpected(other)),
    }
}

fn found_entry(answer: Answer) -> Result<Option<Entry>, Error> {
    let items = match answer {
        Answer::Array(items) if items.is_empty() => return Ok(None),
        Answer::Array(items) => items,
        other => return Err(unexpected(other)),
    };
    let Ok([ttl, sha1, value]) = <[Answer; 3]>::try_from(items) else {
        return Err(unexpected(Answer::Nil));
    };
    match (value, sha1) {
        (Answer::Bytes(value), Answer::Bytes(sha1)) => {
            Ok(Some(Entry::new(value, left(ttl)?, version(&sha1)?)))
        }
        _ => Err(unexpected(Answer::Nil)),
    }
}

/// The first 128 bits of the SHA-1 of the value, from its 40 hexadecimal digits.
fn version(sha1: &[u8]) -> Result<Version, Error> {
    let digits = sha1.get(..32).and_then(|digits| std::str::from_utf8(digits).ok());
    let bits = digits.and_then(|digits| u128::from_str_radix(digits, 16).ok());
    bits.map(Version::from_u128).ok_or_else(|| unexpected(Answer::Nil))
}

fn digest(version: Version) -> Bytes {
    Bytes::from(format!("{:032x}", version.to_u128()))
}
