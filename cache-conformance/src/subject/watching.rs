//! Change events under test.

use std::collections::BTreeSet;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use cache_core::{Event, Scope, Subscription, Watch};

use crate::check::{answer, expect_ok};
use crate::clock;

/// Events whose errors fail the case.
pub(crate) struct Watching {
    raw: Arc<dyn Watch>,
    patience: Duration,
}

/// A subscription under test.
pub(crate) struct Events {
    subscription: Subscription,
    patience: Duration,
}

impl Watching {
    pub(crate) fn new(raw: &Arc<dyn Watch>, patience: Duration) -> Self {
        Self { raw: Arc::clone(raw), patience }
    }

    /// The backend itself, for calls that shall fail.
    pub(crate) fn raw(&self) -> &dyn Watch {
        &*self.raw
    }

    /// Subscribes; what changes after this is told.
    pub(crate) async fn watch(&self, scope: Scope<'_>) -> Events {
        let what = format!("watch {scope:?}");
        let answer = answer(&what, self.patience, self.raw.watch(scope)).await;
        Events { subscription: expect_ok(what, answer), patience: self.patience }
    }
}

impl Events {
    /// The next event; fails when none comes, naming what it waited for.
    pub(crate) async fn next(&mut self, awaited: &str) -> Option<Event> {
        match clock::within(self.patience, self.subscription.next()).await {
            Some(event) => event,
            None => panic!(
                "{awaited}: expected an event or a gap, found silence for {:?}",
                self.patience
            ),
        }
    }

    /// Fails unless a change of `key` is told, or a gap that stands for it.
    pub(crate) async fn tell(&mut self, key: &str, change: &str) {
        let awaited = format!("{change} of {key:?}");
        loop {
            match self.next(&awaited).await {
                Some(Event::Changed { key: told, .. }) if *told == *key => return,
                Some(Event::Gap) => return,
                Some(_) => {}
                None => panic!("{awaited}: expected an event, found the end of the subscription"),
            }
        }
    }

    /// Fails unless a change of every key is told, or a gap that stands for the rest.
    pub(crate) async fn tell_all(&mut self, keys: impl IntoIterator<Item = String>) {
        let mut missing: BTreeSet<String> = keys.into_iter().collect();
        while !missing.is_empty() {
            let awaited = format!("changes of {} keys that were not told yet", missing.len());
            match self.next(&awaited).await {
                Some(Event::Changed { key, .. }) => missing.remove(&*key),
                Some(Event::Gap) => return,
                Some(_) => continue,
                None => panic!("{awaited}: expected events, found the end of the subscription"),
            };
        }
    }

    /// Reads what is queued, so that what comes later is told anew.
    pub(crate) fn drain(&mut self) {
        let mut context = Context::from_waker(Waker::noop());
        while let Poll::Ready(Some(_)) = pin!(self.subscription.next()).poll(&mut context) {}
    }

    /// Fails unless the subscription ends.
    pub(crate) async fn end(&mut self) {
        while self.next("the end of the subscription").await.is_some() {}
    }
}
