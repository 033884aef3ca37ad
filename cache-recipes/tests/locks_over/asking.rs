//! Who gets a lock, and who does not.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use cache_core::{ErrorKind, Fence, Released};
use cache_recipes::{LockOptions, Operation};

use super::*;

pub(crate) async fn acquire_and_release_take_turns(ground: &impl Ground) {
    let (one, two) = (locks(ground).await, locks(ground).await);
    for _ in 0..5 {
        for locks in [&one, &two] {
            let guard = soon("a free lock", locks.acquire("turns", options())).await.unwrap();
            assert!(guard.remaining() > TTL / 2 && guard.remaining() <= TTL);
            assert!(!guard.is_lost());
            assert_eq!(guard.release().await.unwrap(), Released::Released);
        }
    }
}

pub(crate) async fn try_acquire_answers_whether_it_is_free(ground: &impl Ground) {
    let (one, two) = (locks(ground).await, locks(ground).await);
    let guard = one.try_acquire("try", options()).await.unwrap().unwrap();
    assert!(one.try_acquire("try", options()).await.unwrap().is_none());
    assert!(two.try_acquire("try", options()).await.unwrap().is_none());
    assert!(two.try_acquire("another", options()).await.unwrap().is_some());
    guard.release().await.unwrap();
    assert!(two.try_acquire("try", options()).await.unwrap().is_some());
}

pub(crate) async fn fences_rise_from_grant_to_grant_and_process_to_process(ground: &impl Ground) {
    let (one, two) = (locks(ground).await, locks(ground).await);
    let mut last = Fence::new(0);
    for number in 0..50 {
        let locks = if number % 3 == 0 { &one } else { &two };
        let guard = soon("a lock", locks.acquire("fences", options())).await.unwrap();
        let fence = guard.fence().expect("the backend claims fences");
        assert!(fence > last, "{fence} came after {last}");
        last = fence;
        guard.release().await.unwrap();
    }
    let above = Fence::new(last.get() + 1_000_000_000);
    let guard = two.acquire("fences", options().min_fence(above)).await.unwrap();
    assert!(guard.fence() >= Some(above));
    drop(guard);
    let guard = one.acquire("fences", options()).await.unwrap();
    assert!(guard.fence() > Some(above), "another process's fence was gone below");
}

pub(crate) async fn what_is_asked_for_is_checked(ground: &impl Ground) {
    let locks = locks(ground).await;
    let ms = Duration::from_millis;
    for (refused, problem) in [
        (options().ttl(Duration::ZERO), "the TTL is 0ns; give 10 ms or more"),
        (options().ttl(ms(9)), "the TTL is 9ms"),
        (options().wait_limit(Duration::ZERO), "the wait limit is zero; call try_acquire"),
        (options().max_hold(TTL - ms(1)), "max_hold is 1.999s, below the TTL of 2s"),
        (options().call_limit(Duration::ZERO), "the call limit is zero"),
        (options().holder("h".repeat(1025)), "label has 1025 bytes; give at most 1024"),
        (options().min_fence(Fence::MAX), "the least fence is above 2^52"),
    ] {
        let error = locks.acquire("checked", refused).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        assert!(error.to_string().contains(problem), "{error}");
        assert_eq!(error.operation(), Some("acquire"));
    }
    assert_eq!(inspected(&locks, "checked").await, None);
    // It is not refused; a busy machine may need longer than it for the answer.
    let shortest = LockOptions::new().ttl(LockOptions::MIN_TTL);
    if let Err(error) = locks.acquire("checked", shortest).await {
        assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    }
    let limitless = options().wait_limit(Duration::MAX).max_hold(Duration::MAX);
    drop(locks.acquire("checked without limits", limitless).await.unwrap());
}

pub(crate) async fn a_name_has_one_byte_to_1024(ground: &impl Ground) {
    let locks = locks(ground).await;
    let (longest, longer) = ("n".repeat(1024), "n".repeat(1025));
    for (name, problem) in [("", "is empty"), (longer.as_str(), "has 1025 bytes")] {
        let errors = [
            locks.acquire(name, options()).await.unwrap_err(),
            locks.try_acquire(name, options()).await.unwrap_err(),
            locks.acquire_all(&["a", name], options()).await.unwrap_err(),
            locks.inspect(name).await.unwrap_err(),
        ];
        let election = locks.election(name, Default::default());
        for error in [election.campaign().await.unwrap_err(), election.observe().unwrap_err()] {
            let problem = if name.is_empty() { problem } else { "bytes; give at most 1024" };
            assert!(error.to_string().contains(problem), "{error}");
        }
        for error in errors {
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(error.to_string().contains(problem), "{error}");
        }
    }
    drop(locks.acquire(&longest, options()).await.unwrap());
}

pub(crate) async fn a_lock_and_a_label_are_seen_by_others(ground: &impl Ground) {
    let (one, two) = (locks(ground).await, locks(ground).await);
    assert_eq!(inspected(&two, "seen").await, None);
    let guard = one.acquire("seen", options().holder("worker 7")).await.unwrap();
    let state = inspected(&two, "seen").await.unwrap();
    assert_eq!((&*state.holder, state.fence), ("worker 7", guard.fence()));
    assert!(state.ttl_left <= TTL && state.ttl_left > TTL / 2, "{:?}", state.ttl_left);
    guard.release().await.unwrap();
    assert_eq!(inspected(&two, "seen").await, None);
}

