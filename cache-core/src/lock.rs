//! Locks as backends keep them: a name, an owner, an end.

use std::fmt;
use std::num::NonZeroU64;
use std::time::Duration;

use crate::key::Shown;
use crate::{Error, ErrorKind, Lifecycle, Reply, Ttl};

/// Locks with an expiry: leases.
///
/// A lease is advisory: it tells who may work, and stops nobody. Whoever writes to a shared
/// resource under a lease lets the resource compare [`Fence`]s and refuse the smaller.
///
/// # Contract
/// - At most one token holds a name at any instant of the backend's clock. A lease ends by
///   `release` of its token or when its lifetime is over, never otherwise.
/// - Fences of one name only rise, over releases, expiries and restarts that lost everything.
/// - Locks and cache entries never meet, whatever their names.
///
/// # Cancellation
/// Dropping a [`Reply`] of `acquire` leaves unknown whether the token holds the name: release it.
///
/// # Errors
/// [`InvalidInput`](ErrorKind::InvalidInput) for a request that [`LockRequest::check`] refuses, or a
/// lifetime of zero;
/// [`WrongType`](ErrorKind::WrongType) where something that is no lock stands in its place; and what
/// [`CacheBackend`](crate::CacheBackend#errors) says of servers.
pub trait LockBackend: Lifecycle {
    /// Takes a name for a token, or says for how long it is held.
    ///
    /// Idempotent by token: where the token holds the name already, the answer is `Granted` with
    /// the **same** fence, and the lifetime begins anew. So a lost answer can be asked for again.
    fn acquire(&self, request: LockRequest<'_>) -> Reply<'_, Acquired>;

    /// Lets a lease that the token holds end `ttl` from now. Its fence stays.
    fn extend(&self, name: LockName<'_>, token: Token, ttl: Duration) -> Reply<'_, Extended>;

    /// Ends a lease that the token holds.
    fn release(&self, name: LockName<'_>, token: Token) -> Reply<'_, Released>;

    /// Who holds a name; `None` where nobody does.
    fn inspect(&self, name: LockName<'_>) -> Reply<'_, Option<LockState>>;
}

/// A valid lock name: 1 to [`LockName::MAX_BYTES`] bytes of any UTF-8.
///
/// Lock names have a space of their own: the lock `a` and the key `a` never meet.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LockName<'a>(&'a str);

impl<'a> LockName<'a> {
    /// The longest name in bytes.
    pub const MAX_BYTES: usize = 1024;

    /// Checks a name.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] for an empty name or one of more than [`LockName::MAX_BYTES`].
    pub fn new(name: &'a str) -> Result<Self, Error> {
        let problem = if name.is_empty() {
            "the lock name is empty; give 1 byte to 1024".to_owned()
        } else if name.len() > Self::MAX_BYTES {
            format!("the lock name has {} bytes; give at most {}", name.len(), Self::MAX_BYTES)
        } else {
            return Ok(Self(name));
        };
        Err(Error::not_applied(ErrorKind::InvalidInput, problem).with_key(name))
    }

    /// The name as given.
    pub fn as_str(self) -> &'a str {
        self.0
    }
}

impl fmt::Debug for LockName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LockName({})", Shown(self.0))
    }
}

/// The secret by which an owner is known: 128 bits that nobody can guess.
///
/// Never shown: neither `Debug` nor an error holds it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Token([u8; 16]);

impl Token {
    /// A token from random bytes of a cryptographic source; a new one for every acquire.
    pub const fn from_bytes(random: [u8; 16]) -> Self {
        Self(random)
    }

    /// The bytes to compare with.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

/// The number of a grant: larger than that of every grant of the same name before.
///
/// A resource that remembers the largest fence it has seen can refuse a holder that is late
/// (Kleppmann, "How to do distributed locking", 2016).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fence(u64);

impl Fence {
    /// The largest fence: 2⁵³ − 1, up to which Lua and JSON count exactly; µs last until 2255.
    pub const MAX: Self = Self((1 << 53) - 1);

    /// A fence from its number, at most [`Fence::MAX`]; larger ones are capped.
    pub const fn new(number: u64) -> Self {
        if number > Self::MAX.0 { Self::MAX } else { Self(number) }
    }

    /// Its number, to be stored beside what it protects.
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Fence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What an acquire asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct LockRequest<'a> {
    /// Which lock.
    pub name: LockName<'a>,
    /// For whom.
    pub token: Token,
    /// For how long, from the moment of the grant. Rounded up to a millisecond.
    pub ttl: Duration,
    /// A public label of the holder that `inspect` shows, of up to
    /// [`MAX_HOLDER_BYTES`](LockRequest::MAX_HOLDER_BYTES); empty unless said.
    pub holder: &'a str,
    /// How many replicas must acknowledge before the grant counts; 0 unless said.
    pub replicas: u32,
    /// The least fence of a new grant: 0 unless said. A caller that has seen a larger fence of this
    /// name elsewhere gives it plus one. A token that holds the name keeps its fence.
    pub min_fence: Fence,
}

impl<'a> LockRequest<'a> {
    /// Asks for `name`, for `token`, for `ttl`.
    pub const fn new(name: LockName<'a>, token: Token, ttl: Duration) -> Self {
        Self { name, token, ttl, holder: "", replicas: 0, min_fence: Fence(0) }
    }

    /// The longest label of a holder, in bytes.
    pub const MAX_HOLDER_BYTES: usize = 1024;

