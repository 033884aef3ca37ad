//! How often a test goes round, and what is told of the times that it has seen.
//!
//! A short form decides by counts, orders and bounds that a busy machine keeps, too. A variable of the
//! environment makes the long form, whose figures `--nocapture` shows.

use std::time::Duration;

/// What a busy machine may add to a figure that is a few milliseconds on an idle one.
pub(crate) const ALLOWANCE: Duration = Duration::from_secs(2);

/// How many the variable says, or so few.
pub(crate) fn rounds(variable: &str, few: usize) -> usize {
    std::env::var(variable).ok().map_or(few, |number| number.parse().expect("a number"))
}

/// Prints the median, the 99th percentile, the longest, and how many are beyond the promise; answers
/// the longest.
#[expect(clippy::print_stdout, reason = "it is what was measured")]
pub(crate) fn told(what: &str, promise: Duration, mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share).round() as usize];
    let (median, most, longest) = (at(0.5), at(0.99), at(1.0));
    let (beyond, count) = (times.iter().filter(|time| **time > promise).count(), times.len());
    println!(
        "{what}: p50 {median:.1?}, p99 {most:.1?}, longest {longest:.1?}, {beyond} of {count} beyond \
         {promise:?}"
    );
    longest
}
