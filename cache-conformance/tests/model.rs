//! The model passes the suite that it is measured by, on both runtimes.

use std::collections::BTreeSet;
use std::process::Command;

use cache_conformance::cases;

mod several_threads {
    cache_conformance::suite!(
        harness = cache_conformance::ModelHarness::new(),
        left_out = [persistence::*],
    );
}

mod one_thread {
    cache_conformance::suite!(
        harness = cache_conformance::ModelHarness::new(),
        runtime = current_thread,
        left_out = [persistence::entries_survive_a_restart, lifetimes_survive_a_restart,],
    );
}

/// What this very program lists as its tests, under one module.
fn tests_listed(module: &str) -> BTreeSet<String> {
    let program = std::env::current_exe().expect("the path of this program");
    let listed =
        Command::new(program).args(["--list", "--format", "terse"]).output().expect("a list");
    let listed = String::from_utf8(listed.stdout).expect("names in UTF-8");
    let prefix = format!("{module}::");
    let name = |line: &str| Some(line.strip_prefix(&prefix)?.strip_suffix(": test")?.to_owned());
    listed.lines().filter_map(name).collect()
}

#[test]
fn suite_makes_a_test_of_every_case() {
    let mut expected: BTreeSet<String> =
        cases().iter().map(|case| format!("{}::{}", case.group(), case.name())).collect();
    expected.insert("left_out".to_owned());
    assert!(expected.len() > 150, "the table has lost its cases: {}", expected.len());
    for module in ["several_threads", "one_thread"] {
        assert_eq!(tests_listed(module), expected);
    }
}

#[test]
fn no_two_cases_have_the_same_name() {
    let names: BTreeSet<&str> = cases().iter().map(|case| case.name()).collect();
    assert_eq!(names.len(), cases().len());
}
