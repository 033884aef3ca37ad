//! How those who wait come to turn.

use std::sync::{Arc, Mutex};

use cache_core::Released;

use super::*;

pub(crate) async fn a_release_elsewhere_wakes_a_waiter(ground: &impl Ground) {
    let one = locks(ground).await;
    let (two, calls) = faulty(ground, |chaos| chaos).await;
    prompt_by_an_event(async || {
        let guard = one.acquire("elsewhere", options().ttl(LONG)).await.unwrap();
        let (two, before) = (two.clone(), calls.counts().calls);
        let waiting = async move { two.acquire("elsewhere", options().ttl(LONG)).await.unwrap() };
        let waiter = tokio::spawn(waiting);
        waits_for_an_event(&calls, before).await;
        let releasing = async {
            guard.release().await.unwrap();
            waiter.await.unwrap()
        };
        let (next, waited) = timed(soon("the next holder", releasing)).await;
        next.release().await.unwrap();
        waited
    })
    .await;
}

pub(crate) async fn a_release_here_wakes_a_waiter(ground: &impl Ground) {
    let locks = Locks::over(ground.open().await.locks.unwrap());
    let guard = locks.acquire("here", options().ttl(LONG)).await.unwrap();
    let waiters: Vec<_> = (0..3)
        .map(|_| {
            let locks = locks.clone();
            tokio::spawn(async move {
                let guard = locks.acquire("here", options().ttl(LONG)).await.unwrap();
                guard.release().await.unwrap()
            })
        })
        .collect();
    pass(Duration::from_millis(100)).await;
    guard.release().await.unwrap();
    for waiter in waiters {
        assert_eq!(soon("a turn", waiter).await.unwrap(), Released::Released);
    }
}

pub(crate) async fn waiters_here_are_served_in_order(ground: &impl Ground) {
    let locks = locks(ground).await;
    let guard = locks.acquire("order", options()).await.unwrap();
    let served = Arc::new(Mutex::new(Vec::new()));
    let mut waiters = Vec::new();
    for number in 0..10 {
        let (locks, served) = (locks.clone(), Arc::clone(&served));
        waiters.push(tokio::spawn(async move {
            let guard = locks.acquire("order", options()).await.unwrap();
            served.lock().unwrap().push(number);
            guard.release().await.unwrap();
        }));
        pass(Duration::from_millis(10)).await;
    }
    assert!(locks.try_acquire("order", options()).await.unwrap().is_none());
    guard.release().await.unwrap();
    for waiter in waiters {
        soon("a turn", waiter).await.unwrap();
    }
    assert_eq!(*served.lock().unwrap(), (0..10).collect::<Vec<_>>());
}

pub(crate) async fn a_holder_that_vanished_is_replaced_when_its_lease_ends(ground: &impl Ground) {
    let locks = locks(ground).await;
    let (_, began) = timed(crash_with(ground, "vanished", TTL)).await;
    let (guard, waited) = timed(soon("the lock", locks.acquire("vanished", options()))).await;
    let guard = guard.unwrap();
    assert!(waited + began >= TTL - Duration::from_millis(1), "too early: {waited:?}");
    let latest = TTL + Duration::from_millis(250) + ground.lateness();
    assert!(waited <= latest, "too late: {waited:?}");
    guard.release().await.unwrap();
}

pub(crate) async fn without_events_a_waiter_asks_again(ground: &impl Ground) {
    let one = locks(ground).await;
    let two = Locks::over(ground.open().await.locks.unwrap());
    let guard = one.acquire("silent", options().ttl(LONG)).await.unwrap();
    let waiter = tokio::spawn(async move { two.acquire("silent", options()).await.unwrap() });
    pass(Duration::from_millis(200)).await;
    let releasing = async {
        guard.release().await.unwrap();
        waiter.await.unwrap()
    };
    let (next, waited) = timed(soon("the next holder", releasing)).await;
    assert!(waited < PROMPT, "{waited:?}");
    next.release().await.unwrap();
}

pub(crate) async fn a_dropped_head_hands_the_turn_on(ground: &impl Ground) {
    let locks = locks(ground).await;
    let guard = locks.acquire("dropped head", options()).await.unwrap();
    let waiter = || {
        let locks = locks.clone();
        tokio::spawn(async move { locks.acquire("dropped head", options()).await.unwrap() })
    };
    let head = waiter();
    pass(Duration::from_millis(10)).await;
    let second = waiter();
    pass(Duration::from_millis(10)).await;
    head.abort();
    guard.release().await.unwrap();
    let guard = soon("the second", second).await.unwrap();
    // Aborted when it has been woken, and may not have run since; what it holds if it has goes with it.
    let (head, second) = (waiter(), waiter());
    pass(Duration::from_millis(10)).await;
    guard.release().await.unwrap();
    head.abort();
    drop(head);
    let guard = soon("the second", second).await.unwrap();
    guard.release().await.unwrap();
}

pub(crate) async fn many_waiters_of_two_processes_all_come_to_turn(ground: &impl Ground) {
    let (one, two) = (locks(ground).await, locks(ground).await);
    let holders = Arc::new(Mutex::new((0, 0)));
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..16 {
        let locks = if number % 2 == 0 { one.clone() } else { two.clone() };
        let holders = Arc::clone(&holders);
        tasks.spawn(async move {
            for _ in 0..10 {
                let guard = locks.acquire("many", options()).await.unwrap();
                {
                    let mut holders = holders.lock().unwrap();
                    (holders.0, holders.1) = (holders.0 + 1, holders.1 + 1);
                    assert_eq!(holders.0, 1, "two hold at once");
                }
                pass(Duration::from_millis(1)).await;
                holders.lock().unwrap().0 -= 1;
                guard.release().await.unwrap();
            }
        });
    }
    soon("sixteen takers", tasks.join_all()).await;
    assert_eq!(*holders.lock().unwrap(), (0, 160));
}
