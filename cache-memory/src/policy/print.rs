//! What the policy remembers a key by.

/// A key's hash in 32 bits, mixed so that all of them differ between the keys of one shard,
/// although some bits of their hashes are the same there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Print(u32);

/// 2⁶⁴ divided by the golden ratio, odd: the multiplier of Fibonacci hashing.
const MULTIPLIER: u64 = 0x9E37_79B9_7F4A_7C15;

impl Print {
    pub(crate) const fn new(hash: u64) -> Self {
        Self((hash.wrapping_mul(MULTIPLIER) >> 32) as u32)
    }

    pub(crate) const fn get(self) -> u32 {
        self.0
    }

    /// 64 bits that follow from it, to take places in a table from.
    pub(crate) const fn spread(self) -> u64 {
        let bits = (self.0 as u64 ^ MULTIPLIER).wrapping_mul(MULTIPLIER);
        (bits ^ (bits >> 32)).wrapping_mul(MULTIPLIER)
    }
}
