//! Keys that left a queue a moment ago.

use super::print::Print;

/// So many cells a key: two keys seldom want the same one.
const CELLS_A_KEY: usize = 4;

const FEWEST_CELLS: usize = 64;

/// The keys that left a queue last. It may forget one early, where another needs its cell.
#[derive(Default)]
pub(crate) struct Recent {
    /// A power of two of them: a print and the number of its departure, or 0 where empty.
    cells: Vec<u64>,
    departures: u32,
}

impl Recent {
    /// Notes that a key left; `span` is how many are asked for later on.
    pub(crate) fn insert(&mut self, print: Print, span: usize) {
        let cells = (span * CELLS_A_KEY).next_power_of_two().max(FEWEST_CELLS);
        if self.cells.len() < cells {
            self.cells.resize(cells, 0);
        }
        self.departures = self.departures.wrapping_add(1).max(1);
        let cell = self.cell(print);
        self.cells[cell] = u64::from(print.get()) << 32 | u64::from(self.departures);
    }

    /// Whether the key is among the last `span` that left; it is no more.
    pub(crate) fn take(&mut self, print: Print, span: usize) -> bool {
        if self.cells.is_empty() {
            return false;
        }
        let cell = self.cell(print);
        let (found, departure) = ((self.cells[cell] >> 32) as u32, self.cells[cell] as u32);
        if found != print.get() || departure == 0 {
            return false;
        }
        self.cells[cell] = 0;
        (self.departures.wrapping_sub(departure) as usize) < span
    }

    fn cell(&self, print: Print) -> usize {
        print.spread() as usize & (self.cells.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(number: u64) -> Print {
        Print::new(number.wrapping_mul(0xD6E8_FEB8_6659_FD93))
    }

    #[test]
    fn keys_are_there_until_as_many_as_the_span_left_after_them() {
        let mut recent = Recent::default();
        for number in 1..=4 {
            recent.insert(print(number), 3);
        }
        assert!(!recent.take(print(1), 3), "three left after it");
        assert!(recent.take(print(2), 3), "two left after it");
        assert!(recent.take(print(4), 3), "it left last");
        assert!(!recent.take(print(5), 3), "it was never there");
    }

    #[test]
    fn taken_key_is_there_no_more() {
        let mut recent = Recent::default();
        recent.insert(print(1), 1);
        assert!(recent.take(print(1), 1) && !recent.take(print(1), 1));
    }

    #[test]
    fn few_keys_are_forgotten_early() {
        let mut recent = Recent::default();
        (0..10_000).for_each(|number| recent.insert(print(number), 1000));
        let found = (9_000..10_000).filter(|number| recent.take(print(*number), 1000)).count();
        assert!((700..=1000).contains(&found), "{found} of 1000");
    }
}
