//! Every fault of the proxy, seen by a plain client of a real server.
#![expect(clippy::unwrap_used, reason = "a helper of tests fails as a test does")]

mod client;

use std::io::ErrorKind;
use std::time::Duration;

use client::{Client, Heard};
use redis_fixture::{Break, Fault, Lease, Proxy, When, lease};

/// A server, and a way to it.
async fn set_up() -> (Lease, Proxy) {
    let server = lease().await;
    let proxy = Proxy::start(server.address()).await.unwrap();
    (server, proxy)
}

/// What the server has, whatever the client was told.
async fn stored(server: &Lease, key: &str) -> Option<String> {
    server.admin(&["GET", key]).await.unwrap().text()
}

async fn until_stored(server: &Lease, key: &str, value: &str) {
    let storing = async {
        while stored(server, key).await.as_deref() != Some(value) {
            client::pass(Duration::from_millis(2)).await;
        }
    };
    tokio::select! {
        biased;
        () = storing => {}
        () = client::pass(Duration::from_secs(30)) => panic!("{key} never became {value}"),
    }
}

#[tokio::test]
async fn without_faults_everything_passes_and_is_counted() {
    let (server, proxy) = set_up().await;
    let mut client = Client::connect(&proxy).await.unwrap();
    assert_eq!(client.ask("SET a 1").await, "+OK\r\n");
    assert_eq!(client.ask("GET a").await, "$1\r\n1\r\n");
    client.send("INCR a").await;
    client.send("CLIENT ID").await;
    client.send("GET a").await;
    assert_eq!(client.reply().await, ":2\r\n");
    assert!(client.reply().await.starts_with(':'));
    assert_eq!(client.reply().await, "$1\r\n2\r\n");
    assert_eq!(stored(&server, "a").await.as_deref(), Some("2"));
    assert_eq!((proxy.accepted(), proxy.open(), proxy.all_commands()), (1, 1, 5));
    assert_eq!(proxy.accepted_at().len(), 1);
    assert_eq!((proxy.commands("get"), proxy.commands("CLIENT ID")), (2, 1));
    drop(client);
    proxy.until_open(0).await;
}

#[tokio::test]
async fn large_values_pass_in_both_directions() {
    let (_server, proxy) = set_up().await;
    let mut client = Client::connect(&proxy).await.unwrap();
    let value = "x".repeat(3_000_000);
    assert_eq!(client.ask(&format!("SET big {value}")).await, "+OK\r\n");
    assert_eq!(client.ask("GET big").await.len(), value.len() + 12);
}

#[tokio::test]
async fn refused_connections_are_refused_until_the_door_opens_again() {
    let (_server, proxy) = set_up().await;
    let mut early = Client::connect(&proxy).await.unwrap();
    for _ in 0..3 {
        proxy.refuse().await;
        let refused = Client::connect(&proxy).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
        assert_eq!(early.ask("PING").await, "+PONG\r\n", "what there is stays");
        proxy.accept().await;
        assert_eq!(Client::connect(&proxy).await.unwrap().ask("PING").await, "+PONG\r\n");
    }
}

#[tokio::test]
async fn turned_away_connections_end_as_was_asked() {
    let (_server, proxy) = set_up().await;
    proxy.turn_away(Break::Close).await;
    let mut client = Client::connect(&proxy).await.unwrap();
    assert_eq!(client.hear().await, Heard::End);
    proxy.turn_away(Break::Reset).await;
    assert!(matches!(
        match Client::connect(&proxy).await {
            Ok(mut client) => client.hear().await,
            Err(error) => Heard::Error(error.kind()),
        },
        Heard::Error(ErrorKind::ConnectionReset)
    ));
    assert_eq!(proxy.accepted(), 2);
    proxy.heal().await;
    assert_eq!(Client::connect(&proxy).await.unwrap().ask("PING").await, "+PONG\r\n");
}

#[tokio::test]
async fn frozen_network_keeps_everything_and_gives_it_back() {
    let (server, proxy) = set_up().await;
    let mut client = Client::connect(&proxy).await.unwrap();
    assert_eq!(client.ask("PING").await, "+PONG\r\n");
    proxy.freeze();
    client.send("SET a 1").await;
    proxy.until_commands("SET", 1).await;
    assert_eq!(client.hears_nothing().await, Heard::Nothing);
    let mut late = Client::connect(&proxy).await.unwrap();
    late.send("PING").await;
    assert_eq!(late.hears_nothing().await, Heard::Nothing);
    assert_eq!(stored(&server, "a").await, None);
    proxy.thaw();
    assert_eq!(client.reply().await, "+OK\r\n");
    assert_eq!(late.reply().await, "+PONG\r\n");
}

