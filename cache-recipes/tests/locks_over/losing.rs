//! How a holder learns that its lock is lost, and what becomes of it then.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cache_core::{Effect, ErrorKind, LockName, Released};
use cache_recipes::{LockLost, LossReason};

use super::*;

pub(crate) async fn a_deleted_lock_is_learnt_of_by_its_event(ground: &impl Ground) {
    let (one, two) = (locks(ground).await, locks(ground).await);
    let guard = one.acquire("deleted", options().ttl(LONG)).await.unwrap();
    pass(Duration::from_millis(100)).await;
    ground.forget("deleted").await;
    let (lost, learnt) = timed(soon("the loss", guard.lost())).await;
    assert_eq!(lost.reason, LossReason::Gone);
    assert!(
        learnt < PROMPT,
        "by the event, and not by the renewal after a third of 30 s: {learnt:?}"
    );
    assert!(guard.is_lost());
    let next = soon("the lock", two.acquire("deleted", options())).await.unwrap();
    assert!(next.fence() > guard.fence());
    assert_eq!(guard.release().await.unwrap(), Released::NotOwner);
    assert_eq!(next.release().await.unwrap(), Released::Released);
}

pub(crate) async fn the_deadline_ends_a_lease_whatever_the_backend_does(ground: &impl Ground) {
    let hanging =
        |chaos: Chaos| chaos.latency(LONG..=LONG).only([cache_recipes::Operation::Extend]);
    let (hanging, _) = faulty(ground, hanging).await;
    let (refusing, control) = faulty(ground, |chaos| chaos).await;
    for (name, locks) in [("hangs", hanging), ("refuses", refusing)] {
        let guard = locks.acquire(name, options()).await.unwrap();
        control.begin_outage();
        // A late call that hangs reached the server all the same: only our own clock is looked at.
        let (lost, held) = timed(soon("the deadline", guard.lost())).await;
        control.end_outage();
        assert_eq!(lost.reason, LossReason::Expired, "{name}");
        assert!(held <= TTL + ground.lateness(), "{name}: {held:?}");
        assert_eq!(guard.remaining(), Duration::ZERO);
    }
}

pub(crate) async fn run_drops_the_future_when_the_lock_is_lost(ground: &impl Ground) {
    struct Told(Arc<AtomicBool>);
    impl Drop for Told {
        fn drop(&mut self) {
            self.0.store(true, Ordering::SeqCst);
        }
    }
    let locks = locks(ground).await;
    let guard = locks.acquire("run", options()).await.unwrap();
    assert_eq!(guard.run(async { 7 }).await, Ok(7));
    let dropped = Arc::new(AtomicBool::new(false));
    let told = Told(Arc::clone(&dropped));
    let work = async move {
        let _told = told;
        pass(LONG * 2).await;
    };
    pass(Duration::from_millis(100)).await;
    ground.forget("run").await;
    let error = soon("the loss", guard.run(work)).await.unwrap_err();
    assert!(dropped.load(Ordering::SeqCst));
    assert_eq!((error.kind(), error.operation()), (ErrorKind::LockLost, Some("run")), "{error}");
    assert_eq!(error.effect(), Effect::Unknown, "what it had begun");
    assert_eq!(guard.lost().await.reason, LossReason::Gone);
}

pub(crate) async fn run_polls_nothing_once_the_lock_is_lost(ground: &impl Ground) {
    let locks = locks(ground).await;
    let guard = locks.acquire("use after loss", options().max_hold(TTL)).await.unwrap();
    soon("the loss", guard.lost()).await;
    let lost = guard.run(async { panic!("polled under a lost lock") }).await;
    assert_eq!(
        lost.map(|()| "ran"),
        Err(LockLost::new(LossReason::MaxHold)
            .into_error()
            .with_operation("run")
            .with_key("use after loss"))
    );
    assert_eq!(guard.lost().await.reason, LossReason::MaxHold);
    assert_eq!(guard.remaining(), Duration::ZERO);
}

pub(crate) async fn release_after_loss_says_not_owner(ground: &impl Ground) {
    let locks = locks(ground).await;
    let guard = locks.acquire("late release", options().max_hold(TTL)).await.unwrap();
    soon("the loss", guard.lost()).await;
    pass(TTL / 2).await;
    assert_eq!(guard.release().await.unwrap(), Released::NotOwner);
}

pub(crate) async fn release_again_by_its_token_says_not_owner(ground: &impl Ground) {
    let token = crash_with(ground, "again", TTL).await;
    let backend = ground.open().await.locks.unwrap();
    let name = LockName::new("again").unwrap();
    assert_eq!(backend.release(name, token).await.unwrap(), Released::Released);
    assert_eq!(backend.release(name, token).await.unwrap(), Released::NotOwner);
}

pub(crate) async fn lost_answers_when_the_guard_is_given_back(ground: &impl Ground) {
    let locks = locks(ground).await;
    let guard = locks.acquire("given back", options()).await.unwrap();
    let (first, second) = (guard.lost(), tokio::spawn(guard.lost()));
    guard.release().await.unwrap();
    assert_eq!(first.await.reason, LossReason::Released);
    assert_eq!(second.await.unwrap().reason, LossReason::Released);
    let guard = locks.acquire("given back", options()).await.unwrap();
    let lost = guard.lost();
    drop(guard);
    assert_eq!(soon("the end", lost).await.reason, LossReason::Released);
}

pub(crate) async fn an_outage_shorter_than_the_lease_loses_nothing(ground: &impl Ground) {
    // A busy machine takes its time after the outage, too.
    let ttl = TTL * 3;
    let (faulty, control) = faulty(ground, |chaos| chaos).await;
    let guard = faulty.acquire("short outage", options().ttl(ttl)).await.unwrap();
    for _ in 0..2 {
        control.begin_outage();
        // A renewal is due when two thirds are left; then it is tried again, and fails again.
        while guard.remaining() > ttl * 3 / 5 {
            pass(ttl / 100).await;
        }
        assert!(control.counts().refused > 0);
        control.end_outage();
        is_renewed(&guard).await;
    }
    assert_eq!(guard.release().await.unwrap(), Released::Released);
}
