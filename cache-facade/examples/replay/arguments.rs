//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::ValueExt;

use crate::Failure;
use crate::trace::Source;

pub(crate) const HELP: &str = "\
Replays an access sequence against a cache, read-through: get, and on a miss set.

Usage: replay TRACE [--capacity ENTRIES] [--config FILE] [--json]

TRACE is one of
  FILE.u32                          little-endian 32-bit keys, one an access
  FILE                              text, one key a line
  -                                 standard input, text
  zipf:REQUESTS[,KEYS[,EXPONENT]]   keys by a Zipf law; 100000 keys, exponent 1 unless said
  loop:REQUESTS[,KEYS]              the same keys round and round; 10000 keys unless said
  scan:REQUESTS                     every key once

  --capacity ENTRIES   bound the in-process backend by so many entries
  --config FILE        read the settings from FILE in place of cache.toml
  --json               print the result as one JSON object
  --help               show this

Variables override the settings file: CACHE__TYPE, CACHE__CONFIG__CAPACITY, ...
The latency is that of a whole request, the set on a miss included, of every 7th request.
";

/// What the command line asks for.
#[derive(Debug)]
pub(crate) enum Request {
    Help,
    Replay(Arguments),
}

#[derive(Debug)]
pub(crate) struct Arguments {
    pub(crate) source: Source,
    pub(crate) capacity: Option<u64>,
    pub(crate) config: Option<PathBuf>,
    pub(crate) json: bool,
}

/// Reads the command line, the program's name first.
pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Request, Failure> {
    use lexopt::prelude::{Long, Short, Value};

    let (mut source, mut capacity, mut config, mut json) = (None, None, None, false);
    let mut parser = lexopt::Parser::from_iter(arguments);
    while let Some(argument) = parser.next()? {
        match argument {
            Long("help") | Short('h') => return Ok(Request::Help),
            Long("capacity") => capacity = Some(parser.value()?.parse()?),
            Long("config") => config = Some(PathBuf::from(parser.value()?)),
            Long("json") => json = true,
            Value(trace) if source.is_none() => source = Some(Source::parse(trace)?),
            Long(_) | Short(_) | Value(_) => return Err(argument.unexpected().into()),
        }
    }
    let source = source.ok_or("no TRACE is given; --help lists what there is")?;
    Ok(Request::Replay(Arguments { source, capacity, config, json }))
}
