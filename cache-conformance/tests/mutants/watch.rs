//! Faults of change events.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use cache_conformance::Model;
use cache_core::{
    CacheBackend, Event, Key, Origin, Reply, Scope, SetOptions, SetOutcome, Subscription, Ttl,
    Watch,
};

use crate::fault::{Fault, at_once, done};

/// More than any case writes.
const ENDLESS: usize = 1_000_000;

#[derive(Default)]
pub(crate) struct SwallowsGaps;

impl Fault for SwallowsGaps {
    fn watch<'a>(&'a self, inner: &'a Arc<Model>, scope: Scope<'_>) -> Reply<'a, Subscription> {
        let mut told = done(inner.watch(scope));
        let (sender, events) = Subscription::new(ENDLESS);
        tokio::spawn(async move {
            while let Some(event) = told.next().await {
                if let Event::Changed { key, .. } = event {
                    sender.changed(&key, Origin::Local);
                }
            }
        });
        Reply::ok(events)
    }
}

/// Says that it watches, and begins later.
#[derive(Default)]
pub(crate) struct WatchesLate;

impl Fault for WatchesLate {
    fn watch<'a>(&'a self, inner: &'a Arc<Model>, scope: Scope<'_>) -> Reply<'a, Subscription> {
        let Scope::Key(key) = scope else { return inner.watch(scope) };
        let (at, inner) = (key.as_str().to_owned(), Arc::clone(inner));
        let (sender, events) = Subscription::new(ENDLESS);
        tokio::spawn(async move {
            for _ in 0..1_000 {
                tokio::task::yield_now().await;
            }
            let mut told =
                done(inner.watch(Scope::Key(Key::new(&at).expect("it was valid before"))));
            while told.next().await.is_some() {
                sender.changed(&at, Origin::Local);
            }
        });
        Reply::ok(events)
    }
}

/// A subscription that outlives the backend.
#[derive(Default)]
pub(crate) struct NeverEnds;

impl Fault for NeverEnds {
    fn watch<'a>(&'a self, inner: &'a Arc<Model>, scope: Scope<'_>) -> Reply<'a, Subscription> {
        let mut told = match at_once(inner.watch(scope)) {
            Ok(told) => told,
            Err(error) => return Reply::err(error),
        };
        let (sender, events) = Subscription::new(ENDLESS);
        tokio::spawn(async move {
            while let Some(Event::Changed { key, .. }) = told.next().await {
                sender.changed(&key, Origin::Local);
            }
            std::future::pending::<()>().await;
        });
        Reply::ok(events)
    }
}

#[derive(Default)]
pub(crate) struct EmptyPrefixCoversNothing;

impl Fault for EmptyPrefixCoversNothing {
    fn watch<'a>(&'a self, inner: &'a Arc<Model>, scope: Scope<'_>) -> Reply<'a, Subscription> {
        match scope {
            Scope::Prefix("") => inner.watch(Scope::Prefix("nothing begins with this")),
            other => inner.watch(other),
        }
    }
}

/// Says nothing of a new lifetime.
#[derive(Default)]
pub(crate) struct TellsNoTouch(Arc<Mutex<Vec<String>>>);

impl Fault for TellsNoTouch {
    fn touch<'a>(&'a self, inner: &'a Model, key: Key<'_>, ttl: Ttl) -> Reply<'a, bool> {
        self.0.lock().expect("no panic while it was held").push(key.as_str().to_owned());
        inner.touch(key, ttl)
    }

    fn watch<'a>(&'a self, inner: &'a Arc<Model>, scope: Scope<'_>) -> Reply<'a, Subscription> {
        let mut told = done(inner.watch(scope));
        let (sender, events) = Subscription::new(ENDLESS);
        let touched = Arc::clone(&self.0);
        tokio::spawn(async move {
            while let Some(event) = told.next().await {
                let Event::Changed { key, .. } = event else { continue };
                let mut touched = touched.lock().expect("no panic while it was held");
                match touched.iter().position(|one| **one == *key) {
                    Some(place) => drop(touched.remove(place)),
                    None => sender.changed(&key, Origin::Local),
                }
            }
        });
        Reply::ok(events)
    }
}

/// Tells, and so wakes, while it still holds the lock that every write takes.
#[derive(Default)]
pub(crate) struct WakesUnderItsLock(Mutex<()>);

impl Fault for WakesUnderItsLock {
    fn set<'a>(
        &'a self,
        inner: &'a Model,
        key: Key<'_>,
        value: Bytes,
        options: SetOptions,
    ) -> Reply<'a, SetOutcome> {
        let writing = self.0.lock().expect("no panic while it was held");
        let outcome = at_once(inner.set(key, value, options));
        drop(writing);
        Reply::ready(outcome)
    }
}
