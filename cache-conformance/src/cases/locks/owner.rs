//! Who holds a lock.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cache_core::{Acquired, Effect, ErrorKind, Extended, LockName, LockRequest, Released};

use crate::cases::keys::AWKWARD;
use crate::check::{answer, joined, refused, same};
use crate::subject::{TTL, name, token};
use crate::trial::Trial;

pub(crate) async fn held_lock_excludes_others(trial: Trial) {
    let locks = trial.locks();
    locks.take("lock", token(1)).await;
    for other in 2..5 {
        locks.finds_held("lock", token(other)).await;
    }
    locks.take("other lock", token(2)).await;
}

pub(crate) async fn released_lock_is_free(trial: Trial) {
    let locks = trial.locks();
    for owner in 1..5 {
        locks.take("lock", token(owner)).await;
        locks.releases("lock", token(owner), Released::Released).await;
        locks.releases("lock", token(owner), Released::NotOwner).await;
    }
}

pub(crate) async fn only_the_owner_releases(trial: Trial) {
    let locks = trial.locks();
    locks.take("lock", token(1)).await;
    locks.releases("lock", token(2), Released::NotOwner).await;
    locks.finds_held("lock", token(2)).await;
    locks.releases("lock", token(1), Released::Released).await;
    locks.take("lock", token(2)).await;
    locks.releases("lock", token(1), Released::NotOwner).await;
    locks.finds_held("lock", token(1)).await;
}

pub(crate) async fn only_the_owner_extends(trial: Trial) {
    let locks = trial.locks();
    locks.take_for("lock", token(1), trial.life()).await;
    locks.extends("lock", token(2), TTL, Extended::NotOwner).await;
    locks.finds_held("lock", token(2)).await;
    trial.advance(trial.life()).await;
    locks.take("lock", token(2)).await;
}

pub(crate) async fn free_lock_has_no_owner(trial: Trial) {
    let locks = trial.locks();
    locks.releases("lock", token(1), Released::NotOwner).await;
    locks.extends("lock", token(1), TTL, Extended::NotOwner).await;
    same("inspect after these", &locks.inspect("lock").await, &None);
    locks.take("lock", token(2)).await;
}

pub(crate) async fn owner_acquires_again(trial: Trial) {
    let (locks, life) = (trial.locks(), trial.life());
    locks.take_for("lock", token(1), life).await;
    trial.advance(life / 4).await;
    let since = trial.now();
    let (_, left) = locks.take_for("lock", token(1), TTL).await;
    trial.left_is("what is left after acquiring again", left, TTL, since);
    trial.advance(life).await;
    locks.finds_held("lock", token(2)).await;
    locks.releases("lock", token(1), Released::Released).await;
    locks.take("lock", token(2)).await;
}

pub(crate) async fn awkward_lock_names_are_all_distinct(trial: Trial) {
    let locks = trial.locks();
    let longest = "n".repeat(LockName::MAX_BYTES);
    let almost = format!("{}m", "n".repeat(LockName::MAX_BYTES - 1));
    let names: Vec<&str> = AWKWARD.iter().copied().chain([&*longest, &*almost]).collect();
    for lock in &names {
        same(format!("inspect {lock:.64?}"), &locks.inspect(lock).await, &None);
        locks.take(lock, token(1)).await;
    }
    for lock in &names {
        locks.finds_held(lock, token(2)).await;
        locks.releases(lock, token(1), Released::Released).await;
        locks.take(lock, token(2)).await;
    }
    let longer = format!("{longest}n");
    refused("a name of one byte more", LockName::new(&longer), ErrorKind::InvalidInput);
    refused("an empty name", LockName::new(""), ErrorKind::InvalidInput);
}

pub(crate) async fn locks_and_keys_never_meet(trial: Trial) {
    let locks = trial.locks();
    for at in AWKWARD {
        locks.take(at, token(1)).await;
        trial.cache.lacks(at).await;
        trial.cache.put(at, "entry").await;
        locks.finds_held(at, token(2)).await;
        same(format!("delete {at:?}"), &trial.cache.delete(at).await, &true);
        locks.finds_held(at, token(2)).await;
        trial.cache.put(at, "entry").await;
        locks.releases(at, token(1), Released::Released).await;
        trial.cache.holds(at, "entry").await;
    }
}

pub(crate) async fn one_of_many_wins(trial: Trial) {
    let locks = trial.locks();
    let acquire = |owner| locks.raw().acquire(LockRequest::new(name("lock"), token(owner), TTL));
    let acquired = locks.in_turns("acquire", (0..16).map(acquire).collect()).await;
    let granted = |acquired: &&Acquired| matches!(acquired, Acquired::Granted { .. });
    same("owners of one lock", &acquired.iter().filter(granted).count(), &1);
    for round in 0..20 {
        let lock = format!("lock {round}");
        let tasks: Vec<_> = (0..16)
            .map(|owner| {
                let (locks, lock) = (trial.locks(), lock.clone());
                tokio::spawn(async move {
                    tokio::task::yield_now().await;
                    let request = LockRequest::new(name(&lock), token(owner), TTL);
                    matches!(locks.ask(request).await, Acquired::Granted { .. })
                })
            })
            .collect();
        let mut winners = 0;
        for task in tasks {
            winners += usize::from(joined(task).await);
        }
        same("owners of one lock", &winners, &1);
    }
}

pub(crate) async fn critical_sections_never_overlap(trial: Trial) {
    const ROUNDS: usize = 25;
    let inside = Arc::new(AtomicBool::new(false));
    let tasks: Vec<_> = (0..6)
        .map(|owner| {
            let (locks, inside) = (trial.locks(), Arc::clone(&inside));
            tokio::spawn(async move {
                for _ in 0..ROUNDS {
                    let request = LockRequest::new(name("lock"), token(owner), TTL);
                    while !matches!(locks.ask(request).await, Acquired::Granted { .. }) {
                        tokio::task::yield_now().await;
                    }
                    let overlaps = inside.swap(true, Ordering::SeqCst);
                    same("another owner inside", &overlaps, &false);
                    tokio::task::yield_now().await;
                    inside.store(false, Ordering::SeqCst);
                    locks.releases("lock", token(owner), Released::Released).await;
                }
            })
        })
        .collect();
    for task in tasks {
        joined(task).await;
    }
}

pub(crate) async fn replicas_are_acknowledged_or_the_grant_fails(trial: Trial) {
    let locks = trial.locks();
    let request = LockRequest::new(name("lock"), token(1), trial.life()).replicas(1_000);
    let what = "acquire with 1,000 replicas";
    let error = match answer(what, trial.harness().patience(), locks.raw().acquire(request)).await {
        Err(error) => error,
        Ok(granted) => panic!("{what}: expected an error, found {granted:?}"),
    };
    match (error.kind(), error.effect()) {
        (ErrorKind::NotReplicated, _) | (ErrorKind::Unsupported, Effect::NotApplied) => {}
        other => panic!(
            "{what}: expected NotReplicated, or Unsupported with NotApplied, found {other:?}"
        ),
    }
    // The owner may be left on some server, but no longer than it has asked for.
    trial.advance(trial.life()).await;
    locks.take("lock", token(2)).await;
}
