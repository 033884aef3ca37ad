//! `cargo xtask test-redis`: the tests that need a Redis server, and which servers they had.

mod tally;

use std::process::{Command, Stdio};

use lexopt::{Arg, Parser, ValueExt};
use tally::Tally;
use xshell::{Shell, cmd};

use crate::metadata::Workspace;
use crate::server_images::{self, RECIPES, SUBSTITUTE};
use crate::test::count::Count;
use crate::test::{EXAMPLES, crates_and_features, has_nextest, secrets, show};
use crate::{Result, clock::Stopwatch};

pub(crate) const HELP: &str = "\
Runs the tests that need a Redis server, and says which servers they had and how many cases ran
for each driver and protocol. Where there is no server, or no case, it fails.

    cargo xtask test-redis [OPTION]...

    --image IMAGE    on a server of this Docker image; may be given more than once
    --matrix         on every image of `cargo xtask server-images`, which are built if need be
    --driver NAME    redis or fred alone
    --protocol N     RESP 2 or 3 alone

Without an image the server is, in this order: the one that REDIS_FIXTURE_URL names, whose data
is removed; a container of the image that REDIS_FIXTURE_IMAGE names; one of redis:8-alpine, or
where that cannot be had of cache-test/redis:8.0, which is built; redis-server or valkey-server on
the PATH; the package of a Debian-like system, unpacked under target.
";

/// Crates whose integration tests need a server.
pub(crate) const PACKAGES: [&str; 3] = ["cache-redis", "cache-fred", "redis-fixture"];

/// The integration tests of another crate that need a server: the crate, and the name of its binary.
pub(crate) const BINARY: (&str, &str) = ("cache-facade", "redis");

/// All that needs a server, as an expression of nextest without spaces.
pub(crate) fn needing() -> String {
    let packages = PACKAGES.map(|name| format!("package({name})")).join("|");
    let (package, binary) = BINARY;
    format!("kind(test)&({packages}|binary_id({package}::{binary}))")
}

/// The image that is taken where nobody names one; redis-fixture decides it.
const DEFAULT_IMAGE: &str = "redis:8-alpine";

/// So many servers a processor: most of these tests wait for a lifetime to end or an answer to come.
const SERVERS_PER_PROCESSOR: usize = 4;

/// More servers than this only wait for each other.
const MOST_SERVERS: usize = 8;

/// How many servers are held, and how many tests run at once.
fn servers() -> usize {
    let processors = std::thread::available_parallelism().map_or(2, usize::from);
    processors.saturating_mul(SERVERS_PER_PROCESSOR).min(MOST_SERVERS)
}

/// How the program of redis-fixture ends where there is no server.
const NO_SERVER: i32 = 3;

/// A driver, and how its tests are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Driver {
    Redis,
    Fred,
}

impl Driver {
    const ALL: [Self; 2] = [Self::Redis, Self::Fred];

    fn package(self) -> &'static str {
        match self {
            Self::Redis => "cache-redis",
            Self::Fred => "cache-fred",
        }
    }
}

/// What to test, and on what.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Request {
    /// None: the server is found.
    images: Vec<String>,
    drivers: Vec<Driver>,
    protocols: Vec<u8>,
}

impl Request {
    /// Both drivers and both protocols on one server, as it is found.
    pub(crate) fn short() -> Self {
        Self { images: Vec::new(), drivers: Driver::ALL.to_vec(), protocols: vec![2, 3] }
    }

    /// Whether nothing was narrowed down: then the fixture and what knows no protocol belong to it.
    fn is_whole(&self) -> bool {
        self.drivers == Driver::ALL && self.protocols == [2, 3]
    }

    /// The packages whose tests run.
    fn packages(&self) -> Vec<&'static str> {
        match self.is_whole() {
            true => PACKAGES.to_vec(),
            false => self.drivers.iter().map(|driver| driver.package()).collect(),
        }
    }
}

