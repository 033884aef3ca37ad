//! Operations on one lock.

use std::num::NonZeroU64;
use std::time::Duration;

use bytes::Bytes;
use cache_core::{
    Acquired, Error, ErrorKind, Extended, Fence, LockName, LockRequest, LockState, Released, Token,
    Ttl,
};

use super::{Request, number, unexpected};
use crate::command::Command;
use crate::layout::{self, FENCE_STAYS};
use crate::reply::Answer;
use crate::script;

/// The answer to an acquire, before it is known what is left of the lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// The token holds the lock, since now or since an earlier acquire.
    Granted {
        fence: Fence,
        is_new: bool,
    },
    Held {
        retry_after: Duration,
    },
}

impl Asked {
    /// With what is left of a lease that was granted.
    pub(crate) fn acquired(self, left: Duration) -> Acquired {
        match self {
            Self::Granted { fence, .. } => Acquired::granted(Some(fence), left),
            Self::Held { retry_after } => Acquired::held(retry_after),
        }
    }
}

/// The lease is in milliseconds, as [`LockRequest::check`] answered it.
pub(crate) fn acquire(request: &LockRequest<'_>, lease: NonZeroU64) -> Request<Asked> {
    let keys = [layout::lock_key(request.name), layout::fence_key(request.name)];
    let command = script::ACQUIRE
        .call(keys, 5)
        .bytes(layout::token(request.token))
        .integer(signed(lease.get()))
        .integer(signed(request.min_fence.get()))
        .integer(fence_lifetime(lease))
        .bytes(Bytes::copy_from_slice(request.holder.as_bytes()));
    Request::script(&script::ACQUIRE, command, acquired)
}

/// # Errors
/// [`InvalidInput`](ErrorKind::InvalidInput) for a lease of zero.
pub(crate) fn extend(
    name: LockName<'_>,
    token: Token,
    ttl: Duration,
) -> Result<Request<Extended>, Error> {
    let lease = Ttl::After(ttl).to_millis()?.unwrap_or(NonZeroU64::MIN);
    let command = script::EXTEND
        .call([layout::lock_key(name), layout::fence_key(name)], 3)
        .bytes(layout::token(token))
        .integer(signed(lease.get()))
        .integer(fence_lifetime(lease));
    Ok(Request::script(&script::EXTEND, command, |answer| match owned(answer)? {
        true => Ok(Extended::Extended),
        false => Ok(Extended::NotOwner),
    }))
}

pub(crate) fn release(name: LockName<'_>, token: Token) -> Request<Released> {
    let command = script::RELEASE.call([layout::lock_key(name)], 1).bytes(layout::token(token));
    Request::script(&script::RELEASE, command, |answer| match owned(answer)? {
        true => Ok(Released::Released),
        false => Ok(Released::NotOwner),
    })
}

pub(crate) fn inspect(name: LockName<'_>) -> Request<Option<LockState>> {
    let command = script::INSPECT.call([layout::lock_key(name)], 0);
    Request::script(&script::INSPECT, command, inspected)
}

/// Waits until so many replicas have what this connection wrote, for at most `limit`.
pub(crate) fn wait(replicas: u32, limit: Duration) -> Command {
    let limit = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX).max(1);
    Command::new("WAIT", 2).integer(i64::from(replicas)).integer(signed(limit))
}

/// Asks what is left of a lease.
pub(crate) fn left(name: LockName<'_>) -> Command {
    Command::new("PTTL", 1).bytes(layout::lock_key(name))
}

/// What is left of a lease; zero where it has ended meanwhile.
pub(crate) fn lease_left(answer: Answer) -> Result<Duration, Error> {
    match answer {
        Answer::Integer(left) => Ok(millis(left)),
        other => Err(unexpected(other)),
    }
}

/// How many replicas acknowledged.
pub(crate) fn acknowledged(answer: Answer) -> Result<u32, Error> {
    match answer {
        Answer::Integer(replicas @ 0..) => Ok(u32::try_from(replicas).unwrap_or(u32::MAX)),
        other => Err(unexpected(other)),
    }
}

fn acquired(answer: Answer) -> Result<Asked, Error> {
    let mut items = items(answer)?;
    match (items.next(), items.next()) {
        (Some(Answer::Integer(state @ (1 | 2))), Some(fence)) => {
            Ok(Asked::Granted { fence: Fence::new(number(fence)?), is_new: state == 1 })
        }
        // An end within this millisecond is still one to wait for.
        (Some(Answer::Integer(0)), Some(Answer::Integer(left))) => {
            Ok(Asked::Held { retry_after: millis(left.max(1)) })
        }
        (Some(Answer::Integer(state)), _) => Err(no_lock(state)),
        _ => Err(unexpected(Answer::Nil)),
    }
}

fn inspected(answer: Answer) -> Result<Option<LockState>, Error> {
    let mut items = items(answer)?;
    match (items.next(), items.next(), items.next(), items.next()) {
        (Some(Answer::Integer(0)), ..) => Ok(None),
        (
            Some(Answer::Integer(1)),
            Some(fence),
            Some(Answer::Integer(left)),
            Some(Answer::Bytes(label)),
        ) => {
            let fence = Fence::new(number(fence)?);
            Ok(Some(LockState::new(Some(fence), String::from_utf8_lossy(&label), millis(left))))
        }
        (Some(Answer::Integer(-5)), Some(Answer::Integer(left)), ..) => {
            Ok(Some(LockState::new(None, "", millis(left))))
        }
        (Some(Answer::Integer(state)), ..) => Err(no_lock(state)),
        _ => Err(unexpected(Answer::Nil)),
    }
}

/// Whether the token holds the lock.
fn owned(answer: Answer) -> Result<bool, Error> {
    match answer {
        Answer::Integer(1) => Ok(true),
        Answer::Integer(0) => Ok(false),
        Answer::Integer(state) => Err(no_lock(state)),
        other => Err(unexpected(other)),
    }
}

/// What the scripts say of what stands in the place of a lock or a fence and is none.
#[cold]
fn no_lock(state: i64) -> Error {
    let problem = match state {
        -1 => "what stands in its place on the server is no lock; delete that key there",
        -2 => "the lock has no end, which no lease lacks; delete its key on the server",
        -3 => "what stands in the place of its fence is no number; delete that key on the server",
        -4 => "its fences have reached 2^53 - 1; delete the key of its fence on the server",
        _ => return unexpected(Answer::Nil),
    };
    Error::not_applied(ErrorKind::WrongType, problem)
}

fn items(answer: Answer) -> Result<std::vec::IntoIter<Answer>, Error> {
    match answer {
        Answer::Array(items) => Ok(items.into_iter()),
        other => Err(unexpected(other)),
    }
}

fn millis(left: i64) -> Duration {
    Duration::from_millis(left.max(0).unsigned_abs())
}

/// A fence stays for 7 days after its lease, in milliseconds.
fn fence_lifetime(lease: NonZeroU64) -> i64 {
    let stays = u64::try_from(FENCE_STAYS.as_millis()).unwrap_or(u64::MAX);
    signed(lease.get().saturating_add(stays))
}

/// Leases, fences and limits are far below 2^63.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
