//! Futures that are dropped wherever they stand: no lock is left over, and nobody waits in vain.

use cache_core::Released;
use cache_recipes::ElectionOptions;

use super::*;

/// More polls than any of the futures takes.
const MOST_POLLS: usize = 40;

/// How many futures were dropped on their way: they had begun, and had not ended.
#[derive(Default)]
struct OnTheWay(usize);

impl OnTheWay {
    /// The output of a future that was polled so many times at most.
    async fn polled<F: Future>(&mut self, polls: usize, future: F) -> Option<F::Output> {
        let output = polled(polls, future).await;
        self.0 += usize::from(polls > 0 && output.is_none());
        output
    }

    /// Fails where nothing was shown.
    #[track_caller]
    fn at_least(&self, few: usize) {
        assert!(self.0 >= few, "{} were dropped on their way", self.0);
    }
}

/// The backend as it is, slow, and with faults after which nobody knows what was done.
async fn troubles(ground: &impl Ground) -> Vec<(&'static str, Locks)> {
    let ms = Duration::from_millis;
    let slow = faulty(ground, |chaos| chaos.latency(ms(1)..=ms(3))).await.0;
    let lossy = faulty(ground, |chaos| chaos.latency(ms(0)..=ms(2)).lost_answers(0.4)).await.0;
    vec![("calm", locks(ground).await), ("slow", slow), ("lossy", lossy)]
}

pub(crate) async fn acquire_dropped_at_any_poll_leaves_nothing(ground: &impl Ground) {
    let sure = locks(ground).await;
    let mut dropped = OnTheWay::default();
    for (trouble, locks) in troubles(ground).await {
        for polls in 0..MOST_POLLS {
            let name = format!("acquire {trouble} {polls}");
            let holder = sure.acquire(&name, options()).await.unwrap();
            let behind = locks.clone();
            let acquiring = dropped.polled(polls, locks.acquire(&name, options()));
            // Who was ahead and came to hold it drops its guard.
            let ahead = async { drop(acquiring.await) };
            let releasing = async {
                pass(Duration::from_millis(5)).await;
                holder.release().await.unwrap();
            };
            let waiting = async { soon("a turn behind", behind.acquire(&name, options())).await };
            let ((), next, ()) = tokio::join!(ahead, waiting, releasing);
            drop(next.unwrap());
            comes_free(&sure, &name).await;
        }
    }
    dropped.at_least(10);
}

pub(crate) async fn release_dropped_at_any_poll_is_finished(ground: &impl Ground) {
    let sure = locks(ground).await;
    let mut dropped = OnTheWay::default();
    for (trouble, locks) in troubles(ground).await {
        for polls in 0..MOST_POLLS / 4 {
            let name = format!("release {trouble} {polls}");
            let guard = soon("a lock", locks.acquire(&name, options().ttl(LONG))).await.unwrap();
            let _answer = dropped.polled(polls, guard.release()).await;
            let took = comes_free(&sure, &name).await;
            assert!(took < PROMPT, "by the background, and not by its lease: {took:?}");
            let next = soon("the next turn", locks.acquire(&name, options())).await.unwrap();
            drop(next);
        }
    }
    dropped.at_least(1);
}

pub(crate) async fn run_dropped_at_any_poll_keeps_the_lock(ground: &impl Ground) {
    let locks = locks(ground).await;
    let guard = locks.acquire("run dropped", options().ttl(LONG)).await.unwrap();
    let mut dropped = OnTheWay::default();
    for polls in 0..10 {
        let work = async {
            for _ in 0..5 {
                pass(Duration::from_millis(1)).await;
            }
        };
        let answer = dropped.polled(polls, guard.run(work)).await;
        assert!(answer.is_none_or(|answer| answer.is_ok()));
        assert!(!guard.is_lost());
    }
    dropped.at_least(3);
    assert_eq!(guard.release().await.unwrap(), Released::Released);
}

pub(crate) async fn campaign_dropped_at_any_poll_leaves_nothing(ground: &impl Ground) {
    let sure = locks(ground).await;
    let mut dropped = OnTheWay::default();
    for (trouble, locks) in troubles(ground).await {
        for polls in 0..MOST_POLLS / 2 {
            let name = format!("{trouble} {polls}");
            let election = locks.election(&name, ElectionOptions::new().ttl(TTL));
            drop(dropped.polled(polls, election.campaign()).await);
            comes_free(&sure, &format!("election:{name}")).await;
            let leadership = soon("the election", election.campaign()).await.unwrap();
            assert!(leadership.is_leader());
        }
    }
    dropped.at_least(1);
}

pub(crate) async fn several_names_dropped_at_any_poll_leave_nothing(ground: &impl Ground) {
    let sure = locks(ground).await;
    let mut dropped = OnTheWay::default();
    for (trouble, locks) in troubles(ground).await {
        for polls in 0..MOST_POLLS {
            let names = ["a", "b", "c"].map(|name| format!("several {trouble} {polls} {name}"));
            let names = names.each_ref().map(String::as_str);
            drop(dropped.polled(polls, locks.acquire_all(&names, options())).await);
            for name in names {
                comes_free(&sure, name).await;
            }
        }
    }
    dropped.at_least(1);
}

pub(crate) async fn a_dropped_guard_is_given_back(ground: &impl Ground) {
    let sure = locks(ground).await;
    for (trouble, locks) in troubles(ground).await {
        for number in 0..20 {
            let name = format!("guard {trouble} {number}");
            drop(soon("a lock", locks.acquire(&name, options().ttl(LONG))).await.unwrap());
            let took = comes_free(&sure, &name).await;
            assert!(took < PROMPT, "by the background, and not by its lease: {took:?}");
        }
    }
}
