//! Leases of servers that run already, taken by this process and by others.
#![expect(clippy::unwrap_used, reason = "a helper of tests fails as a test does")]

use std::process::{Command, Output, Stdio};

use redis_fixture::{Fault, Lease, Pool, Proxy, When, lease, try_lease};

/// The program that holds servers for others.
const HOLD: &str = env!("CARGO_BIN_EXE_redis-fixture");

/// Runs one of the tests below in a process of its own, under `hold` with so many servers.
///
/// They are tests like any other, and do the same where they are run by themselves.
fn held(servers: usize, test: &str) -> Output {
    let this = std::env::current_exe().unwrap();
    let mut command = Command::new(HOLD);
    command.args(["hold", "--servers", &servers.to_string(), "--"]).arg(this);
    command.args(["--exact", "--nocapture", test]);
    command.output().unwrap()
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), &output.stderr].concat()).into_owned()
}

async fn text(server: &Lease, command: &[&str]) -> String {
    server.admin(command).await.unwrap().text().unwrap_or_default()
}

async fn run_id(server: &Lease) -> String {
    let info = text(server, &["INFO", "server"]).await;
    info.lines().find_map(|line| line.strip_prefix("run_id:")).unwrap().to_owned()
}

/// How many servers there are to take in turn: none of one's own making counts.
fn servers_of_the_pool() -> usize {
    let urls = std::env::var("REDIS_FIXTURE_SERVERS").unwrap_or_default();
    urls.split_whitespace().count()
}

#[tokio::test]
async fn two_leases_at_a_time_are_two_servers() {
    let (one, two) = (lease().await, lease().await);
    assert_ne!(run_id(&one).await, run_id(&two).await);
}

#[test]
fn pool_gives_no_server_twice_even_if_it_has_only_one() {
    let output = held(1, "two_leases_at_a_time_are_two_servers");
    assert!(output.status.success(), "{}", told(&output));
}

#[tokio::test]
async fn what_one_lease_leaves_behind_the_next_one_does_not_find() {
    let first = lease().await;
    let (first_id, database) = (run_id(&first).await, first.next_database());
    first.admin_in(database, &["SET", "a", "1"]).await.unwrap();
    text(&first, &["CONFIG", "SET", "maxmemory", "100mb"]).await;
    text(&first, &["CONFIG", "SET", "min-replicas-to-write", "1"]).await;
    text(&first, &["ACL", "SETUSER", "somebody", "on", "nopass"]).await;
    let script = text(&first, &["SCRIPT", "LOAD", "return 7"]).await;
    text(&first, &["CLIENT", "PAUSE", "100000", "WRITE"]).await;
    drop(first);

    let next = lease().await;
    let is_same = run_id(&next).await == first_id;
    match servers_of_the_pool() {
        0 => assert!(!is_same, "without a pool each lease has a server of its own"),
        1 => assert!(is_same, "a pool of one gives its server again"),
        // Which one is free is the doing of other tests.
        _ => {}
    }
    assert_eq!(next.next_database(), database);
    assert_eq!(next.admin_in(database, &["DBSIZE"]).await.unwrap().integer(), Some(0));
    let setting = next.admin(&["CONFIG", "GET", "maxmemory"]).await.unwrap().members();
    assert_eq!(setting[1].integer(), Some(0));
    assert_eq!(next.admin(&["ACL", "USERS"]).await.unwrap().members().len(), 1);
    let known = next.admin(&["SCRIPT", "EXISTS", &script]).await.unwrap().members();
    assert_eq!(known[0].integer(), Some(0));
    assert_eq!(text(&next, &["SET", "a", "2"]).await, "OK");
}

#[test]
fn servers_of_a_pool_are_as_new_for_each_lease() {
    for servers in [1, 3] {
        let output = held(servers, "what_one_lease_leaves_behind_the_next_one_does_not_find");
        assert!(output.status.success(), "{}", told(&output));
    }
}

