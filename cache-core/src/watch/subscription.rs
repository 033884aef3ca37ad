//! The bounded stream of events that every backend hands out.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};

use futures_core::Stream;

use crate::{Event, Origin};

/// A bounded stream of [`Event`]s; `None` once the backend has stopped.
///
/// It holds at most as many changes as the backend allows. What does not fit becomes one
/// [`Event::Gap`], delivered after what was queued before it; while it waits there, further
/// changes are covered by it. Dropping the subscription ends it.
///
/// ```
/// use cache_core::{Event, Origin, Subscription};
///
/// # let waker = std::task::Waker::noop();
/// # let mut context = std::task::Context::from_waker(waker);
/// # use std::{future::Future, pin::pin, task::Poll};
/// # macro_rules! ready { ($next:expr) => {{
/// #     let Poll::Ready(event) = pin!($next).poll(&mut context) else { panic!() };
/// #     event
/// # }} }
/// let (sender, mut events) = Subscription::new(1);
/// sender.changed("first", Origin::Local);
/// sender.changed("second", Origin::Local); // does not fit any more
/// assert_eq!(ready!(events.next()), Some(Event::changed("first", Origin::Local)));
/// assert_eq!(ready!(events.next()), Some(Event::Gap));
/// drop(sender);
/// assert_eq!(ready!(events.next()), None);
/// ```
#[must_use = "a dropped subscription tells nothing"]
pub struct Subscription(Arc<Mutex<Queue>>);

/// The end of a [`Subscription`] that a backend holds. Never blocks on the reader.
///
/// The stream ends when the sender is dropped, after what is queued has been read.
pub struct EventSender(Weak<Mutex<Queue>>);

/// Tells gaps in a [`Subscription`] beside its [`EventSender`]: for a wrapper that hands on the
/// subscription of another backend and knows of events that were missed. Clones tell the same
/// subscription.
///
/// Holding it does not keep the stream open, and dropping it does not end the stream: both belong
/// to the sender.
///
/// ```
/// use cache_core::{Event, Subscription};
///
/// # let waker = std::task::Waker::noop();
/// # let mut context = std::task::Context::from_waker(waker);
/// # use std::{future::Future, pin::pin, task::Poll};
/// let (sender, mut events) = Subscription::new(1);
/// let gaps = events.gaps();
/// gaps.gap();
/// assert_eq!(pin!(events.next()).poll(&mut context), Poll::Ready(Some(Event::Gap)));
/// drop(sender);
/// assert!(gaps.is_closed());
/// assert_eq!(pin!(events.next()).poll(&mut context), Poll::Ready(None));
/// ```
#[derive(Clone)]
pub struct GapSender(Weak<Mutex<Queue>>);

/// Invariant: `changes` never holds more than `limit`; with `gap` set, nothing is added.
struct Queue {
    changes: VecDeque<Event>,
    limit: usize,
    gap: bool,
    closed: bool,
    reader: Option<Waker>,
}

impl Subscription {
    /// A stream that queues up to `limit` changes, and the end to fill it by.
    pub fn new(limit: usize) -> (EventSender, Self) {
        let queue =
            Queue { changes: VecDeque::new(), limit, gap: false, closed: false, reader: None };
        let queue = Arc::new(Mutex::new(queue));
        (EventSender(Arc::downgrade(&queue)), Self(queue))
    }

    /// What tells gaps in this subscription, beside its sender.
    pub fn gaps(&self) -> GapSender {
        GapSender(Arc::downgrade(&self.0))
    }

    /// Waits for the next event; `None` once the backend has stopped.
    ///
    /// Cancellation-safe: dropping the future loses no event.
    pub async fn next(&mut self) -> Option<Event> {
        std::future::poll_fn(|context| self.poll_event(context)).await
    }

    fn poll_event(&self, context: &Context<'_>) -> Poll<Option<Event>> {
        let mut queue = lock(&self.0);
        if let Some(change) = queue.changes.pop_front() {
            return Poll::Ready(Some(change));
        }
        if std::mem::take(&mut queue.gap) {
            return Poll::Ready(Some(Event::Gap));
        }
        if queue.closed {
            return Poll::Ready(None);
        }
        match &mut queue.reader {
            Some(waker) => waker.clone_from(context.waker()),
            reader @ None => *reader = Some(context.waker().clone()),
        }
        Poll::Pending
    }
}

impl Stream for Subscription {
    type Item = Event;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Event>> {
        self.poll_event(context)
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").finish_non_exhaustive()
    }
}

impl EventSender {
    /// Tells of a change.
    pub fn changed(&self, key: &str, origin: Origin) {
        self.send(|queue| {
            if queue.changes.len() < queue.limit {
                queue.changes.push_back(Event::changed(key, origin));
            } else {
                queue.gap = true;
            }
        });
    }

    /// Tells that changes may have been missed.
    pub fn gap(&self) {
        self.send(|queue| queue.gap = true);
    }

    /// Whether the subscription is gone, so that the sender can go too.
    pub fn is_closed(&self) -> bool {
        self.0.strong_count() == 0
    }

    fn send(&self, change: impl FnOnce(&mut Queue)) {
        send(&self.0, change);
    }
}

impl GapSender {
    /// Tells that changes may have been missed. After the end of the stream it tells nothing.
    pub fn gap(&self) {
        send(&self.0, |queue| queue.gap = true);
    }

    /// Whether the subscription is gone or has ended.
    pub fn is_closed(&self) -> bool {
        self.0.upgrade().is_none_or(|queue| lock(&queue).closed)
    }
}

