use std::task::{Context, Waker};

use cache_redis_wire::{Argument, Driver, Listener as _};

use super::*;
use crate::fake::{Fake, limited};

/// What is there, without waiting: `None` if nothing is.
fn taken(inbox: &mut Inbox) -> Option<Option<Change>> {
    let mut context = Context::from_waker(Waker::noop());
    match pin!(inbox.next()).poll(&mut context) {
        Poll::Ready(change) => Some(change),
        Poll::Pending => None,
    }
}

fn keys(keys: &[&'static [u8]]) -> Option<Option<Change>> {
    Some(changed(keys))
}

fn changed(keys: &[&'static [u8]]) -> Option<Change> {
    Some(Change::Keys(keys.iter().copied().map(Bytes::from_static).collect()))
}

fn invalidate(keys: &[&'static [u8]]) -> Invalidation {
    Invalidation {
        keys: keys.iter().map(|key| fred::types::Key::from_static(key)).collect(),
        server: fred::types::config::Server::new("cache.example", 6379),
    }
}

/// What is in the inbox after fred, whose queue holds so many, was given these messages and ended.
async fn filled(room: usize, invalidations: Vec<Invalidation>) -> Inbox {
    let (fred, messages) = tokio::sync::broadcast::channel(room);
    for invalidation in invalidations {
        fred.send(invalidation).unwrap();
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
    let mut inbox = filled(8, vec![invalidate(&[])]).await;
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

/// A server that pushes what became invalid as soon as it is subscribed to.
const PUSHING: &str = concat!(
    "*3\r\n$9\r\nsubscribe\r\n$20\r\n__redis__:invalidate\r\n:1\r\n",
    "*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n*-1\r\n",
    "*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n",
    "*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n*1\r\n$1\r\nc\r\n",
);

/// fred has two ways to hand them out, and its features decide which it takes.
#[tokio::test]
async fn invalidations_arrive_by_the_way_that_fred_takes() {
    let fake = Fake::start(|words| (words[0] == "SUBSCRIBE").then_some(PUSHING)).await;
    let mut listener = limited(fake.driver.listen(vec![Bytes::new()])).await.unwrap();
    limited(listener.check()).await.unwrap();
    assert_eq!(
        limited(listener.next()).await,
        Some(Change::Missed),
        "a flush is told without keys"
    );
    assert_eq!(limited(listener.next()).await, changed(&[b"a", b"b"]));
    assert_eq!(limited(listener.next()).await, changed(&[b"c"]));
}
