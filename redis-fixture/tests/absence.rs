//! Machines that lack something: each way to a server, and what is said where there is none.
#![expect(clippy::unwrap_used, reason = "a helper of tests fails as a test does")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output, Stdio};

use redis_fixture::Server;

/// Runs the test below in a process of its own, where nothing is found but what is given.
fn bare() -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "--nocapture", "server_answers"]);
    for variable in ["REDIS_FIXTURE_IMAGE", "REDIS_FIXTURE_URL", "REDIS_FIXTURE_SERVERS"] {
        command.env_remove(variable);
    }
    command.env("DOCKER_HOST", "tcp://127.0.0.1:1").env("PATH", "");
    command
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), &output.stderr].concat()).into_owned()
}

#[tokio::test]
async fn server_answers() {
    let server = Server::start().await.unwrap();
    println!("found {} by {}", server.version().await.unwrap(), server.description());
    println!("at {}", server.address());
    if std::env::var_os("REDIS_FIXTURE_TEST_WAITS").is_some() {
        let _ = std::io::stdin().read(&mut [0]);
    }
}

#[test]
fn machine_without_any_server_is_told_every_way_out() {
    let target = std::env::temp_dir().join("redis-fixture-no-package");
    let output = bare().env("CARGO_TARGET_DIR", &target).output().unwrap();
    let _ = std::fs::remove_dir_all(target);
    assert!(!output.status.success());
    let told = told(&output);
    for part in [
        "no Docker engine answers",
        "neither redis-server nor valkey-server is on the PATH",
        "no package redis-server",
        "start Docker",
        "REDIS_FIXTURE_IMAGE",
        "cargo xtask server-images",
        "install redis-server or valkey-server",
        "REDIS_FIXTURE_URL=redis://host:port",
        "cargo xtask test --without-redis",
    ] {
        assert!(told.contains(part), "{part} is missing in:\n{told}");
    }
}

#[test]
fn image_asked_for_by_name_is_had_or_nothing_is() {
    let output = bare().env("REDIS_FIXTURE_IMAGE", "some/image:1").output().unwrap();
    assert!(!output.status.success());
    let told = told(&output);
    assert!(told.contains("some/image:1 is asked for by name"), "{told}");
    assert!(!told.contains("on the PATH"), "no other way would do: {told}");
}

/// Answers one request as an engine does that has no image and reaches no registry.
fn answer(stream: &TcpStream) {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let request = lines.next().unwrap_or_default();
    if !lines.any(|line| line.is_empty()) {
        return;
    }
    let (status, body) = match request.as_str() {
        line if line.contains("/_ping") => ("200 OK", "OK"),
        line if line.contains("/containers/json") => ("200 OK", "[]"),
        line if line.contains("/images/create") => ("500 Error", r#"{"message":"no such host"}"#),
        _ => ("404 Not Found", r#"{"message":"No such image"}"#),
    };
    let mut stream = stream;
    let length = body.len();
    // A client that has gone wants no answer.
    let _ = write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n{body}"
    );
}

/// An engine that has no image and reaches no registry.
fn empty_engine() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || answer(&stream));
        }
    });
    format!("tcp://{address}")
}

#[test]
fn engine_without_the_default_image_counts_as_absent_and_it_is_said() {
    let target = std::env::temp_dir().join("redis-fixture-no-image");
    let mut command = bare();
    command.env("DOCKER_HOST", empty_engine()).env("CARGO_TARGET_DIR", &target);
    let told = told(&command.output().unwrap());
    let _ = std::fs::remove_dir_all(target);
    assert!(told.contains("Docker has no image redis:8-alpine"), "{told}");
    assert!(told.contains("on the PATH"), "the next way is tried: {told}");
}

#[test]
fn engine_without_the_image_asked_for_is_a_failure_that_says_so() {
    let mut command = bare();
    command.env("DOCKER_HOST", empty_engine()).env("REDIS_FIXTURE_IMAGE", "some/image:1");
    let told = told(&command.output().unwrap());
    assert!(told.contains("Docker could not start some/image:1"), "{told}");
}

/// Starts a server in a process that is killed then, and answers where the server was.
fn abandoned(mut command: Command) -> String {
    command.env("REDIS_FIXTURE_TEST_WAITS", "1");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let place =
        lines.map_while(Result::ok).find_map(|line| Some(line.strip_prefix("at ")?.to_owned()));
    child.kill().unwrap();
    child.wait().unwrap();
    place.expect("the server did not start")
}

/// Whether something listens there.
fn listens(address: &str) -> bool {
    TcpStream::connect(address).is_ok()
}

#[test]
fn server_of_a_killed_test_is_gone_after_the_next_start() {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "--nocapture", "server_answers"]);
    let address = abandoned(command);
    let mut next = Command::new(std::env::current_exe().unwrap());
    next.args(["--exact", "server_answers"]);
    assert!(next.output().unwrap().status.success());
    // A process ends by itself, a moment later; a container by the start of another.
    for _ in 0..1_000_000 {
        if !listens(&address) {
            return;
        }
        std::thread::yield_now();
    }
    panic!("{address} still listens");
}
