//! Keys and values as they are kept.

use bytes::Bytes;

/// Values up to this length are copied into a buffer of their own.
pub(crate) const LARGEST_COPY: usize = 16 * 1024;

/// Sizes of blocks: with the counter they are what common allocators give out anyway, so little
/// of a block stands vacant.
macro_rules! block_of_size {
    ($parts:expr, $length:expr, $($size:literal)*) => {
        match $length {
            0 => Bytes::new(),
            $(length if length <= $size => inline::<$size>($parts, length),)*
            _ => Bytes::from_owner($parts.concat().into_boxed_slice()),
        }
    };
}

/// Two pieces in one block of memory, one behind the other.
///
/// Up to 1 KiB it is one allocation: the bytes lie beside the counter that a hit raises. So a hit
/// that compares the key has the counter in the same line of the processor's cache.
pub(crate) fn joined(parts: [&[u8]; 2]) -> Bytes {
    let length = parts[0].len() + parts[1].len();
    block_of_size!(parts, length,
        16 32 48 64 80 96 112 128 144 160 176 192 208 224 240 256
        288 320 352 384 416 448 480 512 576 640 704 768 832 896 960 1024)
}

fn inline<const SIZE: usize>(parts: [&[u8]; 2], length: usize) -> Bytes {
    let mut bytes = [0; SIZE];
    let (first, rest) = bytes.split_at_mut(parts[0].len());
    first.copy_from_slice(parts[0]);
    rest[..parts[1].len()].copy_from_slice(parts[1]);
    let mut block = Bytes::from_owner(bytes);
    block.truncate(length);
    block
}

/// A value in a form that costs what it weighs, and nothing more when it is read.
///
/// Bytes may be a small part of a large buffer, which they would keep alive; those that were made
/// from a vector box a counter when they are cloned first. So a value of up to 16 KiB is copied,
/// and a larger one shares its counter from now on.
pub(crate) fn kept(value: Bytes) -> Bytes {
    if value.len() <= LARGEST_COPY {
        return joined([&[], &value]);
    }
    drop(value.clone());
    value
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
    fn pieces_of_every_length_lie_one_behind_the_other() {
        let bytes: Vec<u8> = (0..=255).cycle().take(2_000).collect();
        for (first, all) in (0..256).flat_map(|first| [first, 700, 2_000].map(|all| (first, all))) {
            let (key, value) = bytes[..all].split_at(first);
            assert_eq!(joined([key, value]), bytes[..all]);
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
