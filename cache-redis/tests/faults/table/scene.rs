//! A server with something in it, a way to it on which faults happen, and the seven operations.

use std::fmt::Write as _;
use std::time::Duration;

use cache_core::{Backend, Error, Released, SetItem, SetOptions, Ttl};
use redis_fixture::{Endpoint, Fault, Proxy, When};

use super::{Cell, OPERATIONS, cell, row};
use crate::driver::{Options, Protocol};
use crate::support::{
    PASSWORD, UNHURRIED, USER, admin, checked, eventually, get, increment, key, limited, lock,
    opened, proxied, ready, request, set, url,
};

/// Keys of a batch.
const MANY: [&str; 3] = ["many 1", "many 2", "many 3"];

/// Where conditions take place. Everybody has a key of their own.
pub(super) struct Scene<'a> {
    pub(super) server: &'a Endpoint,
    pub(super) proxy: Proxy,
    pub(super) backend: Backend,
    options: Options,
    /// Sees what is on the server, past the proxy.
    auditor: Backend,
}

/// What the writes have to change, or not.
#[derive(Debug, Clone, PartialEq)]
struct Truth {
    set: String,
    increment: String,
    set_many: String,
    acquire: String,
    release: String,
}

/// What one operation answered.
type Outcome = Result<(), Error>;

/// What all of them did.
pub(super) struct Outcomes(Vec<Outcome>, Truth);

impl<'a> Scene<'a> {
    /// A backend by these options that has been used, so its connections are there.
    pub(super) async fn new(server: &'a Endpoint, options: Options) -> Self {
        let scene = Self::unused(server, options).await;
        ready(&scene.backend).await;
        scene
    }

    /// A backend that has dialled nothing yet.
    pub(super) async fn unused(server: &'a Endpoint, options: Options) -> Self {
        let proxy = proxied(server).await;
        let auditor = Options::new().url(server.url()).deadline(UNHURRIED);
        let auditor = opened(auditor.connect_timeout(UNHURRIED));
        let options = options.url(url(&proxy.address()));
        let backend = opened(options.clone());
        let scene = Self { server, proxy, backend, options, auditor };
        scene.furnish().await;
        scene
    }

    /// The same with another login.
    pub(super) async fn with_login(server: &'a Endpoint, options: Options, login: &str) -> Self {
        let mut scene = Self::unused(server, options.clone()).await;
        let url = format!("redis://{login}{}", scene.proxy.address());
        scene.backend = opened(options.url(url));
        scene
    }

    async fn furnish(&self) {
        let auditor = &self.auditor;
        for name in ["get", "set"].iter().chain(&MANY) {
            set(auditor, name, "before").await.unwrap();
        }
        increment(auditor, "number").await.unwrap();
        let locks = auditor.locks.as_ref().unwrap();
        locks.acquire(request("released")).await.unwrap();
        // The server knows every script: the first call of a script is no other call.
        let warm = request("warm");
        locks.acquire(warm).await.unwrap();
        assert_eq!(locks.release(lock("warm"), warm.token).await.unwrap(), Released::Released);
    }

    async fn truth(&self) -> Truth {
        let value = async |name| seen(async || get(&self.auditor, name).await).await;
        let locks = self.auditor.locks.as_ref().unwrap();
        let is_held = async |name| Ok(locks.inspect(lock(name)).await?.is_some());
        let held = async |name| seen(async || is_held(name).await).await;
        let mut set_many = String::new();
        for name in MANY {
            set_many += &value(name).await;
        }
        Truth {
            set: value("set").await,
            increment: value("number").await,
            set_many,
            acquire: held("acquired").await,
            release: held("released").await,
        }
    }

    /// Every operation in turn, under one condition.
    pub(super) async fn all(&self, bring: impl AsyncFnOnce(), end: impl AsyncFnOnce()) -> Outcomes {
        let before = self.truth().await;
        bring().await;
        let mut outcomes = Vec::new();
        for operation in OPERATIONS {
            outcomes.push(call(&self.backend, operation).await);
        }
        end().await;
        Outcomes(outcomes, before)
    }

    /// Every operation, each by a backend of its own, whose connections work until `strike`.
    pub(super) async fn each(&self, mut strike: impl AsyncFnMut()) -> Outcomes {
        let before = self.truth().await;
        let mut outcomes = Vec::new();
        for operation in OPERATIONS {
            let backend = opened(self.options.clone());
            ready(&backend).await;
            strike().await;
            outcomes.push(call(&backend, operation).await);
            self.proxy.heal().await;
        }
        Outcomes(outcomes, before)
    }

    /// Every operation, each struck by a fault.
    pub(super) async fn struck(&self, fault: Fault) -> Outcomes {
        self.each(async || self.proxy.inject(When::any(), fault.clone())).await
    }

