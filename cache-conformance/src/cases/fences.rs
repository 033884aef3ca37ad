//! The numbers of grants: they only rise.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cache_core::{Acquired, Extended, Fence, LockRequest, Released};

use crate::check::{expect_some, joined, same};
use crate::subject::{TTL, name, token};
use crate::trial::Trial;

#[track_caller]
fn rises(what: &str, before: Fence, after: Fence) {
    assert!(after > before, "{what}: expected a fence above {before}, found {after}");
}

pub(crate) async fn fence_rises_with_every_grant(trial: Trial) {
    let locks = trial.locks();
    let mut last = locks.fence("lock", token(0)).await;
    locks.releases("lock", token(0), Released::Released).await;
    for round in 1..50 {
        let fence = locks.fence("lock", token(round % 3)).await;
        rises("a grant after a release", last, fence);
        locks.releases("lock", token(round % 3), Released::Released).await;
        last = fence;
    }
}

pub(crate) async fn fence_rises_after_expiry(trial: Trial) {
    let locks = trial.locks();
    let mut last = Fence::new(0);
    for owner in [1, 2, 2, 1] {
        let (fence, _) = locks.take_for("lock", token(owner), trial.life()).await;
        let fence = expect_some("the fence of a grant", fence);
        rises("a grant after an expiry", last, fence);
        trial.advance(trial.life()).await;
        last = fence;
    }
}

pub(crate) async fn same_token_gets_the_same_fence(trial: Trial) {
    let locks = trial.locks();
    let first = locks.fence("lock", token(1)).await;
    for _ in 0..5 {
        trial.advance(Duration::from_millis(5)).await;
        same("the fence when acquired again", &locks.fence("lock", token(1)).await, &first);
    }
    locks.releases("lock", token(1), Released::Released).await;
    rises("a grant after the release", first, locks.fence("lock", token(1)).await);
}

pub(crate) async fn extend_keeps_the_fence(trial: Trial) {
    let locks = trial.locks();
    let first = locks.fence("lock", token(1)).await;
    trial.advance(Duration::from_millis(5)).await;
    locks.extends("lock", token(1), TTL * 2, Extended::Extended).await;
    let state = expect_some("inspect of a held lock", locks.inspect("lock").await);
    same("the fence after extend", &state.fence, &Some(first));
    same("the fence when acquired again", &locks.fence("lock", token(1)).await, &first);
}

pub(crate) async fn inspect_tells_the_fence(trial: Trial) {
    let locks = trial.locks();
    let fence = locks.fence("lock", token(1)).await;
    let state = expect_some("inspect of a held lock", locks.inspect("lock").await);
    same("the fence that inspect tells", &state.fence, &Some(fence));
}

pub(crate) async fn least_fence_is_honoured(trial: Trial) {
    let locks = trial.locks();
    let first = locks.fence("lock", token(1)).await;
    locks.releases("lock", token(1), Released::Released).await;
    let least = Fence::new(first.get() + 1_000_000_000_000);
    let second = locks.fence_of_at_least("lock", token(2), least).await;
    assert!(
        second >= least,
        "a grant with a least fence: expected {least} or more, found {second}"
    );
    locks.releases("lock", token(2), Released::Released).await;
    let third = locks.fence("lock", token(3)).await;
    rises("a grant after one with a least fence", second, third);
    locks.releases("lock", token(3), Released::Released).await;
    let fourth = locks.fence_of_at_least("lock", token(4), Fence::new(1)).await;
    rises("a grant with a least fence that is low", third, fourth);
}

pub(crate) async fn least_fence_leaves_a_held_lease_alone(trial: Trial) {
    let locks = trial.locks();
    let first = locks.fence("lock", token(1)).await;
    let least = Fence::new(first.get() + 1_000);
    let request = LockRequest::new(name("lock"), token(2), TTL).min_fence(least);
    let asked = locks.ask(request).await;
    same("whether another gets a held lock", &matches!(asked, Acquired::Held { .. }), &true);
    let state = expect_some("inspect of a held lock", locks.inspect("lock").await);
    same("the fence of the owner", &state.fence, &Some(first));
}

pub(crate) async fn fences_of_many_names_rise(trial: Trial) {
    let locks = trial.locks();
    let mut last = vec![Fence::new(0); 100];
    for round in 0..3 {
        for (number, last) in last.iter_mut().enumerate() {
            let lock = format!("lock {number}");
            let fence = locks.fence(&lock, token(round)).await;
            rises(&lock, *last, fence);
            locks.releases(&lock, token(round), Released::Released).await;
            *last = fence;
        }
    }
}

pub(crate) async fn fence_rises_after_a_restart(mut trial: Trial) {
    let mut last = Fence::new(0);
    for owner in 0..3 {
        let locks = trial.locks();
        for _ in 0..10 {
            let fence = locks.fence("lock", token(owner)).await;
            rises("a grant around a restart", last, fence);
            locks.releases("lock", token(owner), Released::Released).await;
            last = fence;
        }
        // A restart takes time.
        trial.advance(Duration::from_millis(1)).await;
        trial = trial.restart().await;
    }
}

pub(crate) async fn fences_of_racing_owners_rise(trial: Trial) {
    const ROUNDS: usize = 25;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let tasks: Vec<_> = (0..4)
        .map(|owner| {
            let (locks, seen) = (trial.locks(), Arc::clone(&seen));
            tokio::spawn(async move {
                for _ in 0..ROUNDS {
                    let request = LockRequest::new(name("lock"), token(owner), TTL);
                    let fence = loop {
                        match locks.ask(request).await {
                            Acquired::Granted { fence, .. } => break fence,
                            _ => tokio::task::yield_now().await,
                        }
                    };
                    // Written down while the lock is held: so in the order of the grants.
                    seen.lock().unwrap_or_else(PoisonError::into_inner).push(fence);
                    locks.releases("lock", token(owner), Released::Released).await;
                }
            })
        })
        .collect();
    for task in tasks {
        joined(task).await;
    }
    let seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    same("grants", &seen.len(), &(4 * ROUNDS));
    same("fences that rise grant by grant", &seen.is_sorted_by(|a, b| a < b), &true);
}
