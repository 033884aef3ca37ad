//! Access sequences that are made.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rand_distr::Zipf;

use crate::Failure;

/// The most requests of a sequence: 4 GB of keys.
const MOST_REQUESTS: u32 = 1_000_000_000;
/// The same sequence each time.
const SEED: u64 = 20_260_101;

/// How a sequence is made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Synthetic {
    Zipf { requests: u32, keys: u32, exponent: f64 },
    Loop { requests: u32, keys: u32 },
    Scan { requests: u32 },
}

impl Synthetic {
    /// `None` where the text is no synthetic sequence but a file's name.
    pub(crate) fn parse(text: &str) -> Option<Result<Self, Failure>> {
        let (kind, numbers) = text.split_once(':')?;
        let form = match kind {
            "zipf" => "zipf:REQUESTS[,KEYS[,EXPONENT]]",
            "loop" => "loop:REQUESTS[,KEYS]",
            "scan" => "scan:REQUESTS",
            _ => return None,
        };
        Some(Self::of(kind, numbers).ok_or_else(|| {
            let limit = format!("REQUESTS from 1 to {MOST_REQUESTS}, KEYS from 1, EXPONENT from 0");
            format!("`{text}` is not understood; it is {form} with {limit}").into()
        }))
    }

    fn of(kind: &str, numbers: &str) -> Option<Self> {
        let numbers: Vec<&str> = numbers.split(',').collect();
        let requests = count(numbers.first()?).filter(|requests| *requests <= MOST_REQUESTS)?;
        let keys = |default| numbers.get(1).map_or(Some(default), |keys| count(keys));
        match (kind, numbers.len()) {
            ("zipf", 1..=3) => {
                let exponent = numbers.get(2).map_or(Some(1.0), |text| text.parse().ok())?;
                let sound = f64::is_finite(exponent) && exponent >= 0.0;
                sound.then_some(Self::Zipf { requests, keys: keys(100_000)?, exponent })
            }
            ("loop", 1..=2) => Some(Self::Loop { requests, keys: keys(10_000)? }),
            ("scan", 1) => Some(Self::Scan { requests }),
            _ => None,
        }
    }

    /// Makes the sequence.
    pub(crate) fn keys(self) -> Vec<u32> {
        match self {
            Self::Zipf { requests, keys, exponent } => zipf(requests, keys, exponent),
            Self::Loop { requests, keys } => (0..requests).map(|request| request % keys).collect(),
            Self::Scan { requests } => (0..requests).collect(),
        }
    }
}

fn zipf(requests: u32, keys: u32, exponent: f64) -> Vec<u32> {
    let Ok(law) = Zipf::new(f64::from(keys), exponent) else {
        unreachable!("the number of keys and the exponent were checked when they were read")
    };
    let mut random = StdRng::seed_from_u64(SEED);
    // Samples are whole numbers from 1 to `keys`.
    (0..requests).map(|_| random.sample(law) as u32 - 1).collect()
}

fn count(text: &str) -> Option<u32> {
    text.parse().ok().filter(|count| *count > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Synthetic {
        Synthetic::parse(text).unwrap().unwrap()
    }

    #[test]
    fn forms_are_read_with_their_defaults() {
        let zipf = |requests, keys, exponent| Synthetic::Zipf { requests, keys, exponent };
        assert_eq!(parse("zipf:10"), zipf(10, 100_000, 1.0));
        assert_eq!(parse("zipf:10,20"), zipf(10, 20, 1.0));
        assert_eq!(parse("zipf:10,20,0.8"), zipf(10, 20, 0.8));
        assert_eq!(parse("loop:10"), Synthetic::Loop { requests: 10, keys: 10_000 });
        assert_eq!(parse("loop:10,3"), Synthetic::Loop { requests: 10, keys: 3 });
        assert_eq!(parse("scan:10"), Synthetic::Scan { requests: 10 });
    }

    #[test]
    fn bad_forms_are_refused_with_the_right_one() {
        for text in [
            "zipf:",
            "zipf:0",
            "zipf:1,0",
            "zipf:1,2,-1",
            "zipf:1,2,NaN",
            "zipf:1,2,inf",
            "zipf:1,2,3,4",
            "zipf:x",
            "zipf:1000000001",
            "loop:1,2,3",
            "loop:-1",
            "scan:1,2",
        ] {
            let failure = Synthetic::parse(text).unwrap().unwrap_err().to_string();
            assert!(failure.contains(":REQUESTS"), "{text}: {failure}");
        }
        assert!(Synthetic::parse("C:file").is_none());
        assert!(Synthetic::parse("zipf").is_none());
    }

    #[test]
    fn loop_goes_round_and_scan_never_returns() {
        assert_eq!(parse("loop:7,3").keys(), [0, 1, 2, 0, 1, 2, 0]);
        assert_eq!(parse("scan:5").keys(), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn zipf_is_the_same_each_time_within_its_keys_and_falls_with_the_rank() {
        let keys = parse("zipf:100000,1000,1").keys();
        assert_eq!(keys, parse("zipf:100000,1000,1").keys());
        assert!(keys.iter().all(|key| *key < 1000));
        let share = |rank| keys.iter().filter(|key| **key == rank).count();
        // Under exponent 1 the first key comes as often as the second and third together, and more.
        assert!(share(0) > share(1) + share(3) && share(1) > share(9) && share(9) > share(500));
    }
}
