//! Servers as processes of this machine.
//!
//! A shell stands between the test and its server: it waits on a pipe that only the test holds open,
//! and kills the server when the pipe ends. So a test that is killed leaves no server behind.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};

use super::machine::Machine;
use super::port::Port;
use super::{Found, Problem};
use crate::address::{Address, words};
use crate::socket::SocketFile;
use crate::tls::Certificates;
use crate::{Endpoint, Failure, Server, ServerOptions, clock};

/// The programs that are servers.
const PROGRAMS: [&str; 2] = ["redis-server", "valkey-server"];

const PATIENCE: Duration = Duration::from_secs(30);

/// Prints the number of the server, and ends it when the standard input ends: with its directory,
/// unless it is told to keep that.
const GUARD: &str = r#"
directory=$1; shift
"$@" >"$directory/output" 2>&1 &
echo $!
read -r word
kill -9 $! 2>/dev/null
[ "$word" = keep ] || rm -rf "$directory"
"#;

/// A server program, and what it needs to run.
#[derive(Debug, Clone)]
pub(super) struct Program {
    pub(super) path: PathBuf,
    /// Where its libraries are, if not where the system looks.
    pub(super) libraries: Option<String>,
    pub(super) description: String,
}

/// A server as a child of this process. Dropping it ends it, and removes its directory.
#[derive(Debug)]
pub(crate) struct Process {
    program: Program,
    arguments: Vec<String>,
    address: Address,
    /// Nobody else has them while the server is down between two starts.
    _ports: Ports,
    directory: PathBuf,
    running: Mutex<Option<Running>>,
}

#[derive(Debug)]
struct Running {
    /// The shell; its standard input is the pipe.
    guard: Child,
    server: Pid,
}

/// Starts the first server program on the PATH.
pub(super) async fn start_from_path(options: &ServerOptions) -> Found<Server> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let places = std::env::split_paths(&path);
    let candidates = places.flat_map(|place| PROGRAMS.map(|name| place.join(name)));
    let Some(path) = candidates.into_iter().find(|path| path.is_file()) else {
        return Err(Problem::Absent(format!("neither {} is on the PATH", PROGRAMS.join(" nor "))));
    };
    let description = format!("{} on the PATH", path.display());
    start(Program { path, libraries: None, description }, options).await
}

/// The port that speaks plainly, and that for TLS.
#[derive(Debug)]
struct Ports(Port, Option<Port>);

/// Starts a program, and answers when it answers.
pub(super) async fn start(program: Program, options: &ServerOptions) -> Found<Server> {
    for _ in 0..5 {
        let ports = ports(options)?;
        let tls_port = ports.1.as_ref().map(Port::number);
        let process = Process::new(program.clone(), options, ports)?;
        process.spawn().await.map_err(Problem::Refused)?;
        if process.answers().await {
            let endpoint = Endpoint::new(process.address.clone(), options.databases());
            let description = program.description;
            return Ok(Server::new(
                endpoint,
                tls_port,
                description,
                Machine::Process(Box::new(process)),
            ));
        }
        if !process.found_its_port_taken().await {
            return Err(Problem::Refused(super::ended(&program.description, &process.log())));
        }
    }
    Err(Problem::refused("five ports in turn were taken before the server could have them"))
}

fn ports(options: &ServerOptions) -> Found<Ports> {
    let tls = options.certificates.as_ref().map(|_| Port::free()).transpose()?;
    Ok(Ports(Port::free()?, tls))
}

/// Which process answers, by what it tells of itself.
fn process_id(info: &str) -> Option<Pid> {
    let number = info.lines().find_map(|line| line.strip_prefix("process_id:"))?;
    number.trim().parse().ok().and_then(Pid::from_raw)
}

impl Process {
    fn new(program: Program, options: &ServerOptions, ports: Ports) -> Found<Self> {
        let (port, tls_port) = (ports.0.number(), ports.1.as_ref().map(Port::number));
        let name = format!("redis-fixture-{}-{port}", std::process::id());
        let directory = std::env::temp_dir().join(name);
        let unwritable = |error| {
            Problem::refused(format!(
                "{}: {error}; the server keeps its files there",
                directory.display()
            ))
        };
        std::fs::create_dir_all(&directory).map_err(unwritable)?;
        let place = directory.display().to_string();
        let mut more = ["--dir", &place].map(str::to_owned).to_vec();
        if let (Some(certificates), Some(tls_port)) = (&options.certificates, tls_port) {
            for (name, text) in certificates.files() {
                std::fs::write(directory.join(name), text).map_err(unwritable)?;
            }
            more.extend(Certificates::command_line(tls_port, &place));
        }
        if let Some(socket) = &options.socket {
            more.extend(SocketFile::command_line(&socket.directory().display().to_string()));
        }
        let arguments = options.command_line(port, more);
        let address = Address::new("127.0.0.1", port, options.password.clone());
        let running = Mutex::new(None);
        Ok(Self { program, arguments, address, _ports: ports, directory, running })
    }

