//! Servers of one's own: what they are started with, and what can be done to them.
#![expect(clippy::unwrap_used, reason = "a helper of tests fails as a test does")]

use std::io::ErrorKind;
use std::time::Duration;

use redis_fixture::{Certificates, Server, ServerOptions, SocketFile};
use tokio::net::TcpStream;

async fn text(server: &Server, command: &[&str]) -> String {
    server.admin(command).await.unwrap().text().unwrap_or_default()
}

/// How long an answer is waited for that has to come, and one that must not.
const LONG: Duration = Duration::from_secs(20);
const A_WHILE: Duration = Duration::from_millis(300);

/// Whether a connection that is open hears anything within a while.
async fn answers_within(limit: Duration, stream: &mut TcpStream) -> bool {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    stream.write_all(b"PING\r\n").await.unwrap();
    let mut answer = [0; 7];
    tokio::select! {
        biased;
        read = stream.read_exact(&mut answer) => read.is_ok(),
        () = pass(limit) => false,
    }
}

#[expect(clippy::disallowed_methods, reason = "real servers take real time")]
async fn pass(duration: Duration) {
    tokio::time::sleep(duration).await;
}

#[tokio::test]
async fn killed_server_is_refused_and_comes_back_empty_on_the_same_port() {
    let server = Server::start().await.unwrap();
    let port = server.port();
    text(&server, &["SET", "a", "1"]).await;
    for _ in 0..2 {
        server.kill().await.unwrap();
        let refused = TcpStream::connect(server.address()).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
        server.restart().await.unwrap();
        assert_eq!(server.port(), port);
        assert_eq!(text(&server, &["GET", "a"]).await, "");
    }
}

#[tokio::test]
async fn stopped_server_keeps_what_it_was_told_to_write_down() {
    let server = ServerOptions::new().setting("appendonly", &["yes"]).start().await.unwrap();
    text(&server, &["SET", "a", "1"]).await;
    server.stop().await.unwrap();
    assert!(TcpStream::connect(server.address()).await.is_err());
    server.restart().await.unwrap();
    assert_eq!(text(&server, &["GET", "a"]).await, "1");
}

#[tokio::test]
async fn frozen_server_says_nothing_until_it_is_thawed() {
    let server = Server::start().await.unwrap();
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    assert!(answers_within(LONG, &mut stream).await);
    server.freeze().await.unwrap();
    assert!(!answers_within(A_WHILE, &mut stream).await);
    server.thaw().await.unwrap();
    assert!(answers_within(LONG, &mut stream).await);
    server.freeze().await.unwrap();
    server.restart().await.unwrap();
    assert!(text(&server, &["PING"]).await.contains("PONG"), "a frozen one can be started again");
}

#[tokio::test]
async fn replica_follows_refuses_writes_and_can_be_promoted() {
    let primary = ServerOptions::new().password("secret").start().await.unwrap();
    let replica = ServerOptions::new().password("secret").start().await.unwrap();
    replica.replica_of(&primary).await.unwrap();
    text(&primary, &["SET", "a", "1"]).await;
    assert_eq!(text(&primary, &["WAIT", "1", "5000"]).await, "1");
    assert_eq!(text(&replica, &["GET", "a"]).await, "1");
    let refused = replica.admin(&["SET", "a", "2"]).await.unwrap_err().to_string();
    assert!(refused.contains("READONLY"), "{refused}");
    primary.kill().await.unwrap();
    replica.promote().await.unwrap();
    assert_eq!(text(&replica, &["SET", "a", "2"]).await, "OK");
}

