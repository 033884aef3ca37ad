use super::*;
use crate::supervise::pace::{Backoff, Pace};

#[tokio::test(start_paused = true)]
async fn nothing_is_dialled_before_the_first_call_and_one_connection_serves_many() {
    let fake = Fake::default();
    let link = link(&fake);
    settle().await;
    assert_eq!(fake.dials(), 0);
    for _ in 0..100 {
        assert_eq!(call(&link).await, Ok(0));
    }
    assert_eq!(fake.dials(), 1);
}

#[tokio::test(start_paused = true)]
async fn all_who_need_a_connection_wait_for_one_attempt_and_are_woken() {
    let fake = Fake::default();
    fake.set_dial(Dial::After(ms(50)));
    let link = link(&fake);
    let mut calls = Vec::new();
    for _ in 0..50 {
        calls.push(begun(&link, Lane::Cache).await);
    }
    for call in calls {
        assert_eq!(call.await.unwrap(), Ok(0));
    }
    assert_eq!(fake.dials(), 1);
}

#[tokio::test(start_paused = true)]
async fn failed_attempt_fails_all_who_wait_and_later_calls_whose_deadline_is_before_the_next() {
    let fake = Fake::default();
    fake.set_dial(Dial::Fail(ErrorKind::Denied));
    let link = link(&fake);
    let (one, other) = (begun(&link, Lane::Cache).await, begun(&link, Lane::Cache).await);
    for waiting in [one, other] {
        let error = waiting.await.unwrap().unwrap_err();
        assert_eq!(what(&error), (ErrorKind::Denied, Effect::NotApplied));
        assert!(error.to_string().starts_with("set on fake: "), "{error}");
    }
    let (mut refused, mut waited) = (0, 0);
    while fake.dials() < 20 {
        let (start, dials) = (clock::now(), fake.dials());
        let error = call(&link).await.unwrap_err();
        assert_eq!(what(&error), (ErrorKind::Denied, Effect::NotApplied));
        if fake.dials() == dials {
            assert_eq!(clock::now(), start, "a call waited for what comes after its deadline");
            assert!(error.detail().contains("the fake refuses; tried "), "{error}");
            refused += 1;
        } else {
            assert!(clock::now() - start <= ms(101), "a call outlasted its deadline");
            assert!(error.detail().ends_with("the fake refuses"), "{error}");
            waited += usize::from(clock::now() > start);
        }
        pass(ms(1)).await;
    }
    assert!(refused > 0 && waited > 0, "{refused} were refused, {waited} waited");
}

#[tokio::test(start_paused = true)]
async fn call_too_many_is_told_why_all_the_others_wait() {
    let fake = Fake::default();
    let link = link_with(&fake, Options::new().max_in_flight(1));
    fake.set_dial(Dial::After(ms(20)));
    let waiting = begun(&link, Lane::Cache).await;
    let error = call(&link).await.unwrap_err();
    assert_eq!(what(&error), (ErrorKind::Overloaded, Effect::NotApplied), "nothing has failed yet");
    assert_eq!(waiting.await.unwrap(), Ok(0));

    fake.set_mode(Mode::Lose(Lost::Broken));
    assert!(call(&link).await.is_err());
    fake.set_dial(Dial::Fail(ErrorKind::Denied));
    assert_eq!(what(&call(&link).await.unwrap_err()).0, ErrorKind::Denied);
    fake.set_dial(Dial::After(ms(20)));
    let waiting = begun(&link, Lane::Cache).await;
    let error = call(&link).await.unwrap_err();
    assert_eq!(what(&error), (ErrorKind::Denied, Effect::NotApplied));
    assert!(error.detail().contains("the fake refuses; tried "), "{error}");

    fake.set_mode(Mode::After(ms(20)));
    assert!(waiting.await.unwrap().is_ok());
    let busy = begun(&link, Lane::Cache).await;
    let error = call(&link).await.unwrap_err();
    assert_eq!(what(&error), (ErrorKind::Overloaded, Effect::NotApplied), "there is a connection");
    assert!(busy.await.unwrap().is_ok());
}

