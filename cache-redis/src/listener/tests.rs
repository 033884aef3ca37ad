use std::pin::pin;
use std::task::{Context, Poll, Waker};

use cache_redis_wire::Argument;
use redis::Value;

use super::*;

fn invalidate(keys: &[&[u8]]) -> PushInfo {
    let keys = keys.iter().map(|key| Value::BulkString(key.to_vec())).collect();
    PushInfo { kind: PushKind::Invalidate, data: vec![Value::Array(keys)] }
}

fn flushed() -> PushInfo {
    PushInfo { kind: PushKind::Invalidate, data: vec![Value::Nil] }
}

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

#[test]
fn keys_that_are_pushed_are_told() {
    let (sender, mut inbox) = Inbox::channel();
    let receive = receiver(sender);
    receive(invalidate(&[b"a", b"b"])).ok();
    receive(PushInfo { kind: PushKind::Message, data: vec![] }).ok();
    receive(invalidate(&[b"c"])).ok();
    assert_eq!(taken(&mut inbox), keys(&[b"a", b"b"]));
    assert_eq!(taken(&mut inbox), keys(&[b"c"]));
    assert_eq!(taken(&mut inbox), None);
}

#[test]
fn flush_is_told_as_missed() {
    let (sender, mut inbox) = Inbox::channel();
    let receive = receiver(sender);
    receive(flushed()).ok();
    assert_eq!(taken(&mut inbox), Some(Some(Change::Missed)));
}

#[test]
fn connection_that_lets_go_ends_it() {
    let (sender, mut inbox) = Inbox::channel();
    let receive = receiver(sender);
    receive(invalidate(&[b"a"])).ok();
    drop(receive);
    assert_eq!(taken(&mut inbox), keys(&[b"a"]));
    assert_eq!(taken(&mut inbox), Some(None));
}

#[test]
fn disconnection_ends_it() {
    let (sender, mut inbox) = Inbox::channel();
    let receive = receiver(sender);
    receive(PushInfo { kind: PushKind::Disconnection, data: vec![] }).ok();
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
    let command = tracking(vec![Bytes::from_static(b"a:"), Bytes::from_static(b"b:")]);
    assert_eq!(words(&command), ["TRACKING", "ON", "BCAST", "PREFIX", "a:", "PREFIX", "b:"]);
}

#[test]
fn empty_prefix_asks_for_every_key() {
    assert_eq!(words(&tracking(vec![Bytes::new()])), ["TRACKING", "ON", "BCAST"]);
}
