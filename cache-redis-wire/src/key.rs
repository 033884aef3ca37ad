//! Keys on their way to the server, and the hash slots of a cluster.

use bytes::Bytes;
use cache_core::{Key, RESERVED_PREFIX};

/// The slots of a cluster (Redis Cluster specification, "Key distribution model").
const SLOTS: u16 = 16_384;

/// A key as it is sent: byte for byte as it was given.
///
/// A short one takes a single allocation however often it is cloned; otherwise the first clone makes
/// a second one.
pub(crate) fn sent(key: Key<'_>) -> Bytes {
    let key = key.as_str().as_bytes();
    let mut bytes = [0; SHORT];
    match (bytes.get_mut(..key.len()), u8::try_from(key.len())) {
        (Some(place), Ok(length)) => {
            place.copy_from_slice(key);
            Bytes::from_owner(Short { length, bytes })
        }
        _ => Bytes::copy_from_slice(key),
    }
}

/// The length of most keys, at most.
const SHORT: usize = 63;

/// A key beside its own count of references.
struct Short {
    length: u8,
    bytes: [u8; SHORT],
}

impl AsRef<[u8]> for Short {
    fn as_ref(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.length)).unwrap_or_default()
    }
}

/// Keys as they are sent, in one buffer that they share.
pub(crate) fn sent_together<'k>(keys: impl Iterator<Item = Key<'k>> + Clone) -> Vec<Bytes> {
    let all: Vec<u8> = keys.clone().flat_map(|key| key.as_str().bytes()).collect();
    let all = Bytes::from(all);
    let mut begin = 0;
    let part = |key: Key<'_>| {
        let end = begin + key.as_str().len();
        let part = all.slice(begin..end);
        begin = end;
        part
    };
    keys.map(part).collect()
}

/// Whether a key holds what is no user's entry.
pub(crate) fn is_reserved(key: &[u8]) -> bool {
    key.starts_with(RESERVED_PREFIX.as_bytes())
}

/// A pattern for `SCAN` that matches the keys which begin with these bytes, and no other.
pub(crate) fn pattern(prefix: &str) -> Bytes {
    let mut pattern = Vec::with_capacity(prefix.len() + 8);
    for byte in prefix.bytes() {
        if matches!(byte, b'*' | b'?' | b'[' | b']' | b'\\') {
            pattern.push(b'\\');
        }
        pattern.push(byte);
    }
    pattern.push(b'*');
    Bytes::from(pattern)
}

/// The hash slot of a key: of what stands between its first `{` and the `}` after it, if anything does;
/// else of the whole key.
pub(crate) fn slot(key: &[u8]) -> u16 {
    crc16(hash_tag(key).unwrap_or(key)) % SLOTS
}

fn hash_tag(key: &[u8]) -> Option<&[u8]> {
    let begin = key.iter().position(|byte| *byte == b'{')? + 1;
    let length = key[begin..].iter().position(|byte| *byte == b'}')?;
    if length == 0 { None } else { Some(&key[begin..begin + length]) }
}

/// CRC-16/XMODEM: polynomial 0x1021, from 0 (Redis Cluster specification, appendix A).
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc: u16, byte| {
        (0..8).fold(crc ^ (u16::from(*byte) << 8), |crc, _| {
            if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 }
        })
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn slots_are_those_of_the_specification() {
        assert_eq!(crc16(b"123456789"), 0x31c3);
        // `CLUSTER KEYSLOT` of Redis 7.0.
        for (key, expected) in [
            ("foo", 12_182),
            ("user1000", 3443),
            ("{user1000}.following", 3443),
            ("{user1000}.followers", 3443),
            ("foo{}{bar}", 8363),
            ("foo{{bar}}zap", 4015),
            ("foo{bar}{zap}", 5061),
            ("", 0),
        ] {
            assert_eq!(slot(key.as_bytes()), expected, "{key:?}");
        }
    }

    #[test]
    fn special_characters_of_a_pattern_are_escaped() {
        assert_eq!(pattern("a*?[^x-y]\\{b}\u{e9}"), "a\\*\\?\\[^x-y\\]\\\\{b}\u{e9}*".as_bytes());
    }

    #[test]
    fn keys_in_one_buffer_are_the_keys() {
        let texts = ["a", "bc", "\u{e9}\0"];
        let keys = texts.map(|text| Key::new(text).unwrap());
        assert_eq!(sent_together(keys.into_iter()), texts);
    }

    #[test]
    fn key_of_any_length_is_sent_as_it_is() {
        for length in [1, SHORT - 1, SHORT, SHORT + 1, 255, 256, 1000] {
            let text = "k".repeat(length);
            assert_eq!(sent(Key::new(&text).unwrap()), text, "{length}");
        }
    }

    proptest! {
        #[test]
        fn a_slot_is_a_slot(key: Vec<u8>) {
            prop_assert!(slot(&key) < SLOTS);
        }
    }
}