/// Reads what follows `test-redis`; `None` where help is asked for.
pub(crate) fn parse(mut parser: Parser) -> Result<Option<Request>> {
    let mut request = Request { drivers: Vec::new(), protocols: Vec::new(), ..Request::short() };
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("help") | Arg::Short('h') => return Ok(None),
            Arg::Long("image") => request.images.push(parser.value()?.string()?),
            Arg::Long("matrix") => {
                request.images.extend(RECIPES.iter().map(|recipe| recipe.image.to_owned()));
            }
            Arg::Long("driver") => request.drivers.push(match parser.value()?.to_str() {
                Some("redis") => Driver::Redis,
                Some("fred") => Driver::Fred,
                other => return Err(format!("there is no driver {other:?}; redis, fred").into()),
            }),
            Arg::Long("protocol") => request.protocols.push(match parser.value()?.to_str() {
                Some("2") => 2,
                Some("3") => 3,
                other => return Err(format!("there is no protocol {other:?}; 2, 3").into()),
            }),
            other => return Err(format!("{}; see its --help", other.unexpected()).into()),
        }
    }
    let whole = Request::short();
    request.drivers.dedup();
    request.protocols.dedup();
    if request.drivers.is_empty() {
        request.drivers = whole.drivers;
    }
    if request.protocols.is_empty() {
        request.protocols = whole.protocols;
    }
    Ok(Some(request))
}

/// Runs the tests, prints the table, and fails if anything failed or was missing.
pub(crate) fn run(shell: &Shell, workspace: &Workspace, request: &Request) -> Result<()> {
    let outcome = test(shell, workspace, request)?;
    if outcome.problems.is_empty() { Ok(()) } else { Err(outcome.problems.join("\n").into()) }
}

/// How the tests ended.
pub(crate) struct Outcome {
    pub(crate) count: Count,
    pub(crate) problems: Vec<String>,
}

/// Runs the tests on each server in turn, and prints the table.
pub(crate) fn test(shell: &Shell, workspace: &Workspace, request: &Request) -> Result<Outcome> {
    let runner = Runner { shell, workspace, nextest: has_nextest(shell) };
    runner.build()?;
    let images = match &request.images[..] {
        [] => vec![available_image(shell)],
        images => images.iter().cloned().map(Some).collect(),
    };
    let mut outcome = Outcome { count: Count::default(), problems: Vec::new() };
    let mut rows = Vec::new();
    for image in images {
        let duration = Stopwatch::start();
        let provided = image.as_ref().map_or(Ok(()), |image| server_images::provide(shell, image));
        match provided.and_then(|()| runner.run(request, image.as_deref())) {
            Ok((server, tally)) => {
                outcome.problems.extend(problems(request, &server, &tally));
                outcome.count = outcome.count + tally.total();
                rows.extend(tally.rows(&server));
                rows.push(format!("{:<14}{server}: {:.0} s", "", duration.seconds()));
            }
            // What ran on the other servers is still told.
            Err(error) => {
                let server = image.unwrap_or_else(|| "a server as it is found".to_owned());
                outcome.problems.push(format!("redis: {server}: {error}"));
            }
        }
    }
    println!("\n{:<14}{:<10}{:<44}server", "crate", "protocol", "cases");
    println!("{}", rows.join("\n"));
    Ok(outcome)
}

/// What is wrong with a run: failures, and what should have run and did not.
fn problems(request: &Request, server: &str, tally: &Tally) -> Vec<String> {
    let mut problems = Vec::new();
    let failed = tally.total().failed;
    if failed > 0 {
        let told = tally.failures.join("\n");
        problems.push(format!("redis: failed tests on {server}: {failed}\n{told}"));
    }
    if tally.broke {
        problems.push(format!("redis: the tests on {server} ended with a failure, see above"));
    }
    for driver in &request.drivers {
        for protocol in &request.protocols {
            let package = driver.package();
            if tally.of(package, Some(*protocol)).passed == 0 {
                problems.push(format!(
                    "redis: no test of {package} over RESP{protocol} passed on {server}; they are \
                     in modules called resp{protocol} in its directory `tests`"
                ));
            }
        }
    }
    problems.extend(tally.secrets.iter().map(|problem| format!("redis: {problem}")));
    problems
}

