//! What of many times is shown.

use hdrhistogram::Histogram;

/// Three of many times, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the three that are shown")]
pub struct Quantiles {
    /// Half of them took less.
    pub p50: f64,
    /// One of a hundred took more.
    pub p99: f64,
    /// The longest.
    pub most: f64,
}

/// How the reports call one of them, and what it is.
type Shown = (&'static str, fn(&Quantiles) -> f64);

impl Quantiles {
    /// Every one with its name.
    pub(super) const SHOWN: [Shown; 3] =
        [("p50", |times| times.p50), ("p99", |times| times.p99), ("longest", |times| times.most)];

    /// Of times in nanoseconds.
    pub(super) fn of(nanos: &Histogram<u64>) -> Self {
        let millis = |nanos: u64| nanos as f64 / 1e6;
        Self {
            p50: millis(nanos.value_at_percentile(50.0)),
            p99: millis(nanos.value_at_percentile(99.0)),
            most: millis(nanos.max()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::histogram;

    #[test]
    fn quantiles_are_in_milliseconds() {
        let mut nanos = histogram();
        (1..=100_u64).for_each(|number| nanos.saturating_record(number * 1_000_000));
        let Quantiles { p50, p99, most } = Quantiles::of(&nanos);
        assert!((p50 - 50.0).abs() < 0.1 && (p99 - 99.0).abs() < 0.1, "{p50} {p99}");
        assert!((most - 100.0).abs() < 0.1, "{most}");
    }
}
