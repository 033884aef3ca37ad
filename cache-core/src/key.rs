//! Keys, and the one prefix that users may not use.

use std::fmt;

use crate::{Error, ErrorKind};

/// The prefix under which backends keep what is not a user's entry: locks and fences.
///
/// [`Key::new`] refuses keys that begin with it, and [`clear`](crate::CacheBackend::clear) never
/// touches them.
pub const RESERVED_PREFIX: &str = "__cache__:";

/// A valid cache key: 1 byte to [`Key::MAX_BYTES`] of UTF-8 outside the [reserved prefix](RESERVED_PREFIX).
///
/// A key reaches the server byte for byte: NUL, line breaks, braces (a Redis Cluster hash tag) and
/// glob characters mean nothing special here. A `Key` is the proof that the check was made, so
/// that no backend has to make it again.
///
/// ```
/// use cache_core::{ErrorKind, Key};
///
/// assert_eq!(Key::new("user:1")?.as_str(), "user:1");
/// assert_eq!(Key::new("").unwrap_err().kind(), ErrorKind::InvalidInput);
/// # Ok::<(), cache_core::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key<'a>(&'a str);

impl<'a> Key<'a> {
    /// The longest key in bytes: 64 KiB, the namespace in front of it included.
    pub const MAX_BYTES: usize = 64 * 1024;

    /// Checks a key.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] for an empty key, one of more than [`Key::MAX_BYTES`], or one
    /// under the [reserved prefix](RESERVED_PREFIX).
    #[inline]
    pub fn new(key: &'a str) -> Result<Self, Error> {
        let is_valid =
            !key.is_empty() && key.len() <= Self::MAX_BYTES && !key.starts_with(RESERVED_PREFIX);
        if is_valid { Ok(Self(key)) } else { Err(refused(key)) }
    }

    /// The key as text, byte for byte as given.
    #[inline]
    pub const fn as_str(self) -> &'a str {
        self.0
    }
}

#[cold]
fn refused(key: &str) -> Error {
    let problem = if key.is_empty() {
        "the key is empty; give 1 byte to 64 KiB".to_owned()
    } else if key.len() > Key::MAX_BYTES {
        format!("the key has {} bytes; give at most {}", key.len(), Key::MAX_BYTES)
    } else {
        format!("keys that begin with `{RESERVED_PREFIX}` hold locks; choose another prefix")
    };
    Error::not_applied(ErrorKind::InvalidInput, problem).with_key(key)
}

impl AsRef<str> for Key<'_> {
    fn as_ref(&self) -> &str {
        self.0
    }
}

impl fmt::Debug for Key<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", Shown(self.0))
    }
}

/// Text from outside as it may appear in a message: quoted, escaped, shortened to 64 characters.
pub(crate) struct Shown<'a>(pub(crate) &'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LONGEST: usize = 64;
        f.write_str("\"")?;
        for character in self.0.chars().take(LONGEST) {
            write!(f, "{}", character.escape_debug())?;
        }
        f.write_str("\"")?;
        match self.0.chars().nth(LONGEST) {
            Some(_) => write!(f, "… ({} bytes)", self.0.len()),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longest_key_is_accepted_and_one_byte_more_is_refused() {
        let longest = "k".repeat(Key::MAX_BYTES);
        assert_eq!(Key::new(&longest).unwrap().as_str(), longest);
        let error = Key::new(&format!("{longest}k")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains("65537 bytes"), "{error}");
    }

    #[test]
    fn reserved_prefix_is_refused_and_its_beginning_is_not() {
        assert_eq!(Key::new("__cache__:x").unwrap_err().kind(), ErrorKind::InvalidInput);
        assert_eq!(Key::new(RESERVED_PREFIX).unwrap_err().kind(), ErrorKind::InvalidInput);
        assert!(Key::new("__cache__").is_ok());
    }

    #[test]
    fn awkward_keys_are_shown_escaped_and_shortened() {
        assert_eq!(format!("{:?}", Key::new("a\r\n\0\"").unwrap()), r#"Key("a\r\n\0\"")"#);
        let long = "é".repeat(100);
        let shown = Shown(&long).to_string();
        assert_eq!(shown, format!("\"{}\"… (200 bytes)", "é".repeat(64)));
    }
}
