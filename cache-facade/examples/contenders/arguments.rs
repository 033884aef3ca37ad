//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

pub(crate) enum Request {
    Help,
    Run {
        config: Option<PathBuf>,
        /// Be this worker of a play that another process directs.
        worker: Option<String>,
    },
}

pub(crate) fn help(name: &str, does: &str) -> String {
    format!(
        "{does}\n\n\
         Usage: {name} [--config FILE]\n\n  \
         --config FILE   read the settings from FILE; where they name a server, each worker is\n  \
         \x20               a process of its own. Without it all are in one, on memory\n  \
         --help          show this\n"
    )
}

/// Reads the command line, the program's name first.
pub(crate) fn parse(
    arguments: impl IntoIterator<Item = OsString>,
) -> Result<Request, lexopt::Error> {
    use lexopt::prelude::{Long, Short, Value, ValueExt};

    let (mut config, mut worker) = (None, None);
    let mut parser = lexopt::Parser::from_iter(arguments);
    while let Some(argument) = parser.next()? {
        match argument {
            Long("help") | Short('h') => return Ok(Request::Help),
            Long("config") => config = Some(PathBuf::from(parser.value()?)),
            Long("worker") => worker = Some(parser.value()?.string()?),
            Long(_) | Short(_) | Value(_) => return Err(argument.unexpected()),
        }
    }
    Ok(Request::Run { config, worker })
}