#[tokio::test]
async fn frozen_replies_hide_what_the_server_applied() {
    let (server, proxy) = set_up().await;
    let mut client = Client::connect(&proxy).await.unwrap();
    proxy.freeze_replies();
    client.send("SET a 1").await;
    until_stored(&server, "a", "1").await;
    assert_eq!(client.hears_nothing().await, Heard::Nothing);
    proxy.thaw();
    assert_eq!(client.reply().await, "+OK\r\n");
}

#[tokio::test]
async fn frozen_commands_do_not_keep_messages() {
    let (server, proxy) = set_up().await;
    let mut client = Client::connect(&proxy).await.unwrap();
    assert!(client.ask("SUBSCRIBE news").await.contains("subscribe"));
    proxy.freeze_commands();
    server.admin(&["PUBLISH", "news", "hello"]).await.unwrap();
    assert!(client.reply().await.contains("hello"));
}

#[tokio::test]
async fn delayed_network_takes_its_time_each_way() {
    let (_server, proxy) = set_up().await;
    let mut client = Client::connect(&proxy).await.unwrap();
    proxy.delay(Duration::from_millis(60));
    let taken = client.time("PING").await;
    assert!(taken >= Duration::from_millis(120), "{taken:?}");
}

#[tokio::test]
async fn dripping_network_carries_every_byte() {
    let (_server, proxy) = set_up().await;
    let mut client = Client::connect(&proxy).await.unwrap();
    let pause = Duration::from_millis(5);
    proxy.drip(1, pause);
    let taken = client.time("ECHO abc").await;
    let pieces = "*2\r\n$4\r\nECHO\r\n$3\r\nabc\r\n$3\r\nabc\r\n".len();
    // How the pieces arrive is the doing of the machine; that they leave one by one is not.
    assert!(taken >= pause * u32::try_from(pieces).unwrap(), "{taken:?} for {pieces} pieces");
    assert_eq!(client.ask("ECHO abc").await, "$3\r\nabc\r\n");
}

#[tokio::test]
async fn broken_connections_end_as_was_asked_and_others_begin() {
    let (_server, proxy) = set_up().await;
    for (how, heard) in
        [(Break::Close, Heard::End), (Break::Reset, Heard::Error(ErrorKind::ConnectionReset))]
    {
        let mut client = Client::connect(&proxy).await.unwrap();
        assert_eq!(client.ask("PING").await, "+PONG\r\n");
        proxy.break_all(how);
        assert_eq!(client.hear().await, heard);
        proxy.until_open(0).await;
    }
}

