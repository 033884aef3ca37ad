//! Keys that all have one hash under a hash function without a seed.

/// The multiplier of `FxHash`, the hash of Firefox and of older Rust compilers.
const SEED: u64 = 0x517c_c1b7_2722_0a95;

/// What `FxHash` makes of 16 bytes, taken as two words of 64 bits.
pub(crate) fn unseeded_hash(key: &str) -> u64 {
    let words = key
        .as_bytes()
        .chunks_exact(8)
        .map(|word| u64::from_le_bytes(word.try_into().expect("a chunk has 8 bytes")));
    words.fold(0, |hash: u64, word| (hash.rotate_left(5) ^ word).wrapping_mul(SEED))
}

/// Different keys of 16 ASCII characters whose [`unseeded_hash`] is the same: for any first word
/// there is one second word that leads to it, and one in 256 of those is ASCII.
pub(crate) fn keys(count: usize) -> Vec<String> {
    const TARGET: u64 = 0x2a2a_2a2a_2a2a_2a2a;
    const ASCII: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    let pair = |number: u64| {
        let first = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) & ASCII;
        let second = first.wrapping_mul(SEED).rotate_left(5) ^ TARGET;
        let bytes = [first.to_le_bytes(), second.to_le_bytes()].concat();
        if second & !ASCII == 0 { String::from_utf8(bytes).ok() } else { None }
    };
    (0..).filter_map(pair).take(count).collect()
}

/// Keys of the same length without a plan.
pub(crate) fn random_keys(count: usize) -> Vec<String> {
    (0..count as u64).map(|number| format!("{:016x}", number.wrapping_mul(SEED))).collect()
}
