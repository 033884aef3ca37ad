mod cover;
mod loss;

use std::time::Duration;

use bytes::Bytes;
use cache_core::{ErrorKind, Event, Key, LockName, Origin};
use tokio::runtime::Builder;

use super::*;
use crate::driver::Change;
use crate::layout;
use crate::options::Options;
use crate::supervise::fake::{Dial, Fake};

struct Set {
    fake: Fake,
    watching: Arc<Watching<Fake>>,
    /// Keeps the sockets open.
    _link: Link<Fake>,
}

fn set() -> Set {
    set_with(ms(100))
}

fn set_with(deadline: Duration) -> Set {
    let fake = Fake::default();
    let settings = Options::new().deadline(deadline).connect_timeout(ms(200)).check().unwrap();
    let link = Link::new(Arc::new(settings), Arc::new(fake.clone()));
    Set { fake, watching: Arc::new(Watching::new(&link)), _link: link }
}

impl Set {
    async fn key(&self, name: &str) -> Result<Subscription, Error> {
        self.watching.watch(Scope::Key(key(name))).await
    }

    async fn prefix(&self, prefix: &str) -> Result<Subscription, Error> {
        self.watching.watch(Scope::Prefix(prefix)).await
    }

    /// What the listeners asked for, the latest last; `None` for those that were dropped.
    fn listeners(&self) -> Vec<Option<Vec<Bytes>>> {
        let is_there = |told: &crate::supervise::fake::Told| {
            let changes = told.changes.as_ref()?;
            (!changes.is_closed()).then(|| told.prefixes.clone())
        };
        self.fake.server().listeners.iter().map(is_there).collect()
    }

    fn push(&self, listener: usize, change: Change) {
        let server = self.fake.server();
        server.listeners[listener].changes.as_ref().unwrap().send(change).unwrap();
    }

    fn lose(&self, listener: usize) {
        self.fake.server().listeners[listener].changes = None;
    }
}

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn key(name: &str) -> Key<'_> {
    Key::new(name).unwrap()
}

fn keys(keys: &[&str]) -> Change {
    Change::Keys(keys.iter().map(|key| Bytes::copy_from_slice(key.as_bytes())).collect())
}

fn changed(key: &str) -> Option<Event> {
    Some(Event::changed(key, Origin::Unknown))
}

async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

async fn pass(time: Duration) {
    let _ = clock::pause(time).await;
    settle().await;
}

/// What is there to be read, without waiting.
async fn read(events: &mut Subscription) -> Vec<Option<Event>> {
    settle().await;
    let mut read = Vec::new();
    while let Ok(event) = clock::within(Duration::ZERO, events.next()).await {
        let is_end = event.is_none();
        read.push(event);
        if is_end {
            break;
        }
    }
    read
}

#[tokio::test(start_paused = true)]
async fn nothing_is_dialled_before_the_first_subscription_and_one_listener_serves_all() {
    let set = set();
    settle().await;
    assert_eq!(set.fake.dials(), 0);
    let mut user = set.prefix("user:").await.unwrap();
    let mut one = set.key("user:1").await.unwrap();
    assert_eq!(set.listeners(), [Some(vec![Bytes::from("user:")])]);
    set.push(0, keys(&["user:1", "user:2", "other"]));
    assert_eq!(read(&mut user).await, [changed("user:1"), changed("user:2")]);
    assert_eq!(read(&mut one).await, [changed("user:1")]);
}

#[tokio::test(start_paused = true)]
async fn lock_is_told_by_its_name() {
    let set = set();
    let name = LockName::new("job{1}").unwrap();
    let mut events = set.watching.watch(Scope::Lock(name)).await.unwrap();
    assert_eq!(set.listeners(), [Some(vec![layout::lock_key(name)])]);
    set.push(0, Change::Keys(vec![layout::lock_key(name)]));
    assert_eq!(read(&mut events).await, [changed("job{1}")]);
}

#[tokio::test(start_paused = true)]
async fn subscription_is_ready_when_it_is_in_force_and_not_before() {
    let set = set();
    set.fake.set_dial(Dial::After(ms(50)));
    let start = clock::now();
    let subscription = set.key("k").await.unwrap();
    assert_eq!(clock::now() - start, ms(50));
    assert_eq!(set.listeners().len(), 1);
    drop(subscription);
}

