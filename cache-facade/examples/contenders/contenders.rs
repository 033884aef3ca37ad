//! Workers that contend for something: in one process on a backend in memory, in processes of their
//! own on a server. What examples of locks have in common.
//!
//! A worker tells what it does in lines, and is told in lines what to do next; so the play goes as it
//! is written, and only who comes first is left to the workers.

mod arguments;
mod clock;
mod play;
mod worker;

use std::env;
use std::error::Error;
use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use cache_facade::{Cache, Settings};

use self::arguments::Request;
pub(crate) use self::play::{Play, label};
pub(crate) use self::worker::Worker;

pub(crate) type Failure = Box<dyn Error + Send + Sync>;

/// What an example is made of.
pub(crate) trait Example: 'static {
    const NAME: &str;
    const DOES: &str;
    const WORKERS: usize;

    /// What a worker does until it is at its end.
    fn work(worker: Worker, cache: Cache) -> impl Future<Output = Result<(), Failure>>;

    /// What is done with the workers.
    fn play(play: &mut Play<'_>) -> Result<(), Failure>;
}

/// Runs an example as the arguments of the process say.
pub(crate) fn main<E: Example>() -> ExitCode {
    match run::<E>(env::args_os(), &mut io::stdout()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Nothing is left to tell it to if standard error is closed too.
            let _closed = writeln!(io::stderr(), "{}: {failure}", E::NAME);
            ExitCode::FAILURE
        }
    }
}

pub(crate) fn run<E: Example>(
    arguments: impl IntoIterator<Item = OsString>,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let (config, worker) = match arguments::parse(arguments)? {
        Request::Help => return Ok(write!(out, "{}", arguments::help(E::NAME, E::DOES))?),
        Request::Run { config, worker } => (config, worker),
    };
    let settings = match &config {
        Some(file) => Settings::load_file(file)?,
        None => Settings::default(),
    };
    if let Some(label) = worker {
        return worker::run_in_process::<E>(label, settings);
    }
    let runtime = clock::runtime()?;
    let cache = runtime.block_on(cache_facade::open(settings))?;
    // Processes do not see each other's memory.
    let mut play = match config.filter(|_| cache.capabilities().shared) {
        Some(file) => Play::with_processes(E::WORKERS, &file, out)?,
        None => Play::with_threads::<E>(&cache, out)?,
    };
    E::play(&mut play)?;
    play.end()?;
    Ok(runtime.block_on(cache.stop())?)
}
