//! Calls that are dropped: before the first poll, after the first, after the second, and so on
//! until one answers. Each leaves the old state or the new one, and a backend that still works.

mod cache;
mod locks;

use std::pin::pin;
use std::task::Poll;

use cache_core::{Error, Reply};

pub(crate) use self::cache::*;
pub(crate) use self::locks::*;
use crate::check::{expect_some, same, shown};
use crate::clock;
use crate::trial::Trial;

/// How many polls to try at most. A reply that asks for more has been dropped often enough.
const MOST_POLLS: usize = 200;

/// Polls a reply so many times, whenever it asks for it, and drops it if it has not answered.
async fn polled<T>(trial: &Trial, polls: usize, reply: Reply<'_, T>) -> Option<Result<T, Error>> {
    let mut reply = pin!(reply);
    let mut left = polls;
    let answer = std::future::poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        match reply.as_mut().poll(context) {
            Poll::Ready(answer) => Poll::Ready(Some(answer)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    });
    let what = format!("a reply that was polled {polls} times: it asks to be polled again");
    expect_some(what, clock::within(trial.harness().patience(), answer).await)
}

/// Fails unless the key holds one of these; `None` stands for absent.
async fn holds_one_of(trial: &Trial, at: &str, expected: &[Option<&str>]) {
    let found = trial.cache.get(at).await;
    let is_expected = |value: &Option<&str>| value.map(str::as_bytes) == found.as_deref();
    assert!(
        expected.iter().any(is_expected),
        "get {at:?} after a dropped call: expected one of {expected:?}, found {}",
        shown(found.as_deref())
    );
}

/// Fails unless the cache still answers, on the key of the dropped call and on others.
///
/// What the call does may still come on its own key, so that only an answer is expected there.
async fn still_works(trial: &Trial, at: &str) {
    trial.cache.put(at, "later").await;
    trial.cache.get(at).await;
    trial.cache.put("other", "value").await;
    trial.cache.holds("other", "value").await;
    same("delete after a dropped call", &trial.cache.delete("other").await, &true);
    trial.cache.lacks("other").await;
}
