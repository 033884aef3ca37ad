//! `cargo xtask test`: every test, and how many there were.

pub(crate) mod count;
pub(crate) mod failures;
pub(crate) mod secrets;

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use count::Count;
use xshell::{Shell, cmd};

use crate::clock::Stopwatch;
use crate::metadata::Workspace;
use crate::{Result, redis};

pub(crate) const HELP: &str = "\
Runs the tests, quick ones first, and says how many ran. A part without tests is a failure.

    cargo xtask test             all parts
    cargo xtask test PART...     the parts named
    cargo xtask test --without-redis
                                 without the part that needs a server; the summary says so

    workspace        every crate with its examples, unoptimised; benches are a check of `cargo xtask ci`
    redis            the tests that need a Redis server, on one, with both drivers;
                     see `cargo xtask test-redis --help` for where it comes from
    documentation    the examples in the documentation
    features         cache-facade with few features, each set built by itself
    release          the crates with tests for the optimised build again, with all that the parts
                     before leave out: memory bounds, long comparisons with the model
    shuttle          the in-process backend under many orders of its threads

With cargo-nextest each test is a process of its own; without it `cargo test` runs them.
";

/// A group of tests that is built in one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Workspace,
    Redis,
    Documentation,
    Features,
    Release,
    Shuttle,
}

/// The sets of features of `cache-facade` that leave out what the other parts turn on. Who chooses one
/// of them has other code, not only less of it.
const FEATURE_SETS: [&str; 4] = ["", "config", "memory", "config,fred,redis"];

/// The crates of which some tests do more in the optimised build. Tidy finds one that is missing here.
pub(crate) const OPTIMISED: [&str; 3] = ["cache-memory", "cache-recipes", "cache-facade"];

/// Everything with tests in it but benches, which are no tests: `cargo xtask ci` runs them.
const TARGETS: &str = "--lib --bins --tests --examples";

impl Part {
    pub(crate) const ALL: [Self; 6] = [
        Self::Workspace,
        Self::Redis,
        Self::Documentation,
        Self::Features,
        Self::Release,
        Self::Shuttle,
    ];

    pub(crate) fn from_name(name: &str) -> Result<Self> {
        let names = Self::ALL.map(Self::name).join(", ");
        let part = Self::ALL.into_iter().find(|part| part.name() == name);
        part.ok_or_else(|| format!("there is no part {name:?} of the tests; it has {names}").into())
    }

