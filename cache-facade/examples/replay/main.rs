//! Replays an access sequence against a cache, read-through: get, and on a miss set.
//!
//! ```text
//! cargo run --release -p cache-facade --example replay -- trace.u32 --capacity 1024
//! cargo run --release -p cache-facade --example replay -- zipf:1000000 --capacity 1024 --json
//! ```

mod arguments;
mod clock;
mod report;
mod serve;
mod synthetic;
mod trace;

use std::error::Error;
use std::ffi::OsString;
use std::io::{self, BufRead, Write};
use std::process::ExitCode;

use arguments::{Arguments, HELP, Request};
use cache_facade::{BackendSettings, MemorySettings, Settings};

type Failure = Box<dyn Error + Send + Sync>;

fn main() -> ExitCode {
    match run(std::env::args_os(), &mut io::stdin().lock(), &mut io::stdout()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Nothing is left to tell it to if standard error is closed too.
            let _closed = writeln!(io::stderr(), "replay: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(
    arguments: impl IntoIterator<Item = OsString>,
    input: &mut dyn BufRead,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let arguments = match arguments::parse(arguments)? {
        Request::Help => return Ok(out.write_all(HELP.as_bytes())?),
        Request::Replay(arguments) => arguments,
    };
    let settings = settings(&arguments)?;
    let trace = arguments.source.read(input)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let report = runtime.block_on(async {
        let cache = cache_facade::open(settings).await?;
        let report = serve::serve(&cache, &trace).await?;
        cache.stop().await?;
        Ok::<_, Failure>(report)
    })?;
    let text = if arguments.json { report.json() } else { report.text() };
    Ok(writeln!(out, "{text}")?)
}

fn settings(arguments: &Arguments) -> Result<Settings, Failure> {
    let settings = match &arguments.config {
        Some(file) => Settings::load_file(file)?,
        None => Settings::load()?,
    };
    let Some(capacity) = arguments.capacity else { return Ok(settings) };
    match settings.backend {
        BackendSettings::Memory(_) => {
            Ok(settings.backend(MemorySettings::new().capacity(capacity)))
        }
        _ => Err("--capacity is for the backend `memory`; the settings name another".into()),
    }
}

#[cfg(test)]
mod tests;
