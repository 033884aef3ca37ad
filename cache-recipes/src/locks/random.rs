//! Randomness from the system's cryptographic source.

use std::time::Duration;

use cache_core::{Error, ErrorKind, Token};

/// A token that nobody can guess.
pub(super) fn token() -> Result<Token, Error> {
    let mut bytes = [0; 16];
    match getrandom::fill(&mut bytes) {
        Ok(()) => Ok(Token::from_bytes(bytes)),
        Err(error) => {
            let problem = format!("the system gives no random bytes for a token: {error}");
            Err(Error::not_applied(ErrorKind::Unavailable, problem).with_operation("acquire"))
        }
    }
}

/// From 1 ms to 5 ms; 1 ms where there is no randomness.
pub(super) fn jitter() -> Duration {
    let drawn = getrandom::u32().unwrap_or_default();
    Duration::from_micros(1_000 + u64::from(drawn % 4_000))
}

/// Up to a length of time; all of it where there is no randomness.
pub(crate) fn up_to(length: Duration) -> Duration {
    let drawn = getrandom::u32().unwrap_or(u32::MAX);
    length.mul_f64(f64::from(drawn) / f64::from(u32::MAX))
}
