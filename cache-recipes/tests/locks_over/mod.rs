//! What locks and elections promise, over any backend.
//!
//! A test file of a backend includes this by `#[path]`, says by a [`Ground`] how the backend is
//! opened, and calls `locks_over!`. Nothing here knows whether time is real: a runtime that is paused
//! makes it pass at once, and a server takes it as it is.

#![allow(clippy::unwrap_used, reason = "a test that meets an error fails")]

pub(crate) mod asking;
pub(crate) mod dropping;
pub(crate) mod electing;
pub(crate) mod holding;
pub(crate) mod losing;
pub(crate) mod strangers;
pub(crate) mod waiting;

use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;
use std::time::Duration;

use cache_core::{Backend, Error, ErrorKind, LockName, LockRequest, LockState, Token};
use cache_recipes::{Chaos, ChaosControl, Guard, LockOptions, Locks};

/// Where the locks are.
pub(crate) trait Ground: Sync {
    /// The backend as one more process sees it: all that were opened share their locks.
    fn open(&self) -> impl Future<Output = Backend> + Send;

    /// How late an answer may be without anything being wrong: nothing where time is simulated.
    fn lateness(&self) -> Duration;

    /// Deletes a lock under its holder, as an eviction or an operator does; an event tells of it.
    fn forget(&self, name: &str) -> impl Future<Output = ()> + Send;
}

/// One test a case.
///
/// `ground` makes the [`Ground`], for each test anew; `test` is the attribute of the tests.
#[macro_export]
macro_rules! locks_over {
    (ground = $ground:expr, test = $test:meta) => {
        $crate::locks_over! { @cases [$ground] [$test]
            asking {
                acquire_and_release_take_turns
                try_acquire_answers_whether_it_is_free
                fences_rise_from_grant_to_grant_and_process_to_process
                what_is_asked_for_is_checked
                a_name_has_one_byte_to_1024
                a_lock_and_a_label_are_seen_by_others
                wait_limit_ends_the_wait_and_changes_nothing
                several_names_are_taken_together_or_not_at_all
                the_same_names_in_any_order_never_wait_in_a_circle
                too_few_replicas_are_no_grant
                lost_answers_are_asked_for_again
                failures_that_last_are_told_and_leave_nothing
            }
            holding {
                a_guard_is_renewed_while_it_lives
                max_hold_ends_a_hold
                a_hold_as_long_as_the_ttl_is_not_renewed
                remaining_never_exceeds_the_lease
                renewal_that_fails_keeps_the_deadline_and_is_tried_again
                a_guard_on_another_task_is_released_from_there
            }
            losing {
                a_deleted_lock_is_learnt_of_by_its_event
                the_deadline_ends_a_lease_whatever_the_backend_does
                run_drops_the_future_when_the_lock_is_lost
                run_polls_nothing_once_the_lock_is_lost
                release_after_loss_says_not_owner
                release_again_by_its_token_says_not_owner
                lost_answers_when_the_guard_is_given_back
                an_outage_shorter_than_the_lease_loses_nothing
            }
            strangers {
                nobody_else_can_release_or_extend
                a_backend_that_compares_first_and_then_acts_is_found_out
            }
            waiting {
                a_release_elsewhere_wakes_a_waiter
                a_release_here_wakes_a_waiter
                waiters_here_are_served_in_order
                a_holder_that_vanished_is_replaced_when_its_lease_ends
                without_events_a_waiter_asks_again
                a_dropped_head_hands_the_turn_on
                many_waiters_of_two_processes_all_come_to_turn
            }
            dropping {
                acquire_dropped_at_any_poll_leaves_nothing
                release_dropped_at_any_poll_is_finished
                run_dropped_at_any_poll_keeps_the_lock
                campaign_dropped_at_any_poll_leaves_nothing
                several_names_dropped_at_any_poll_leave_nothing
                a_dropped_guard_is_given_back
            }
            electing {
                one_candidate_leads_and_the_next_follows
                a_resignation_wakes_the_next_candidate
                terms_rise
                a_leader_that_vanished_is_replaced
                a_leader_steps_down_before_its_lease_ends
                observers_see_every_leader
                an_observer_that_is_slow_gets_the_latest
            }
        }
    };
    (@cases $ground:tt $test:tt $($group:ident { $($case:ident)* })*) => {
        $(mod $group { $($crate::locks_over! { @case $ground $test $group $case })* })*
    };
    (@case [$ground:expr] [$test:meta] $group:ident $case:ident) => {
        #[$test]
        async fn $case() {
            use super::*;
            let ground = $ground;
            $crate::locks_over::$group::$case(&ground).await;
        }
    };
}

