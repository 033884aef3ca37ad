use std::time::Duration;

use cache_core::Backend;
use cache_memory::{Memory, Options};

use super::*;
use crate::clock::pause;

fn memory() -> Backend {
    Memory::open(Options::new()).unwrap().into_backend()
}

#[tokio::test(start_paused = true)]
async fn a_name_is_forgotten_with_its_last_user() {
    let locks = Locks::new(&memory());
    for round in 0..100 {
        let name = format!("lock {round}");
        let guard = locks.acquire(&name, LockOptions::new()).await.unwrap();
        let waiting = tokio::spawn({
            let (locks, name) = (locks.clone(), name.clone());
            async move { drop(locks.acquire(&name, LockOptions::new()).await.unwrap()) }
        });
        let dropped = tokio::spawn({
            let (locks, name) = (locks.clone(), name.clone());
            async move { drop(locks.acquire(&name, LockOptions::new()).await.unwrap()) }
        });
        pause(Duration::from_millis(15)).await;
        dropped.abort();
        if round % 2 == 0 {
            guard.release().await.unwrap();
        } else {
            drop(guard);
        }
        waiting.await.unwrap();
    }
    assert!(locks.names_in_use() > 0, "subscriptions outlive their users for a second");
    pause(Duration::from_secs(3)).await;
    assert_eq!(locks.names_in_use(), 0);
}

#[tokio::test(start_paused = true)]
async fn waiters_and_holders_of_a_name_share_one_subscription() {
    let backend = memory();
    let chaos = crate::Chaos::new(backend, 1);
    let control = chaos.control();
    let backend = chaos.into_backend();
    let elsewhere = Locks::over(Arc::clone(backend.locks.as_ref().unwrap()));
    let guard = elsewhere.acquire("shared", LockOptions::new()).await.unwrap();
    let locks = Locks::new(&backend);
    let waiting: Vec<_> = (0..10)
        .map(|_| {
            let locks = locks.clone();
            tokio::spawn(async move {
                let guard = locks.acquire("shared", LockOptions::new()).await.unwrap();
                pause(Duration::from_millis(50)).await;
                guard.release().await.unwrap();
            })
        })
        .collect();
    pause(Duration::from_millis(100)).await;
    // Only the head has asked: before it subscribed, and once more when that was in force.
    let before = control.counts().calls;
    assert!(before <= 4, "{before} calls");
    guard.release().await.unwrap();
    for waiting in waiting {
        waiting.await.unwrap();
    }
    let watches = locks.hub("test").unwrap().name(LockName::new("shared").unwrap());
    assert!(watches.has_events());
}

#[tokio::test(start_paused = true)]
async fn a_prefix_is_part_of_every_name_and_of_elections() {
    let locks = Locks::new(&memory());
    let users = locks.with_prefix("shop/").with_prefix("users:");
    let guard = users.acquire("job", LockOptions::new()).await.unwrap();
    assert_eq!(guard.name(), "shop/users:job");
    assert!(locks.try_acquire("shop/users:job", LockOptions::new()).await.unwrap().is_none());
    assert!(locks.inspect("job").await.unwrap().is_none());
    assert!(users.inspect("job").await.unwrap().is_some());
    let guards = users.acquire_all(&["b", "a"], LockOptions::new()).await.unwrap();
    assert_eq!(guards.names().collect::<Vec<_>>(), ["shop/users:a", "shop/users:b"]);
    let election = users.election("e", crate::ElectionOptions::new());
    let leadership = election.campaign().await.unwrap();
    assert!(locks.inspect("shop/users:election:e").await.unwrap().is_some());
    let seen = election.observe().unwrap().next().await.unwrap().unwrap().unwrap();
    assert_eq!(seen.term, leadership.term());
    assert!(users.acquire("", LockOptions::new()).await.is_err(), "an empty name stays one");
}