#[tokio::test]
async fn endless_script_of_one_lease_does_not_keep_the_next_one_waiting() {
    let first = lease().await;
    text(&first, &["CONFIG", "SET", "busy-reply-threshold", "10"]).await;
    // Through a proxy that drops the command's reply, nobody has to wait for the script.
    let proxy = Proxy::start(first.address()).await.unwrap();
    proxy.inject(When::any(), Fault::DropReply);
    let mut client = tokio::net::TcpStream::connect(proxy.address()).await.unwrap();
    let script = b"EVAL \"while true do end\" 0\r\n";
    tokio::io::AsyncWriteExt::write_all(&mut client, script).await.unwrap();
    while !first.admin(&["PING"]).await.is_err_and(|error| error.to_string().contains("BUSY")) {
        tokio::task::yield_now().await;
    }
    drop(first);
    let next = lease().await;
    assert!(text(&next, &["PING"]).await.contains("PONG"));
}

#[test]
fn pool_ends_a_script_that_a_lease_left_behind() {
    let output = held(1, "endless_script_of_one_lease_does_not_keep_the_next_one_waiting");
    assert!(output.status.success(), "{}", told(&output));
}

#[tokio::test]
async fn spoilt_server_is_replaced() {
    let first = lease().await;
    let address = first.address();
    text(&first, &["CONFIG", "SET", "requirepass", "secret"]).await;
    drop(first);
    let next = lease().await;
    assert!(text(&next, &["PING"]).await.contains("PONG"));
    mend(&address).await;
}

/// Takes the password off again: the server may be one of a pool that other tests take from.
async fn mend(address: &str) {
    // Without a pool it went with its lease.
    let Ok(mut client) = tokio::net::TcpStream::connect(address).await else { return };
    let words = b"AUTH secret\r\nCONFIG SET requirepass \"\"\r\n";
    tokio::io::AsyncWriteExt::write_all(&mut client, words).await.unwrap();
    let mut answers = [0; 10];
    tokio::io::AsyncReadExt::read_exact(&mut client, &mut answers).await.unwrap();
    assert_eq!(answers, *b"+OK\r\n+OK\r\n");
}

#[test]
fn spoilt_server_of_a_pool_is_left_out_and_said_to_be() {
    let output = held(1, "spoilt_server_is_replaced");
    assert!(output.status.success(), "{}", told(&output));
    assert!(told(&output).contains("left out"), "{}", told(&output));
}

#[test]
fn hold_ends_as_its_command_does_and_says_what_it_holds() {
    let output = Command::new(HOLD).args(["hold", "--", "sh", "-c", "exit 7"]).output().unwrap();
    assert_eq!(output.status.code(), Some(7));
    assert!(told(&output).contains("2 × "), "{}", told(&output));
}

/// A server that runs, by its address; as the one of a user who names it.
async fn named(address: &str) -> Output {
    let this = std::env::current_exe().unwrap();
    let mut command = tokio::process::Command::new(this);
    command.args(["--exact", "--nocapture", "server_is_told_by_its_address"]);
    command.env("REDIS_FIXTURE_URL", format!("redis://{address}"));
    command.env_remove("REDIS_FIXTURE_SERVERS");
    command.stdout(Stdio::piped()).output().await.unwrap()
}

#[tokio::test]
async fn server_is_told_by_its_address() {
    let server = try_lease().await.unwrap();
    println!("leased {}", server.address());
}

#[tokio::test]
async fn named_server_serves_unless_it_holds_the_data_of_others() {
    let server = redis_fixture::Server::start().await.unwrap();
    for _ in 0..2 {
        let output = named(&server.address()).await;
        assert!(told(&output).contains(&format!("leased {}", server.address())));
    }
    server.admin(&["FLUSHALL"]).await.unwrap();
    server.admin(&["SET", "precious", "1"]).await.unwrap();
    let output = named(&server.address()).await;
    assert!(!output.status.success());
    assert!(told(&output).contains("would be lost"), "{}", told(&output));
    assert_eq!(server.admin(&["GET", "precious"]).await.unwrap().integer(), Some(1));
}

#[tokio::test]
async fn pool_names_its_servers_to_others() {
    let pool = Pool::start(1, None).await.unwrap();
    if pool.count() == 1 {
        assert!(pool.variables().iter().any(|(_, value)| value.starts_with("redis://")));
    }
    assert!(!pool.description().is_empty());
}
