//! How many cases ran for each crate and protocol, read from what the runners print.

use std::collections::BTreeMap;

use crate::test::count::Count;
use crate::test::failures::{self, nextest_line};

/// Counts by crate and protocol. A test that is in no module of a protocol has none.
#[derive(Debug, Default)]
pub(super) struct Tally {
    counts: BTreeMap<(String, Option<u8>), Count>,
    /// Whether a run ended badly without a test that says so.
    pub(super) broke: bool,
    /// What the failed tests said.
    pub(super) failures: Vec<String>,
    /// What is wrong where a password was printed.
    pub(super) secrets: Vec<String>,
}

impl Tally {
    /// Adds the lines of cargo-nextest, up to its summary; `false` where there is none.
    pub(super) fn add_nextest(&mut self, output: &str) -> bool {
        self.failures.extend(failures::of_nextest(output));
        for line in output.lines() {
            if line.trim_start().starts_with("Summary [") {
                return true;
            }
            if let Some((passed, package, test)) = nextest_line(line) {
                self.add(package, test, passed);
            }
        }
        false
    }

    /// Adds the lines of `cargo test` for one crate; `false` where no binary came to its end.
    pub(super) fn add_cargo(&mut self, package: &str, output: &str) -> bool {
        self.failures.extend(failures::of_cargo(output));
        for line in output.lines() {
            let outcome = line.strip_prefix("test ").and_then(|line| line.split_once(" ... "));
            match outcome {
                Some((test, "ok")) => self.add(package, test, true),
                Some((test, "FAILED")) => self.add(package, test, false),
                _ => {}
            }
        }
        output.contains("test result: ")
    }

    fn add(&mut self, package: &str, test: &str, passed: bool) {
        let count = self.counts.entry((package.to_owned(), protocol(test))).or_default();
        if passed {
            count.passed += 1;
        } else {
            count.failed += 1;
        }
    }

    pub(super) fn of(&self, package: &str, protocol: Option<u8>) -> Count {
        self.counts.get(&(package.to_owned(), protocol)).copied().unwrap_or_default()
    }

    pub(super) fn total(&self) -> Count {
        self.counts.values().copied().fold(Count::default(), |sum, count| sum + count)
    }

    /// A line for each crate and protocol.
    pub(super) fn rows(&self, server: &str) -> Vec<String> {
        let row = |((package, protocol), count): (&(String, Option<u8>), &Count)| {
            let protocol =
                protocol.map_or_else(|| "any".to_owned(), |number| format!("RESP{number}"));
            format!("{package:<14}{protocol:<10}{count:<44}{server}")
        };
        self.counts.iter().map(row).collect()
    }
}

/// The protocol in whose module a test is.
fn protocol(test: &str) -> Option<u8> {
    test.split("::").find_map(|module| match module {
        "resp2" => Some(2),
        "resp3" => Some(3),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEXTEST: &str = "\
        SLOW [> 60.000s] cache-redis::conformance resp2::slow
        PASS [  61.000s] (1/5) cache-redis::conformance resp2::slow
        PASS [   0.728s] ( 2/5) cache-redis::conformance resp3::a::b
        FAIL [   0.728s] ( 3/5) cache-redis::live login
     TIMEOUT [ 600.000s] ( 4/5) cache-fred::conformance resp3::c
        LEAK [   0.100s] ( 5/5) redis-fixture::proxy d
     Summary [  11.489s] 5 tests run: 3 passed, 2 failed, 0 skipped
        FAIL [   0.728s] ( 3/5) cache-redis::live login
";

    fn cases(tally: &Tally, package: &str, protocol: Option<u8>) -> (u64, u64) {
        let count = tally.of(package, protocol);
        (count.passed, count.failed)
    }

    #[test]
    fn tests_of_nextest_are_counted_once_for_their_crate_and_protocol() {
        let mut tally = Tally::default();
        assert!(tally.add_nextest(NEXTEST));
        assert_eq!(cases(&tally, "cache-redis", Some(2)), (1, 0));
        assert_eq!(cases(&tally, "cache-redis", Some(3)), (1, 0));
        assert_eq!(cases(&tally, "cache-redis", None), (0, 1));
        assert_eq!(cases(&tally, "cache-fred", Some(3)), (0, 1));
        assert_eq!(cases(&tally, "redis-fixture", None), (1, 0));
        assert_eq!((tally.total().passed, tally.total().failed), (3, 2));
        assert_eq!(tally.rows("server").len(), 5);
    }

    #[test]
    fn output_that_ends_before_its_summary_is_no_result() {
        assert!(!Tally::default().add_nextest("PASS [ 0.1s] (1/9) cache-redis::a resp2::b\n"));
        assert!(!Tally::default().add_cargo("cache-redis", "error: could not compile"));
    }

    #[test]
    fn tests_of_cargo_are_counted_for_the_crate_that_was_run() {
        let mut tally = Tally::default();
        let output = "running 3 tests\ntest resp2::a ... ok\ntest resp2::b ... FAILED\n\
                      test resp3::c ... ignored\ntest result: FAILED. 1 passed; 1 failed;\n";
        assert!(tally.add_cargo("cache-fred", output));
        assert_eq!(cases(&tally, "cache-fred", Some(2)), (1, 1));
        assert_eq!(cases(&tally, "cache-fred", Some(3)), (0, 0));
    }
}
