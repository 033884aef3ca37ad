use super::*;
use crate::clock::now;

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn terms() -> Terms {
    Terms { ttl: ms(10_000), max_hold: None, margin: Duration::ZERO, call_limit: ms(1_000) }
}

fn asking(wait: Wait) -> Asking {
    Asking::new(terms(), Patience { wait, failures: Some(ms(10_000)) })
}

#[test]
fn it_asks_when_it_is_its_turn_and_not_before() {
    let (mut asking, now) = (asking(Wait::ForEver), now());
    assert_eq!(asking.next(now), NextAsk::Wait { until: None });
    asking.woken(now);
    assert_eq!(asking.next(now), NextAsk::Ask { until: now + ms(1_000) });
}

#[test]
fn a_held_name_is_asked_for_when_its_lease_ends_or_when_it_is_woken() {
    let (mut asking, now) = (asking(Wait::ForEver), now());
    asking.woken(now);
    asking.held(now, ms(3_000), true, ms(2));
    assert_eq!(asking.next(now), NextAsk::Wait { until: Some(now + ms(3_002)) });
    assert!(matches!(asking.next(now + ms(3_002)), NextAsk::Ask { .. }));
    asking.woken(now + ms(1));
    assert!(matches!(asking.next(now + ms(1)), NextAsk::Ask { .. }));
}

#[test]
fn without_events_or_with_a_far_lease_it_asks_again_in_between() {
    let (mut asking, now) = (asking(Wait::ForEver), now());
    asking.held(now, ms(60_000), false, ms(3));
    assert_eq!(asking.next(now), NextAsk::Wait { until: Some(now + ms(103)) });
    asking.held(now, ms(60_000), true, ms(3));
    assert_eq!(asking.next(now), NextAsk::Wait { until: Some(now + ms(5_003)) });
}

#[test]
fn the_wait_limit_ends_waits_and_calls() {
    let now = now();
    let mut asking = asking(Wait::Until(now + ms(500)));
    asking.woken(now);
    assert_eq!(asking.next(now), NextAsk::Ask { until: now + ms(500) });
    asking.held(now, ms(3_000), true, ms(1));
    assert_eq!(asking.next(now), NextAsk::Wait { until: Some(now + ms(500)) });
    assert_eq!(asking.next(now + ms(500)), NextAsk::GiveUp(Refusal::Held));
    asking.failed(now, Failure::Unknown);
    assert_eq!(asking.next(now + ms(500)), NextAsk::GiveUp(Refusal::Failed));
}

#[test]
fn who_does_not_wait_gives_up_when_it_is_held() {
    let (mut asking, now) = (asking(Wait::Not), now());
    asking.woken(now);
    asking.held(now, ms(3_000), true, ms(1));
    assert_eq!(asking.next(now), NextAsk::GiveUp(Refusal::Held));
}

#[test]
fn failures_are_repeated_ever_more_slowly_until_patience_ends() {
    let (mut asking, begun) = (asking(Wait::ForEver), now());
    asking.woken(begun);
    let (mut now, mut pauses) = (begun, Vec::new());
    loop {
        match asking.next(now) {
            NextAsk::Ask { .. } => asking.failed(now, Failure::Passing),
            NextAsk::Wait { until } => {
                pauses.push((until.unwrap() - now).as_millis());
                now = until.unwrap();
            }
            NextAsk::GiveUp(refusal) => break assert_eq!(refusal, Refusal::Failed),
        }
    }
    assert_eq!(pauses[..9], [10, 20, 40, 80, 160, 320, 640, 1_000, 1_000]);
    assert!(now - begun <= ms(10_000) && now - begun > ms(9_000));
}

#[test]
fn an_ask_that_may_have_been_granted_is_repeated_soon() {
    let (mut asking, now) = (asking(Wait::ForEver), now());
    for _ in 0..20 {
        asking.failed(now, Failure::Unknown);
    }
    assert_eq!(asking.next(now), NextAsk::Wait { until: Some(now + ms(100)) });
}

#[test]
fn an_answer_ends_a_row_of_failures() {
    let (mut asking, now) = (asking(Wait::ForEver), now());
    asking.failed(now, Failure::Passing);
    asking.held(now + ms(9_000), ms(1), true, ms(1));
    asking.failed(now + ms(12_000), Failure::Passing);
    assert!(matches!(asking.next(now + ms(12_000)), NextAsk::Wait { .. }));
}

#[test]
fn lasting_failures_end_it_and_events_do_not_make_a_storm_of_the_others() {
    let (mut asking, now) = (asking(Wait::ForEver), now());
    asking.failed(now, Failure::Passing);
    asking.woken(now);
    assert_eq!(asking.next(now), NextAsk::Wait { until: Some(now + ms(10)) });
    asking.failed(now, Failure::Lasting);
    assert_eq!(asking.next(now), NextAsk::GiveUp(Refusal::Failed));
}

#[test]
fn an_ask_that_the_end_of_the_wait_cuts_short_says_what_was_known() {
    let start = now();
    let (end, waiting) = (start + ms(500), Wait::Until(start + ms(500)));
    let held = |asking: &mut Asking| asking.held(start, ms(100), false, Duration::ZERO);

    let mut cut = asking(waiting);
    held(&mut cut);
    cut.failed(end, Failure::Unknown);
    assert_eq!(cut.next(end), NextAsk::GiveUp(Refusal::Held));

    let mut failing = asking(waiting);
    held(&mut failing);
    failing.failed(start + ms(100), Failure::Unknown);
    failing.failed(end, Failure::Unknown);
    assert_eq!(failing.next(end), NextAsk::GiveUp(Refusal::Failed), "it failed before, too");

    let mut never_heard = asking(waiting);
    never_heard.failed(end, Failure::Unknown);
    assert_eq!(never_heard.next(end), NextAsk::GiveUp(Refusal::Failed));
}
