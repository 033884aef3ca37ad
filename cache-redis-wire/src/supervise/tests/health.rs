use super::*;

#[tokio::test(start_paused = true)]
async fn lost_answer_is_an_error_of_its_kind_and_the_connection_is_replaced_at_once() {
    for (lost, kind, effect) in [
        (Lost::NotSent, ErrorKind::Unavailable, Effect::NotApplied),
        (Lost::Broken, ErrorKind::Unavailable, Effect::Unknown),
        (Lost::Garbage, ErrorKind::Corrupt, Effect::Unknown),
    ] {
        let fake = Fake::default();
        let link = link(&fake);
        assert_eq!(call(&link).await, Ok(0));
        fake.server().modes.insert(0, Mode::Lose(lost));
        assert_eq!(what(&call(&link).await.unwrap_err()), (kind, effect));
        settle().await;
        assert!(!fake.open().contains(&0));
        fake.server().modes.insert(1, Mode::Lose(lost));
        let read = link.command(Lane::Cache, READ, Command::new("GET", 0)).await;
        assert_eq!(what(&read.unwrap_err()), (kind, Effect::NotApplied));
        assert_eq!(fake.dials(), 2);
        assert_eq!(occupied(&link, Lane::Cache), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn missing_answer_in_a_batch_is_garbage() {
    let fake = Fake::default();
    fake.set_mode(Mode::Short);
    let link = link(&fake);
    let batch = vec![Command::new("SET", 0); 3];
    let error = link.pipeline(Lane::Cache, WRITE, batch.clone()).await.unwrap_err();
    assert_eq!(what(&error), (ErrorKind::Corrupt, Effect::Unknown));
    fake.set_mode(Mode::Answer);
    pass(ms(51)).await;
    assert_eq!(link.pipeline(Lane::Cache, WRITE, batch).await.map(|answers| answers.len()), Ok(3));
    let sent = fake.server().commands.len();
    assert_eq!(link.pipeline(Lane::Cache, WRITE, Vec::new()).await, Ok(Vec::new()));
    assert_eq!(fake.server().commands.len(), sent, "an empty batch was sent");
}

#[tokio::test(start_paused = true)]
async fn call_ends_at_its_deadline_as_unknown_unless_it_only_reads() {
    let fake = Fake::default();
    fake.set_mode(Mode::Silent);
    let link = link(&fake);
    let start = clock::now();
    let error = call(&link).await.unwrap_err();
    assert_eq!(what(&error), (ErrorKind::Timeout, Effect::Unknown));
    assert!(clock::now() - start <= ms(101));
    let read = link.command(Lane::Cache, READ, Command::new("GET", 0)).await;
    assert_eq!(what(&read.unwrap_err()), (ErrorKind::Timeout, Effect::NotApplied));
}

#[tokio::test(start_paused = true)]
async fn one_deadline_is_around_dial_and_answer() {
    let fake = Fake::default();
    fake.set_dial(Dial::After(ms(60)));
    fake.set_mode(Mode::After(ms(60)));
    let link = link(&fake);
    let start = clock::now();
    assert_eq!(call(&link).await.unwrap_err().kind(), ErrorKind::Timeout);
    assert!(clock::now() - start <= ms(101));
}

#[tokio::test(start_paused = true)]
async fn frozen_connection_is_replaced_when_calls_have_timed_out_for_a_while() {
    let fake = Fake::default();
    let link = link(&fake);
    assert_eq!(call(&link).await, Ok(0));
    fake.server().modes.insert(0, Mode::Silent);
    let mut calls = Vec::new();
    for _ in 0..5 {
        calls.push(begun(&link, Lane::Cache).await);
        pass(ms(51)).await;
    }
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap_err().kind(), ErrorKind::Timeout);
    }
    let start = clock::now();
    assert_eq!(call(&link).await, Ok(1));
    assert_eq!(clock::now(), start);
    settle().await;
    assert_eq!(fake.open(), [1]);
    assert_eq!(occupied(&link, Lane::Cache), 0, "what was given up on it counts for ever");
}

#[tokio::test(start_paused = true)]
async fn frozen_connection_is_replaced_though_nobody_calls() {
    let fake = Fake::default();
    let link = link(&fake);
    assert_eq!(call(&link).await, Ok(0));
    fake.server().modes.insert(0, Mode::Silent);
    assert_eq!(call(&link).await.unwrap_err().kind(), ErrorKind::Timeout);
    assert_eq!(occupied(&link, Lane::Cache), 1);
    pass(ms(215)).await;
    assert_eq!(fake.open(), []);
    assert_eq!(occupied(&link, Lane::Cache), 0);
    assert_eq!(call(&link).await, Ok(1));
}

#[tokio::test(start_paused = true)]
async fn frozen_connection_is_found_by_callers_who_never_wait_for_the_deadline() {
    let fake = Fake::default();
    let link = link(&fake);
    assert_eq!(call(&link).await, Ok(0));
    fake.server().modes.insert(0, Mode::Silent);
    let start = clock::now();
    while !matches!(clock::within(ms(5), call(&link)).await, Ok(Ok(_))) {
        assert!(clock::now() - start <= ms(300), "{:?}", clock::now() - start);
    }
    assert_eq!(fake.dials(), 2);
}

#[tokio::test(start_paused = true)]
async fn server_that_is_slow_for_a_moment_keeps_the_connection_of_many_short_calls() {
    let fake = Fake::default();
    let link = link(&fake);
    fake.set_mode(Mode::After(ms(150)));
    let mut calls = Vec::new();
    for _ in 0..20 {
        calls.push(begun(&link, Lane::Cache).await);
    }
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap_err().kind(), ErrorKind::Timeout);
    }
    pass(ms(60)).await;
    fake.set_mode(Mode::Answer);
    assert_eq!(call(&link).await, Ok(0), "on the same connection");
    assert_eq!((fake.dials(), occupied(&link, Lane::Cache)), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn slow_answers_between_timeouts_keep_a_connection() {
    let fake = Fake::default();
    let link = link(&fake);
    for _ in 0..10 {
        fake.set_mode(Mode::After(ms(150)));
        let calls = [begun(&link, Lane::Cache).await, begun(&link, Lane::Cache).await];
        for call in calls {
            assert_eq!(call.await.unwrap().unwrap_err().kind(), ErrorKind::Timeout);
        }
        fake.set_mode(Mode::Answer);
        assert_eq!(call(&link).await, Ok(0));
    }
    assert_eq!(fake.dials(), 1);
}

#[tokio::test(start_paused = true)]
async fn calls_dropped_on_a_working_connection_are_forgiven_and_count_no_more() {
    let fake = Fake::default();
    let link = link(&fake);
    for _ in 0..100 {
        fake.set_mode(Mode::After(ms(20)));
        assert!(clock::within(ms(5), call(&link)).await.is_err());
        // After the answer would have come, and before and after somebody asks for a sign of life.
        pass(ms(25)).await;
    }
    pass(ms(100)).await;
    assert_eq!(fake.dials(), 1);
    assert_eq!(occupied(&link, Lane::Cache), 0);
    let pings = fake.server().commands.iter().filter(|(_, name)| *name == "PING").count();
    assert!(pings > 0 && pings <= 100, "{pings} signs of life were asked for");
}

#[tokio::test(start_paused = true)]
async fn answer_to_a_later_call_frees_the_given_up_ones_before_it_and_nobody_asks() {
    let fake = Fake::default();
    let link = link(&fake);
    assert_eq!(call(&link).await, Ok(0));
    fake.set_mode(Mode::Silent);
    begun(&link, Lane::Cache).await.abort();
    settle().await;
    assert_eq!(occupied(&link, Lane::Cache), 1);
    fake.set_mode(Mode::Answer);
    assert_eq!(call(&link).await, Ok(0));
    assert_eq!(occupied(&link, Lane::Cache), 0);
    pass(ms(50)).await;
    assert!(fake.server().commands.iter().all(|(_, name)| *name == "SET"));
}

#[tokio::test(start_paused = true)]
async fn given_up_calls_count_until_the_frozen_connection_is_gone() {
    let fake = Fake::default();
    let link = link_with(&fake, Options::new().max_in_flight(10));
    assert_eq!(call(&link).await, Ok(0));
    fake.set_mode(Mode::Silent);
    for _ in 0..10 {
        assert!(clock::within(Duration::ZERO, call(&link)).await.is_err());
        settle().await;
    }
    let error = call(&link).await.unwrap_err();
    assert_eq!(what(&error), (ErrorKind::Overloaded, Effect::NotApplied));
    assert_eq!(occupied(&link, Lane::Cache), 10);
    assert!(fake.server().commands.len() <= 11, "the server was sent more than may be under way");
    pass(ms(220)).await;
    assert_eq!(occupied(&link, Lane::Cache), 0);
    fake.set_mode(Mode::Answer);
    pass(ms(51)).await;
    assert!(call(&link).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn calls_above_the_bound_are_refused_and_other_lanes_are_not() {
    let fake = Fake::default();
    fake.set_mode(Mode::After(ms(50)));
    let link = link_with(&fake, Options::new().max_in_flight(3));
    let mut calls = Vec::new();
    for _ in 0..3 {
        calls.push(begun(&link, Lane::Cache).await);
    }
    let error = call(&link).await.unwrap_err();
    assert_eq!(what(&error), (ErrorKind::Overloaded, Effect::NotApplied));
    assert!(error.detail().contains("3 calls"), "{error}");
    assert!(call_on(&link, Lane::Locks).await.is_ok());
    for call in calls {
        assert_eq!(call.await.unwrap(), Ok(0));
    }
    assert!(call(&link).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn demoted_server_is_left_for_the_promoted_one_while_calls_go_on() {
    for code in ["READONLY", "LOADING", "MASTERDOWN", "NOAUTH", "WRONGPASS"] {
        let fake = Fake::default();
        let link = link(&fake);
        assert_eq!(call(&link).await, Ok(0));
        pass(ms(1000)).await;
        fake.server().modes.insert(0, Mode::After(ms(90)));
        let slow = begun(&link, Lane::Cache).await;
        fake.server().modes.insert(0, Mode::Error(code));
        fake.set_dial(Dial::After(ms(50)));
        // The error is passed on, and so are those of the calls until there is a new connection.
        for _ in 0..3 {
            assert_eq!(call(&link).await, Ok(-1), "{code}");
        }
        pass(ms(51)).await;
        assert_eq!(call(&link).await, Ok(1), "{code}");
        assert_eq!(slow.await.unwrap(), Ok(0), "a call on the old connection was cut off");
        pass(ms(101)).await;
        assert_eq!(fake.open(), [1], "{code}");
        assert_eq!(fake.dials(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn server_that_stays_read_only_keeps_answering_and_is_seldom_dialled_again() {
    let fake = Fake::default();
    fake.set_mode(Mode::Error("READONLY"));
    let link = link(&fake);
    for _ in 0..5000 {
        assert_eq!(call(&link).await, Ok(-1), "the answer of the server was kept back");
        pass(ms(1)).await;
    }
    // One in 250 to 500 ms, in 5 s.
    assert!((9..=22).contains(&fake.dials()), "{} attempts", fake.dials());
}

#[tokio::test(start_paused = true)]
async fn other_errors_of_the_server_are_no_reason_to_leave() {
    let fake = Fake::default();
    let link = link(&fake);
    for code in ["ERR", "WRONGTYPE", "OOM", "NOSCRIPT", "BUSY", "NOPERM", "CLUSTERDOWN"] {
        fake.set_mode(Mode::Error(code));
        assert_eq!(call(&link).await, Ok(-1));
        pass(ms(1000)).await;
    }
    assert_eq!(fake.dials(), 1);
}

#[tokio::test(start_paused = true)]
async fn connection_for_replicas_has_one_call_at_a_time() {
    let fake = Fake::default();
    fake.set_mode(Mode::After(ms(30)));
    let link = link(&fake);
    let mut calls = Vec::new();
    for _ in 0..3 {
        calls.push(begun(&link, Lane::Replicated).await);
    }
    for call in calls {
        assert_eq!(call.await.unwrap(), Ok(0));
    }
    assert_eq!(fake.server().most_under_way, 1);
}

#[tokio::test(start_paused = true)]
async fn wait_for_the_connection_for_replicas_ends_at_the_deadline() {
    let fake = Fake::default();
    let link = link(&fake);
    let turn = link.turn.lock().await;
    let start = clock::now();
    let error = call_on(&link, Lane::Replicated).await.unwrap_err();
    assert_eq!(what(&error), (ErrorKind::Overloaded, Effect::NotApplied));
    assert!(clock::now() - start <= ms(101));
    drop(turn);
    assert_eq!(call_on(&link, Lane::Replicated).await, Ok(0));
}

#[tokio::test(start_paused = true)]
async fn connection_for_replicas_is_left_by_a_call_that_was_given_up() {
    let fake = Fake::default();
    let link = link(&fake);
    assert_eq!(call_on(&link, Lane::Replicated).await, Ok(0));
    fake.server().modes.insert(0, Mode::Silent);
    assert!(clock::within(ms(5), call_on(&link, Lane::Replicated)).await.is_err());
    assert_eq!(call_on(&link, Lane::Replicated).await, Ok(1));
    settle().await;
    assert_eq!(fake.open(), [1]);
    assert_eq!(occupied(&link, Lane::Replicated), 0);
}

#[tokio::test(start_paused = true)]
async fn connection_that_the_server_closed_while_nobody_called_is_replaced_before_it_is_used() {
    for lane in [Lane::Cache, Lane::Locks, Lane::Replicated] {
        let fake = Fake::default();
        let link = link(&fake);
        for number in 0..5 {
            assert_eq!(call_on(&link, lane).await, Ok(number));
            fake.server().over.insert(usize::try_from(number).unwrap());
        }
        assert_eq!(call_on(&link, lane).await, Ok(5));
        assert_eq!((fake.open(), occupied(&link, lane)), (vec![5], 0));
    }
}

#[tokio::test(start_paused = true)]
async fn connection_that_was_closed_is_passed_by_where_there_is_another() {
    let fake = Fake::default();
    let options = Options::new().connections(2).deadline(ms(100)).check().unwrap();
    let link = Arc::new(Link::new(Arc::new(options), Arc::new(fake.clone())));
    assert_eq!(call(&link).await, Ok(0));
    fake.set_mode(Mode::After(ms(10)));
    let calls = [begun(&link, Lane::Cache).await, begun(&link, Lane::Cache).await];
    for call in calls {
        assert!(call.await.unwrap().is_ok());
    }
    assert_eq!(fake.open(), [0, 1]);
    fake.set_dial(Dial::Fail(ErrorKind::Unavailable));
    fake.server().over.insert(0);
    for _ in 0..10 {
        assert_eq!(call(&link).await, Ok(1));
    }
}

#[tokio::test(start_paused = true)]
async fn server_that_closes_what_it_accepts_is_not_dialled_in_a_loop() {
    let fake = Fake::default();
    fake.server().over.extend(0..1_000);
    let link = link(&fake);
    let start = clock::now();
    while clock::now() - start < Duration::from_secs(2) {
        let error = call(&link).await.unwrap_err();
        assert_eq!(what(&error), (ErrorKind::Unavailable, Effect::NotApplied));
        pass(ms(1)).await;
    }
    assert!((4..=30).contains(&fake.dials()), "{} attempts", fake.dials());
}

#[tokio::test(start_paused = true)]
async fn cancelled_call_on_the_connection_for_replicas_blames_nobody() {
    let fake = Fake::default();
    fake.set_mode(Mode::Silent);
    let link = link(&fake);
    for _ in 0..5 {
        assert!(clock::within(ms(5), call_on(&link, Lane::Replicated)).await.is_err());
    }
    fake.set_mode(Mode::Answer);
    let start = clock::now();
    assert_eq!(call_on(&link, Lane::Replicated).await, Ok(5));
    assert_eq!(clock::now(), start, "the next connection was put off");
}

#[tokio::test(start_paused = true)]
async fn frozen_connection_is_found_soon_where_calls_may_take_an_hour() {
    let fake = Fake::default();
    let options = Options::new().connections(1).deadline(Duration::from_secs(3600));
    let link = Arc::new(Link::new(Arc::new(options.check().unwrap()), Arc::new(fake.clone())));
    assert_eq!(call(&link).await, Ok(0));
    fake.server().modes.insert(0, Mode::Silent);
    assert!(clock::within(ms(5), call(&link)).await.is_err());
    pass(ms(2_050)).await;
    assert_eq!((fake.open(), occupied(&link, Lane::Cache)), (Vec::new(), 0));
    assert_eq!(call(&link).await, Ok(1));
}

#[tokio::test(start_paused = true)]
async fn connection_that_was_replaced_goes_soon_where_calls_may_take_an_hour() {
    let fake = Fake::default();
    let options = Options::new().connections(1).deadline(Duration::from_secs(3600));
    let link = Arc::new(Link::new(Arc::new(options.check().unwrap()), Arc::new(fake.clone())));
    assert_eq!(call(&link).await, Ok(0));
    pass(ms(1_000)).await;
    fake.server().modes.insert(0, Mode::Error("READONLY"));
    assert_eq!(call(&link).await, Ok(-1));
    assert_eq!(call(&link).await, Ok(-1));
    settle().await;
    assert_eq!(call(&link).await, Ok(1));
    assert_eq!(fake.open(), [0, 1]);
    pass(ms(2_050)).await;
    assert_eq!(fake.open(), [1]);
}
