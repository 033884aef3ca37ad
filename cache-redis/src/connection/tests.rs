use std::time::Duration;

use cache_redis_wire::Connection as _;
use redis::{AsyncConnectionConfig, RedisConnectionInfo};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

use super::*;
use crate::stream::Patient;

/// A connection, and the server's end of it.
async fn pair() -> (Connection, DuplexStream) {
    let (ours, theirs) = duplex(4096);
    let info = RedisConnectionInfo::default().set_skip_set_lib_name();
    let config = AsyncConnectionConfig::new().set_response_timeout(None);
    let ours = Patient::new(ours);
    let made = MultiplexedConnection::new_with_config(&info, ours, config).await;
    let (multiplexed, carrying) = made.unwrap();
    (Connection::new(multiplexed, carrying), theirs)
}

fn ping() -> Command {
    Command::new("PING", 0)
}

/// Reads a command, so that it is known to be sent.
async fn sent(server: &mut DuplexStream) {
    let mut bytes = [0; 14];
    server.read_exact(&mut bytes).await.unwrap();
    assert_eq!(&bytes, b"*1\r\n$4\r\nPING\r\n");
}

async fn is_closed(mut server: DuplexStream) {
    let mut rest = Vec::new();
    limited(server.read_to_end(&mut rest)).await.unwrap();
}

async fn limited<T>(future: impl Future<Output = T>) -> T {
    #[expect(clippy::disallowed_methods, reason = "a guard against hanging")]
    let limited = tokio::time::timeout(Duration::from_secs(10), future).await;
    limited.expect("it does not end")
}

#[tokio::test]
async fn answers_come_in_the_order_of_the_commands() {
    let (connection, mut server) = pair().await;
    let asking = async {
        let one = connection.command(ping()).await;
        let more = connection.pipeline(vec![ping(), ping()]).await;
        (one, more)
    };
    let answering = async {
        sent(&mut server).await;
        server.write_all(b":1\r\n").await.unwrap();
        sent(&mut server).await;
        sent(&mut server).await;
        server.write_all(b":2\r\n-ERR three\r\n").await.unwrap();
    };
    let ((one, more), ()) = tokio::join!(asking, answering);
    assert_eq!(one, Ok(Answer::Integer(1)));
    let [Answer::Integer(2), Answer::Error(error)] = &more.unwrap()[..] else { panic!("answers") };
    assert_eq!(&*error.code, "ERR");
}

#[tokio::test]
async fn empty_pipeline_sends_nothing() {
    let (connection, server) = pair().await;
    assert_eq!(connection.pipeline(Vec::new()).await, Ok(Vec::new()));
    drop(connection);
    is_closed(server).await;
}

#[tokio::test]
async fn close_ends_commands_under_way_whoever_holds_a_clone() {
    let (connection, mut server) = pair().await;
    let clone = connection.clone();
    let waiting = tokio::spawn(async move { clone.command(ping()).await });
    sent(&mut server).await;
    connection.close().await;
    assert_eq!(limited(waiting).await.unwrap(), Err(Lost::Broken));
    is_closed(server).await;
}

#[tokio::test]
async fn command_after_the_end_was_not_sent() {
    let (connection, server) = pair().await;
    connection.close().await;
    is_closed(server).await;
    // The task says it last of all.
    while !connection.is_over() {
        tokio::task::yield_now().await;
    }
    assert_eq!(connection.command(ping()).await, Err(Lost::NotSent));
    assert_eq!(connection.pipeline(vec![ping()]).await, Err(Lost::NotSent));
}

#[tokio::test]
async fn answer_that_breaks_off_anywhere_is_lost_and_may_have_been_done() {
    let answers =
        [&b"$5\r\nvalue\r\n"[..], b"*2\r\n:1\r\n$1\r\nx\r\n", b"-ERR text\r\n", b"+OK\r\n"];
    for whole in answers {
        for length in 0..whole.len() {
            let (connection, mut server) = pair().await;
            let answering = async {
                sent(&mut server).await;
                server.write_all(&whole[..length]).await.unwrap();
                drop(server);
            };
            let (answer, ()) = tokio::join!(connection.command(ping()), answering);
            assert_eq!(answer, Err(Lost::Broken), "{:?}", &whole[..length]);
        }
    }
}

#[tokio::test]
async fn what_the_server_says_before_it_is_asked_answers_the_first_command() {
    for _ in 0..50 {
        let (connection, mut server) = pair().await;
        server.write_all(b"-ERR max number of clients reached\r\n").await.unwrap();
        server.shutdown().await.unwrap();
        // The connection's task has every chance to read it too early.
        for _ in 0..5 {
            tokio::task::yield_now().await;
        }
        let answer = connection.command(ping()).await;
        assert!(matches!(answer, Ok(Answer::Error(_))), "{answer:?}");
    }
}

#[tokio::test]
async fn answer_that_is_no_resp_is_garbage_and_the_end() {
    let (connection, mut server) = pair().await;
    let answering = async {
        sent(&mut server).await;
        server.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
    };
    let (answer, ()) = tokio::join!(connection.command(ping()), answering);
    assert_eq!(answer, Err(Lost::Garbage));
    is_closed(server).await;
}

#[tokio::test]
async fn last_clone_closes_the_socket_although_an_answer_is_missing() {
    let (connection, mut server) = pair().await;
    let given_up = connection.clone();
    let waiting = tokio::spawn(async move { given_up.command(ping()).await });
    sent(&mut server).await;
    waiting.abort();
    assert!(waiting.await.is_err());
    drop(connection);
    is_closed(server).await;
}

#[test]
fn end_of_the_runtime_is_the_end_of_the_connection() {
    let runtime = || tokio::runtime::Builder::new_current_thread().build().unwrap();
    let first = runtime();
    let (connection, _server) = first.block_on(pair());
    drop(first);
    assert_eq!(runtime().block_on(connection.command(ping())), Err(Lost::NotSent));
}
