//! Where locks lie on the server.
//!
//! The lock `job` is the string `__cache__:lock:{job}`, and its last fence `__cache__:fence:{job}`:
//! in one hash slot, because the name is the hash tag of both. The version of the layout stands at the
//! head of a lock's value and not in its key: so that clients of two versions see each other's locks
//! in one place, and exclude each other. The value is
//! `v1:<token, 32 hexadecimal digits>:<fence, decimal>:<label of the holder>`, with the lease as the
//! lifetime of the key. A value of a later version, `v2:…`, counts as held by somebody else.

use std::time::Duration;

use bytes::Bytes;
use cache_core::{LockName, Token};

/// In front of the name of a lock. Begins with [`RESERVED_PREFIX`](cache_core::RESERVED_PREFIX).
const LOCK: &str = "__cache__:lock:{";
/// In front of the name of a lock whose fence it is.
const FENCE: &str = "__cache__:fence:{";
const END: &str = "}";

/// How long a fence is kept after the lease it was given to, at the least: for so long the clock of the
/// server may lag behind it, and no grant repeats one.
pub(crate) const FENCE_STAYS: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The key of a lock.
pub(crate) fn lock_key(name: LockName<'_>) -> Bytes {
    key(LOCK, name.as_str())
}

/// The key of the last fence of a lock.
pub(crate) fn fence_key(name: LockName<'_>) -> Bytes {
    key(FENCE, name.as_str())
}

/// A token as it is stored: 32 hexadecimal digits.
pub(crate) fn token(token: Token) -> Bytes {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = |byte: &u8| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]];
    Bytes::from(token.as_bytes().iter().flat_map(digits).collect::<Vec<u8>>())
}

/// The name between the braces of a hash tag, escaped so that it holds none: `%`, `{` and `}` as in
/// URLs. Two names are never escaped alike.
fn key(prefix: &str, name: &str) -> Bytes {
    let mut key = String::with_capacity(prefix.len() + name.len() + END.len());
    key.push_str(prefix);
    for character in name.chars() {
        match character {
            '%' => key.push_str("%25"),
            '{' => key.push_str("%7B"),
            '}' => key.push_str("%7D"),
            other => key.push(other),
        }
    }
    key.push_str(END);
    Bytes::from(key)
}

#[cfg(test)]
mod tests {
    use cache_core::RESERVED_PREFIX;
    use proptest::prelude::*;

    use super::*;
    use crate::key::slot;

    fn name(name: &str) -> LockName<'_> {
        LockName::new(name).unwrap()
    }

    /// The name of the lock whose key this is; `None` for every other key.
    fn lock_name(key: &[u8]) -> Option<Box<str>> {
        let escaped = key.strip_prefix(LOCK.as_bytes())?.strip_suffix(END.as_bytes())?;
        unescaped(std::str::from_utf8(escaped).ok()?)
    }

    fn unescaped(escaped: &str) -> Option<Box<str>> {
        let mut parts = escaped.split('%');
        let mut name = parts.next()?.to_owned();
        for part in parts {
            let (code, rest) = part.split_at_checked(2)?;
            name.push(match code {
                "25" => '%',
                "7B" => '{',
                "7D" => '}',
                _ => return None,
            });
            name.push_str(rest);
        }
        let is_plain = !name.is_empty() && !escaped.contains(['{', '}']);
        is_plain.then(|| name.into_boxed_str())
    }

    // Clients of every version look for locks here: these texts may never change.
    #[test]
    fn layout_is_as_published() {
        assert_eq!(lock_key(name("job")), "__cache__:lock:{job}");
        assert_eq!(fence_key(name("job")), "__cache__:fence:{job}");
        assert_eq!(lock_key(name("a{b}%c")), "__cache__:lock:{a%7Bb%7D%25c}");
        assert_eq!(lock_key(name("é\0\r\n*")), "__cache__:lock:{é\0\r\n*}");
        let bytes = [0x00, 0x01, 0x0f, 0x10, 0x7f, 0x80, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0xab, 0xcd];
        assert_eq!(token(Token::from_bytes(bytes)), "00010f107f80feff000000000000abcd");
        assert_eq!(FENCE_STAYS.as_millis(), 604_800_000);
    }

    #[test]
    fn other_keys_are_no_locks() {
        for key in ["job", "__cache__:fence:{job}", "__cache__:lock:{}", "__cache__:lock:{a"] {
            assert_eq!(lock_name(key.as_bytes()), None, "{key}");
        }
        for key in ["__cache__:lock:{%41}", "__cache__:lock:{%7}", "__cache__:lock:{a}b}"] {
            assert_eq!(lock_name(key.as_bytes()), None, "{key}");
        }
    }

    proptest! {
        #[test]
        fn name_is_read_back_from_its_key(text in "(?s)([%{}257BD]|.){1,40}") {
            let read = lock_name(&lock_key(name(&text)));
            prop_assert_eq!(read.as_deref(), Some(&*text));
        }

        #[test]
        fn different_names_have_different_keys(
            one in "[%{}257BDab]{1,6}", other in "[%{}257BDab]{1,6}",
        ) {
            prop_assert_eq!(one == other, lock_key(name(&one)) == lock_key(name(&other)));
        }

        #[test]
        fn lock_and_fence_share_a_slot_under_the_reserved_prefix(text in "(?s)([{}]|.){1,40}") {
            let (lock, fence) = (lock_key(name(&text)), fence_key(name(&text)));
            prop_assert_eq!(slot(&lock), slot(&fence));
            prop_assert!(lock.starts_with(RESERVED_PREFIX.as_bytes()));
            prop_assert!(fence.starts_with(RESERVED_PREFIX.as_bytes()));
            // The tag is the whole name and no part of it.
            prop_assert_eq!(slot(&lock), slot(&lock[LOCK.len()..lock.len() - 1]));
        }
    }
}