/// An image by name, where the one that is taken without a name cannot be had and there is another.
pub(crate) fn available_image(shell: &Shell) -> Option<String> {
    let given = ["REDIS_FIXTURE_URL", "REDIS_FIXTURE_IMAGE"];
    let is_given = |name: &&str| std::env::var(name).is_ok_and(|value| !value.is_empty());
    if given.iter().any(is_given) || server_images::docker(shell).is_err() {
        return None;
    }
    let substitute = SUBSTITUTE.image;
    let pull = || {
        let pulled = cmd!(shell, "docker pull --quiet {DEFAULT_IMAGE}").quiet();
        pulled.ignore_stdout().ignore_stderr().run().is_ok()
    };
    let build = || match server_images::run(shell, &[SUBSTITUTE]) {
        Ok(()) => true,
        Err(error) => {
            println!("note: {substitute} could not be built either: {error}");
            false
        }
    };
    let exists = |image: &str| server_images::exists(shell, image);
    let chosen = choose(exists, pull, build)?;
    println!("note: Docker has no {DEFAULT_IMAGE}; {chosen} stands in for it");
    Some(chosen.to_owned())
}

/// The substitute, where the default image cannot be had. What is there goes before what is fetched.
fn choose(
    exists: impl Fn(&str) -> bool,
    pull: impl FnOnce() -> bool,
    build: impl FnOnce() -> bool,
) -> Option<&'static str> {
    if exists(DEFAULT_IMAGE) {
        return None;
    }
    let substitute = SUBSTITUTE.image;
    if exists(substitute) {
        return Some(substitute);
    }
    if pull() {
        return None;
    }
    build().then_some(substitute)
}

/// How tests are built and run here.
struct Runner<'a> {
    shell: &'a Shell,
    workspace: &'a Workspace,
    nextest: bool,
}