/// Nothing comes after the end, and a gap that waits covers what is told meanwhile.
fn send(queue: &Weak<Mutex<Queue>>, change: impl FnOnce(&mut Queue)) {
    let Some(queue) = queue.upgrade() else { return };
    let mut queue = lock(&queue);
    if queue.gap || queue.closed {
        return;
    }
    change(&mut queue);
    wake(queue);
}

impl Drop for EventSender {
    fn drop(&mut self) {
        let Some(queue) = self.0.upgrade() else { return };
        let mut queue = lock(&queue);
        queue.closed = true;
        wake(queue);
    }
}

impl fmt::Debug for EventSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventSender").field("closed", &self.is_closed()).finish()
    }
}

impl fmt::Debug for GapSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GapSender").field("closed", &self.is_closed()).finish()
    }
}

/// Wakes the reader after the lock is released: a waker may run anything.
fn wake(mut queue: MutexGuard<'_, Queue>) {
    let reader = queue.reader.take();
    drop(queue);
    if let Some(reader) = reader {
        reader.wake();
    }
}

fn lock(queue: &Mutex<Queue>) -> MutexGuard<'_, Queue> {
    // Nothing panics while the queue is half changed, so a poisoned one is whole.
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    use super::*;

    #[derive(Default)]
    struct Counter(AtomicUsize);

    impl Wake for Counter {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn poll(events: &Subscription) -> Poll<Option<Event>> {
        events.poll_event(&Context::from_waker(Waker::noop()))
    }

    #[test]
    fn events_come_in_order_and_the_end_comes_last() {
        let (sender, events) = Subscription::new(8);
        sender.changed("a", Origin::Local);
        sender.changed("b", Origin::Remote);
        drop(sender);
        assert_eq!(poll(&events), Poll::Ready(Some(Event::changed("a", Origin::Local))));
        assert_eq!(poll(&events), Poll::Ready(Some(Event::changed("b", Origin::Remote))));
        assert_eq!(poll(&events), Poll::Ready(None));
    }

    #[test]
    fn overflow_is_one_gap_after_what_was_queued() {
        let (sender, events) = Subscription::new(1);
        for key in ["a", "b", "c"] {
            sender.changed(key, Origin::Local);
        }
        sender.gap();
        assert_eq!(poll(&events), Poll::Ready(Some(Event::changed("a", Origin::Local))));
        assert_eq!(poll(&events), Poll::Ready(Some(Event::Gap)));
        assert_eq!(poll(&events), Poll::Pending);
        sender.changed("d", Origin::Local);
        assert_eq!(poll(&events), Poll::Ready(Some(Event::changed("d", Origin::Local))));
    }

    #[test]
    fn a_waiting_reader_is_woken_by_an_event_a_gap_and_the_end() {
        let wakes = Arc::new(Counter::default());
        let waker = Waker::from(Arc::clone(&wakes));
        let (sender, events) = Subscription::new(1);
        let poll = || events.poll_event(&Context::from_waker(&waker));
        assert!(poll().is_pending());
        sender.changed("a", Origin::Local);
        assert_eq!(wakes.0.load(Ordering::Relaxed), 1);
        assert!(poll().is_ready() && poll().is_pending());
        sender.gap();
        assert_eq!(wakes.0.load(Ordering::Relaxed), 2);
        assert!(poll().is_ready() && poll().is_pending());
        drop(sender);
        assert_eq!(wakes.0.load(Ordering::Relaxed), 3);
        assert_eq!(poll(), Poll::Ready(None));
    }

    #[test]
    fn sender_knows_when_nobody_listens() {
        let (sender, events) = Subscription::new(1);
        assert!(!sender.is_closed());
        drop(events);
        assert!(sender.is_closed());
        sender.changed("a", Origin::Local);
    }

    #[test]
    fn gap_from_beside_comes_after_what_was_queued_and_wakes_the_reader() {
        let wakes = Arc::new(Counter::default());
        let waker = Waker::from(Arc::clone(&wakes));
        let (sender, events) = Subscription::new(8);
        let gaps = events.gaps();
        sender.changed("a", Origin::Local);
        gaps.gap();
        gaps.gap();
        assert_eq!(poll(&events), Poll::Ready(Some(Event::changed("a", Origin::Local))));
        assert_eq!(poll(&events), Poll::Ready(Some(Event::Gap)));
        assert!(events.poll_event(&Context::from_waker(&waker)).is_pending());
        gaps.gap();
        assert_eq!(wakes.0.load(Ordering::Relaxed), 1);
        assert_eq!(poll(&events), Poll::Ready(Some(Event::Gap)));
    }

    #[test]
    fn sender_alone_keeps_the_stream_open_and_ends_it() {
        let (sender, events) = Subscription::new(8);
        let gaps = events.gaps();
        drop(gaps.clone());
        assert_eq!(poll(&events), Poll::Pending);
        assert!(!gaps.is_closed());
        drop(sender);
        assert!(gaps.is_closed());
        assert_eq!(poll(&events), Poll::Ready(None));
    }

    #[test]
    fn nothing_is_told_after_the_end() {
        let (sender, events) = Subscription::new(8);
        let gaps = events.gaps();
        drop(sender);
        gaps.gap();
        assert_eq!(poll(&events), Poll::Ready(None));
        drop(events);
        gaps.gap();
        assert!(gaps.is_closed());
    }
}
