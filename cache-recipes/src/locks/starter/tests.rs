use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use cache_core::{LockName, Released};
use cache_memory::{Memory, Options};
use tokio::runtime::{Builder, Handle, Runtime};

use crate::clock::{later, now, pause, until};
use crate::{LockOptions, Locks};

fn locks() -> Locks {
    let backend = Memory::open(Options::new()).unwrap().into_backend();
    Locks::over(backend.locks.unwrap())
}

/// How many tasks there are, when those that have nothing to do have ended.
async fn tasks() -> usize {
    tokio::task::yield_now().await;
    Handle::current().metrics().num_alive_tasks()
}

fn queues(locks: &Locks) -> usize {
    super::lock(&locks.hub("test").unwrap().starters.0).len()
}

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(1).enable_time().build().unwrap()
}

async fn take(locks: &Locks, name: &str) -> crate::Guard {
    locks.acquire(name, LockOptions::new()).await.unwrap()
}

/// A lease that a busy machine does not let end before it is renewed, in time that is real.
const LEASE: Duration = Duration::from_secs(5);

/// Waits until a lease is renewed: what is left of it grows by nothing else.
async fn is_renewed(guard: &crate::Guard) {
    let mut left = guard.remaining();
    loop {
        pause(Duration::from_millis(5)).await;
        assert!(!guard.is_lost(), "the lease ended: nobody renewed it");
        let now_left = guard.remaining();
        if now_left > left {
            return;
        }
        left = now_left;
    }
}

#[tokio::test(start_paused = true)]
async fn young_holds_share_one_task_and_older_ones_have_their_own() {
    let locks = locks();
    let before = tasks().await;
    let mut guards = Vec::new();
    for number in 0..10 {
        guards.push(take(&locks, &number.to_string()).await);
        assert_eq!(tasks().await - before, 1);
    }
    pause(super::YOUNG_FOR + Duration::from_millis(2)).await;
    assert_eq!(tasks().await - before, 10, "and none that would start more");
    drop(guards.split_off(5));
    pause(Duration::from_millis(1)).await;
    assert_eq!(tasks().await - before, 5);
}

#[tokio::test(start_paused = true)]
async fn hold_that_is_soon_over_never_has_a_task() {
    let locks = locks();
    let before = tasks().await;
    for _ in 0..1_000 {
        assert_eq!(take(&locks, "short").await.release().await.unwrap(), Released::Released);
        assert!(tasks().await - before <= 1);
    }
    pause(super::YOUNG_FOR * 2).await;
    assert_eq!(tasks().await, before);
    assert_eq!(queues(&locks), 0);
}