    /// Compares what was answered with the row, and what is there with what was answered: where nothing
    /// is said to have changed, nothing has.
    pub(super) async fn compare(&self, condition: &str, outcomes: Outcomes) {
        let Outcomes(outcomes, before) = outcomes;
        let expected = row(condition);
        let mut wrong = String::new();
        for (index, outcome) in outcomes.iter().enumerate() {
            let (found, expected) = (cell(outcome), expected[index]);
            if found != expected {
                let operation = OPERATIONS[index];
                writeln!(wrong, "{operation}: {found:?}, not {expected:?}: {outcome:?}").unwrap();
            }
        }
        assert!(wrong.is_empty(), "{condition}:\n{wrong}");
        let after = self.truth().await;
        let expected = Truth::expected(&before, &after, &outcomes);
        assert_eq!(after, expected, "{condition}: what was not applied was");
    }

    /// Puts a list in the place of everything.
    pub(super) async fn replace_by_lists(&self) {
        let script = "for _, key in ipairs(redis.call('KEYS', '*')) do \
                        redis.call('DEL', key) redis.call('RPUSH', key, 'foreign') end \
                      redis.call('RPUSH', KEYS[1], 'foreign')";
        admin(self.server, &["EVAL", script, "1", "__cache__:lock:{acquired}"]).await;
    }
}

impl Truth {
    /// What stayed where nothing was applied, and what is there where it may have been.
    fn expected(before: &Self, after: &Self, outcomes: &[Outcome]) -> Self {
        let choose = |column: usize, of: fn(&Self) -> &String| {
            let is_unapplied = |cell: Cell| {
                cell.is_some_and(|(_, effect, _)| effect == cache_core::Effect::NotApplied)
            };
            let truth = if is_unapplied(cell(&outcomes[column])) { before } else { after };
            of(truth).clone()
        };
        Self {
            set: choose(1, |truth| &truth.set),
            increment: choose(2, |truth| &truth.increment),
            set_many: choose(4, |truth| &truth.set_many),
            acquire: choose(5, |truth| &truth.acquire),
            release: choose(6, |truth| &truth.release),
        }
    }
}

/// What a look shows, an error about what is there included. One that says nothing of it, as where the
/// server has just ended all connections, is no answer: the next look may have one.
async fn seen<T: std::fmt::Debug>(mut look: impl AsyncFnMut() -> Result<T, Error>) -> String {
    eventually("the truth", async || {
        let seen = look().await;
        let is_told = seen.as_ref().map_or_else(|error| !error.is_retryable(), |_| true);
        is_told.then(|| format!("{seen:?}"))
    })
    .await
}

async fn call(backend: &Backend, operation: &str) -> Outcome {
    checked(limited(operation, operate(backend, operation)).await)
}

async fn operate(backend: &Backend, operation: &str) -> Outcome {
    let Backend { cache, locks, .. } = backend;
    let locks = locks.as_ref().unwrap();
    match operation {
        "get" => cache.get(key("get")).await.map(drop),
        "set" => cache.set(key("set"), "after".into(), SetOptions::new()).await.map(drop),
        "increment" => cache.increment(key("number"), 1, Ttl::Never).await.map(drop),
        "get_many" => alike(cache.get_many(&MANY.map(key)).await?),
        "set_many" => {
            let item = |name| SetItem::new(key(name), "after".into(), SetOptions::new());
            alike(cache.set_many(MANY.map(item).into()).await?)
        }
        "acquire" => locks.acquire(request("acquired")).await.map(drop),
        "release" => locks.release(lock("released"), request("released").token).await.map(drop),
        other => unreachable!("{other}"),
    }
}

/// The outcome of a batch whose keys all have the same.
fn alike<T>(outcomes: Vec<Result<T, Error>>) -> Outcome {
    let cells: Vec<_> = outcomes.iter().map(cell).collect();
    assert!(cells.iter().all(|cell| *cell == cells[0]), "keys of one batch differ: {cells:?}");
    outcomes.into_iter().map(|outcome| outcome.map(drop)).next().expect("keys")
}

/// One connection, so that what was struck is what is used.
pub(super) fn patient(protocol: Protocol) -> Options {
    let options = Options::new().protocol(protocol).connections(1);
    options.deadline(UNHURRIED).connect_timeout(UNHURRIED)
}

/// The same, for conditions that take the whole deadline.
pub(super) fn hasty(protocol: Protocol) -> Options {
    patient(protocol).deadline(Duration::from_millis(250))
}

/// A login with another password, whose beginning is the right one.
pub(super) fn wrong_login() -> String {
    format!("{USER}:{PASSWORD}-wrong@")
}
