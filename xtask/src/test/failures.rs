//! What failed tests said, kept for the end of a long run, where somebody reads it.

/// So many lines of one failed test are told again; where it failed stands in the first of them.
const LINES: usize = 40;

/// What each failed test said in the output of cargo-nextest, beginning with its name.
pub(crate) fn of_nextest(output: &str) -> Vec<String> {
    let mut failures: Vec<Vec<&str>> = Vec::new();
    let mut open = false;
    let results = output.lines().take_while(|line| !line.trim_start().starts_with("Summary ["));
    for line in results.filter(|line| !line.trim().is_empty()) {
        if let Some((passed, ..)) = nextest_line(line) {
            open = !passed;
            failures.extend(open.then(Vec::new));
        }
        if let Some(lines) = failures.last_mut().filter(|lines| open && lines.len() < LINES) {
            lines.push(line.trim_start());
        }
    }
    failures.iter().map(|lines| lines.join("\n")).collect()
}

/// What each binary with failed tests said of them in the output of `cargo test`.
pub(crate) fn of_cargo(output: &str) -> Vec<String> {
    let binaries =
        output.split("test result: FAILED").take(output.matches("test result: FAILED").count());
    let told = binaries.filter_map(|text| text.rsplit_once("\nfailures:\n\n"));
    told.map(|(_, failures)| failures.lines().take(LINES).collect::<Vec<_>>().join("\n")).collect()
}

/// `PASS [   0.728s] (12/26) cache-redis::conformance resp2::a`: whether it passed, crate, test.
pub(crate) fn nextest_line(line: &str) -> Option<(bool, &str, &str)> {
    let (status, rest) = line.trim_start().split_once(" [")?;
    // These are said of a test that is still to end.
    if !status.chars().all(|character| character.is_ascii_uppercase() || character == '-')
        || matches!(status, "SLOW" | "TERMINATING")
    {
        return None;
    }
    let (_, rest) = rest.split_once("] ")?;
    let rest = rest.trim_start();
    let rest = match rest.strip_prefix('(') {
        Some(position) => position.split_once(')')?.1,
        None => rest,
    };
    let mut words = rest.split_whitespace();
    let (binary, test) = (words.next()?, words.next()?);
    let package = binary.split("::").next()?;
    Some((matches!(status, "PASS" | "LEAK"), package, test))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failed_test_of_nextest_is_told_with_what_it_said_and_once() {
        let output = "\
        PASS [   0.728s] (1/3) cache-redis::live a
        FAIL [   0.728s] (2/3) cache-redis::live login
  stderr ───
    thread 'login' panicked at live.rs:1:2:

    no answer
        SLOW [> 60.000s] cache-fred::live b
        PASS [  61.000s] (3/3) cache-fred::live b
     Summary [  11.489s] 3 tests run: 2 passed, 1 failed, 0 skipped
        FAIL [   0.728s] (2/3) cache-redis::live login
";
        let failures = of_nextest(output);
        assert_eq!(failures.len(), 1, "{failures:?}");
        assert!(failures[0].starts_with("FAIL [   0.728s] (2/3) cache-redis::live login\n"));
        assert!(failures[0].contains("panicked at live.rs:1:2:\nno answer"));
        assert!(!failures[0].contains("PASS"));
    }

    #[test]
    fn endless_output_of_a_failed_test_is_cut() {
        let output = format!("FAIL [ 0.1s] (1/1) a::b c\n{}", "noise\n".repeat(LINES * 2));
        assert_eq!(of_nextest(&output)[0].lines().count(), LINES);
    }

    #[test]
    fn failed_tests_of_cargo_are_told_for_each_binary() {
        let output = "\
test a ... ok
test result: ok. 1 passed; 0 failed;
test b ... FAILED

failures:

---- b stdout ----
thread 'b' panicked at b.rs:1:2

failures:
    b

test result: FAILED. 0 passed; 1 failed;
";
        let failures = of_cargo(output);
        assert_eq!(failures.len(), 1, "{failures:?}");
        assert!(failures[0].contains("panicked at b.rs:1:2"));
        assert!(of_cargo("test result: ok. 1 passed; 0 failed;").is_empty());
    }
}
