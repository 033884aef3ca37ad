//! Values as they are kept.

use bytes::Bytes;

/// Values up to this length are copied into a buffer of their own.
const LARGEST_COPY: usize = 16 * 1024;

/// A value in a form that costs what it weighs, and nothing more when it is read.
///
/// Bytes may be a small part of a large buffer, which they would keep alive; those that were made
/// from a vector box a counter when they are cloned first. So a value of up to 16 KiB is copied,
/// and a larger one shares its counter from now on.
///
/// Up to 1 KiB the copy is one allocation: the bytes lie beside the counter that a hit raises.
pub(crate) fn kept(value: Bytes) -> Bytes {
    match value.len() {
        0 => Bytes::new(),
        1..=16 => inline::<16>(&value),
        17..=32 => inline::<32>(&value),
        33..=64 => inline::<64>(&value),
        65..=96 => inline::<96>(&value),
        97..=128 => inline::<128>(&value),
        129..=192 => inline::<192>(&value),
        193..=256 => inline::<256>(&value),
        257..=384 => inline::<384>(&value),
        385..=512 => inline::<512>(&value),
        513..=768 => inline::<768>(&value),
        769..=1024 => inline::<1024>(&value),
        1025..=LARGEST_COPY => Bytes::from_owner(Box::<[u8]>::from(&*value)),
        _ => {
            drop(value.clone());
            value
        }
    }
}

struct Inline<const LARGEST: usize> {
    bytes: [u8; LARGEST],
    length: u16,
}

fn inline<const LARGEST: usize>(value: &[u8]) -> Bytes {
    let mut bytes = [0; LARGEST];
    bytes[..value.len()].copy_from_slice(value);
    let length = u16::try_from(value.len()).expect("an inline value has at most 1 KiB");
    Bytes::from_owner(Inline { bytes, length })
}

impl<const LARGEST: usize> AsRef<[u8]> for Inline<LARGEST> {
    fn as_ref(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_is_kept_byte_for_byte() {
        let bytes: Vec<u8> = (0..=255).cycle().take(40_000).collect();
        let lengths = (0..2_000).chain([LARGEST_COPY - 1, LARGEST_COPY, LARGEST_COPY + 1, 40_000]);
        for length in lengths {
            let value = Bytes::copy_from_slice(&bytes[..length]);
            assert_eq!(kept(value), bytes[..length]);
        }
    }

    #[test]
    fn a_small_part_does_not_keep_its_buffer_alive() {
        let buffer = Bytes::from(vec![7; 1 << 20]);
        let value = kept(buffer.slice(10..20_000.min(10 + LARGEST_COPY)));
        assert!(buffer.is_unique());
        assert_eq!(value.len(), LARGEST_COPY);
    }

    #[test]
    fn no_read_allocates_the_first_neither() {
        for length in [0, 1, 100, 1_000, 10_000, 100_000] {
            let value = kept(Bytes::from(vec![7; length]));
            let counted = allocation_counter::measure(|| drop(value.clone()));
            assert_eq!(counted.count_total, 0, "{length} bytes");
        }
    }
}
