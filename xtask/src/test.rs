//! `cargo xtask test`: every test, and how many there were.

mod count;

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use count::Count;
use xshell::{Shell, cmd};

use crate::Result;
use crate::clock::Stopwatch;
use crate::metadata::Workspace;

pub(crate) const HELP: &str = "\
Runs the tests, quick ones first, and says how many ran. A part without tests is a failure.

    cargo xtask test             all parts
    cargo xtask test PART...     the parts named

    workspace        every target of every crate, unoptimised
    documentation    the examples in the documentation
    release          every test again, optimised, with all that the parts before leave out:
                     allocation counts, memory bounds, long comparisons with the model
    shuttle          the in-process backend under many orders of its threads

With cargo-nextest each test is a process of its own; without it `cargo test` runs them.
";

/// A group of tests that is built in one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Workspace,
    Documentation,
    Release,
    Shuttle,
}

impl Part {
    pub(crate) const ALL: [Self; 4] =
        [Self::Workspace, Self::Documentation, Self::Release, Self::Shuttle];

    pub(crate) fn from_name(name: &str) -> Result<Self> {
        let names = Self::ALL.map(Self::name).join(", ");
        let part = Self::ALL.into_iter().find(|part| part.name() == name);
        part.ok_or_else(|| format!("there is no part {name:?} of the tests; it has {names}").into())
    }

    fn name(self) -> &'static str {
        match self {
            Self::Workspace => "workspace",
            Self::Documentation => "documentation",
            Self::Release => "release",
            Self::Shuttle => "shuttle",
        }
    }

    /// Which tests, in the words that `cargo test` and `cargo nextest run` share.
    fn selection(self, features: &str) -> Vec<String> {
        let line = match self {
            Self::Workspace => format!("--workspace --all-targets --features={features}"),
            Self::Documentation => format!("--workspace --doc --features={features}"),
            Self::Release => {
                format!("--release --workspace --exclude xtask --tests --features={features}")
            }
            Self::Shuttle => "--package cache-memory --features=_shuttle --test shuttle".to_owned(),
        };
        line.split_whitespace().map(str::to_owned).collect()
    }

    /// How a runner is told to run the ignored tests too: in one part nothing is left out.
    fn with_ignored(self, nextest: bool) -> &'static [&'static str] {
        match (self, nextest) {
            (Self::Release, true) => &["--run-ignored", "all"],
            (Self::Release, false) => &["--", "--include-ignored"],
            (Self::Workspace | Self::Documentation | Self::Shuttle, _) => &[],
        }
    }

    /// What is wrong with a part that ended so.
    fn problem(self, count: Count, succeeded: bool) -> Option<String> {
        let name = self.name();
        if count.failed > 0 {
            return Some(format!("{name}: failed tests: {}", count.failed));
        }
        if count.passed == 0 {
            return Some(format!("{name}: no test ran; a part that tests nothing proves nothing"));
        }
        if !succeeded {
            return Some(format!("{name}: the tests ended with a failure, see above"));
        }
        if self == Self::Release && count.ignored > 0 {
            let ignored = count.ignored;
            return Some(format!(
                "{name}: tests left out here too, so that nobody runs them: {ignored}"
            ));
        }
        None
    }
}

/// Runs the parts in order. Failed tests do not stop it; a part that does not build does.
pub(crate) fn run(shell: &Shell, workspace: &Workspace, parts: &[Part]) -> Result<()> {
    let nextest = has_nextest(shell);
    if !nextest {
        println!("note: cargo-nextest is not installed, so `cargo test` runs the tests");
    }
    let features = workspace.public_features();
    let mut problems = Vec::new();
    let mut summary = Vec::new();
    let mut sum = Count::default();
    for part in parts {
        println!("\n--> tests: {}", part.name());
        let duration = Stopwatch::start();
        let nextest = nextest && *part != Part::Documentation;
        let mut selection = part.selection(&features);
        selection.extend(part.with_ignored(nextest).iter().map(ToString::to_string));
        let run = if nextest { with_nextest } else { with_cargo };
        let (count, succeeded) = run(shell, &selection)?;
        let seconds = duration.seconds();
        summary.push(format!("{:<15}{count:<44}{seconds:>7.1} s", part.name()));
        problems.extend(part.problem(count, succeeded));
        sum = sum + count;
    }
    println!("\n{}", summary.join("\n"));
    println!("{} passed, {} failed", sum.passed, sum.failed);
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n").into()) }
}

fn has_nextest(shell: &Shell) -> bool {
    let version = cmd!(shell, "cargo nextest --version").quiet().ignore_stdout().ignore_stderr();
    version.run().is_ok()
}

/// nextest tells its summary on standard error.
fn with_nextest(shell: &Shell, selection: &[String]) -> Result<(Count, bool)> {
    let command = cmd!(shell, "cargo nextest run --color never --no-fail-fast {selection...}");
    println!("$ {command}");
    let mut child = Command::from(command).stderr(Stdio::piped()).spawn()?;
    let shown = child
        .stderr
        .take()
        .map_or_else(String::new, |stream| show(stream, |line| eprint!("{line}")));
    let succeeded = child.wait()?.success();
    Ok((count::of_nextest(&shown).ok_or_else(|| not_run(selection))?, succeeded))
}

/// `cargo test` tells a summary of each binary on standard output.
fn with_cargo(shell: &Shell, selection: &[String]) -> Result<(Count, bool)> {
    let command = cmd!(shell, "cargo test --no-fail-fast {selection...}");
    println!("$ {command}");
    let mut child = Command::from(command).stdout(Stdio::piped()).spawn()?;
    let shown = child
        .stdout
        .take()
        .map_or_else(String::new, |stream| show(stream, |line| print!("{line}")));
    let succeeded = child.wait()?.success();
    Ok((count::of_cargo(&shown).ok_or_else(|| not_run(selection))?, succeeded))
}

fn not_run(selection: &[String]) -> String {
    format!("the tests did not run, see above: {}", selection.join(" "))
}

/// Shows a stream line by line, and keeps it.
fn show(stream: impl Read, print: impl Fn(&str)) -> String {
    let mut kept = String::new();
    let mut reader = BufReader::new(stream);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
        let text = String::from_utf8_lossy(&line);
        print(&text);
        kept.push_str(&text);
        line.clear();
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(part: Part, passed: u64, failed: u64, ignored: u64) -> String {
        part.problem(Count { passed, failed, ignored }, true).unwrap_or_default()
    }

    #[test]
    fn part_without_a_test_is_a_failure() {
        assert!(problem(Part::Shuttle, 0, 0, 3).contains("no test ran"));
        assert_eq!(problem(Part::Shuttle, 1, 0, 0), "");
    }

    #[test]
    fn failed_test_and_failed_command_are_failures() {
        assert!(problem(Part::Workspace, 9, 1, 0).contains("failed tests: 1"));
        let count = Count { passed: 9, failed: 0, ignored: 0 };
        assert!(Part::Workspace.problem(count, false).is_some());
    }

    #[test]
    fn test_may_be_left_out_of_the_unoptimised_build_alone() {
        assert_eq!(problem(Part::Workspace, 9, 0, 1), "");
        assert!(problem(Part::Release, 9, 0, 1).contains("nobody runs them: 1"));
    }
}