pub(crate) async fn wait_limit_ends_the_wait_and_changes_nothing(ground: &impl Ground) {
    let (one, two) = (locks(ground).await, locks(ground).await);
    let guard = one.acquire("limit", options().ttl(LONG)).await.unwrap();
    for waiter in [&one, &two] {
        let limit = Duration::from_millis(200);
        let waiting = waiter.acquire("limit", options().wait_limit(limit));
        let (answer, waited) = timed(soon("the limit", waiting)).await;
        let error = answer.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert_eq!(error.effect(), cache_core::Effect::NotApplied);
        assert!(error.to_string().contains("others held the lock"), "{error}");
        assert!(waited >= limit && waited < PROMPT, "{waited:?}");
    }
    assert_eq!(guard.release().await.unwrap(), Released::Released);
    comes_free(&two, "limit").await;
}

pub(crate) async fn several_names_are_taken_together_or_not_at_all(ground: &impl Ground) {
    let (one, two) = (locks(ground).await, locks(ground).await);
    let guards = one.acquire_all(&["all c", "all a", "all b", "all a"], options()).await.unwrap();
    assert_eq!(guards.names().collect::<Vec<_>>(), ["all a", "all b", "all c"]);
    assert!(guards.fence("all b").is_some() && guards.fence("other").is_none());
    assert!(guards.remaining() > TTL / 2);
    let some = two.try_acquire_all(&["all 0", "all c"], options()).await.unwrap();
    assert!(some.is_none(), "one of them is held");
    comes_free(&two, "all 0").await;
    let limited = options().wait_limit(Duration::from_millis(50));
    let error = two.acquire_all(&["all 0", "all c"], limited).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    comes_free(&two, "all 0").await;
    for (name, answer) in guards.release().await {
        assert_eq!(answer.unwrap(), Released::Released, "{name}");
    }
    assert!(two.try_acquire_all(&["all 0", "all c"], options()).await.unwrap().is_some());
    let error = two.acquire_all(&[], options()).await.unwrap_err();
    assert!(error.to_string().contains("no lock name is given"), "{error}");
}

pub(crate) async fn the_same_names_in_any_order_never_wait_in_a_circle(ground: &impl Ground) {
    let (one, two) = (locks(ground).await, locks(ground).await);
    let held = Arc::new(AtomicU32::new(0));
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..8 {
        let (locks, held) =
            (if number % 2 == 0 { one.clone() } else { two.clone() }, Arc::clone(&held));
        tasks.spawn(async move {
            let mut names = ["circle a", "circle b", "circle c"];
            names.rotate_left(number % 3);
            for _ in 0..5 {
                let guards = locks.acquire_all(&names[..2], options()).await.unwrap();
                // Any two of three have one in common: so one pair is held at a time.
                assert_eq!(held.fetch_add(1, Ordering::SeqCst), 0);
                tokio::task::yield_now().await;
                held.fetch_sub(1, Ordering::SeqCst);
                guards.release().await;
            }
        });
    }
    for outcome in soon("eight takers of two locks", tasks.join_all()).await {
        outcome
    }
}

pub(crate) async fn too_few_replicas_are_no_grant(ground: &impl Ground) {
    let locks = locks(ground).await;
    // No server of a test has so many. It waits for them, within its deadline and the TTL.
    let wish = options().ttl(LONG).require_replicas(100).wait_limit(LONG).call_limit(LONG);
    let error = soon("an answer", locks.acquire("replicas", wish.clone())).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotReplicated, "{error}");
    assert!(locks.try_acquire("replicas", wish).await.is_err());
    comes_free(&locks, "replicas").await;
    let guard = soon("a lock", locks.acquire("replicas", options())).await.unwrap();
    guard.release().await.unwrap();
}

pub(crate) async fn lost_answers_are_asked_for_again(ground: &impl Ground) {
    let lost = |chaos: Chaos| chaos.lost_answers(0.5).only([Operation::Acquire]);
    let (faulty, control) = faulty(ground, lost).await;
    let sure = locks(ground).await;
    // So long, that it is no matter of luck: failures are put up with for a TTL, or a call limit.
    let wish = || options().ttl(LONG).call_limit(LONG);
    for _ in 0..100 {
        let guard = soon("a lock", faulty.acquire("lost", wish())).await.unwrap();
        assert_eq!(inspected(&sure, "lost").await.unwrap().fence, guard.fence());
        assert_eq!(guard.release().await.unwrap(), Released::Released);
        let guard = faulty.try_acquire("lost", wish()).await.unwrap().expect("it is free");
        assert_eq!(guard.release().await.unwrap(), Released::Released);
    }
    assert!(control.counts().lost > 50, "{:?}", control.counts());
}

pub(crate) async fn failures_that_last_are_told_and_leave_nothing(ground: &impl Ground) {
    let (faulty, control) = faulty(ground, |chaos| chaos).await;
    let sure = locks(ground).await;
    control.begin_outage();
    let (answer, waited) = timed(soon("a failure", faulty.acquire("outage", options()))).await;
    assert_eq!(answer.unwrap_err().kind(), ErrorKind::Unavailable);
    assert!(
        waited <= TTL + TTL + ground.lateness(),
        "failures are put up with for a TTL: {waited:?}"
    );
    let limited = options().wait_limit(Duration::from_millis(100));
    let error = soon("a failure", faulty.acquire("outage", limited)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "what failed, and not that it took long");
    let error = faulty.try_acquire("outage", options()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    control.end_outage();
    assert_eq!(inspected(&sure, "outage").await, None);
    drop(soon("a lock", faulty.acquire("outage", options())).await.unwrap());
}
