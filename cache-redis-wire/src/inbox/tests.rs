use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use super::*;

fn polled<F: Future>(future: F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

fn keys(keys: &[&'static [u8]]) -> Change {
    Change::Keys(keys.iter().copied().map(Bytes::from_static).collect())
}

#[test]
fn changes_come_in_their_order() {
    let (sender, mut inbox) = Inbox::channel();
    sender.put(keys(&[b"a", b"b"]));
    sender.put(keys(&[b"c"]));
    assert_eq!(polled(inbox.next()), Poll::Ready(Some(keys(&[b"a", b"b"]))));
    assert_eq!(polled(inbox.next()), Poll::Ready(Some(keys(&[b"c"]))));
    assert_eq!(polled(inbox.next()), Poll::Pending);
}

#[test]
fn what_was_missed_stands_for_all_that_waited_and_comes_before_what_follows() {
    let (sender, mut inbox) = Inbox::channel();
    sender.put(keys(&[b"a"]));
    sender.put(Change::Missed);
    sender.put(Change::Missed);
    sender.put(keys(&[b"b"]));
    assert_eq!(polled(inbox.next()), Poll::Ready(Some(Change::Missed)));
    assert_eq!(polled(inbox.next()), Poll::Ready(Some(keys(&[b"b"]))));
    assert_eq!(polled(inbox.next()), Poll::Pending);
}

#[test]
fn reader_that_is_far_behind_is_told_that_it_missed_some() {
    let (sender, mut inbox) = Inbox::channel();
    let key = Bytes::from(vec![b'k'; 1000]);
    for _ in 0..10_000 {
        sender.put(Change::Keys(vec![key.clone()]));
        let waiting = inbox.shared.waiting.lock().unwrap();
        let held: usize = waiting.changes.iter().flatten().map(Bytes::len).sum();
        assert!(held <= ROOM, "{held} bytes wait");
    }
    assert_eq!(polled(inbox.next()), Poll::Ready(Some(Change::Missed)));
    // What came after the overflow is still told, and counted as when it was put.
    while let Poll::Ready(Some(Change::Keys(_))) = polled(inbox.next()) {}
    assert_eq!(inbox.shared.waiting.lock().unwrap().bytes, 0);
}

#[test]
fn keys_without_bytes_have_their_cost() {
    let (sender, mut inbox) = Inbox::channel();
    for _ in 0..=ROOM / COST_OF_A_KEY / 2 {
        sender.put(keys(&[b""]));
    }
    assert_eq!(polled(inbox.next()), Poll::Ready(Some(Change::Missed)));
}

#[test]
fn end_comes_after_what_was_told_before_it() {
    for dropped in [false, true] {
        let (sender, mut inbox) = Inbox::channel();
        sender.put(keys(&[b"a"]));
        sender.end();
        let _kept = (!dropped).then_some(sender);
        assert_eq!(polled(inbox.next()), Poll::Ready(Some(keys(&[b"a"]))));
        assert_eq!(polled(inbox.next()), Poll::Ready(None));
        assert_eq!(polled(inbox.next()), Poll::Ready(None));
    }
}

#[test]
fn inbox_whose_sender_is_dropped_is_over() {
    let (sender, mut inbox) = Inbox::channel();
    drop(sender);
    assert_eq!(polled(inbox.next()), Poll::Ready(None));
}

#[test]
fn arrival_between_look_and_wait_is_not_slept_through() {
    let (sender, inbox) = Inbox::channel();
    let arrival = inbox.shared.arrival.notified();
    assert!(matches!(inbox.shared.take(), Next::Nothing));
    sender.put(keys(&[b"a"]));
    assert_eq!(polled(arrival), Poll::Ready(()));
}

#[tokio::test]
async fn reader_that_waits_is_woken() {
    let (sender, mut inbox) = Inbox::channel();
    let reader = tokio::spawn(async move { inbox.next().await });
    tokio::task::yield_now().await;
    sender.put(keys(&[b"a"]));
    assert_eq!(reader.await.unwrap(), Some(keys(&[b"a"])));
}