    /// Waits until the server answers, and not another one on its port; false where it has ended.
    async fn answers(&self) -> bool {
        let up = clock::poll(PATIENCE, || async {
            if self.address.answers().await && !self.another_answers().await {
                return Some(true);
            }
            (!self.runs()).then_some(false)
        });
        up.await == Some(true)
    }

    /// One that does not tell is taken for ours: its users may be given few rights.
    async fn another_answers(&self) -> bool {
        let info = self.address.command(0, words(&["INFO", "server"])).await;
        let info = info.ok().and_then(|info| info.text()).unwrap_or_default();
        process_id(&info).is_some_and(|process| self.server() != Some(process))
    }

    /// Whether another listens where it would.
    async fn found_its_port_taken(&self) -> bool {
        let is_taken = || self.log().contains("Address already in use");
        is_taken() || self.another_answers().await
    }

    async fn spawn(&self) -> Result<(), Failure> {
        let failed = |error: &dyn std::fmt::Display| {
            Failure::new(format!("{} could not be started: {error}", self.program.path.display()))
        };
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", GUARD, "sh"])
            .arg(&self.directory)
            .arg(&self.program.path)
            .args(&self.arguments);
        command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
        command.stderr(std::process::Stdio::null());
        if let Some(libraries) = &self.program.libraries {
            command.env("LD_LIBRARY_PATH", libraries);
        }
        let mut guard = command.spawn().map_err(|error| failed(&error))?;
        let output = guard.stdout.take().ok_or_else(|| failed(&"the shell has no output"))?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line).await.map_err(|error| failed(&error))?;
        let server = line.trim().parse().ok().and_then(Pid::from_raw);
        let server = server.ok_or_else(|| failed(&"the shell does not name its process"))?;
        self.set(Some(Running { guard, server }));
        Ok(())
    }

    fn set(&self, running: Option<Running>) -> Option<Running> {
        let mut place = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut place, running)
    }

    fn server(&self) -> Option<Pid> {
        let place = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        place.as_ref().map(|running| running.server)
    }

    fn runs(&self) -> bool {
        self.server().is_some_and(|server| test_kill_process(server).is_ok() && !is_dead(server))
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.directory.join("output")).unwrap_or_default()
    }

    fn signal(&self, signal: Signal) -> Result<(), Failure> {
        let server = self.server().ok_or_else(|| Failure::new("the server does not run"))?;
        kill_process(server, signal)
            .map_err(|error| Failure::new(format!("the server took no signal: {error}")))
    }

    /// Sends a signal that ends the server, and waits until it has.
    async fn end(&self, signal: Signal) -> Result<(), Failure> {
        self.signal(signal)?;
        let gone = clock::poll(PATIENCE, || async { (!self.runs()).then_some(()) }).await;
        gone.ok_or_else(|| Failure::new("the server runs 30 s after it was told to end"))?;
        if let Some(mut running) = self.set(None) {
            if let Some(mut pipe) = running.guard.stdin.take() {
                // A guard that is gone removes nothing.
                let _ = pipe.write_all(b"keep\n").await;
            }
            let _ = running.guard.wait().await;
        }
        Ok(())
    }

    pub(super) async fn kill(&self) -> Result<(), Failure> {
        self.end(Signal::KILL).await
    }

    pub(super) async fn stop(&self) -> Result<(), Failure> {
        self.end(Signal::TERM).await
    }

    pub(super) fn freeze(&self) -> Result<(), Failure> {
        self.signal(Signal::STOP)
    }

    pub(super) fn thaw(&self) -> Result<(), Failure> {
        self.signal(Signal::CONT)
    }

    pub(super) async fn restart(&self) -> Result<(), Failure> {
        if self.runs() {
            self.kill().await?;
        }
        self.spawn().await?;
        let ended = || super::ended(&self.program.description, &self.log());
        self.answers().await.then_some(()).ok_or_else(ended)
    }

    pub(super) fn address(&self) -> (String, u16) {
        (self.address.host.clone(), self.address.port)
    }
}

/// Whether it has ended and only its parent has not asked yet how.
fn is_dead(process: Pid) -> bool {
    let place = format!("/proc/{}/stat", process.as_raw_nonzero());
    let line = std::fs::read_to_string(Path::new(&place)).unwrap_or_default();
    line.rsplit_once(") ").is_some_and(|(_, fields)| fields.starts_with('Z'))
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(running) = self.set(None) {
            // It may have ended already; its guard ends with the pipe, which is dropped here.
            let _ = kill_process(running.server, Signal::KILL);
        }
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn process_is_told_by_what_the_server_says_of_itself() {
        let info = "# Server\r\nredis_version:8.0.2\r\nprocess_id:4711\r\nrun_id:1\r\n";
        assert_eq!(process_id(info), Pid::from_raw(4711));
        assert_eq!(process_id("# Server\r\nprocess_id:\r\n"), None);
        assert_eq!(process_id(""), None);
    }
}