/// Takes a name and gives it back at once, for so many milliseconds.
async fn short_holds(locks: &Locks, millis: u32) {
    for _ in 0..millis {
        assert_eq!(take(locks, "short").await.release().await.unwrap(), Released::Released);
        pause(Duration::from_millis(1)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn holds_that_are_over_do_not_wake_the_task_one_by_one() {
    let locks = locks();
    let starters = Arc::clone(&locks.hub("test").unwrap().starters);
    // A queue that is there has its task: this one, whose turns are counted.
    super::lock(&starters.0).insert(Handle::current().id(), [].into());
    drop(take(&locks, "first").await);
    let starter = super::Starter { starters, runtime: Handle::current(), ended: false };
    let (turns, mut running) = (Arc::new(AtomicUsize::new(0)), Box::pin(starter.run()));
    let counted = Arc::clone(&turns);
    let task = tokio::spawn(poll_fn(move |context| {
        counted.fetch_add(1, Ordering::Relaxed);
        running.as_mut().poll(context)
    }));
    short_holds(&locks, 1_000).await;
    let turns = turns.load(Ordering::Relaxed);
    assert!((50..=101).contains(&turns), "{turns} turns in a second");
    task.await.unwrap();
    assert_eq!(queues(&locks), 0);
}

#[tokio::test(start_paused = true)]
async fn hold_that_lasts_among_short_ones_has_a_task_in_time() {
    let locks = locks();
    let before = tasks().await;
    let young = u32::try_from(super::YOUNG_FOR.as_millis()).unwrap();
    // It begins at every point between two looks at the young ones.
    for lead in 0..2 * young {
        short_holds(&locks, lead).await;
        let lasting = take(&locks, "lasting").await;
        short_holds(&locks, young + 2).await;
        assert_eq!(tasks().await - before, 2, "of the hold, and of those that are young; {lead}");
        lasting.release().await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn hold_that_is_to_be_renewed_soon_has_a_task_at_once() {
    let locks = locks();
    let before = tasks().await;
    let ttl = Duration::from_millis(30);
    let guard = locks.acquire("renewed", LockOptions::new().ttl(ttl)).await.unwrap();
    assert_eq!(tasks().await - before, 1);
    assert_eq!(queues(&locks), 0);
    pause(ttl * 3).await;
    assert!(!guard.is_lost());
}

#[tokio::test(start_paused = true)]
async fn deletion_in_the_first_moments_is_learnt_of() {
    let backend = Memory::open(Options::new()).unwrap().into_backend();
    let locks = Locks::new(&backend);
    let guard = take(&locks, "early").await;
    // So events are heard of before the hold itself asks for any.
    let waiting = tokio::spawn(async move { take(&locks, "early").await });
    pause(Duration::from_millis(2)).await;
    let token = guard.token();
    let name = LockName::new("early").unwrap();
    let released = backend.locks.as_ref().unwrap().release(name, token).await.unwrap();
    assert_eq!(released, Released::Released);
    let lost = until(later(now(), Duration::from_millis(50)), guard.lost()).await;
    assert_eq!(lost.unwrap().reason, crate::LossReason::Gone);
    drop(waiting.await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn hold_that_begins_when_the_last_young_one_ends_is_kept() {
    let locks = locks();
    let mut all = tokio::task::JoinSet::new();
    for number in 0..8 {
        let locks = locks.clone();
        all.spawn(async move {
            for round in 0..40 {
                // Young holds run out about when those of others begin.
                let guard = take(&locks, &format!("{number} {round}")).await;
                pause(super::YOUNG_FOR + Duration::from_millis(1)).await;
                for look in 0.. {
                    if guard.is_kept() {
                        break;
                    }
                    assert!(look < 1_000, "{number} {round} has no keeper");
                    pause(Duration::from_millis(5)).await;
                }
            }
        });
    }
    all.join_all().await;
}

#[test]
fn starter_that_has_ended_leaves_the_queue_of_the_next_one_alone() {
    let runtime = runtime();
    let starters = Arc::new(super::Starters::default());
    let ended = super::Starter {
        starters: Arc::clone(&starters),
        runtime: runtime.handle().clone(),
        ended: true,
    };
    super::lock(&starters.0).insert(runtime.handle().id(), [].into());
    drop(ended);
    assert_eq!(super::lock(&starters.0).len(), 1);
}

#[test]
fn thread_that_blocks_under_its_lock_stops_nobody_else_s_renewal() {
    let locks = locks();
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap();
    let (blocking, other) = (locks.clone(), locks);
    let (sender, receiver) = std::sync::mpsc::channel();
    let (held, is_held) = std::sync::mpsc::channel();
    let blocked = runtime.spawn(async move {
        let _guard = take(&blocking, "blocks").await;
        held.send(()).unwrap();
        receiver.recv().unwrap();
    });
    is_held.recv().unwrap();
    runtime.block_on(async {
        let kept = tokio::spawn(async move {
            let guard = other.acquire("goes on", LockOptions::new().ttl(LEASE)).await.unwrap();
            is_renewed(&guard).await;
        });
        kept.await.unwrap();
        sender.send(()).unwrap();
        blocked.await.unwrap();
    });
}

#[test]
fn runtime_that_ends_renews_nothing_and_another_goes_on() {
    let locks = locks();
    let (ending, lasting) = (runtime(), runtime());
    let ttl = LockOptions::new().ttl(LEASE);
    let first = ending.block_on(locks.acquire("ends", ttl.clone())).unwrap();
    let second = lasting.block_on(locks.acquire("lasts", ttl)).unwrap();
    let gone = ending.handle().id();
    drop(ending);
    let starters = &locks.hub("test").unwrap().starters;
    assert!(
        !super::lock(&starters.0).contains_key(&gone),
        "what was to be kept there is forgotten"
    );
    lasting.block_on(async {
        is_renewed(&second).await;
        // Longer than its lease can last, where nothing renews it: a late look finds it over, too.
        while !first.is_lost() {
            let left = first.remaining();
            pause(Duration::from_millis(50)).await;
            assert!(first.remaining() <= left, "renewed on a runtime that is gone");
        }
        is_renewed(&second).await;
        assert_eq!(second.release().await.unwrap(), Released::Released);
    });
    drop(first);
}
