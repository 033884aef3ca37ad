//! Who leads.

use cache_core::ErrorKind;
use cache_recipes::{Election, ElectionOptions, Leader, LossReason, Observer, Operation};

use super::*;

/// Who leads, however long a busy machine takes to tell.
async fn leader(election: &Election) -> Option<Leader> {
    patiently(|| election.leader()).await
}

/// What an observer is told next; a look that took too long is no news.
async fn next(observer: &mut Observer) -> Option<Leader> {
    loop {
        match soon("news", observer.next()).await.unwrap() {
            Err(error) if error.kind() == ErrorKind::Timeout => {}
            news => return news.unwrap(),
        }
    }
}

fn candidate(locks: &Locks, name: &str, label: &str) -> Election {
    locks.election(name, ElectionOptions::new().ttl(TTL).candidate(label))
}

pub(crate) async fn one_candidate_leads_and_the_next_follows(ground: &impl Ground) {
    let (one, two) = (locks(ground).await, locks(ground).await);
    let (ada, ben) = (candidate(&one, "next", "Ada"), candidate(&two, "next", "Ben"));
    assert_eq!(leader(&ada).await, None);
    let leadership = soon("the election", ada.campaign()).await.unwrap();
    let term = leadership.term();
    assert_eq!(&*leader(&ben).await.unwrap().candidate, "Ada");
    let waiting = tokio::spawn(async move { ben.campaign().await.unwrap() });
    for _ in 0..4 {
        rises("the leadership", || leadership.is_leader().then(|| leadership.remaining())).await;
        assert_eq!(leader(&ada).await.unwrap().term, term);
    }
    assert!(!waiting.is_finished());
    assert_eq!(leadership.run(async { 7 }).await, Ok(7));
    leadership.resign().await.unwrap();
    let next = soon("the next leader", waiting).await.unwrap();
    let leader = leader(&ada).await.unwrap();
    assert_eq!((leader.term, &*leader.candidate), (next.term(), "Ben"));
}

pub(crate) async fn a_resignation_wakes_the_next_candidate(ground: &impl Ground) {
    let one = locks(ground).await;
    let (two, calls) = faulty(ground, |chaos| chaos).await;
    // The lease is so long that nobody looks because of it.
    let long = |locks: &Locks| locks.election("resigns", ElectionOptions::new().ttl(LONG));
    prompt_by_an_event(async || {
        let leadership = soon("the election", long(&one).campaign()).await.unwrap();
        let (waits, before) = (long(&two), calls.counts().calls);
        let waiting = tokio::spawn(async move { waits.campaign().await.unwrap() });
        waits_for_an_event(&calls, before).await;
        let resigning = async {
            leadership.resign().await.unwrap();
            waiting.await.unwrap()
        };
        let (next, took) = timed(soon("the next leader", resigning)).await;
        next.resign().await.unwrap();
        took
    })
    .await;
}

pub(crate) async fn terms_rise(ground: &impl Ground) {
    let (one, two) = (locks(ground).await, locks(ground).await);
    let mut last = None;
    for number in 0..20 {
        let election = candidate(if number % 2 == 0 { &one } else { &two }, "terms", "");
        let leadership = soon("the election", election.campaign()).await.unwrap();
        assert!(leadership.term() > last, "{:?} after {last:?}", leadership.term());
        last = leadership.term();
        leadership.resign().await.unwrap();
    }
}

pub(crate) async fn a_leader_that_vanished_is_replaced(ground: &impl Ground) {
    let locks = locks(ground).await;
    crash_with(ground, "election:vanished", TTL).await;
    let election = candidate(&locks, "vanished", "");
    let (leadership, took) = timed(soon("the election", election.campaign())).await;
    assert!(took <= TTL + Duration::from_millis(250) + ground.lateness(), "{took:?}");
    assert!(leadership.unwrap().is_leader());
}

pub(crate) async fn a_leader_steps_down_before_its_lease_ends(ground: &impl Ground) {
    // The call that renews hangs, and none of them arrives.
    let hanging = |chaos: Chaos| chaos.errors(ErrorKind::Timeout, 1.0).only([Operation::Extend]);
    let (hanging, _) = faulty(ground, hanging).await;
    let sure = locks(ground).await;
    let begun = tokio::time::Instant::now();
    let (leadership, took) = timed(candidate(&hanging, "steps down", "").campaign()).await;
    let leadership = leadership.unwrap();
    let lost = soon("the end of the term", leadership.lost()).await;
    let left = inspected(&sure, "election:steps down").await;
    assert_eq!(lost.reason, LossReason::Expired);
    assert!(!leadership.is_leader());
    match left {
        // A tenth of it, the rounding of clocks, and what the request for it has taken.
        Some(state) => assert!(state.ttl_left <= TTL / 5 + took, "{state:?} after {took:?}"),
        // So late is only a busy machine.
        None => assert!(begun.elapsed() >= TTL, "the lease goes on when the leader stepped down"),
    }
}

pub(crate) async fn observers_see_every_leader(ground: &impl Ground) {
    let (one, two) = (locks(ground).await, locks(ground).await);
    let mut observer = candidate(&two, "observed", "").observe().unwrap();
    assert_eq!(next(&mut observer).await, None);
    for label in ["Ada", "Ben", "Cem"] {
        let leadership = candidate(&one, "observed", label).campaign().await.unwrap();
        let seen = next(&mut observer).await.unwrap();
        assert_eq!((&*seen.candidate, seen.term), (label, leadership.term()));
        leadership.resign().await.unwrap();
        assert_eq!(next(&mut observer).await, None);
    }
    let crashed = "election:observed";
    crash_with(ground, crashed, TTL).await;
    assert!(next(&mut observer).await.is_some());
    let (news, took) = timed(next(&mut observer)).await;
    assert_eq!(news, None);
    assert!(took <= TTL * 2 + ground.lateness(), "{took:?}");
}

pub(crate) async fn an_observer_that_is_slow_gets_the_latest(ground: &impl Ground) {
    let locks = locks(ground).await;
    let mut observer = candidate(&locks, "slow", "").observe().unwrap();
    for label in ["Ada", "Ben", "Cem", "Dan"] {
        let leadership = candidate(&locks, "slow", label).campaign().await.unwrap();
        pass(Duration::from_millis(20)).await;
        leadership.resign().await.unwrap();
    }
    let leadership = candidate(&locks, "slow", "Eve").campaign().await.unwrap();
    let mut seen = 0;
    loop {
        seen += 1;
        let news = next(&mut observer).await;
        if news.is_some_and(|leader| leader.term == leadership.term()) {
            break;
        }
    }
    assert!(seen <= 4, "it was told {seen} times what was old");
}
