//! What a number of rounds tells: the median, and how sure it is.

use serde::{Deserialize, Serialize};

/// The median of one value a round, and what surrounds it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Estimate {
    /// Half of the rounds lie below, half above.
    pub median: f64,
    /// The lower end of the interval that holds the true median with a probability of 95 %.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
    /// The least of all rounds.
    pub least: f64,
    /// The most of all rounds.
    pub most: f64,
    /// How many rounds there were.
    pub rounds: usize,
}

impl Estimate {
    /// Reads rounds in any order; `None` where there is none, or one that is no finite number.
    ///
    /// The interval is made of order statistics, so it supposes nothing about how the rounds are
    /// distributed. Under 6 rounds no interval reaches 95 %: then it is all that was seen.
    pub fn of(samples: &[f64]) -> Option<Self> {
        if samples.is_empty() || samples.iter().any(|sample| !sample.is_finite()) {
            return None;
        }
        let mut sorted = samples.to_vec();
        sorted.sort_by(f64::total_cmp);
        let last = sorted.len() - 1;
        let cut = rounds_outside(sorted.len());
        Some(Self {
            median: f64::midpoint(sorted[last / 2], sorted[last.div_ceil(2)]),
            low: sorted[cut],
            high: sorted[last - cut],
            least: sorted[0],
            most: sorted[last],
            rounds: sorted.len(),
        })
    }

    /// The estimate of `ours` divided by `theirs`, round by round.
    ///
    /// Two values of one round were measured a moment apart, so what slows the whole machine
    /// down for a while leaves their ratio as it is.
    pub fn of_ratios(ours: &[f64], theirs: &[f64]) -> Option<Self> {
        let ratios: Vec<_> = ours.iter().zip(theirs).map(|(ours, theirs)| ours / theirs).collect();
        Self::of(&ratios)
    }
}

/// How many of `rounds` sorted values lie outside of the 95 % interval at each end.
///
/// The true median is below the k-th value as often as a coin shows fewer than k heads in so many
/// throws; that may happen in 2.5 % of all cases at most.
fn rounds_outside(rounds: usize) -> usize {
    let mut probability = 0.5_f64.powi(i32::try_from(rounds).unwrap_or(i32::MAX));
    let (mut sum, mut heads) = (probability, 0);
    while sum <= 0.025 && heads < rounds {
        probability *= (rounds - heads) as f64 / (heads + 1) as f64;
        sum += probability;
        heads += 1;
    }
    heads.saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(samples: impl IntoIterator<Item = i32>) -> Estimate {
        let samples: Vec<_> = samples.into_iter().map(f64::from).collect();
        Estimate::of(&samples).unwrap()
    }

    #[test]
    fn median_lies_in_the_middle_whatever_the_order() {
        assert_eq!(of([9, 1, 5]).median, 5.0);
        assert_eq!(of([4, 1, 2, 9]).median, 3.0);
        assert_eq!(of([7]), Estimate { rounds: 1, ..of([7, 7]) });
    }

    #[test]
    fn interval_takes_the_ranks_of_the_table_of_the_sign_test() {
        // Ranks of the 95 % interval of a median, as tables of the sign test have them.
        for (rounds, rank) in [(6, 1), (8, 1), (9, 2), (10, 2), (20, 6), (30, 10), (100, 40)] {
            let estimate = of(1..=rounds);
            assert_eq!(estimate.low, f64::from(rank), "of {rounds}");
            assert_eq!(estimate.high, f64::from(rounds + 1 - rank), "of {rounds}");
        }
    }

    #[test]
    fn few_rounds_are_given_as_all_that_was_seen() {
        let estimate = of([3, 1, 2, 5, 4]);
        assert_eq!((estimate.low, estimate.high), (1.0, 5.0));
        assert_eq!((estimate.least, estimate.most), (1.0, 5.0));
    }

    #[test]
    fn ratio_is_taken_round_by_round() {
        // The machine is slower by ten in the second round; the ratio does not notice.
        let estimate = Estimate::of_ratios(&[20.0, 2.0, 22.0], &[10.0, 1.0, 10.0]).unwrap();
        assert_eq!((estimate.median, estimate.least, estimate.most), (2.0, 2.0, 2.2));
    }

    #[test]
    fn no_rounds_and_no_numbers_give_no_estimate() {
        assert_eq!(Estimate::of(&[]), None);
        assert_eq!(Estimate::of(&[1.0, f64::NAN]), None);
        assert_eq!(Estimate::of_ratios(&[1.0], &[0.0]), None);
    }
}