#[tokio::test(start_paused = true)]
async fn blip_is_not_seen_by_who_calls_after_it() {
    for _ in 0..20 {
        let fake = Fake::default();
        fake.set_dial(Dial::Fail(ErrorKind::Unavailable));
        let link = link(&fake);
        assert!(call(&link).await.is_err());
        fake.set_dial(Dial::Connect);
        let start = clock::now();
        let calls = [begun(&link, Lane::Cache).await, begun(&link, Lane::Cache).await];
        for call in calls {
            assert_eq!(call.await.unwrap(), Ok(1));
        }
        assert!(clock::now() - start <= ms(52), "{:?}", clock::now() - start);
        assert_eq!(fake.dials(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn stop_wakes_who_waits_for_an_attempt_that_is_not_due() {
    let fake = Fake::default();
    fake.set_dial(Dial::Fail(ErrorKind::Unavailable));
    let link = link(&fake);
    let waiting = loop {
        drop(call(&link).await);
        let waiting = begun(&link, Lane::Cache).await;
        if !waiting.is_finished() {
            break waiting;
        }
    };
    let (start, dials) = (clock::now(), fake.dials());
    link.stop().await;
    let error = waiting.await.unwrap().unwrap_err();
    assert_eq!(what(&error), (ErrorKind::Stopped, Effect::NotApplied));
    assert_eq!((clock::now(), fake.dials()), (start, dials));
}

#[tokio::test(start_paused = true)]
async fn refused_login_is_tried_again_and_works_once_the_password_is_back() {
    for kind in [ErrorKind::Denied, ErrorKind::Config, ErrorKind::Busy, ErrorKind::Unavailable] {
        let fake = Fake::default();
        fake.set_dial(Dial::Fail(kind));
        let link = link(&fake);
        for _ in 0..400 {
            assert_eq!(call(&link).await.unwrap_err().kind(), kind);
            pass(ms(5)).await;
        }
        fake.set_dial(Dial::Connect);
        let back = clock::now();
        while call(&link).await.is_err() {
            pass(ms(1)).await;
        }
        assert!(clock::now() - back <= Backoff::LONGEST + ms(2), "{:?}", clock::now() - back);
    }
}

#[tokio::test(start_paused = true)]
async fn no_second_has_more_than_twenty_attempts_whatever_fails() {
    for (dial, mode) in [
        (Dial::Fail(ErrorKind::Unavailable), Mode::Answer),
        (Dial::Connect, Mode::Lose(Lost::Broken)),
        (Dial::Connect, Mode::Lose(Lost::NotSent)),
        (Dial::Connect, Mode::Error("READONLY")),
    ] {
        let fake = Fake::default();
        fake.set_dial(dial);
        fake.set_mode(mode);
        let link = link_with(&fake, Options::new());
        for _ in 0..1000 {
            for lane in [Lane::Cache, Lane::Locks, Lane::Replicated] {
                drop(call_on(&link, lane).await);
            }
            pass(ms(5)).await;
        }
        let dials = fake.server().dials.clone();
        assert!(dials.len() > Pace::MOST, "{} attempts", dials.len());
        for window in dials.windows(Pace::MOST + 1) {
            assert!(window[Pace::MOST] - window[0] >= Duration::from_secs(1));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn waits_between_failures_grow_and_differ() {
    let fake = Fake::default();
    fake.set_dial(Dial::Fail(ErrorKind::Unavailable));
    let link = link(&fake);
    while fake.dials() < 60 {
        drop(call(&link).await);
        pass(ms(1)).await;
    }
    let dials = fake.server().dials.clone();
    let waits: Vec<_> = dials.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(waits[0] <= ms(52) && waits[1] <= ms(102) && waits[2] <= ms(202), "{waits:?}");
    let late = &waits[10..];
    assert!(late.iter().all(|wait| *wait <= Backoff::LONGEST + ms(2)), "{late:?}");
    assert!(late.iter().any(|wait| *wait > ms(300)) && late.iter().any(|wait| *wait < ms(200)));
}

#[tokio::test(start_paused = true)]
async fn first_answer_makes_the_next_failure_a_first_one() {
    let fake = Fake::default();
    let link = link(&fake);
    for _ in 0..10 {
        fake.set_dial(Dial::Fail(ErrorKind::Unavailable));
        fake.set_mode(Mode::Lose(Lost::Broken));
        let (before, start) = (fake.dials(), clock::now());
        // A loss, a failure, and the next attempt after the first and shortest wait.
        while fake.dials() < before + 2 {
            drop(call(&link).await);
            pass(ms(1)).await;
        }
        assert!(clock::now() - start <= ms(55), "{:?}", clock::now() - start);
        pass(ms(3000)).await;
        fake.set_dial(Dial::Connect);
        fake.set_mode(Mode::Answer);
        assert!(call(&link).await.is_ok());
    }
}

#[tokio::test(start_paused = true)]
async fn attempt_goes_on_when_its_caller_is_gone() {
    let fake = Fake::default();
    fake.set_dial(Dial::After(ms(50)));
    let link = link(&fake);
    let caller = begun(&link, Lane::Cache).await;
    caller.abort();
    pass(ms(60)).await;
    assert_eq!(fake.open(), [0]);
    assert_eq!(occupied(&link, Lane::Cache), 0);
    assert_eq!(call(&link).await, Ok(0));
}

#[tokio::test(start_paused = true)]
async fn attempt_goes_on_when_the_deadline_of_its_caller_has_passed() {
    let fake = Fake::default();
    fake.set_dial(Dial::After(ms(150)));
    let link = link(&fake);
    let start = clock::now();
    let error = call(&link).await.unwrap_err();
    assert_eq!(what(&error), (ErrorKind::Unavailable, Effect::NotApplied));
    assert!(error.detail().contains("127.0.0.1:6379"), "{error}");
    assert!(clock::now() - start <= ms(101));
    assert_eq!(call(&link).await, Ok(0));
    assert_eq!(fake.dials(), 1);
}

#[tokio::test(start_paused = true)]
async fn attempt_ends_at_its_own_limit_and_names_the_server() {
    let fake = Fake::default();
    fake.set_dial(Dial::Hang);
    let link = link(&fake);
    drop(call(&link).await);
    pass(ms(50)).await;
    let start = clock::now();
    let error = call(&link).await.unwrap_err();
    assert!(error.detail().contains("`connect_timeout` of 200ms"), "{error}");
    assert!(error.detail().contains("127.0.0.1:6379"), "{error}");
    assert!(clock::now() - start <= ms(51));
}

#[tokio::test(start_paused = true)]
async fn attempt_that_panics_fails_its_callers_and_not_the_next() {
    let fake = Fake::default();
    fake.set_dial(Dial::Panic);
    let link = link(&fake);
    let error = call(&link).await.unwrap_err();
    assert_eq!(what(&error), (ErrorKind::Unavailable, Effect::NotApplied));
    fake.set_dial(Dial::Connect);
    assert!(call(&link).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn connection_that_never_answered_is_not_dialled_again_at_once() {
    let fake = Fake::default();
    fake.set_mode(Mode::Lose(Lost::Broken));
    let link = link(&fake);
    let mut refused = None;
    for _ in 0..1000 {
        let dials = fake.dials();
        let error = call(&link).await.unwrap_err();
        if fake.dials() == dials {
            refused = Some(error);
        }
    }
    // No time passes in between: only waits of nothing, which are rare, allow an attempt.
    assert!(fake.dials() < 10, "{} attempts", fake.dials());
    let error = refused.unwrap();
    assert_eq!(what(&error), (ErrorKind::Unavailable, Effect::NotApplied));
    assert!(error.detail().contains("answered nothing"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn further_connections_are_opened_when_there_is_need_and_the_free_one_is_taken() {
    let fake = Fake::default();
    let options = Options::new().connections(2).deadline(ms(100)).check().unwrap();
    let link = Arc::new(Link::new(Arc::new(options), Arc::new(fake.clone())));
    for _ in 0..10 {
        assert_eq!(call(&link).await, Ok(0));
    }
    fake.server().modes.insert(0, Mode::After(ms(90)));
    let slow = begun(&link, Lane::Cache).await;
    let other = begun(&link, Lane::Cache).await;
    assert_eq!(fake.dials(), 2);
    for _ in 0..10 {
        assert_eq!(call(&link).await, Ok(1), "a free connection was passed by");
    }
    assert_eq!((slow.await.unwrap(), other.await.unwrap()), (Ok(0), Ok(0)));
    assert_eq!(fake.dials(), 2);
}

#[tokio::test(start_paused = true)]
async fn connection_that_cannot_be_added_disturbs_nobody() {
    let fake = Fake::default();
    let options = Options::new().connections(2).deadline(ms(100)).check().unwrap();
    let link = Arc::new(Link::new(Arc::new(options), Arc::new(fake.clone())));
    assert_eq!(call(&link).await, Ok(0));
    fake.set_dial(Dial::Fail(ErrorKind::Unavailable));
    fake.set_mode(Mode::After(ms(10)));
    for _ in 0..50 {
        let calls = [begun(&link, Lane::Cache).await, begun(&link, Lane::Cache).await];
        for call in calls {
            assert_eq!(call.await.unwrap(), Ok(0));
        }
    }
    assert!(fake.dials() > 1);
}

#[tokio::test(start_paused = true)]
async fn lanes_have_connections_of_their_own() {
    let fake = Fake::default();
    let link = link(&fake);
    let mut numbers = Vec::new();
    for lane in [Lane::Cache, Lane::Locks, Lane::Replicated] {
        numbers.push(call_on(&link, lane).await.unwrap());
    }
    assert_eq!(numbers, [0, 1, 2]);
}