/// Long beside the round trips of a busy server, short beside the patience of a test.
pub(crate) const TTL: Duration = Duration::from_secs(2);

/// What happens by an event happens within this, on a busy machine too, and long before anything that
/// goes by [`LONG`].
pub(crate) const PROMPT: Duration = Duration::from_secs(6);

/// As long as no test should take, unless it waits in vain.
pub(crate) const LONG: Duration = Duration::from_secs(30);

pub(crate) fn options() -> LockOptions {
    LockOptions::new().ttl(TTL)
}

pub(crate) async fn locks(ground: &impl Ground) -> Locks {
    Locks::new(&ground.open().await)
}

/// Locks over faults, and what lies under them.
pub(crate) async fn faulty(
    ground: &impl Ground,
    faults: impl FnOnce(Chaos) -> Chaos,
) -> (Locks, ChaosControl) {
    faulty_by(ground, seed(), faults).await
}

/// The same, by a seed that the test has chosen.
pub(crate) async fn faulty_by(
    ground: &impl Ground,
    seed: u64,
    faults: impl FnOnce(Chaos) -> Chaos,
) -> (Locks, ChaosControl) {
    let chaos = faults(Chaos::new(ground.open().await, seed));
    let control = chaos.control();
    (Locks::new(&chaos.into_backend()), control)
}

fn seed() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// A holder that crashes: it takes a lock, and is not heard of again.
pub(crate) async fn crash_with(ground: &impl Ground, name: &str, ttl: Duration) -> Token {
    acquire_and_forget(&ground.open().await, name, ttl).await
}

/// Takes a lock by a token that nobody else has.
pub(crate) async fn acquire_and_forget(backend: &Backend, name: &str, ttl: Duration) -> Token {
    let token = Token::from_bytes([seed() as u8 ^ 0x5a; 16]);
    let request = LockRequest::new(LockName::new(name).unwrap(), token, ttl);
    let answer = backend.locks.as_ref().unwrap().acquire(request).await.unwrap();
    assert!(matches!(answer, cache_core::Acquired::Granted { .. }), "{name}: {answer:?}");
    token
}

#[expect(clippy::disallowed_methods, reason = "time passes here for all tests")]
pub(crate) async fn pass(duration: Duration) {
    tokio::time::sleep(duration).await;
}

/// The answer of a future that is to come soon; a test that waits in vain fails.
#[expect(clippy::disallowed_methods, reason = "time passes here for all tests")]
#[track_caller]
pub(crate) fn soon<F: Future>(what: &str, future: F) -> impl Future<Output = F::Output> {
    let caller = std::panic::Location::caller();
    async move {
        match tokio::time::timeout(LONG, future).await {
            Ok(output) => output,
            Err(_) => panic!("{caller}: waited in vain for {what}"),
        }
    }
}

/// How long a future took.
pub(crate) async fn timed<F: Future>(future: F) -> (F::Output, Duration) {
    let begun = tokio::time::Instant::now();
    let output = future.await;
    (output, begun.elapsed())
}

/// Polls a future so many times, as it is woken, and drops it; its output if it ended before. One
/// that is not woken for a while is dropped then.
#[expect(clippy::disallowed_methods, reason = "time passes here for all tests")]
pub(crate) async fn polled<F: Future>(polls: usize, future: F) -> Option<F::Output> {
    let mut left = polls;
    let mut future = pin!(future);
    let polling = poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    });
    tokio::time::timeout(Duration::from_millis(50), polling).await.ok().flatten()
}

