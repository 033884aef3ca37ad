//! `redis-fixture hold`: servers for as long as a command runs.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line program prints")]

use std::error::Error;
use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{ExitCode, ExitStatus};

use lexopt::{Arg, Parser, ValueExt};
use redis_fixture::Pool;
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Command;
use tokio::signal::unix::{SignalKind, signal};

const HELP: &str = "\
Starts Redis servers, runs a command whose tests take them in turn, and removes them.

    redis-fixture hold [OPTION]... -- COMMAND...

    --servers N    how many; one for each test that runs at a time (default: 2)
    --image IMAGE  the Docker image; without it, a server as it is found
    --report FILE  write there what the servers are

Ends as the command does. Where no server is to be had, it ends with 3 and runs nothing.
";

/// The exit code where there is no server.
const NO_SERVER: u8 = 3;

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

#[derive(Debug)]
struct Request {
    servers: usize,
    image: Option<String>,
    report: Option<PathBuf>,
    command: Vec<OsString>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let request = match parse(Parser::from_env()) {
        Ok(Some(request)) => request,
        Ok(None) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("redis-fixture: {error}\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    match hold(&request).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("redis-fixture: {error}");
            ExitCode::from(NO_SERVER)
        }
    }
}

fn parse(mut parser: Parser) -> Result<Option<Request>> {
    let mut request = Request { servers: 2, image: None, report: None, command: Vec::new() };
    match parser.next()? {
        Some(Arg::Value(name)) if name == "hold" => {}
        Some(Arg::Long("help") | Arg::Short('h')) => return Ok(None),
        _ => return Err("the command is hold".into()),
    }
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("help") | Arg::Short('h') => return Ok(None),
            Arg::Long("servers") => request.servers = parser.value()?.parse()?,
            Arg::Long("image") => request.image = Some(parser.value()?.string()?),
            Arg::Long("report") => request.report = Some(parser.value()?.into()),
            Arg::Value(program) => {
                request.command.push(program);
                request.command.extend(parser.raw_args()?);
            }
            other => return Err(other.unexpected().into()),
        }
    }
    if request.command.is_empty() {
        return Err("there is no command to run; give one behind --".into());
    }
    Ok(Some(request))
}

async fn hold(request: &Request) -> Result<ExitCode> {
    let pool = Pool::start(request.servers, request.image.as_deref()).await?;
    eprintln!("redis-fixture: {} × {}", pool.count().max(1), pool.description());
    if let Some(report) = &request.report {
        std::fs::write(report, pool.description())?;
    }
    let status = run(&request.command, &pool).await?;
    pool.sweep().await;
    Ok(code(status))
}

/// Runs the command. A signal to end is passed on, and the servers go when the command has ended.
async fn run(command: &[OsString], pool: &Pool) -> Result<ExitStatus> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut child = Command::new(&command[0])
        .args(&command[1..])
        .envs(pool.variables())
        .spawn()
        .map_err(|error| format!("{}: {error}", command[0].display()))?;
    let id = child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
    loop {
        tokio::select! {
            status = child.wait() => return Ok(status?),
            // A terminal sends it to the command as well.
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {
                if let Some(id) = id {
                    // It may have ended at this moment.
                    let _ = kill_process(id, Signal::TERM);
                }
            }
        }
    }
}

/// As a shell tells it.
fn code(status: ExitStatus) -> ExitCode {
    let code = status.code().or_else(|| Some(128 + status.signal()?));
    ExitCode::from(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Option<Request>, String> {
        parse(Parser::from_args(line.split_whitespace())).map_err(|error| error.to_string())
    }

    #[test]
    fn command_keeps_its_own_options() {
        let request =
            parsed("hold --servers 3 --image a:1 -- cargo test --image").unwrap().unwrap();
        assert_eq!((request.servers, request.image.as_deref()), (3, Some("a:1")));
        assert_eq!(request.command, ["cargo", "test", "--image"]);
    }

    #[test]
    fn what_is_missing_or_unknown_is_an_error() {
        assert!(parsed("hold").unwrap_err().contains("behind --"));
        assert!(parsed("keep").unwrap_err().contains("hold"));
        assert!(parsed("hold --fast -- x").is_err());
        assert!(parsed("hold --servers many -- x").is_err());
        assert!(parsed("hold --help").unwrap().is_none());
    }
}
