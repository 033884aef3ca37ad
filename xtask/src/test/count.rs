//! How many tests ran, read from what the runners print.

use std::fmt;
use std::ops::Add;

/// How many tests ended in which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Count {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) ignored: u64,
}

impl Add for Count {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
            ignored: self.ignored + other.ignored,
        }
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text =
            format!("{} passed, {} failed, {} left out", self.passed, self.failed, self.ignored);
        f.pad(&text)
    }
}

/// The sum of the `test result:` lines of `cargo test`; `None` where there is none.
pub(crate) fn of_cargo(output: &str) -> Option<Count> {
    let results = output.lines().filter_map(|line| line.strip_prefix("test result: "));
    let counts = results.filter_map(|result| Some(count(result.split_once(". ")?.1, ';')));
    counts.reduce(Add::add)
}

/// The last `Summary` line of cargo-nextest; `None` where there is none.
pub(crate) fn of_nextest(output: &str) -> Option<Count> {
    let summary = output.lines().rfind(|line| line.trim_start().starts_with("Summary ["))?;
    let (_, outcomes) = summary.split_once(" run: ")?;
    Some(count(&without_remarks(outcomes), ','))
}

/// Adds up `3 passed, 1 failed`; a word that means neither success nor omission is a failure.
fn count(outcomes: &str, separator: char) -> Count {
    let mut count = Count::default();
    for outcome in outcomes.split(separator) {
        let Some((number, word)) = outcome.trim().split_once(' ') else { continue };
        let Ok(number) = number.parse::<u64>() else { continue };
        match word {
            "passed" => count.passed += number,
            "ignored" | "skipped" => count.ignored += number,
            "measured" | "filtered out" => {}
            _ => count.failed += number,
        }
    }
    count
}

/// Drops what stands in parentheses: `5 passed (1 slow, 2 leaky)`.
fn without_remarks(text: &str) -> String {
    let mut depth = 0_u32;
    let outside = |character: &char| {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => return depth == 0,
        }
        false
    };
    text.chars().filter(outside).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_of_several_binaries_are_added() {
        let output = "\
running 3 tests
test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 4 filtered out; finished in 0.00s
test result: FAILED. 5 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.10s
";
        assert_eq!(of_cargo(output), Some(Count { passed: 7, failed: 2, ignored: 1 }));
    }

    #[test]
    fn last_summary_of_nextest_counts() {
        let output = "\
     Summary [   0.005s] 1 test run: 1 passed, 0 skipped
     Summary [   1.006s] 12/13 tests run: 9 passed (1 slow, 2 leaky), 2 failed, 1 timed out, 4 skipped
        FAIL [   0.003s] xtask tests::a
";
        assert_eq!(of_nextest(output), Some(Count { passed: 9, failed: 3, ignored: 4 }));
    }

    #[test]
    fn output_without_a_summary_has_no_count() {
        assert_eq!(of_cargo("error: could not compile"), None);
        assert_eq!(of_nextest("error: no tests to run"), None);
    }
}
