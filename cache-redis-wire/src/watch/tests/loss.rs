//! Listeners that go: a gap, and another listener.

use super::*;

#[tokio::test(start_paused = true)]
async fn listener_that_went_dead_without_a_word_is_a_gap_within_seconds_and_is_replaced() {
    let set = set();
    let mut events = set.key("k").await.unwrap();
    set.fake.server().frozen_listeners.insert(0);
    set.push(0, keys(&["k"]));
    pass(ms(5_001)).await;
    assert_eq!(read(&mut events).await.first(), Some(&Some(Event::Gap)));
    assert_eq!(set.listeners(), [None, Some(vec![Bytes::from("k")])]);
    set.push(1, keys(&["k"]));
    assert_eq!(read(&mut events).await, [changed("k")]);
}

#[tokio::test(start_paused = true)]
async fn listener_that_is_quiet_is_asked_for_a_sign_of_life_now_and_then_and_kept() {
    let set = set();
    let mut events = set.key("k").await.unwrap();
    pass(ms(60_000)).await;
    let checks = set.fake.server().checks;
    assert!((15..=20).contains(&checks), "{checks} in a minute");
    assert_eq!(set.fake.dials(), 1);
    set.push(0, keys(&["k"]));
    assert_eq!(read(&mut events).await, [changed("k")]);
}

#[tokio::test(start_paused = true)]
async fn listener_that_tells_is_not_asked_for_a_sign_of_life() {
    let set = set();
    let mut events = set.key("k").await.unwrap();
    for _ in 0..60 {
        pass(ms(1_000)).await;
        set.push(0, keys(&["k"]));
        assert_eq!(read(&mut events).await, [changed("k")]);
    }
    assert_eq!(set.fake.server().checks, 0);
}

#[tokio::test(start_paused = true)]
async fn lost_listener_is_a_gap_at_once_and_another_when_the_next_is_in_force() {
    let set = set();
    let (mut one, mut all) = (set.key("k").await.unwrap(), set.prefix("").await.unwrap());
    pass(ms(2000)).await;
    set.fake.set_dial(Dial::After(ms(50)));
    set.lose(1);
    assert_eq!(read(&mut one).await, [Some(Event::Gap)]);
    assert_eq!(read(&mut all).await, [Some(Event::Gap)]);
    pass(ms(51)).await;
    assert_eq!(read(&mut one).await, [Some(Event::Gap)]);
    assert_eq!(read(&mut all).await, [Some(Event::Gap)]);
    set.push(2, keys(&["k"]));
    assert_eq!(read(&mut one).await, [changed("k")]);
}

#[tokio::test(start_paused = true)]
async fn listener_that_cannot_be_had_is_dialled_until_it_can() {
    let set = set();
    let mut events = set.key("k").await.unwrap();
    set.fake.set_dial(Dial::Fail(ErrorKind::Unavailable));
    set.lose(0);
    pass(ms(10_000)).await;
    assert_eq!(read(&mut events).await, [Some(Event::Gap)]);
    let dials = set.fake.dials();
    assert!((20..=200).contains(&dials), "{dials} attempts");
    let error = set.key("other").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    set.fake.set_dial(Dial::Connect);
    pass(ms(501)).await;
    assert_eq!(read(&mut events).await, [Some(Event::Gap)]);
    assert!(set.key("other").await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn listener_that_is_lost_at_once_again_and_again_is_not_dialled_in_a_loop() {
    let set = set();
    let mut events = set.key("k").await.unwrap();
    let end = clock::now() + ms(10_000);
    while clock::now() < end {
        let latest = set.listeners().len() - 1;
        if set.listeners()[latest].is_some() {
            set.lose(latest);
        }
        pass(ms(1)).await;
    }
    let dials = set.fake.dials();
    assert!(dials < 120, "{dials} attempts in 10 s");
    assert!(!read(&mut events).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn flush_is_a_gap_for_everybody() {
    let set = set();
    let (mut one, mut all) = (set.key("k").await.unwrap(), set.prefix("").await.unwrap());
    set.push(1, Change::Missed);
    assert_eq!(read(&mut one).await, [Some(Event::Gap)]);
    assert_eq!(read(&mut all).await, [Some(Event::Gap)]);
}

#[tokio::test(start_paused = true)]
async fn listener_that_panics_is_a_gap_and_is_replaced() {
    let set = set();
    let mut events = set.key("k").await.unwrap();
    set.fake.server().listener_panics = true;
    set.push(0, keys(&["k"]));
    assert_eq!(read(&mut events).await, [Some(Event::Gap)]);
    pass(ms(51)).await;
    assert_eq!(read(&mut events).await, [Some(Event::Gap)]);
    set.push(1, keys(&["k"]));
    assert_eq!(read(&mut events).await, [changed("k")]);
}
