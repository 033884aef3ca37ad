//! The draws that faults follow from.

/// SplitMix64 (Steele, Lea and Flood, 2014), a generator for each call: what happens to a call does
/// not depend on others.
///
/// It stands here, and is not a library's, because a seed is part of somebody's test: the draws of
/// a seed never change.
pub(super) struct Random(u64);

/// 2^64 divided by the golden ratio.
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

impl Random {
    /// The generator of the call with this number.
    pub(super) fn new(seed: u64, number: u64) -> Self {
        // Calls begin far apart in the one sequence that the generator has; mixing takes care that
        // no seed and number are another seed and the next number.
        Self(mix(seed).wrapping_add(mix(number.wrapping_add(1).wrapping_mul(STEP))))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        mix(self.0)
    }

    /// From 0 to below 1, in steps of 2^-53.
    pub(super) fn fraction(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Heads or tails.
    pub(super) fn coin(&mut self) -> bool {
        self.next() >> 63 == 1
    }
}

const fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first outputs for the state 0, as the published generator has them.
    #[test]
    fn generator_is_the_published_one() {
        let mut random = Random(0);
        let drawn = [random.next(), random.next(), random.next()];
        assert_eq!(drawn, [0xE220_A839_7B1D_CDAF, 0x6E78_9E6A_A1B9_65F4, 0x06C4_5D18_8009_454F]);
    }
}
