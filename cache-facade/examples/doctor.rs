//! Looks at the server that the settings name, and says what to change.
//!
//! ```text
//! cargo run -p cache-facade --features redis --example doctor -- --config cache.toml
//! ```

use std::error::Error;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use cache_facade::{Connect, Diagnosis, Settings, Severity};
use serde_json::{Value, json};

type Failure = Box<dyn Error + Send + Sync>;

const HELP: &str = "\
Looks at what the backend of a cache stands on, and says what to change.

Usage: doctor [--config FILE] [--json]

  --config FILE   read the settings from FILE in place of cache.toml
  --json          print the findings as JSON
  --help          show this

Exit codes: 0 nothing to change, 1 a warning, 2 a problem, 3 no answer at all.
Variables override the file: CACHE__TYPE=redis, CACHE__CONFIG__URL and others.
";

enum Request {
    Help,
    Look { config: Option<PathBuf>, json: bool },
}

fn main() -> ExitCode {
    match run(std::env::args_os(), &mut io::stdout()) {
        Ok(worst) => ExitCode::from(code(worst)),
        Err(failure) => {
            // Nothing is left to tell it to if standard error is closed too.
            let _closed = writeln!(io::stderr(), "doctor: {failure}");
            ExitCode::from(3)
        }
    }
}

/// The exit code by what is worst.
fn code(worst: Severity) -> u8 {
    match worst {
        Severity::Problem => 2,
        Severity::Warning => 1,
        _ => 0,
    }
}

fn run(
    arguments: impl IntoIterator<Item = OsString>,
    out: &mut dyn Write,
) -> Result<Severity, Failure> {
    let (config, json) = match parse(lexopt::Parser::from_iter(arguments))? {
        Request::Help => {
            out.write_all(HELP.as_bytes())?;
            return Ok(Severity::Fine);
        }
        Request::Look { config, json } => (config, json),
    };
    let settings = match config {
        Some(file) => Settings::load_file(file)?,
        None => Settings::load()?,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let diagnosis = runtime.block_on(look(settings))?;
    if json {
        writeln!(out, "{:#}", to_json(&diagnosis))?;
    } else {
        write!(out, "{diagnosis}")?;
    }
    Ok(diagnosis.worst())
}

async fn look(settings: Settings) -> Result<Diagnosis, Failure> {
    // A right that is missing is to be a finding, and not the end of opening.
    let cache = cache_facade::open(settings.connect(Connect::Lazy)).await?;
    let diagnosis = cache.diagnose().await;
    cache.stop().await?;
    Ok(diagnosis?)
}

fn to_json(diagnosis: &Diagnosis) -> Value {
    let findings = diagnosis.findings.iter().map(|finding| {
        json!({
            "severity": finding.severity.word(),
            "subject": finding.subject,
            "found": finding.found,
            "advice": finding.advice,
        })
    });
    json!({ "worst": diagnosis.worst().word(), "findings": findings.collect::<Vec<_>>() })
}

fn parse(mut arguments: lexopt::Parser) -> Result<Request, lexopt::Error> {
    use lexopt::prelude::{Long, Short, Value};

    let (mut config, mut json) = (None, false);
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("help") | Short('h') => return Ok(Request::Help),
            Long("config") => config = Some(PathBuf::from(arguments.value()?)),
            Long("json") => json = true,
            Long(_) | Short(_) | Value(_) => return Err(argument.unexpected()),
        }
    }
    Ok(Request::Look { config, json })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run_with(arguments: &[&str]) -> Result<(Severity, String), String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("memory.toml");
        std::fs::write(&file, "type = 'memory'").unwrap();
        let mut out = Vec::new();
        let config = ["--config".into(), file.into_os_string()];
        let given = ["doctor".into()].into_iter().chain(config);
        let all = given.chain(arguments.iter().map(OsString::from));
        let worst = run(all, &mut out).map_err(|failure| failure.to_string())?;
        Ok((worst, String::from_utf8(out).unwrap()))
    }

    #[test]
    fn memory_is_looked_at_and_its_locks_are_noted() {
        let (worst, text) = run_with(&[]).unwrap();
        assert_eq!(worst, Severity::Note);
        assert!(
            text.contains("note     locks: for the tasks and threads of this process"),
            "{text}"
        );
    }

    #[test]
    fn json_holds_the_same_findings() {
        let (_, text) = run_with(&["--json"]).unwrap();
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["worst"], "note");
        assert_eq!(value["findings"][2]["subject"], "locks");
    }

    #[test]
    fn unknown_argument_is_named() {
        assert!(run_with(&["--jsn"]).unwrap_err().contains("--jsn"));
    }

    #[test]
    fn exit_code_grows_with_what_is_worst() {
        let codes =
            [Severity::Fine, Severity::Note, Severity::Warning, Severity::Problem].map(code);
        assert_eq!(codes, [0, 0, 1, 2]);
    }
}
