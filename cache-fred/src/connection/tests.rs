//! Against a server of our own that answers as it is told, where no real one would.

use cache_redis_wire::Connection as _;
use cache_redis_wire::{Driver, Options};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

use super::*;
use crate::driver::FredDriver;
use crate::fake::{Fake, limited};

fn bytes(text: &'static str) -> Answer {
    Answer::Bytes(text.as_bytes().into())
}

/// Polls once, so that the command is sent, and lets the tasks of fred run until it has arrived.
async fn sent<F: Future>(fake: &Fake, arrived: usize, mut command: Pin<&mut F>) {
    poll_fn(|context| Poll::Ready(command.as_mut().poll(context).is_ready())).await;
    while fake.arrived().len() < arrived {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn error_within_a_pipeline_stays_in_its_place() {
    let fake = Fake::start(|words| match words[0].as_str() {
        "ONE" => Some(":1\r\n"),
        "WRONG" => Some("-WRONGTYPE Operation\r\n"),
        _ => Some("$2\r\nhi\r\n"),
    })
    .await;
    let connection = fake.dial().await;
    let commands = ["ONE", "WRONG", "HI", "WRONG"].map(|name| Command::new(name, 0));
    let wrong = Answer::Error(cache_redis_wire::ServerError::from_line("WRONGTYPE Operation"));
    assert_eq!(
        connection.pipeline(commands.into()).await,
        Ok(vec![Answer::Integer(1), wrong.clone(), bytes("hi"), wrong])
    );
    assert_eq!(connection.pipeline(Vec::new()).await, Ok(Vec::new()));
}

#[tokio::test]
async fn value_that_looks_like_a_message_is_answered_to_its_own_command() {
    let fake = Fake::start(|words| match (words[0].as_str(), words.len()) {
        ("MGET", 4) => Some("*3\r\n$7\r\nmessage\r\n$1\r\n2\r\n$1\r\n3\r\n"),
        ("MGET", 7) => {
            Some("*6\r\n$7\r\nmessage\r\n$1\r\n2\r\n$1\r\n3\r\n$1\r\n3\r\n$1\r\n3\r\n$1\r\n3\r\n")
        }
        _ => Some("+next\r\n"),
    })
    .await;
    let connection = fake.dial().await;
    let command = Command::new("MGET", 3).word("a").word("b").word("c");
    let answers = limited(connection.pipeline(vec![command, Command::new("NEXT", 0)])).await;
    let values = Answer::Array(vec![bytes("message"), bytes("2"), bytes("3")]);
    assert_eq!(answers, Ok(vec![values, bytes("next")]));
}

#[tokio::test]
async fn error_for_which_fred_closes_is_the_answer_to_the_one_command_under_way() {
    let fake = Fake::start(|_| Some("-CLUSTERDOWN Hash slot not served\r\n")).await;
    let connection = fake.dial().await;
    let Ok(Answer::Error(error)) = connection.command(Command::new("GET", 0)).await else {
        panic!("no error of the server")
    };
    assert_eq!(&*error.code, "CLUSTERDOWN");
}

#[tokio::test]
async fn error_for_which_fred_closes_is_no_answer_to_other_commands_under_way() {
    let fake = Fake::start(|words| match words[0].as_str() {
        "STALL" => None,
        _ => Some("-CLUSTERDOWN Hash slot not served\r\n"),
    })
    .await;
    let connection = fake.dial().await;
    let stalled = Command::new("STALL", 0);
    let mut stalled = pin!(connection.command(stalled));
    sent(&fake, 1, stalled.as_mut()).await;
    assert_eq!(connection.command(Command::new("GET", 0)).await, Err(Lost::Broken));
    assert_eq!(stalled.await, Err(Lost::Broken));
}

#[tokio::test]
async fn commands_under_way_are_lost_when_the_connection_is_closed() {
    let mut fake = Fake::start(|_| None).await;
    let connection = fake.dial().await;
    let mut stalled = pin!(connection.command(Command::new("STALL", 0)));
    sent(&fake, 1, stalled.as_mut()).await;
    connection.clone().close().await;
    assert_eq!(stalled.await, Err(Lost::Broken));
    fake.has_open(0).await;
    assert_eq!(connection.command(Command::new("STALL", 0)).await, Err(Lost::NotSent));
    assert_eq!(connection.pipeline(vec![Command::new("STALL", 0)]).await, Err(Lost::NotSent));
    assert_eq!(fake.arrived(), ["STALL"], "nothing is sent twice");
}

#[tokio::test]
async fn command_to_a_connection_that_the_server_closed_does_not_hang() {
    let mut fake = Fake::start(|words| match words[0].as_str() {
        // No RESP: fred gives the connection up.
        "END" => Some("HTTP/1.1 400 Bad Request\r\n\r\n"),
        _ => None,
    })
    .await;
    let connection = fake.dial().await;
    assert_eq!(connection.command(Command::new("END", 0)).await, Err(Lost::Garbage));
    // Until the end is noticed, a command is given to fred, and would wait for ever.
    let after = limited(connection.command(Command::new("STALL", 0))).await;
    assert!(matches!(after, Err(Lost::NotSent | Lost::Broken)), "{after:?}");
    fake.has_open(0).await;
    assert!(fake.arrived().is_empty());
}

#[tokio::test]
async fn end_of_the_connection_ends_the_wait_for_an_answer() {
    let end = End::default();
    let mut said = pin!(end.said.notified());
    end.said.notify_waiters();
    let unanswered = pin!(std::future::pending::<()>());
    assert_eq!(limited(sent_or_over(unanswered, said.as_mut())).await, None);
}

#[tokio::test]
async fn last_clone_closes_the_socket_when_it_is_dropped() {
    let mut fake = Fake::start(|_| None).await;
    let connection = fake.dial().await;
    let clone = connection.clone();
    drop(connection);
    fake.has_open(1).await;
    drop(clone);
    fake.has_open(0).await;
}

#[tokio::test]
async fn dial_that_is_given_up_leaves_no_socket() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let options = Options::new().host("127.0.0.1").port(port);
    let driver = FredDriver::of_settings(Arc::new(options.check().unwrap()));
    let mut dialling = Box::pin(driver.dial());
    let mut stream = {
        let mut accepted = pin!(listener.accept());
        poll_fn(|context| {
            assert!(dialling.as_mut().poll(context).is_pending(), "nobody has answered the login");
            accepted.as_mut().poll(context)
        })
        .await
        .unwrap()
        .0
    };
    drop(dialling);
    // The login arrives, or not; then the stream ends.
    let mut rest = Vec::new();
    limited(stream.read_to_end(&mut rest)).await.unwrap();
}

#[tokio::test]
async fn runtime_that_ends_under_a_connection_leaves_errors() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let connection =
        runtime.spawn(async { Fake::start(|_| None).await.dial().await }).await.unwrap();
    runtime.shutdown_background();
    connection.end().here().await;
    assert_eq!(connection.command(Command::new("GET", 0)).await, Err(Lost::NotSent));
    connection.close().await;
}
