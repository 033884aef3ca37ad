//! The main job, step by step, on whatever backend the settings name.
//!
//! ```text
//! cargo run -p cache-facade --example quickstart
//! CACHE__DEFAULT_TTL=5m cargo run -p cache-facade --example quickstart -- --config cache.toml
//! ```

mod clock;
mod steps;

use std::error::Error;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use cache_facade::Settings;

type Failure = Box<dyn Error + Send + Sync>;

const HELP: &str = "\
Shows what a cache does, step by step.

Usage: quickstart [--config FILE]

  --config FILE   read the settings from FILE in place of cache.toml
  --help          show this

Variables override the file: CACHE__TYPE, CACHE__DEFAULT_TTL, CACHE__NAMESPACE,
CACHE__CONFIG__CAPACITY, CACHE__CONFIG__MAX_WEIGHT and others; CACHE__PROFILE chooses
a profile of the file. docs/settings.md lists them all.
";

enum Request {
    Help,
    Run { config: Option<PathBuf> },
}

fn main() -> ExitCode {
    match run(std::env::args_os(), &mut io::stdout()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Nothing is left to tell it to if standard error is closed too.
            let _closed = writeln!(io::stderr(), "quickstart: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(
    arguments: impl IntoIterator<Item = OsString>,
    out: &mut (dyn Write + Send),
) -> Result<(), Failure> {
    let settings = match parse(lexopt::Parser::from_iter(arguments))? {
        Request::Help => return Ok(out.write_all(HELP.as_bytes())?),
        Request::Run { config: Some(file) } => Settings::load_file(file)?,
        Request::Run { config: None } => Settings::load()?,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let default_ttl = settings.default_ttl;
        let cache = cache_facade::open(settings).await?;
        steps::show(&cache, default_ttl, async |pause| clock::sleep(pause).await, out).await
    })
}

fn parse(mut arguments: lexopt::Parser) -> Result<Request, lexopt::Error> {
    use lexopt::prelude::{Long, Short, Value};

    let mut config = None;
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("help") | Short('h') => return Ok(Request::Help),
            Long("config") => config = Some(PathBuf::from(arguments.value()?)),
            Long(_) | Short(_) | Value(_) => return Err(argument.unexpected()),
        }
    }
    Ok(Request::Run { config })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run_with(arguments: &[&str]) -> Result<String, String> {
        let mut out = Vec::new();
        let arguments = ["quickstart"].iter().chain(arguments).map(OsString::from);
        run(arguments, &mut out).map_err(|failure| failure.to_string())?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn help_names_every_argument_and_variable() {
        let help = run_with(&["--help"]).unwrap();
        for name in ["--config", "CACHE__TYPE", "CACHE__CONFIG__CAPACITY"] {
            assert!(help.contains(name), "no {name} in: {help}");
        }
    }

    #[test]
    fn unknown_argument_is_refused() {
        assert!(run_with(&["--colour"]).unwrap_err().contains("--colour"));
    }

    #[test]
    fn missing_settings_file_is_refused() {
        let failure = run_with(&["--config", "no/such/file.toml"]).unwrap_err();
        assert!(failure.contains("no/such/file.toml"), "{failure}");
    }
}