    /// The largest fence that may be asked for: 2⁵², which the clock reaches in 2112. Beyond it a
    /// caller could use up the fences of a name for all.
    pub const MAX_MIN_FENCE: Fence = Fence(1 << 52);

    /// Checks the request, and answers its lifetime in milliseconds; every backend calls it before
    /// it acts.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] for a lifetime of zero, a label of more than
    /// [`LockRequest::MAX_HOLDER_BYTES`], or a least fence above [`LockRequest::MAX_MIN_FENCE`].
    pub fn check(&self) -> Result<NonZeroU64, Error> {
        if self.holder.len() > Self::MAX_HOLDER_BYTES {
            let (length, most) = (self.holder.len(), Self::MAX_HOLDER_BYTES);
            let problem = format!("the holder's label has {length} bytes; give at most {most}");
            return Err(Error::not_applied(ErrorKind::InvalidInput, problem));
        }
        if self.min_fence > Self::MAX_MIN_FENCE {
            let problem = "the least fence is above 2^52, where the fences of a name would end";
            return Err(Error::not_applied(ErrorKind::InvalidInput, problem));
        }
        let zero = || Error::not_applied(ErrorKind::InvalidInput, "the lease's lifetime is zero");
        Ttl::After(self.ttl).to_millis()?.ok_or_else(zero)
    }

    /// Names the holder for others to see.
    #[must_use]
    pub const fn holder(mut self, holder: &'a str) -> Self {
        self.holder = holder;
        self
    }

    /// Counts the grant only once so many replicas have acknowledged it.
    #[must_use]
    pub const fn replicas(mut self, replicas: u32) -> Self {
        self.replicas = replicas;
        self
    }

    /// Asks for a fence of at least this.
    #[must_use]
    pub const fn min_fence(mut self, fence: Fence) -> Self {
        self.min_fence = fence;
        self
    }
}

/// The answer to an acquire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Acquired {
    /// The token holds the name.
    #[non_exhaustive]
    Granted {
        /// The number of this grant; `None` where the capabilities claim no fences.
        fence: Option<Fence>,
        /// What is left of the lease, by the backend's clock when it answered.
        ttl_left: Duration,
    },
    /// Another token holds the name.
    #[non_exhaustive]
    Held {
        /// When that lease ends unless it is extended: asking earlier is worth it only after an
        /// event of [`Watch`](crate::Watch).
        retry_after: Duration,
    },
}

impl Acquired {
    /// The token holds the name.
    pub const fn granted(fence: Option<Fence>, ttl_left: Duration) -> Self {
        Self::Granted { fence, ttl_left }
    }

    /// Another token holds the name.
    pub const fn held(retry_after: Duration) -> Self {
        Self::Held { retry_after }
    }
}

/// The answer to an extend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Extended {
    /// The lease ends `ttl` from now.
    Extended,
    /// The token does not hold the name; nothing was changed.
    NotOwner,
}

/// The answer to a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Released {
    /// The lease has ended.
    Released,
    /// The token does not hold the name; nothing was changed.
    NotOwner,
}

/// A lock as others see it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LockState {
    /// The number of the grant; `None` where the capabilities claim no fences.
    pub fence: Option<Fence>,
    /// The public label that the holder gave.
    pub holder: Box<str>,
    /// What is left of the lease.
    pub ttl_left: Duration,
}

impl LockState {
    /// A lock that is held.
    pub fn new(fence: Option<Fence>, holder: impl Into<Box<str>>, ttl_left: Duration) -> Self {
        Self { fence, holder: holder.into(), ttl_left }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_is_never_shown() {
        let token = Token::from_bytes(*b"sentinel-secret!");
        let request = LockRequest::new(LockName::new("job").unwrap(), token, Duration::ZERO);
        let shown = format!("{request:?} {token:?}");
        assert!(!shown.contains("115") && !shown.contains("sentinel"), "{shown}");
    }

    #[test]
    fn request_is_refused_for_a_long_label_a_far_fence_and_no_lifetime() {
        let name = LockName::new("job").unwrap();
        let request = |ttl| LockRequest::new(name, Token::from_bytes([1; 16]), ttl);
        let second = Duration::from_secs(1);
        let longest = "h".repeat(LockRequest::MAX_HOLDER_BYTES);
        assert_eq!(request(second).holder(&longest).check().unwrap().get(), 1000);
        let beyond = Fence::new(LockRequest::MAX_MIN_FENCE.get() + 1);
        for refused in [
            request(second).holder(&format!("{longest}h")).check(),
            request(second).min_fence(beyond).check(),
            request(Duration::ZERO).check(),
        ] {
            assert_eq!(refused.unwrap_err().kind(), ErrorKind::InvalidInput);
        }
        assert!(request(second).min_fence(LockRequest::MAX_MIN_FENCE).check().is_ok());
    }

    #[test]
    fn lock_name_has_one_byte_to_1024() {
        assert_eq!(LockName::new("").unwrap_err().kind(), ErrorKind::InvalidInput);
        assert!(LockName::new(&"n".repeat(LockName::MAX_BYTES)).is_ok());
        assert!(LockName::new(&"n".repeat(LockName::MAX_BYTES + 1)).is_err());
    }

    #[test]
    fn fence_is_capped_where_lua_still_counts_exactly() {
        assert_eq!(Fence::new(u64::MAX), Fence::MAX);
        assert_eq!(Fence::MAX.get() as f64 as u64, Fence::MAX.get());
    }
}
