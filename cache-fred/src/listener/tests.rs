use std::task::{Context, Waker};

use cache_redis_wire::Argument;
use fred::types::Value;

use super::*;

/// What is there, without waiting: `None` if nothing is.
fn taken(inbox: &mut Inbox) -> Option<Option<Change>> {
    let mut context = Context::from_waker(Waker::noop());
    match pin!(inbox.next()).poll(&mut context) {
        Poll::Ready(change) => Some(change),
        Poll::Pending => None,
    }
}

fn keys(keys: &[&'static [u8]]) -> Option<Option<Change>> {
    Some(Some(Change::Keys(keys.iter().copied().map(Bytes::from_static).collect())))
}

fn invalidate(keys: &[&'static [u8]]) -> Value {
    Value::Array(keys.iter().map(|key| Value::Bytes(Bytes::from_static(key))).collect())
}

fn message(value: Value) -> Message {
    Message {
        channel: CHANNEL.into(),
        value,
        kind: fred::types::MessageKind::Message,
        server: fred::types::config::Server::new("cache.example", 6379),
    }
}

/// What is in the inbox after fred, whose queue holds so many, was given these messages and ended.
async fn filled(room: usize, values: Vec<Value>) -> Inbox {
    let (fred, messages) = tokio::sync::broadcast::channel(room);
    for value in values {
        fred.send(message(value)).unwrap();
    }
    drop(fred);
    let (sender, inbox) = Inbox::channel();
    let (_questions, asked) = mpsc::unbounded_channel();
    fill(sender, messages, asked, Arc::default()).await;
    inbox
}

#[tokio::test]
async fn keys_that_are_pushed_are_told_before_the_end() {
    let mut inbox = filled(8, vec![invalidate(&[b"a", b"b"]), invalidate(&[b"c"])]).await;
    assert_eq!(taken(&mut inbox), keys(&[b"a", b"b"]));
    assert_eq!(taken(&mut inbox), keys(&[b"c"]));
    assert_eq!(taken(&mut inbox), Some(None));
}

#[tokio::test]
async fn flush_is_told_as_missed() {
    let mut inbox = filled(8, vec![Value::Null]).await;
    assert_eq!(taken(&mut inbox), Some(Some(Change::Missed)));
}

#[tokio::test]
async fn what_fred_pushes_out_of_its_queue_is_told_as_missed() {
    let five: [&'static [u8]; 5] = [b"1", b"2", b"3", b"4", b"5"];
    let mut inbox = filled(2, five.iter().map(|key| invalidate(&[key])).collect()).await;
    assert_eq!(taken(&mut inbox), Some(Some(Change::Missed)));
    assert_eq!(taken(&mut inbox), keys(&[b"4"]));
    assert_eq!(taken(&mut inbox), keys(&[b"5"]));
    assert_eq!(taken(&mut inbox), Some(None));
}

fn words(command: &Command) -> Vec<String> {
    let argument = |argument: &Argument| match argument {
        Argument::Word(word) => (*word).to_owned(),
        Argument::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Argument::Integer(integer) => integer.to_string(),
    };
    command.arguments().iter().map(argument).collect()
}

#[test]
fn every_prefix_is_asked_for() {
    let command = tracking(7, vec![Bytes::from_static(b"a:"), Bytes::from_static(b"b:")]);
    let expected = ["TRACKING", "ON", "REDIRECT", "7", "BCAST", "PREFIX", "a:", "PREFIX", "b:"];
    assert_eq!(words(&command), expected);
}

#[test]
fn empty_prefix_asks_for_every_key() {
    assert_eq!(
        words(&tracking(7, vec![Bytes::new()])),
        ["TRACKING", "ON", "REDIRECT", "7", "BCAST"]
    );
}
