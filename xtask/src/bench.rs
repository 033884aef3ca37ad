//! `cargo xtask bench`: measures the backends beside their peers.

use std::path::{Path, PathBuf};

use lexopt::{Arg, Parser, ValueExt};
use serde_json::Value;
use xshell::{Shell, cmd};

use crate::metadata::Workspace;
use crate::{Result, redis, server_images, test};

pub(crate) const HELP: &str = "\
Measures the backends beside their peers, prints tables, and keeps the last result of each
experiment in target/bench/index.html.

    cargo xtask bench EXPERIMENT [OPTION]...

    memory       throughput and latency of the in-process backend
    hit-ratio    how often it has what it is asked for
    footprint    how much memory an entry takes
    expiry       how soon expired entries are gone, and what others notice of it
    handle       what the handle of cache-facade costs over its backend
    drivers      our backends on Redis beside the drivers below them; needs a server, which is found
                 as `cargo xtask test-redis` finds it
    locks        our locks beside the same scripts through the drivers, a mutex and rslock; needs a
                 server too
    all          all of them, one after the other

    --traces DIR   replay the NAME.u32 files of a folder: little-endian 32-bit keys, one an
                   access; hit-ratio makes traces of its own without it
    --json FILE    write what was found as JSON, too: a list with a report for each experiment
    --grants N     how many grants a hand-over of locks has in a round, 160 or more
    --rounds N     how many rounds; each experiment has a number of its own without it
    --quick        for a moment only, to see that it works: kept in target/bench/quick
";

const EXPERIMENTS: [&str; 7] =
    ["memory", "hit-ratio", "footprint", "expiry", "handle", DRIVERS, LOCKS];

/// The experiments that need a Redis server.
const DRIVERS: &str = "drivers";
const LOCKS: &str = "locks";

/// What to measure, and how.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Request {
    experiments: Vec<&'static str>,
    /// From the root of the file system: the experiments run in the directory of the workspace.
    traces: Option<PathBuf>,
    json: Option<PathBuf>,
    grants: Option<usize>,
    rounds: Option<usize>,
    quick: bool,
    /// Whether it is one check of many: then it is built with what those before it were built with.
    check: bool,
}

impl Request {
    /// Every experiment for a moment: what it counts is checked, whatever it measures.
    pub(crate) fn check() -> Self {
        Self { experiments: EXPERIMENTS.to_vec(), quick: true, check: true, ..Self::default() }
    }

    /// Where the reports are kept, from the root of the workspace.
    fn directory(&self) -> &'static str {
        if self.quick { "target/bench/quick" } else { "target/bench" }
    }

    fn options(&self) -> Vec<String> {
        let mut options = vec!["--directory".to_owned(), self.directory().to_owned()];
        if let Some(traces) = &self.traces {
            options.extend(["--traces".to_owned(), traces.display().to_string()]);
        }
        if let Some(grants) = self.grants {
            options.extend(["--grants".to_owned(), grants.to_string()]);
        }
        if let Some(rounds) = self.rounds {
            options.extend(["--rounds".to_owned(), rounds.to_string()]);
        }
        if self.quick {
            options.push("--quick".to_owned());
        }
        options
    }
}

/// Reads what follows `bench`; `None` where help is asked for.
pub(crate) fn parse(mut parser: Parser) -> Result<Option<Request>> {
    let mut request = Request::default();
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("help") | Arg::Short('h') => return Ok(None),
            Arg::Long("traces") => request.traces = Some(std::path::absolute(parser.value()?)?),
            Arg::Long("json") => request.json = Some(std::path::absolute(parser.value()?)?),
            Arg::Long("grants") => request.grants = Some(parser.value()?.parse()?),
            Arg::Long("rounds") => request.rounds = Some(parser.value()?.parse()?),
            Arg::Long("quick") => request.quick = true,
            Arg::Value(name) => request.experiments.extend(named(&name.to_string_lossy())?),
            other => return Err(format!("{}; see its --help", other.unexpected()).into()),
        }
    }
    if request.experiments.is_empty() {
        return Err(format!("no experiment was given; {}", known()).into());
    }
    Ok(Some(request))
}

fn named(name: &str) -> Result<Vec<&'static str>> {
    if name == "all" {
        return Ok(EXPERIMENTS.to_vec());
    }
    let experiment = EXPERIMENTS.into_iter().find(|experiment| *experiment == name);
    let experiment =
        experiment.ok_or_else(|| format!("there is no experiment {name:?}; {}", known()))?;
    Ok(vec![experiment])
}

fn known() -> String {
    format!("there are {} and all", EXPERIMENTS.join(", "))
}

