//! The limit of every policy.

use std::collections::BTreeSet;

/// The most hits that any cache of so many entries can have on a trace.
///
/// Belady's rule: who is needed again last goes, and a key that is needed later than all that is
/// there does not come in. It knows the future, so no cache reaches it but by luck.
pub fn most_hits(trace: &[u32], capacity: usize) -> u64 {
    let next = next_uses(trace);
    // Each entry by the place of its next use. No two have the same, except for `NEVER`; keys
    // that are never needed again do not come in.
    let mut entries = BTreeSet::new();
    let mut hits = 0;
    for (now, &next_use) in next.iter().enumerate() {
        hits += u64::from(entries.remove(&now));
        if next_use == NEVER {
            continue;
        }
        entries.insert(next_use);
        if entries.len() > capacity {
            entries.pop_last();
        }
    }
    hits
}

const NEVER: usize = usize::MAX;

/// For each place of the trace, the next place with the same key.
fn next_uses(trace: &[u32]) -> Vec<usize> {
    let keys = trace.iter().max().map_or(0, |key| *key as usize + 1);
    let mut upcoming = vec![NEVER; keys];
    let mut next = vec![NEVER; trace.len()];
    for (place, &key) in trace.iter().enumerate().rev() {
        next[place] = std::mem::replace(&mut upcoming[key as usize], place);
    }
    next
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};

    use super::*;

    #[test]
    fn loop_keeps_what_fits() {
        let trace: Vec<_> = (0..10).cycle().take(100).collect();
        // 4 of 10 keys stay for the 9 rounds after the first.
        assert_eq!(most_hits(&trace, 4), 4 * 9);
        assert_eq!(most_hits(&trace, 10), 90);
    }

    #[test]
    fn nothing_fits_in_no_room_and_nothing_is_hit_in_an_empty_trace() {
        assert_eq!(most_hits(&[1, 1, 1], 0), 0);
        assert_eq!(most_hits(&[], 5), 0);
    }

    #[test]
    fn no_choice_of_what_stays_is_better() {
        let mut random = StdRng::seed_from_u64(7);
        for _ in 0..200 {
            let trace: Vec<_> = (0..10).map(|_| random.random_range(0..5_u32)).collect();
            assert_eq!(most_hits(&trace, 2), by_trying(&trace, &[], 2), "{trace:?}");
        }
    }

    /// The most hits, by trying every choice.
    fn by_trying(trace: &[u32], entries: &[u32], capacity: usize) -> u64 {
        let Some((key, rest)) = trace.split_first() else { return 0 };
        if entries.contains(key) {
            return 1 + by_trying(rest, entries, capacity);
        }
        let without = by_trying(rest, entries, capacity);
        let mut grown = entries.to_vec();
        grown.push(*key);
        if grown.len() <= capacity {
            return without.max(by_trying(rest, &grown, capacity));
        }
        let choices = (0..entries.len()).map(|gone| {
            let mut chosen = grown.clone();
            chosen.remove(gone);
            by_trying(rest, &chosen, capacity)
        });
        choices.fold(without, u64::max)
    }
}