/// All of them at once; their outputs in their order.
pub(crate) async fn together<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut pending: Vec<_> = futures.map(|future| (Box::pin(future), None)).collect();
    poll_fn(|context| {
        for (future, output) in pending.iter_mut().filter(|(_, output)| output.is_none()) {
            if let Poll::Ready(ended) = future.as_mut().poll(context) {
                *output = Some(ended);
            }
        }
        let is_done = pending.iter().all(|(_, output)| output.is_some());
        if is_done { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    pending.into_iter().filter_map(|(_, output)| output).collect()
}

/// Nobody holds a name, or soon will not.
#[track_caller]
pub(crate) fn comes_free<'a>(
    locks: &'a Locks,
    name: &'a str,
) -> impl Future<Output = Duration> + 'a {
    let caller = std::panic::Location::caller();
    let begun = tokio::time::Instant::now();
    async move {
        while inspected(locks, name).await.is_some() {
            assert!(begun.elapsed() < LONG, "{caller}: {name} is never given back");
            pass(Duration::from_millis(1)).await;
        }
        begun.elapsed()
    }
}

/// What is seen of a name. A look has a second, and a busy machine may need another.
pub(crate) async fn inspected(locks: &Locks, name: &str) -> Option<LockState> {
    patiently(|| locks.inspect(name)).await
}

/// The answer of what only looks, which is asked again where none came in time.
pub(crate) async fn patiently<T, F>(mut look: impl FnMut() -> F) -> T
where
    F: Future<Output = Result<T, Error>>,
{
    let looking = async {
        loop {
            match look().await {
                Err(error) if error.kind() == ErrorKind::Timeout => {}
                answer => return answer.unwrap(),
            }
        }
    };
    soon("an answer", looking).await
}

/// Waits until a lease is renewed, which must not end before.
pub(crate) async fn is_renewed(guard: &Guard) {
    rises("the lock", || (!guard.is_lost()).then(|| guard.remaining())).await;
}

/// Waits until what is left of a lease grows: by a renewal it does, and by nothing else. None is left of
/// one that is lost.
pub(crate) async fn rises(what: &str, left: impl Fn() -> Option<Duration> + Send + Sync) {
    let left = || left().unwrap_or_else(|| panic!("{what} was lost before it was renewed"));
    let rising = async {
        let mut last = left();
        loop {
            pass(Duration::from_millis(10)).await;
            let now = left();
            if now > last {
                return;
            }
            last = now;
        }
    };
    soon("a renewal", rising).await;
}

/// Waits until a waiter, who had made so many calls before it came, asks no more than now and then. Who
/// hears of no events asks every tenth of a second.
pub(crate) async fn waits_for_an_event(calls: &ChaosControl, before: u64) {
    const A_WHILE: Duration = Duration::from_millis(500);
    const FEW: u64 = 2;
    let waiting = async {
        while calls.counts().calls == before {
            pass(Duration::from_millis(1)).await;
        }
        loop {
            let before = calls.counts().calls;
            pass(A_WHILE).await;
            if calls.counts().calls - before <= FEW {
                return;
            }
        }
    };
    soon("a waiter that asks no more", waiting).await;
}

/// What an event brings about comes long before the next ask that nobody has told of anything, which is
/// 5 s after the last one. A busy machine may be late once; without an event it is so every time.
pub(crate) async fn prompt_by_an_event(mut trying: impl AsyncFnMut() -> Duration) {
    const SOON: Duration = Duration::from_secs(3);
    let mut all = Vec::new();
    for _ in 0..6 {
        all.push(trying().await);
        // A stall before the event can make the next ask due soon after it, once.
        if all.iter().filter(|took| **took < SOON).count() == 2 {
            return;
        }
    }
    panic!("not by the event: {all:?}");
}
