//! How long an entry lives.

use std::num::NonZeroU64;
use std::time::Duration;

use crate::{Error, ErrorKind};

/// How long an entry lives from the moment it is stored.
///
/// As a setting, a lifetime has these edges on every backend: it is rounded **up** to a whole
/// millisecond, zero is refused, and what is longer than [`Ttl::LONGEST`] is capped to it. As an
/// answer, it is what is left.
///
/// ```
/// use std::time::Duration;
/// use cache_core::Ttl;
///
/// let millis = |ttl: Duration| Ttl::After(ttl).to_millis().map(|m| m.map(|m| m.get()));
/// assert_eq!(millis(Duration::from_nanos(1))?, Some(1));
/// assert_eq!(millis(Duration::from_micros(1_001))?, Some(2));
/// assert_eq!(millis(Duration::MAX)?, Some(Ttl::LONGEST.as_millis() as u64));
/// assert!(millis(Duration::ZERO).is_err());
/// # Ok::<(), cache_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[expect(clippy::exhaustive_enums, reason = "an entry expires or it does not")]
pub enum Ttl {
    /// The entry does not expire.
    #[default]
    Never,
    /// The entry is gone this long after it was stored, to the millisecond.
    After(Duration),
}

impl Ttl {
    /// The longest lifetime: 100 years of 365 days. Redis refuses an expiry near `i64::MAX` ms.
    pub const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

    /// The lifetime in whole milliseconds as every backend must apply it; `None` for never.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] for a lifetime of zero.
    pub fn to_millis(self) -> Result<Option<NonZeroU64>, Error> {
        let Self::After(duration) = self else { return Ok(None) };
        let nanos = duration.min(Self::LONGEST).as_nanos();
        let millis = u64::try_from(nanos.div_ceil(1_000_000)).unwrap_or(u64::MAX);
        match NonZeroU64::new(millis) {
            Some(millis) => Ok(Some(millis)),
            None => Err(Error::not_applied(
                ErrorKind::InvalidInput,
                "the TTL is zero; give a longer one, or delete the key",
            )),
        }
    }
}

impl From<Duration> for Ttl {
    fn from(duration: Duration) -> Self {
        Self::After(duration)
    }
}