#[tokio::test]
async fn settings_users_and_password_are_there_from_the_start_and_after_a_restart() {
    let server = ServerOptions::new()
        .password("secret")
        .user("reader", "other", "~* +get")
        .setting("maxmemory", &["7mb"])
        .start()
        .await
        .unwrap();
    assert!(server.url().starts_with("redis://:secret@127.0.0.1:"));
    assert_eq!(server.user_url("a", "b"), format!("redis://a:b@{}", server.address()));
    for _ in 0..2 {
        assert!(text(&server, &["ACL", "GETUSER", "reader"]).await.is_empty(), "a map, no error");
        let setting = server.admin(&["CONFIG", "GET", "maxmemory"]).await.unwrap().members();
        assert_eq!(setting[1].integer(), Some(7 << 20));
        server.restart().await.unwrap();
    }
}

#[tokio::test]
async fn databases_share_nothing_and_none_is_given_twice() {
    let server = ServerOptions::new().setting("databases", &["3"]).start().await.unwrap();
    let (one, two) = (server.next_database(), server.next_database());
    assert_eq!((one, two, server.databases()), (1, 2, 3));
    server.admin_in(one, &["SET", "a", "1"]).await.unwrap();
    let other = server.admin_in(two, &["EXISTS", "a"]).await.unwrap();
    assert_eq!(other.integer(), Some(0));
    let beyond = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| server.next_database()));
    assert!(beyond.is_err());
}

#[tokio::test]
async fn server_that_does_not_start_tells_what_it_wrote() {
    let failure = ServerOptions::new().setting("maxmemory", &["much"]).start().await.unwrap_err();
    assert!(failure.to_string().contains("maxmemory"), "{failure}");
}

#[tokio::test]
async fn servers_work_while_the_time_of_the_test_stands_still() {
    let server = Server::start().await.unwrap();
    tokio::time::pause();
    server.restart().await.unwrap();
    assert!(text(&server, &["PING"]).await.contains("PONG"));
}

#[test]
fn servers_outlive_the_runtime_in_which_they_were_started() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let server = runtime().block_on(Server::start()).unwrap();
    let pong = runtime().block_on(async { text(&server, &["PING"]).await });
    assert!(pong.contains("PONG"));
}

/// A test counts clients after it has said something to the server itself.
#[tokio::test]
async fn what_is_said_past_the_client_leaves_no_client_behind() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let server = Server::start().await.unwrap();
    let mut observer = TcpStream::connect(server.address()).await.unwrap();
    for _ in 0..300 {
        text(&server, &["PING"]).await;
        observer.write_all(b"CLIENT LIST\r\n").await.unwrap();
        let mut list = vec![0; 64 * 1024];
        let length = observer.read(&mut list).await.unwrap();
        let clients = String::from_utf8_lossy(&list[..length]).matches("addr=").count();
        // Each line has the client's address and the server's.
        assert_eq!(clients, 2, "{}", String::from_utf8_lossy(&list[..length]));
    }
}

#[tokio::test]
async fn server_listens_in_the_file_system_where_it_is_asked_to() {
    let file = SocketFile::new().unwrap();
    let server = ServerOptions::new().socket(&file).start().await.unwrap();
    assert_eq!(file.url(), format!("unix://{}", file.path().display()));
    for _ in 0..2 {
        assert!(tokio::net::UnixStream::connect(file.path()).await.is_ok());
        server.restart().await.unwrap();
    }
    drop(server);
    let directory = file.path().parent().unwrap().to_owned();
    drop(file);
    assert!(!directory.exists());
}

#[tokio::test]
async fn dropped_server_is_gone() {
    let server = Server::start().await.unwrap();
    let address = server.address();
    drop(server);
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn server_speaks_tls_by_each_kind_of_certificate() {
    let kinds = [
        Certificates::valid(),
        Certificates::for_another_host(),
        Certificates::expired(),
        Certificates::self_signed(),
    ];
    for certificates in kinds {
        let certificates = certificates.unwrap();
        let server = ServerOptions::new().tls(&certificates).start().await.unwrap();
        assert!(text(&server, &["PING"]).await.contains("PONG"), "the other port speaks plainly");
        assert!(server.tls_url().starts_with("rediss://localhost:"));
        assert!(certificates.ca_file().is_file() && certificates.client_key_file().is_file());
    }
}