    fn name(self) -> &'static str {
        match self {
            Self::Workspace => "workspace",
            Self::Redis => "redis",
            Self::Documentation => "documentation",
            Self::Features => "features",
            Self::Release => "release",
            Self::Shuttle => "shuttle",
        }
    }

    /// Which tests, in the words that `cargo test` and `cargo nextest run` share: a line for each run.
    fn selections(self, features: &str, nextest: bool) -> Vec<String> {
        let packages =
            |option: &str| redis::PACKAGES.map(|name| format!(" {option} {name}")).concat();
        let line = match self {
            // The tests that need a server are a part of their own.
            Self::Workspace if nextest => {
                let others = others();
                format!("--workspace {TARGETS} --features={features} -E {others}")
            }
            Self::Workspace => {
                let excluded = packages("--exclude");
                let others = format!("--workspace{excluded} {TARGETS} --features={features}");
                return vec![others, format!("{} --lib --bins", packages("--package"))];
            }
            // It has a runner of its own.
            Self::Redis => return Vec::new(),
            Self::Documentation => format!("--workspace --doc --features={features}"),
            Self::Features => {
                let filter = if nextest { format!(" -E {}", others()) } else { String::new() };
                let set = |features| with_features_alone(features) + &filter;
                return FEATURE_SETS.map(set).into();
            }
            Self::Release => {
                let chosen = with_benches(features).join(" ");
                let filter = if nextest { format!(" -E {}", others()) } else { String::new() };
                format!("--release {chosen} --lib --tests{filter}")
            }
            Self::Shuttle => "--package cache-memory --features=_shuttle --test shuttle".to_owned(),
        };
        vec![line]
    }

    /// How a runner is told to run the ignored tests too: in one part nothing is left out.
    fn with_ignored(self, nextest: bool) -> &'static [&'static str] {
        match (self, nextest) {
            (Self::Release, true) => &["--run-ignored", "all"],
            (Self::Release, false) => &["--", "--include-ignored"],
            _ => &[],
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

/// What to test.
#[derive(Debug, PartialEq)]
pub(crate) struct Request {
    pub(crate) parts: Vec<Part>,
    /// Leaves out what needs a server, and says so.
    pub(crate) without_redis: bool,
}

impl Request {
    pub(crate) fn all() -> Self {
        Self { parts: Part::ALL.to_vec(), without_redis: false }
    }
}

/// Runs the parts in order. Failed tests do not stop it; a part that does not build does.
pub(crate) fn run(shell: &Shell, workspace: &Workspace, request: &Request) -> Result<()> {
    let nextest = has_nextest(shell);
    if !nextest && request.without_redis {
        // `cargo test` leaves out whole crates or nothing, and cache-facade is more than its tests of
        // Redis.
        return Err("--without-redis needs cargo-nextest: cargo install cargo-nextest".into());
    }
    if !nextest {
        println!("note: cargo-nextest is not installed, so `cargo test` runs the tests");
    }
    let mut problems = Vec::new();
    let mut summary = Vec::new();
    let mut sum = Count::default();
    for part in &request.parts {
        if *part == Part::Redis && request.without_redis {
            summary.push(format!("{:<15}left out by --without-redis", part.name()));
            continue;
        }
        println!("\n--> tests: {}", part.name());
        let duration = Stopwatch::start();
        let (count, found) = match part {
            Part::Redis => {
                let outcome = redis::test(shell, workspace, &redis::Request::short())?;
                (outcome.count, outcome.problems)
            }
            part => run_part(shell, workspace, *part, nextest)?,
        };
        let seconds = duration.seconds();
        summary.push(format!("{:<15}{count:<44}{seconds:>7.1} s", part.name()));
        problems.extend(found);
        sum = sum + count;
    }
    println!("\n{}", summary.join("\n"));
    println!("{} passed, {} failed", sum.passed, sum.failed);
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n").into()) }
}

/// Runs each selection of a part; answers how many tests there were, and what is wrong.
fn run_part(
    shell: &Shell,
    workspace: &Workspace,
    part: Part,
    nextest: bool,
) -> Result<(Count, Vec<String>)> {
    let nextest = nextest && part != Part::Documentation;
    let run = if nextest { with_nextest } else { with_cargo };
    let mut problems = Vec::new();
    let mut total = Count::default();
    for line in part.selections(&workspace.public_features(), nextest) {
        let words = line.split_whitespace().chain(part.with_ignored(nextest).iter().copied());
        let selection: Vec<_> = words.map(str::to_owned).collect();
        let ran = run(shell, workspace, &selection)?;
        problems.extend(part.problem(ran.count, ran.succeeded));
        problems.extend(ran.failures);
        problems.extend(ran.secrets.map(|problem| format!("{}: {problem}", part.name())));
        total = total + ran.count;
    }
    Ok((total, problems))
}

/// What needs no server, as an expression of nextest.
fn others() -> String {
    format!("not({})", redis::needing())
}

/// The words for the crates and features of the optimised part: whatever else is built optimised by
/// them is built once.
pub(crate) fn optimised(workspace: &Workspace) -> Vec<String> {
    with_benches(&workspace.public_features())
}

/// The benches stand on the crates of the optimised part, and have tests too.
fn with_benches(features: &str) -> Vec<String> {
    let packages = || OPTIMISED.into_iter().chain(["benches"]);
    let own = |feature: &&str| packages().any(|name| feature.starts_with(&format!("{name}/")));
    let features = features.split(',').filter(own).collect::<Vec<_>>().join(",");
    let words = packages().flat_map(|name| ["--package".to_owned(), name.to_owned()]);
    words.chain([format!("--features={features}")]).collect()
}

fn with_features_alone(features: &str) -> String {
    format!("--package cache-facade --no-default-features --features={features} --lib --tests")
}

pub(crate) fn has_nextest(shell: &Shell) -> bool {
    let version = cmd!(shell, "cargo nextest --version").quiet().ignore_stdout().ignore_stderr();
    version.run().is_ok()
}

/// The variable by which tests that build an example learn how everything else is built.
pub(crate) const EXAMPLES: &str = "CACHE_EXAMPLES_SELECTION";

/// The words for crates, features and profile among those for a run of tests.
pub(crate) fn crates_and_features(selection: &[String]) -> String {
    let is_theirs = |index: usize| {
        let word = selection[index].as_str();
        let is_name = index > 0 && selection[index - 1] == "--package";
        is_name
            || ["--workspace", "--package", "--release", "--no-default-features"].contains(&word)
            || word.starts_with("--features=")
    };
    let words: Vec<_> = (0..selection.len()).filter(|index| is_theirs(*index)).collect();
    words.iter().map(|index| selection[*index].as_str()).collect::<Vec<_>>().join(" ")
}

/// How a run of tests ended.
struct Ran {
    count: Count,
    succeeded: bool,
    /// What the failed tests said.
    failures: Vec<String>,
    /// What is wrong where a password was printed.
    secrets: Option<String>,
}

/// nextest tells its summary on standard error.
fn with_nextest(shell: &Shell, workspace: &Workspace, selection: &[String]) -> Result<Ran> {
    let command = cmd!(
        shell,
        "cargo nextest run --profile default --color never --no-fail-fast {selection...}"
    );
    println!("$ {command}");
    let mut command = Command::from(command);
    command.env(EXAMPLES, crates_and_features(selection));
    secrets::forget(&workspace.target)?;
    let mut child = command.stderr(Stdio::piped()).spawn()?;
    let shown = child
        .stderr
        .take()
        .map_or_else(String::new, |stream| show(stream, |line| eprint!("{line}")));
    let succeeded = child.wait()?.success();
    let count = count::of_nextest(&shown).ok_or_else(|| not_run(selection))?;
    let secrets = secrets::of_nextest(&workspace.target);
    Ok(Ran { count, succeeded, failures: failures::of_nextest(&shown), secrets })
}

/// `cargo test` tells a summary of each binary on standard output.
fn with_cargo(shell: &Shell, _: &Workspace, selection: &[String]) -> Result<Ran> {
    let command = cmd!(shell, "cargo test --no-fail-fast {selection...}");
    println!("$ {command}");
    let mut command = Command::from(command);
    command.env(EXAMPLES, crates_and_features(selection));
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    let shown = child
        .stdout
        .take()
        .map_or_else(String::new, |stream| show(stream, |line| print!("{line}")));
    let succeeded = child.wait()?.success();
    let count = count::of_cargo(&shown).ok_or_else(|| not_run(selection))?;
    let secrets = secrets::of(&shown);
    Ok(Ran { count, succeeded, failures: failures::of_cargo(&shown), secrets })
}

fn not_run(selection: &[String]) -> String {
    format!("the tests did not run, see above: {}", selection.join(" "))
}

/// Shows a stream line by line, and keeps it.
pub(crate) fn show(stream: impl Read, print: impl Fn(&str)) -> String {
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

    #[test]
    fn each_small_set_of_features_is_a_run_of_its_own_without_the_default_ones() {
        let runs = Part::Features.selections("cache-facade/default", true);
        let sets: Vec<_> = runs.iter().map(|run| run.split("--features=").nth(1)).collect();
        let expected = ["", "config", "memory", "config,fred,redis"]
            .map(|features| format!("{features} --lib --tests -E {}", others()));
        assert_eq!(sets, expected.each_ref().map(|set| Some(set.as_str())));
        assert!(runs.iter().all(|run| run.contains("--no-default-features")), "{runs:?}");
    }

    #[test]
    fn example_is_built_with_the_crates_and_features_of_the_run() {
        let words =
            "--release --package a --package b --lib --tests --features=a/x -E not(test(c))";
        let selection: Vec<_> = words.split(' ').map(str::to_owned).collect();
        let expected = "--release --package a --package b --features=a/x";
        assert_eq!(crates_and_features(&selection), expected);
    }

    #[test]
    fn tests_that_need_a_server_are_in_no_part_but_their_own() {
        for part in Part::ALL {
            for nextest in [true, false] {
                for line in part.selections("", nextest) {
                    let whole = line.contains("--workspace") && part != Part::Documentation;
                    let leaves_out = redis::PACKAGES.iter().all(|name| {
                        line.contains(&format!("--exclude {name}"))
                            || line.contains("not(kind(test)&(") && line.contains(name)
                    });
                    assert!(!whole || leaves_out, "{line}");
                    let (package, binary) = redis::BINARY;
                    let other = format!("binary_id({package}::{binary})");
                    assert!(!whole || !nextest || line.contains(&other), "{line}");
                }
            }
        }
    }
}
