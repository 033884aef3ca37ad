//! How long a lock is held.

use cache_core::{ErrorKind, Released};
use cache_recipes::{LossReason, Operation};

use super::*;

pub(crate) async fn a_guard_is_renewed_while_it_lives(ground: &impl Ground) {
    let (one, two) = (locks(ground).await, locks(ground).await);
    let guard = one.acquire("renewed", options()).await.unwrap();
    let fence = guard.fence();
    for _ in 0..4 {
        is_renewed(&guard).await;
        assert_eq!(inspected(&two, "renewed").await.unwrap().fence, fence);
    }
    assert_eq!((guard.fence(), guard.is_lost()), (fence, false));
    assert_eq!(guard.release().await.unwrap(), Released::Released);
}

pub(crate) async fn max_hold_ends_a_hold(ground: &impl Ground) {
    let (one, two) = (locks(ground).await, locks(ground).await);
    let max_hold = TTL * 2 + TTL / 10;
    let guard = one.acquire("max hold", options().max_hold(max_hold)).await.unwrap();
    let (lost, held) = timed(soon("the end of the hold", guard.lost())).await;
    assert_eq!(lost.reason, LossReason::MaxHold);
    assert!(held <= max_hold + ground.lateness() && held > max_hold - TTL / 5, "{held:?}");
    assert!(guard.is_lost());
    let next = soon("a lock", two.acquire("max hold", options())).await.unwrap();
    next.release().await.unwrap();
}

pub(crate) async fn a_hold_as_long_as_the_ttl_is_not_renewed(ground: &impl Ground) {
    let (one, _) =
        faulty(ground, |chaos| chaos.errors(ErrorKind::Corrupt, 1.0).only([Operation::Extend]))
            .await;
    let guard = one.acquire("one ttl", options().max_hold(TTL)).await.unwrap();
    let (lost, held) = timed(soon("the end of the lease", guard.lost())).await;
    assert_eq!(lost.reason, LossReason::MaxHold);
    assert!(held < TTL + ground.lateness(), "{held:?}");
}

pub(crate) async fn remaining_never_exceeds_the_lease(ground: &impl Ground) {
    let (slow, _) = faulty(ground, |chaos| {
        chaos.latency(Duration::ZERO..=TTL / 10).only([Operation::Acquire, Operation::Extend])
    })
    .await;
    let sure = locks(ground).await;
    let mut held = 0;
    for number in 0..5 {
        let name = format!("remaining {number}");
        let guard = slow.acquire(&name, options()).await.unwrap();
        for _ in 0..20 {
            let claimed = guard.remaining();
            let (state, took) = timed(inspected(&sure, &name)).await;
            held += usize::from(state.is_some());
            // A busy machine may lose it; then nothing is claimed either.
            let left = state.map_or(Duration::ZERO, |state| state.ttl_left);
            assert!(claimed <= left + took, "claims {claimed:?} of {left:?}");
            pass(TTL / 20).await;
        }
    }
    assert!(held > 10, "it was held when looked at {held} times");
}

pub(crate) async fn renewal_that_fails_keeps_the_deadline_and_is_tried_again(ground: &impl Ground) {
    // Half of the renewals. There are ten tries in a lease, and by this seed no four fail in turn.
    const SEED: u64 = 33;
    let often = |chaos: Chaos| {
        chaos.errors(ErrorKind::Unavailable, 0.25).lost_answers(0.25).only([Operation::Extend])
    };
    let (faulty, control) = faulty_by(ground, SEED, often).await;
    let failures = || control.counts().failed + control.counts().lost;
    let guard = faulty.acquire("fails", options().ttl(TTL * 2)).await.unwrap();
    let (mut renewed, mut after_failures) = (0, 0);
    while after_failures < 2 {
        let before = failures();
        is_renewed(&guard).await;
        after_failures += usize::from(failures() > before);
        renewed += 1;
        assert!(renewed < 20, "hardly a renewal fails: {:?}", control.counts());
    }
    assert_eq!(guard.release().await.unwrap(), Released::Released);
}

pub(crate) async fn a_guard_on_another_task_is_released_from_there(ground: &impl Ground) {
    let locks = locks(ground).await;
    let guard = locks.acquire("moved", options()).await.unwrap();
    let released = tokio::spawn(guard.release()).await.unwrap();
    assert_eq!(released.unwrap(), Released::Released);
    assert!(locks.try_acquire("moved", options()).await.unwrap().is_some());
}