/// Runs the experiments, each in a process of its own.
pub(crate) fn run(shell: &Shell, workspace: &Workspace, request: &Request) -> Result<()> {
    let options = &request.options();
    if request.check {
        let binaries = request.experiments.iter().flat_map(|it| ["--bin", it]);
        // With a bench among them, all is built that a bench needs, as it was before.
        let targets = binaries.chain(["--bench", "*"]);
        let selection = test::optimised(workspace);
        cmd!(shell, "cargo build --quiet --release {selection...} {targets...}").run()?;
    }
    for experiment in &request.experiments {
        let package = ["--release", "--package", "benches", "--bin", experiment];
        let built = workspace.target.join("release").join(experiment);
        let command = match request.check {
            true => cmd!(shell, "{built} {options...}"),
            false => cmd!(shell, "cargo run --quiet {package...} -- {options...}"),
        };
        let needs_server = [DRIVERS, LOCKS].contains(experiment);
        let server = if needs_server { server(shell)? } else { None };
        command.envs(server).run()?;
    }
    match &request.json {
        Some(file) => write_json(shell, request, file),
        None => Ok(()),
    }
}

/// Every criterion bench for a moment: what it counts is checked.
pub(crate) fn criterion(shell: &Shell, workspace: &Workspace) -> Result<()> {
    let server = server(shell)?;
    let selection = test::optimised(workspace);
    Ok(cmd!(shell, "cargo bench {selection...} --bench * -- --test").envs(server).run()?)
}

/// What tells redis-fixture the image of the server, where one stands in for the default.
fn server(shell: &Shell) -> Result<Option<(&'static str, String)>> {
    let Some(image) = redis::available_image(shell) else { return Ok(None) };
    server_images::provide(shell, &image)?;
    Ok(Some(("REDIS_FIXTURE_IMAGE", image)))
}

fn write_json(shell: &Shell, request: &Request, file: &Path) -> Result<()> {
    let mut reports = Vec::new();
    for experiment in &request.experiments {
        let text = shell.read_file(format!("{}/{experiment}.json", request.directory()))?;
        reports.push(serde_json::from_str::<Value>(&text)?);
    }
    Ok(shell.write_file(file, serde_json::to_string_pretty(&reports)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Option<Request>, String> {
        let parser = Parser::from_args(line.split_whitespace());
        parse(parser).map_err(|error| error.to_string())
    }

    #[test]
    fn all_means_every_experiment() {
        let request = parsed("all --quick").unwrap();
        assert_eq!(request, Some(Request { check: false, ..Request::check() }));
    }

    #[test]
    fn options_are_passed_on_with_paths_that_hold_in_any_directory() {
        let request = parsed("hit-ratio --traces there --rounds 3").unwrap().unwrap();
        let traces = std::path::absolute("there").unwrap().display().to_string();
        let options = request.options();
        assert_eq!(options, ["--directory", "target/bench", "--traces", &traces, "--rounds", "3"]);
    }

    #[test]
    fn grants_are_passed_on() {
        let request = parsed("locks --grants 500").unwrap().unwrap();
        assert_eq!(request.experiments, ["locks"]);
        assert_eq!(request.options(), ["--directory", "target/bench", "--grants", "500"]);
    }

    #[test]
    fn quick_results_do_not_replace_real_ones() {
        assert_ne!(Request::check().directory(), Request::default().directory());
        assert!(Request::check().options().contains(&"--quick".to_owned()));
    }

    #[test]
    fn what_is_not_known_is_an_error_that_says_what_there_is() {
        assert!(
            parsed("")
                .unwrap_err()
                .contains("memory, hit-ratio, footprint, expiry, handle, drivers, locks and all")
        );
        assert!(parsed("speed").unwrap_err().contains("there is no experiment \"speed\""));
        assert!(parsed("memory --fast").unwrap_err().contains("--help"));
        assert!(parsed("memory --rounds many").is_err());
        assert!(parsed("locks --grants many").is_err());
        assert_eq!(parsed("memory --help"), Ok(None));
    }

    #[test]
    fn reports_are_joined_in_the_order_of_the_request() {
        let shell = Shell::new().unwrap();
        let directory = shell.create_temp_dir().unwrap();
        shell.change_dir(directory.path());
        for experiment in ["memory", "expiry"] {
            let path = format!("target/bench/{experiment}.json");
            shell.write_file(path, format!("{{\"experiment\": \"{experiment}\"}}")).unwrap();
        }
        let request = parsed("expiry memory").unwrap().unwrap();
        let file = directory.path().join("out.json");
        write_json(&shell, &request, &file).unwrap();
        let written: Value = serde_json::from_str(&shell.read_file(file).unwrap()).unwrap();
        assert_eq!(written[0]["experiment"], "expiry");
        assert_eq!(written[1]["experiment"], "memory");
    }
}
