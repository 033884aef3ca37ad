//! For how long a lock is held.

use std::time::Duration;

use cache_core::{ErrorKind, Extended, LockRequest, Released};

use crate::check::{expect_some, same};
use crate::subject::{TTL, name, token};
use crate::trial::Trial;

pub(crate) async fn lock_is_held_until_just_before_it_expires(trial: Trial) {
    const TRIES: u32 = 20;
    let (locks, life) = (trial.locks(), trial.life());
    let before = if trial.time_is_stepped() { Duration::from_millis(1) } else { life / 4 };
    for attempt in 0..TRIES {
        let lock = format!("lock {attempt}");
        let since = trial.now();
        locks.take_for(&lock, token(1), life).await;
        trial.advance(life - before).await;
        let found = locks.inspect(&lock).await;
        // A machine under load may have slept through the rest: then nothing was shown.
        if trial.passed(since).1 < life {
            expect_some("inspect just before the lease ends", found);
            return;
        }
    }
    panic!("{TRIES} times more than {life:?} passed: the machine is too busy to tell");
}

pub(crate) async fn lock_is_free_at_the_instant_it_expires(trial: Trial) {
    let locks = trial.locks();
    for (round, ttl) in [Duration::from_millis(1), trial.life()].into_iter().enumerate() {
        let lock = format!("lock {round}");
        locks.take_for(&lock, token(1), ttl).await;
        trial.advance(ttl).await;
        same("inspect at that instant", &locks.inspect(&lock).await, &None);
        locks.take(&lock, token(2)).await;
    }
}

pub(crate) async fn extend_counts_from_now(trial: Trial) {
    let (locks, life) = (trial.locks(), trial.life());
    locks.take_for("longer", token(1), life).await;
    locks.take("shorter", token(1)).await;
    trial.advance(life / 4).await;
    let since = trial.now();
    locks.extends("longer", token(1), TTL, Extended::Extended).await;
    locks.extends("shorter", token(1), life, Extended::Extended).await;
    let state = expect_some("inspect of a held lock", locks.inspect("longer").await);
    trial.left_is("what is left after extend", state.ttl_left, TTL, since);
    trial.advance(life).await;
    locks.finds_held("longer", token(2)).await;
    locks.take("shorter", token(2)).await;
}

pub(crate) async fn expired_lease_cannot_be_extended_or_released(trial: Trial) {
    let locks = trial.locks();
    locks.take_for("lock", token(1), trial.life()).await;
    trial.advance(trial.life()).await;
    locks.extends("lock", token(1), TTL, Extended::NotOwner).await;
    locks.releases("lock", token(1), Released::NotOwner).await;
    locks.take("lock", token(2)).await;
}

pub(crate) async fn late_owner_leaves_the_next_one_alone(trial: Trial) {
    let locks = trial.locks();
    locks.take_for("lock", token(1), trial.life()).await;
    trial.advance(trial.life()).await;
    locks.take("lock", token(2)).await;
    locks.extends("lock", token(1), TTL, Extended::NotOwner).await;
    locks.releases("lock", token(1), Released::NotOwner).await;
    locks.finds_held("lock", token(1)).await;
    locks.releases("lock", token(2), Released::Released).await;
}

pub(crate) async fn retry_after_is_within_the_lease(trial: Trial) {
    let locks = trial.locks();
    let since = trial.now();
    locks.take("lock", token(1)).await;
    for _ in 0..3 {
        let retry_after = locks.finds_held("lock", token(2)).await;
        trial.left_is("retry_after", retry_after, TTL, since);
        assert!(!retry_after.is_zero(), "retry_after: expected more than zero, found zero");
        trial.advance(Duration::from_millis(150)).await;
    }
}

pub(crate) async fn lease_tells_what_is_left(trial: Trial) {
    let locks = trial.locks();
    for (ttl, rounded) in [
        (TTL, TTL),
        (Duration::from_nanos(5_000_000_001), Duration::from_millis(5_001)),
        (Duration::from_micros(1_999_500), Duration::from_millis(2_000)),
    ] {
        let since = trial.now();
        let (_, left) = locks.take_for("lock", token(1), ttl).await;
        trial.left_is("what is left of a new lease", left, rounded, since);
    }
}

pub(crate) async fn inspect_tells_holder_and_what_is_left(trial: Trial) {
    let locks = trial.locks();
    let since = trial.now();
    let request = LockRequest::new(name("lock"), token(1), TTL);
    for holder in ["", "worker 7", "\u{e9} \0 \r\n {} \"quoted\""] {
        locks.ask(request.holder(holder)).await;
        locks.finds_held("lock", token(2)).await;
        let state = expect_some("inspect of a held lock", locks.inspect("lock").await);
        same("the holder", &&*state.holder, &holder);
        locks.releases("lock", token(1), Released::Released).await;
    }
    locks.ask(request.holder("last")).await;
    trial.advance(Duration::from_millis(150)).await;
    let state = expect_some("inspect of a held lock", locks.inspect("lock").await);
    trial.left_is("what is left of the lease", state.ttl_left, TTL, since);
}

pub(crate) async fn inspect_of_free_lock_is_none(trial: Trial) {
    let locks = trial.locks();
    same("inspect of a lock never taken", &locks.inspect("lock").await, &None);
    locks.take("lock", token(1)).await;
    locks.releases("lock", token(1), Released::Released).await;
    same("inspect of a released lock", &locks.inspect("lock").await, &None);
    locks.take_for("lock", token(1), trial.life()).await;
    trial.advance(trial.life()).await;
    same("inspect of an expired lock", &locks.inspect("lock").await, &None);
}

pub(crate) async fn zero_lease_is_refused(trial: Trial) {
    let (locks, invalid) = (trial.locks(), ErrorKind::InvalidInput);
    let request = LockRequest::new(name("lock"), token(1), Duration::ZERO);
    locks.refuses("acquire for no time", invalid, locks.raw().acquire(request)).await;
    same("inspect after that", &locks.inspect("lock").await, &None);
    locks.take("lock", token(1)).await;
    let extend = locks.raw().extend(name("lock"), token(1), Duration::ZERO);
    locks.refuses("extend for no time", invalid, extend).await;
    locks.refuses("acquire again for no time", invalid, locks.raw().acquire(request)).await;
    locks.finds_held("lock", token(2)).await;
}

pub(crate) async fn longest_lease_is_accepted(trial: Trial) {
    let locks = trial.locks();
    locks.take_for("lock", token(1), Duration::MAX).await;
    trial.advance(trial.life()).await;
    locks.finds_held("lock", token(2)).await;
    locks.extends("lock", token(1), Duration::MAX, Extended::Extended).await;
    locks.finds_held("lock", token(2)).await;
    locks.releases("lock", token(1), Released::Released).await;
    locks.take("lock", token(2)).await;
}

pub(crate) async fn shortest_lease_ends(trial: Trial) {
    let locks = trial.locks();
    for ttl in [Duration::from_nanos(1), Duration::from_micros(999)] {
        let (_, left) = locks.take_for("lock", token(1), ttl).await;
        let most = Duration::from_millis(1);
        assert!(
            left <= most,
            "what is left of a lease of {ttl:?}: expected at most {most:?}, found {left:?}"
        );
        trial.advance(most).await;
        locks.take_for("lock", token(2), ttl).await;
        trial.advance(most).await;
    }
}
