//! How often keys were asked for, in a few bits for each.

use super::print::Print;

/// Four-bit counters in a word.
const COUNTERS_IN_A_WORD: u64 = 16;

/// A block is a line of the processor's cache: a key touches one line of the table.
const WORDS_IN_A_BLOCK: usize = 8;

/// A block serves so many entries: 16 counters an entry, 8 bytes.
const ENTRIES_A_BLOCK: usize = 8;

/// So many counters count a key, each in a pair of words of its own.
const COUNTERS_A_KEY: usize = 4;

const FEWEST_BLOCKS: usize = 64;

/// A counter counts up to here.
const TOP: u64 = 15;

/// Everything is halved after so many counts for each entry that the table is made for.
const COUNTS_AN_ENTRY: usize = 10;

/// The lower three bits of each counter, which are left of it when it is halved.
const HALVES: u64 = 0x7777_7777_7777_7777;

/// A count-min sketch with conservative update (Estan and Varghese, 2002), aged as in TinyLFU
/// (Einziger, Friedman and Manes, 2017): it overestimates at times and forgets slowly.
#[derive(Default)]
pub(crate) struct Sketch {
    /// A power of two of them.
    blocks: Vec<Block>,
    counts: usize,
}

#[derive(Clone, Copy, Default)]
#[repr(align(64))]
struct Block([u64; WORDS_IN_A_BLOCK]);

impl Sketch {
    /// Makes room for the counts of so many entries. What was counted stays.
    pub(crate) fn make_for(&mut self, entries: usize) {
        if self.blocks.is_empty() {
            self.blocks = vec![Block::default(); FEWEST_BLOCKS];
        }
        while self.blocks.len() * ENTRIES_A_BLOCK < entries {
            // A key's block is named by one bit more than before: both that it can be are alike.
            self.blocks.extend_from_within(..);
        }
    }

    /// How often the key was counted of late: that often, or more.
    pub(crate) fn estimate(&self, print: Print) -> u64 {
        let Some(block) = self.blocks.get(self.block(print)) else { return 0 };
        block.counters(print).map(|counter| block.read(counter)).into_iter().min().unwrap_or(0)
    }

    pub(crate) fn count(&mut self, print: Print) {
        let estimate = self.estimate(print);
        let index = self.block(print);
        let Some(block) = self.blocks.get_mut(index) else { return };
        if estimate < TOP {
            for counter in block.counters(print) {
                if block.read(counter) == estimate {
                    block.increment(counter);
                }
            }
        }
        self.counts += 1;
        if self.counts >= self.blocks.len() * ENTRIES_A_BLOCK * COUNTS_AN_ENTRY {
            self.halve();
        }
    }

    fn halve(&mut self) {
        for word in self.blocks.iter_mut().flat_map(|block| &mut block.0) {
            *word = *word >> 1 & HALVES;
        }
        self.counts /= 2;
    }

    fn block(&self, print: Print) -> usize {
        (print.spread() >> 32) as usize & (self.blocks.len().max(1) - 1)
    }
}

/// A word of a block, and how far its counter is shifted in it.
#[derive(Clone, Copy)]
struct Counter {
    word: usize,
    shift: u64,
}

impl Block {
    fn counters(&self, print: Print) -> [Counter; COUNTERS_A_KEY] {
        let bits = print.spread();
        std::array::from_fn(|row| {
            let bits = bits >> (row * 8);
            let word = row * 2 + (bits & 1) as usize;
            Counter { word, shift: (bits >> 1) % COUNTERS_IN_A_WORD * 4 }
        })
    }

    const fn read(&self, counter: Counter) -> u64 {
        self.0[counter.word] >> counter.shift & TOP
    }

    const fn increment(&mut self, counter: Counter) {
        self.0[counter.word] += 1 << counter.shift;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(number: u64) -> Print {
        Print::new(number.wrapping_mul(0xD6E8_FEB8_6659_FD93))
    }

    fn sketch(entries: usize) -> Sketch {
        let mut sketch = Sketch::default();
        sketch.make_for(entries);
        sketch
    }

    #[test]
    fn estimate_is_the_count_up_to_the_top_where_keys_are_few() {
        let mut sketch = sketch(256);
        assert_eq!(sketch.estimate(print(1)), 0);
        for count in 1..=20 {
            sketch.count(print(1));
            assert_eq!(sketch.estimate(print(1)), count.min(TOP));
        }
        assert_eq!(sketch.estimate(print(2)), 0);
    }

    #[test]
    fn estimate_is_never_below_the_count() {
        let mut sketch = sketch(256);
        (0..1000).for_each(|number| sketch.count(print(number)));
        assert!((0..1000).all(|number| sketch.estimate(print(number)) >= 1));
    }

    #[test]
    fn few_estimates_are_too_high_at_the_size_it_is_made_for() {
        let mut sketch = sketch(1024);
        // Each number's key is counted one to four times.
        let times = |number: u64| 1 + number % 4;
        for number in 0..2048 {
            (0..times(number)).for_each(|_| sketch.count(print(number)));
        }
        let high = (0..2048).filter(|number| sketch.estimate(print(*number)) > times(*number));
        let seen = (5000..7048).filter(|number| sketch.estimate(print(*number)) > 0);
        let (high, seen) = (high.count(), seen.count());
        assert!(high < 50 && seen < 100, "{high} too high, {seen} seen that never were");
    }

    #[test]
    fn estimates_stay_when_it_grows() {
        let mut sketch = sketch(256);
        (0..100).for_each(|number| (0..=number % 5).for_each(|_| sketch.count(print(number))));
        let before: Vec<_> = (0..200).map(|number| sketch.estimate(print(number))).collect();
        sketch.make_for(5000);
        assert_eq!(sketch.blocks.len(), 1024);
        let after: Vec<_> = (0..200).map(|number| sketch.estimate(print(number))).collect();
        assert_eq!(before, after);
    }

    #[test]
    fn counts_are_halved_in_time() {
        let mut sketch = sketch(512);
        (0..9).for_each(|_| sketch.count(print(1)));
        (9..5119).for_each(|_| sketch.count(print(2)));
        assert_eq!((sketch.estimate(print(1)), sketch.estimate(print(2))), (9, 15));
        sketch.count(print(2));
        assert_eq!((sketch.estimate(print(1)), sketch.estimate(print(2))), (4, 7));
        assert_eq!(sketch.counts, 2560);
    }
}