impl Runner<'_> {
    /// The same crates with the same features as in `cargo xtask test`: so nothing is built twice.
    fn selection(&self) -> Vec<String> {
        let features = format!("--features={}", self.workspace.public_features());
        ["--workspace", "--tests", &features].map(str::to_owned).to_vec()
    }

    /// The program that holds the servers is built with the tests of its crate.
    fn build(&self) -> Result<()> {
        let selection = self.selection();
        let command = match self.nextest {
            true => cmd!(self.shell, "cargo nextest run --no-run {selection...}"),
            false => cmd!(self.shell, "cargo test --no-run --tests --package redis-fixture"),
        };
        println!("$ {command}");
        Ok(command.quiet().run()?)
    }

    /// Runs the tests on one server; answers what it was, too.
    fn run(&self, request: &Request, image: Option<&str>) -> Result<(String, Tally)> {
        let directory = self.shell.create_temp_dir()?;
        let report = directory.path().join("servers");
        let mut tally = Tally::default();
        for (package, tests) in self.commands(request) {
            let mut command = Command::new(self.workspace.target.join("debug/redis-fixture"));
            command.args(["hold", "--servers", &servers().to_string()]);
            command.arg("--report").arg(&report);
            if let Some(image) = image {
                command.args(["--image", image]);
            }
            command.arg("--").args(&tests).current_dir(&self.workspace.root);
            command.env(EXAMPLES, crates_and_features(&tests));
            println!("$ redis-fixture hold -- {}", tests.join(" "));
            self.perform(command, package, &mut tally)?;
        }
        let server = self.shell.read_file(&report)?;
        Ok((server, tally))
    }

    /// Shows and counts what the tests say: those of one crate, or of all, where nextest names it.
    fn perform(
        &self,
        mut command: Command,
        package: Option<&str>,
        tally: &mut Tally,
    ) -> Result<()> {
        match package {
            None => command.stderr(Stdio::piped()),
            Some(_) => command.stdout(Stdio::piped()),
        };
        secrets::forget(&self.workspace.target)?;
        let mut child = command.spawn()?;
        let shown = match (child.stdout.take(), child.stderr.take()) {
            (Some(output), _) => show(output, |line| print!("{line}")),
            (None, Some(errors)) => show(errors, |line| eprint!("{line}")),
            (None, None) => String::new(),
        };
        let status = child.wait()?;
        if status.code() == Some(NO_SERVER) {
            return Err("there is no Redis server for the tests, see above".into());
        }
        let known = match package {
            None => tally.add_nextest(&shown),
            Some(package) => tally.add_cargo(package, &shown),
        };
        tally.secrets.extend(match package {
            None => secrets::of_nextest(&self.workspace.target),
            Some(_) => secrets::of(&shown),
        });
        tally.broke |= !known || (!status.success() && tally.total().failed == 0);
        Ok(())
    }

    /// nextest runs all at once; cargo does not tell of which crate a test is, so each is a run.
    fn commands(&self, request: &Request) -> Vec<(Option<&'static str>, Vec<String>)> {
        let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let single = match request.protocols[..] {
            [protocol] => Some(format!("resp{protocol}::")),
            _ => None,
        };
        let packages = request.packages();
        if self.nextest {
            let narrowed = || {
                let packages: Vec<_> = packages.iter().map(|it| format!("package({it})")).collect();
                format!("kind(test)&({})", packages.join("|"))
            };
            let mut expression = if request.is_whole() { needing() } else { narrowed() };
            if let Some(module) = single {
                expression += &format!("&test({module})");
            }
            let mut command =
                words("cargo nextest run --profile default --color never --no-fail-fast");
            command.push("--test-threads".to_owned());
            command.push(servers().to_string());
            command.extend(self.selection());
            command.extend(["-E".to_owned(), expression]);
            return vec![(None, command)];
        }
        let run = |package: &'static str| {
            let mut command = words("cargo test --no-fail-fast --tests --package");
            command.push(package.to_owned());
            command.extend(single.iter().flat_map(|module| ["--".to_owned(), module.clone()]));
            (Some(package), command)
        };
        let (package, binary) = BINARY;
        let selection = self.selection();
        let other = request.is_whole().then(|| {
            let mut command = words("cargo test --no-fail-fast --package");
            command.extend([package.to_owned(), "--test".to_owned(), binary.to_owned()]);
            // The features alone, of those that `--workspace --tests` goes with.
            command.extend(selection.into_iter().filter(|word| word.starts_with("--features")));
            (Some(package), command)
        });
        packages.into_iter().map(run).chain(other).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Option<Request>, String> {
        parse(Parser::from_args(line.split_whitespace())).map_err(|error| error.to_string())
    }

    #[test]
    fn nothing_given_means_both_drivers_both_protocols_and_a_server_as_it_is_found() {
        assert_eq!(parsed("").unwrap(), Some(Request::short()));
        assert_eq!(parsed("--help").unwrap(), None);
        assert_eq!(Request::short().packages(), PACKAGES);
    }

    #[test]
    fn request_is_narrowed_by_driver_protocol_and_images() {
        let request =
            parsed("--driver fred --protocol 2 --image a:1 --image b:2").unwrap().unwrap();
        assert_eq!(request.images, ["a:1", "b:2"]);
        assert_eq!(request.packages(), ["cache-fred"]);
        let matrix = parsed("--matrix").unwrap().unwrap();
        assert_eq!(matrix.images.len(), RECIPES.len());
        assert!(matrix.is_whole());
    }

    #[test]
    fn unknown_drivers_and_protocols_are_errors_that_say_what_there_is() {
        assert!(parsed("--driver carrier").unwrap_err().contains("redis, fred"));
        assert!(parsed("--protocol 4").unwrap_err().contains("2, 3"));
        assert!(parsed("fast").unwrap_err().contains("--help"));
    }

    #[test]
    fn substitute_is_taken_only_where_the_default_image_cannot_be_had() {
        let never = || -> bool { panic!("there is no need for it") };
        assert_eq!(choose(|image| image == DEFAULT_IMAGE, never, never), None);
        assert_eq!(choose(|image| image == SUBSTITUTE.image, never, never), Some(SUBSTITUTE.image));
        assert_eq!(choose(|_| false, || true, never), None);
        assert_eq!(choose(|_| false, || false, || true), Some(SUBSTITUTE.image));
        assert_eq!(choose(|_| false, || false, || false), None);
    }

    #[test]
    fn driver_without_a_test_over_a_protocol_is_a_problem_and_so_is_a_failure() {
        let mut tally = Tally::default();
        assert!(!tally.add_nextest("error: no tests to run"));
        tally.add_nextest(
            "PASS [ 0.1s] (1/3) cache-redis::conformance resp2::a\n\
             PASS [ 0.1s] (2/3) cache-redis::conformance resp3::a\n\
             FAIL [ 0.1s] (3/3) cache-fred::conformance resp3::a\nSummary [ 1s] 3 tests run:",
        );
        let problems = problems(&Request::short(), "a server", &tally);
        assert_eq!(problems.len(), 3, "{problems:?}");
        assert!(problems[0].contains("failed tests on a server: 1"));
        assert!(problems[1].contains("cache-fred over RESP2"));
        assert!(problems[2].contains("cache-fred over RESP3"));
    }
}
