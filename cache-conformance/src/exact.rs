//! The test `left_out` of each suite.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::contradiction::contradictions;
use crate::report::{Report, ReportLine};
use crate::runner::Runtime;
use crate::trial::Trial;
use crate::{Case, Harness, cases};

/// Prints the report and the exceptions that a suite was given, and compares the cases that are left
/// out with those that were expected.
///
/// # Panics
/// If an exception names no case, or one that is left out anyway; if the cases that are left out are
/// not exactly those expected; if the harness contradicts what the backend claims.
#[expect(clippy::print_stdout, reason = "a test shows it with its output")]
pub fn left_out(
    harness: &Arc<dyn Harness>,
    exceptions: &[(&str, &str)],
    expected: Option<&[&str]>,
) {
    let (report, contradictions) = Runtime::CurrentThread.build().block_on(async {
        let trial = Trial::new(Arc::clone(harness)).await;
        (Report::of(&trial).await, contradictions(&trial).await)
    });
    print!("{report}");
    for (name, reason) in exceptions {
        println!("excepted: {}::{name}: {reason}", excepted(&report, name).case.group());
    }
    let mut problems = contradictions;
    if let Some(expected) = expected {
        problems.extend(differences(&report, expected));
    }
    assert!(problems.is_empty(), "the suite and its harness do not fit:\n{}", problems.join("\n"));
}

/// The line of a case that is excepted.
fn excepted<'a>(report: &'a Report, name: &str) -> &'a ReportLine {
    let line = report.lines().iter().find(|line| line.case.name() == name);
    let Some(line) = line else {
        panic!("the exception `{name}` names no case; remove it or correct the name");
    };
    if let Some(left_out) = line.left_out {
        panic!("the exception `{name}` is not needed: {left_out}; remove it");
    }
    line
}

/// In what the cases that are left out differ from those expected, a sentence each.
fn differences(report: &Report, expected: &[&str]) -> Vec<String> {
    let mut differences = Vec::new();
    let mut named = BTreeSet::new();
    for pattern in expected {
        let meant: Vec<_> = cases().iter().filter(|case| means(pattern, case)).collect();
        if meant.is_empty() {
            differences.push(format!("`{pattern}` in `left_out` names no case; remove it"));
        }
        named.extend(meant.into_iter().map(Case::name));
    }
    for line in report.lines() {
        let (group, name) = (line.case.group(), line.case.name());
        match (line.left_out, named.contains(name)) {
            (Some(reason), false) => differences.push(format!(
                "{group}::{name} is left out, which was not expected: {reason}; add it to `left_out` \
                 if that is right"
            )),
            (None, true) => differences.push(format!(
                "{group}::{name} is run, though `left_out` names it; take it off the list"
            )),
            _ => {}
        }
    }
    differences
}

/// Whether `case`, `group::case` or `group::*` means this case.
fn means(pattern: &str, case: &Case) -> bool {
    match pattern.split_once("::") {
        Some((group, "*")) => group == case.group(),
        Some((group, name)) => group == case.group() && name == case.name(),
        None => pattern == case.name(),
    }
}
