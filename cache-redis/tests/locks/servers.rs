//! What only a real server shows: keys that are no locks, and how soon its events come.
//!
//! `LOCK_DELETIONS=10000` and `LOCK_WAKES=10000` make the long forms.

use std::time::Duration;

use cache_core::{Error, ErrorKind};
use cache_recipes::{Locks, LossReason};
use tokio::time::Instant;

use crate::locks::figures::{ALLOWANCE, Promise, rounds};
use crate::locks::ground::{ServerGround, lock_key};
use crate::locks_over::{
    Ground, LONG, comes_free, faulty, locks, options, pass, soon, timed, waits_for_an_event,
};

/// How many times a short form measures.
const FEW: usize = 100;

pub(crate) async fn what_is_no_lock_is_told_at_once_and_not_taken_for_a_busy_one(
    ground: &ServerGround,
) {
    let locks = locks(ground).await;
    let key = lock_key("foreign");
    for foreign in [
        vec!["RPUSH", &key, "a list"],
        vec!["HSET", &key, "a", "hash"],
        vec!["SET", &key, "what another program wrote"],
        vec!["SET", &key, "6f1c", "PX", "60000"],
    ] {
        ground.admin(&["DEL", &key]).await;
        ground.admin(&foreign).await;
        let limited = options().wait_limit(LONG);
        let (waiting, took) = timed(locks.acquire("foreign", limited)).await;
        let election = locks.election("foreign", Default::default());
        ground.admin(&["COPY", &key, &lock_key("election:foreign"), "REPLACE"]).await;
        let patient = || options().call_limit(LONG);
        let errors = [
            waiting.unwrap_err(),
            locks.try_acquire("foreign", patient()).await.unwrap_err(),
            locks.acquire_all(&["free", "foreign"], patient()).await.unwrap_err(),
            soon("an answer", refused(&locks, "foreign")).await,
            soon("an answer", election.campaign()).await.unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.kind(), ErrorKind::WrongType, "{foreign:?}: {error}");
        }
        assert!(took < ALLOWANCE, "{foreign:?}: {took:?}");
        assert!(ground.admin(&["EXISTS", &key]).await == redis_fixture::Value::Integer(1));
        comes_free(&locks, "free").await;
    }
}

/// The answer to a look; one that took too long says nothing.
async fn refused(locks: &Locks, name: &str) -> Error {
    loop {
        let error = locks.inspect(name).await.unwrap_err();
        if error.kind() != ErrorKind::Timeout {
            return error;
        }
    }
}

/// When a lock was granted, which is given back at once.
async fn granted_at(locks: &Locks, name: &str) -> Instant {
    let guard = soon("a lock", locks.acquire(name, options())).await.unwrap();
    let granted = Instant::now();
    guard.release().await.unwrap();
    granted
}

pub(crate) async fn a_holder_learns_soon_that_its_lock_was_deleted(ground: &ServerGround) {
    let locks = locks(ground).await;
    let mut learnt = Vec::new();
    for round in 0..rounds("LOCK_DELETIONS", FEW) {
        let name = format!("deleted {round}");
        let guard = locks.acquire(&name, options().ttl(LONG)).await.unwrap();
        // A holder asks for events when it has held for 10 ms.
        pass(Duration::from_millis(40)).await;
        let lost = tokio::spawn({
            let lost = guard.lost();
            async move { (lost.await, Instant::now()) }
        });
        let deleted = Instant::now();
        ground.forget(&name).await;
        let (lost, at) = soon("the loss", lost).await.unwrap();
        assert_eq!(lost.reason, LossReason::Gone);
        learnt.push(at.saturating_duration_since(deleted));
    }
    let promise = Promise::new("LOCK_DELETIONS", Duration::from_millis(20));
    promise.judge("lost() after the key was deleted", learnt);
}

pub(crate) async fn a_waiter_is_woken_soon_after_a_release(ground: &ServerGround) {
    let one = locks(ground).await;
    let (two, calls) = faulty(ground, |chaos| chaos).await;
    let mut woken = Vec::new();
    for round in 0..rounds("LOCK_WAKES", FEW) {
        let guard = one.acquire("idle", options().ttl(LONG)).await.unwrap();
        let before = calls.counts().calls;
        let waiter = tokio::spawn({
            let two = two.clone();
            async move { granted_at(&two, "idle").await }
        });
        if round == 0 {
            // Here it subscribes; for those that follow at once the subscription is kept. Without events
            // it would ask on and on, and the release would find it asking.
            waits_for_an_event(&calls, before).await;
        } else {
            // Until it has asked, and was refused.
            pass(Duration::from_millis(40)).await;
        }
        // Before it is sent: an event may be here before its answer is.
        let released = Instant::now();
        guard.release().await.unwrap();
        let granted = soon("the next turn", waiter).await.unwrap();
        woken.push(granted.saturating_duration_since(released));
    }
    let promise = Promise::new("LOCK_WAKES", Duration::from_millis(5));
    promise.p50(Duration::from_millis(1)).judge("grant after a release elsewhere", woken);
}