#[tokio::test(start_paused = true)]
async fn failed_dial_fails_the_subscriber_and_nobody_else() {
    let set = set();
    let mut there = set.key("a").await.unwrap();
    set.fake.set_dial(Dial::Fail(ErrorKind::Denied));
    let error = set.key("b").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Denied);
    assert!(error.to_string().starts_with("watch on fake: "), "{error}");
    assert!(error.to_string().ends_with("the fake refuses"), "{error}");
    set.push(0, keys(&["a"]));
    assert_eq!(read(&mut there).await, [changed("a")]);
    let dials = set.fake.dials();
    pass(ms(5000)).await;
    assert_eq!(set.fake.dials(), dials, "nobody waits, and it was dialled");
}

#[tokio::test(start_paused = true)]
async fn failed_first_dial_is_not_repeated_for_nobody() {
    let set = set();
    set.fake.set_dial(Dial::Fail(ErrorKind::Unavailable));
    assert!(set.key("a").await.is_err());
    pass(ms(60_000)).await;
    assert_eq!(set.fake.dials(), 1);
}

#[tokio::test(start_paused = true)]
async fn hanging_dial_ends_with_the_deadline_of_the_subscriber() {
    let set = set();
    set.fake.set_dial(Dial::Hang);
    let start = clock::now();
    let error = set.key("a").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(clock::now() - start, ms(100));
}

#[tokio::test(start_paused = true)]
async fn listener_goes_when_there_has_been_no_subscription_for_a_while_and_comes_back() {
    let set = set();
    let subscription = set.key("a").await.unwrap();
    pass(ms(30_000)).await;
    assert_eq!(set.listeners().len(), 1);
    drop(subscription);
    pass(ms(25_000)).await;
    assert_eq!(set.listeners(), [None]);
    let mut events = set.key("a").await.unwrap();
    set.push(1, keys(&["a"]));
    assert_eq!(read(&mut events).await, [changed("a")]);
}

#[tokio::test(start_paused = true)]
async fn dropped_subscriber_leaves_nothing() {
    let set = set();
    set.fake.set_dial(Dial::After(ms(50)));
    let watching = Arc::clone(&set.watching);
    let task = tokio::spawn(async move { watching.watch(Scope::Key(key("a"))).await });
    settle().await;
    task.abort();
    pass(ms(60_000)).await;
    assert!(set.listeners().iter().all(Option::is_none));
}

#[tokio::test(start_paused = true)]
async fn stop_ends_every_subscription_and_refuses_new_ones() {
    let set = set();
    let mut events = set.key("a").await.unwrap();
    set.fake.set_dial(Dial::Hang);
    let watching = Arc::clone(&set.watching);
    let waiting = tokio::spawn(async move { watching.watch(Scope::Key(key("b"))).await });
    settle().await;
    set.watching.stop();
    assert_eq!(read(&mut events).await, [None]);
    assert_eq!(waiting.await.unwrap().unwrap_err().kind(), ErrorKind::Stopped);
    assert_eq!(set.key("a").await.unwrap_err().kind(), ErrorKind::Stopped);
    assert_eq!(set.listeners(), [None]);
}

#[tokio::test(start_paused = true)]
async fn last_handle_ends_subscriptions_and_tasks() {
    let Set { fake, watching, _link } = set();
    let mut events = watching.watch(Scope::Prefix("")).await.unwrap();
    drop((watching, _link));
    assert_eq!(read(&mut events).await, [None]);
    assert_eq!(Arc::strong_count(&fake.0), 1, "a task lives on");
}

#[test]
fn subscriptions_end_with_the_runtime_of_their_listener_and_can_be_had_anew() {
    let runtime =
        || Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let set = set();
    let first = runtime();
    let mut events = first.block_on(set.key("a")).unwrap();
    drop(first);
    runtime().block_on(async {
        assert_eq!(read(&mut events).await.last(), Some(&None), "it is silent");
        let mut events = set.key("a").await.unwrap();
        set.push(1, keys(&["a"]));
        assert_eq!(read(&mut events).await, [changed("a")]);
    });
}

#[test]
fn subscribing_outside_of_a_runtime_is_an_error() {
    use std::task::{Context, Poll, Waker};
    let set = set();
    let mut reply = set.watching.watch(Scope::Prefix(""));
    let polled = std::pin::Pin::new(&mut reply).poll(&mut Context::from_waker(Waker::noop()));
    let Poll::Ready(Err(error)) = polled else { panic!("it waits") };
    assert_eq!(error.kind(), ErrorKind::Config);
}
