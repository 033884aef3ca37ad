//! How often a test goes round, and what the times that it has seen have to be.
//!
//! A short form decides by counts, orders and bounds that a busy machine keeps, too. A variable of the
//! environment makes the long form, for a machine that does little else: what is promised is asserted
//! itself. `--nocapture` shows the figures of both.

use std::env;
use std::time::Duration;

/// What a busy machine may add to a figure that is a few milliseconds on an idle one.
pub(crate) const ALLOWANCE: Duration = Duration::from_secs(3);

/// How many the variable says, or so few.
pub(crate) fn rounds(variable: &str, few: usize) -> usize {
    env::var(variable).ok().map_or(few, |number| number.parse().expect("a number"))
}

/// How long something takes at most.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Promise {
    /// Of a hundred, ninety-nine.
    p99: Duration,
    /// Of two, one, where that is promised.
    p50: Option<Duration>,
    /// The variable that makes the long form.
    variable: &'static str,
}

impl Promise {
    pub(crate) const fn new(variable: &'static str, p99: Duration) -> Self {
        Self { p99, p50: None, variable }
    }

    pub(crate) const fn p50(self, p50: Duration) -> Self {
        Self { p50: Some(p50), ..self }
    }

    /// Prints the median, the 99th percentile, the longest, and how many are beyond the promise; fails
    /// where it is not kept.
    #[expect(clippy::print_stdout, reason = "it is what was measured")]
    #[track_caller]
    pub(crate) fn judge(self, what: &str, mut times: Vec<Duration>) {
        times.sort_unstable();
        let at = |share: f64| times[((times.len() - 1) as f64 * share).round() as usize];
        let (p50, p99, longest) = (at(0.5), at(0.99), at(1.0));
        let beyond = times.iter().filter(|time| **time > self.p99).count();
        let told = format!(
            "{what}: p50 {p50:.1?}, p99 {p99:.1?}, longest {longest:.1?}, {beyond} of {} beyond {:?}",
            times.len(),
            self.p99
        );
        println!("{told}");
        if env::var_os(self.variable).is_some() {
            assert!(p99 <= self.p99, "{told}");
            assert!(self.p50.is_none_or(|promised| p50 <= promised), "{told}");
        } else {
            assert!(longest <= self.p99 + ALLOWANCE, "{told}");
        }
    }
}