#[tokio::test]
async fn dropped_proxy_ends_its_connections_and_frees_its_port() {
    let (_server, proxy) = set_up().await;
    let mut client = Client::connect(&proxy).await.unwrap();
    assert_eq!(client.ask("PING").await, "+PONG\r\n");
    let address = proxy.address();
    drop(proxy);
    assert_eq!(client.hear().await, Heard::End);
    // The port goes with the proxy's task, which may end a moment after its connections.
    for _ in 0..50_000 {
        if tokio::net::TcpStream::connect(&address).await.is_err() {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("{address} still listens");
}

#[tokio::test]
async fn new_connections_lead_to_the_new_target() {
    let (_server, proxy) = set_up().await;
    let other = lease().await;
    other.admin(&["SET", "who", "other"]).await.unwrap();
    let mut early = Client::connect(&proxy).await.unwrap();
    assert_eq!(early.ask("GET who").await, "$-1\r\n");
    proxy.retarget(other.address());
    assert_eq!(Client::connect(&proxy).await.unwrap().ask("GET who").await, "$5\r\nother\r\n");
    assert_eq!(early.ask("GET who").await, "$-1\r\n", "what there is stays where it is");
}

#[tokio::test]
async fn connection_broken_before_a_command_applies_nothing() {
    let (server, proxy) = set_up().await;
    proxy.inject(When::command("SET").nth(1), Fault::BreakBefore(Break::Reset));
    proxy.inject(When::command("SET").nth(2), Fault::BreakBefore(Break::Close));
    for heard in [Heard::Error(ErrorKind::ConnectionReset), Heard::End] {
        let mut client = Client::connect(&proxy).await.unwrap();
        client.send("SET a 1").await;
        assert_eq!(client.hear().await, heard);
    }
    assert_eq!(stored(&server, "a").await, None);
    assert_eq!(Client::connect(&proxy).await.unwrap().ask("SET a 1").await, "+OK\r\n");
}

#[tokio::test]
async fn connection_broken_after_a_command_applies_it() {
    let (server, proxy) = set_up().await;
    proxy.inject(When::command("INCR").nth(1), Fault::BreakAfter(Break::Reset));
    proxy.inject(When::command("INCR").nth(2), Fault::BreakAfter(Break::Close));
    for heard in [Heard::Error(ErrorKind::ConnectionReset), Heard::End] {
        let mut client = Client::connect(&proxy).await.unwrap();
        client.send("INCR a").await;
        assert_eq!(client.hear().await, heard);
    }
    assert_eq!(stored(&server, "a").await.as_deref(), Some("2"));
}

/// It would be taken for the answer to the first.
#[tokio::test]
async fn nothing_that_follows_a_reply_kept_back_by_a_break_is_heard() {
    let (_server, proxy) = set_up().await;
    for _ in 0..20 {
        proxy.inject(When::command("SET").nth(1), Fault::BreakAfter(Break::Close));
        let mut client = Client::connect(&proxy).await.unwrap();
        client
            .send_bytes(
                &b"*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n*2\r\n$4\r\nINCR\r\n$1\r\na\r\n"
                    .repeat(4),
            )
            .await;
        assert_eq!(client.hear().await, Heard::End);
        proxy.heal().await;
    }
}

#[tokio::test]
async fn dropped_command_is_not_applied_and_its_connection_stays_silent() {
    let (server, proxy) = set_up().await;
    proxy.inject(When::command("SET").nth(2), Fault::DropCommand);
    let mut client = Client::connect(&proxy).await.unwrap();
    client.send("SET a 1").await;
    client.send("SET a 2").await;
    client.send("SET b 3").await;
    assert_eq!(client.reply().await, "+OK\r\n", "what came before is answered");
    until_stored(&server, "b", "3").await;
    assert_eq!(client.hears_nothing().await, Heard::Nothing);
    assert_eq!(stored(&server, "a").await.as_deref(), Some("1"));
    proxy.heal().await;
    client.send("PING").await;
    assert_eq!(client.hears_nothing().await, Heard::Nothing);
}

#[tokio::test]
async fn dropped_reply_belongs_to_a_command_that_was_applied() {
    let (server, proxy) = set_up().await;
    proxy.inject(When::command("INCR").nth(2), Fault::DropReply);
    let mut client = Client::connect(&proxy).await.unwrap();
    for _ in 0..3 {
        client.send("INCR a").await;
    }
    assert_eq!(client.reply().await, ":1\r\n");
    until_stored(&server, "a", "3").await;
    assert_eq!(client.hears_nothing().await, Heard::Nothing);
}

#[tokio::test]
async fn command_cut_inside_is_not_applied() {
    let (server, proxy) = set_up().await;
    // As long as the command is, less one byte: nearly all of it, and nothing of its sense.
    for length in [0, 1, 13, 10_000] {
        proxy.inject(When::command("SET").first(1), Fault::CutCommand(length));
        let mut client = Client::connect(&proxy).await.unwrap();
        client.send("SET a 1").await;
        assert_eq!(client.hear().await, Heard::End);
        proxy.heal().await;
        assert_eq!(stored(&server, "a").await, None);
    }
}

#[tokio::test]
async fn reply_cut_inside_ends_the_connection_and_a_stalled_one_does_not() {
    let (_server, proxy) = set_up().await;
    let mut client = Client::connect(&proxy).await.unwrap();
    assert_eq!(client.ask("SET a 123456").await, "+OK\r\n");
    proxy.inject(When::command("GET").nth(1), Fault::CutReply(6, Break::Close));
    proxy.inject(When::command("GET").nth(2), Fault::StallReply(10_000));
    client.send("GET a").await;
    assert_eq!(client.hear().await, Heard::Bytes("$6\r\n12".into()));
    assert_eq!(client.hear().await, Heard::End);
    let mut client = Client::connect(&proxy).await.unwrap();
    client.send("GET a").await;
    assert_eq!(client.hear().await, Heard::Bytes("$6\r\n123456\r".into()));
    assert_eq!(client.hears_nothing().await, Heard::Nothing);
}

#[tokio::test]
async fn dripping_reply_is_whole_in_the_end() {
    let (_server, proxy) = set_up().await;
    let pause = Duration::from_millis(20);
    proxy.inject(When::command("ECHO"), Fault::DripReply(2, pause));
    let mut client = Client::connect(&proxy).await.unwrap();
    let taken = client.time("ECHO abcdef").await;
    assert!(taken >= pause * 6, "{taken:?} for 12 bytes");
    assert_eq!(client.ask("ECHO abcdef").await, "$6\r\nabcdef\r\n");
}

#[tokio::test]
async fn delayed_command_is_applied_after_its_client_has_gone() {
    let (server, proxy) = set_up().await;
    proxy.inject(When::command("SET").nth(1), Fault::DelayCommand(Duration::from_secs(3)));
    let mut client = Client::connect(&proxy).await.unwrap();
    client.send("SET a 1").await;
    proxy.until_commands("SET", 1).await;
    drop(client);
    assert_eq!(stored(&server, "a").await, None);
    until_stored(&server, "a", "1").await;
    proxy.until_open(0).await;
}

#[tokio::test]
async fn delayed_reply_keeps_the_order_of_replies() {
    let (_server, proxy) = set_up().await;
    proxy.inject(When::command("ECHO").nth(1), Fault::DelayReply(Duration::from_millis(60)));
    let mut client = Client::connect(&proxy).await.unwrap();
    client.send("ECHO 1").await;
    client.send("ECHO 2").await;
    assert_eq!(client.reply().await, "$1\r\n1\r\n");
    assert_eq!(client.reply().await, "$1\r\n2\r\n");
    let taken = {
        proxy.heal().await;
        proxy.inject(When::any(), Fault::DelayReply(Duration::from_millis(60)));
        client.time("PING").await
    };
    assert!(taken >= Duration::from_millis(60), "{taken:?}");
}

#[tokio::test]
async fn injected_error_stands_in_its_place_among_replies() {
    let (server, proxy) = set_up().await;
    proxy.inject(When::command("SET").nth(2), Fault::error("LOADING not yet"));
    let mut client = Client::connect(&proxy).await.unwrap();
    for number in 1..=3 {
        client.send(&format!("SET a{number} x")).await;
    }
    assert_eq!(client.reply().await, "+OK\r\n");
    assert_eq!(client.reply().await, "-LOADING not yet\r\n");
    assert_eq!(client.reply().await, "+OK\r\n");
    assert_eq!(stored(&server, "a2").await, None);
    assert_eq!(stored(&server, "a3").await.as_deref(), Some("x"));
}

#[tokio::test]
async fn replaced_reply_belongs_to_a_command_that_was_applied() {
    let (server, proxy) = set_up().await;
    proxy.inject(When::command("SET").nth(1), Fault::AnswerAfter(b"-OOM no\r\n".to_vec()));
    proxy.inject(When::command("SET").nth(2), Fault::garbage());
    let mut client = Client::connect(&proxy).await.unwrap();
    assert_eq!(client.ask("SET a 1").await, "-OOM no\r\n");
    client.send("SET b 2").await;
    assert!(matches!(client.hear().await, Heard::Bytes(text) if text.contains("garbage")));
    assert_eq!(stored(&server, "a").await.as_deref(), Some("1"));
    assert_eq!(stored(&server, "b").await.as_deref(), Some("2"));
}

#[tokio::test]
async fn faults_strike_the_commands_and_the_connection_that_they_are_for() {
    let (_server, proxy) = set_up().await;
    let mut first = Client::connect(&proxy).await.unwrap();
    assert_eq!(first.ask("PING").await, "+PONG\r\n");
    let mut second = Client::connect(&proxy).await.unwrap();
    assert_eq!(second.ask("PING").await, "+PONG\r\n");
    proxy.inject(When::any().on_connection(2).first(1), Fault::error("ERR second"));
    proxy.inject(When::command("client id"), Fault::error("ERR both words"));
    assert_eq!(first.ask("PING").await, "+PONG\r\n");
    assert_eq!(second.ask("PING").await, "-ERR second\r\n");
    assert_eq!(second.ask("PING").await, "+PONG\r\n");
    assert_eq!(first.ask("CLIENT ID").await, "-ERR both words\r\n");
    assert_eq!(first.ask("CLIENT GETNAME").await, "$-1\r\n");
}

#[tokio::test]
async fn messages_take_no_fault_that_was_meant_for_a_reply() {
    let (server, proxy) = set_up().await;
    for protocol in [2, 3] {
        let mut client = Client::connect(&proxy).await.unwrap();
        client.ask(&format!("HELLO {protocol}")).await;
        assert!(client.ask("SUBSCRIBE news").await.contains("subscribe"));
        proxy.freeze_commands();
        proxy.inject(When::command("PING").nth(1), Fault::AnswerAfter(b"+mine\r\n".to_vec()));
        client.send("PING").await;
        proxy.until_commands("PING", u64::from(protocol == 3) + 1).await;
        server.admin(&["PUBLISH", "news", "hello"]).await.unwrap();
        assert!(client.reply().await.contains("hello"));
        proxy.thaw();
        assert_eq!(client.reply().await, "+mine\r\n");
        proxy.heal().await;
    }
}

#[tokio::test]
async fn what_is_no_command_passes_as_it_is() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let proxy = Proxy::start(address).await.unwrap();
    let mut client = Client::connect(&proxy).await.unwrap();
    client.send_bytes(b"\x16\x03\x01 a handshake").await;
    let (server, _) = listener.accept().await.unwrap();
    let mut server = Client::over(server);
    assert_eq!(server.hear().await, Heard::Bytes("\x16\x03\x01 a handshake".into()));
    server.send_bytes(b"\x16\x03\x03 an answer").await;
    assert_eq!(client.hear().await, Heard::Bytes("\x16\x03\x03 an answer".into()));
}
