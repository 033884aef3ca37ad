//! `cargo xtask ci`: every check that a change has to pass, in the order of their cost.

use xshell::{Shell, cmd};

use crate::clock::Stopwatch;
use crate::metadata::{Package, Workspace};
use crate::{Result, bench, test, tidy};

pub(crate) const HELP: &str = "\
Runs every check that a change has to pass, and stops at the first that fails:
the format, the rules of `cargo xtask tidy`, clippy over all targets with warnings denied,
each crate without its features and with each of them alone, the documentation with
warnings denied, all tests, those on a Redis server too, and every bench and experiment for a moment: there it is what
they count that decides, never how long it took.

    cargo xtask ci
";

/// One check.
struct Step {
    name: String,
    action: Action,
}

enum Action {
    Cargo(Vec<String>),
    Documentation(Vec<String>),
    Tidy,
    Test,
    Criterion,
    Bench,
}

/// Runs the checks, and stops at the first that fails.
pub(crate) fn run(shell: &Shell, workspace: &Workspace) -> Result<()> {
    let steps = steps(workspace);
    let total = Stopwatch::start();
    for (index, step) in steps.iter().enumerate() {
        println!("\n==> {}/{} {}", index + 1, steps.len(), step.name);
        let duration = Stopwatch::start();
        if let Err(error) = perform(shell, workspace, &step.action) {
            let again = step.action.command();
            return Err(format!("{}: {error}\nTo run this step again: {again}", step.name).into());
        }
        println!("<== {} took {:.1} s", step.name, duration.seconds());
    }
    println!("\nall {} steps passed in {:.0} s", steps.len(), total.seconds());
    Ok(())
}

fn perform(shell: &Shell, workspace: &Workspace, action: &Action) -> Result<()> {
    match action {
        Action::Cargo(arguments) => Ok(cmd!(shell, "cargo {arguments...}").run()?),
        Action::Documentation(arguments) => {
            Ok(cmd!(shell, "cargo {arguments...}").env("RUSTDOCFLAGS", "-D warnings").run()?)
        }
        Action::Tidy => tidy::run(shell, workspace),
        Action::Test => test::run(shell, workspace, &test::Request::all()),
        Action::Criterion => bench::criterion(shell, workspace),
        Action::Bench => bench::run(shell, workspace, &bench::Request::check()),
    }
}

impl Action {
    fn command(&self) -> String {
        match self {
            Self::Cargo(arguments) => format!("cargo {}", arguments.join(" ")),
            Self::Documentation(arguments) => {
                format!("RUSTDOCFLAGS=\"-D warnings\" cargo {}", arguments.join(" "))
            }
            Self::Tidy => "cargo xtask tidy".to_owned(),
            Self::Test => "cargo xtask test".to_owned(),
            Self::Criterion => "cargo bench --package benches -- --test".to_owned(),
            Self::Bench => "cargo xtask bench all --quick".to_owned(),
        }
    }
}

fn steps(workspace: &Workspace) -> Vec<Step> {
    let features = workspace.public_features();
    let clippy = format!("clippy --workspace --all-targets --features={features} -- -D warnings");
    let mut steps = vec![
        step("format", Action::Cargo(words("fmt --all --check"))),
        step("tidy", Action::Tidy),
        step("clippy", Action::Cargo(words(&clippy))),
    ];
    steps.extend(workspace.packages.iter().flat_map(feature_steps));
    let documentation = words(&format!("doc --no-deps --workspace --features={features}"));
    steps.push(step("documentation", Action::Documentation(documentation)));
    steps.push(step("tests", Action::Test));
    steps.push(step("benches", Action::Criterion));
    steps.push(step("experiments", Action::Bench));
    steps
}

/// A crate without features, and with each feature alone: what others turn on must not be needed.
fn feature_steps(package: &Package) -> Vec<Step> {
    let name = &package.name;
    let check = |features: &str| {
        words(&format!("clippy --package {name} --no-default-features{features} -- -D warnings"))
    };
    let alone = package.features.iter().map(|feature| {
        // A feature of our own is there for tests, so they are checked with it.
        let targets = if feature.starts_with('_') { " --all-targets" } else { "" };
        let action = Action::Cargo(check(&format!(" --features {feature}{targets}")));
        step(&format!("{name} with `{feature}` alone"), action)
    });
    let bare = step(&format!("{name} without features"), Action::Cargo(check("")));
    std::iter::once(bare).chain(alone).collect()
}

fn step(name: &str, action: Action) -> Step {
    Step { name: name.to_owned(), action }
}

fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_feature_of_every_crate_is_checked_alone() {
        let package = |name: &str, features: &[&str]| Package {
            name: name.to_owned(),
            description: String::new(),
            published: true,
            features: features.iter().map(|feature| (*feature).to_owned()).collect(),
            dependencies: Vec::new(),
        };
        let packages = vec![package("one", &["_own", "default"]), package("two", &[])];
        let steps = steps(&Workspace { root: ".".into(), target: ".".into(), packages });
        let commands: Vec<_> = steps.iter().map(|step| step.action.command()).collect();
        let checks: Vec<_> =
            commands.iter().filter(|command| command.contains("--no-default-features")).collect();
        assert_eq!(
            checks,
            [
                "cargo clippy --package one --no-default-features -- -D warnings",
                "cargo clippy --package one --no-default-features --features _own --all-targets -- -D warnings",
                "cargo clippy --package one --no-default-features --features default -- -D warnings",
                "cargo clippy --package two --no-default-features -- -D warnings",
            ]
        );
    }
}
