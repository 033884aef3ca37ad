use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use tokio::runtime::{Builder, Runtime};

use super::*;

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().start_paused(true).build().unwrap()
}

#[tokio::test(start_paused = true)]
async fn stop_waits_for_calls_under_way_and_closes_every_socket() {
    let fake = Fake::default();
    fake.set_mode(Mode::After(ms(50)));
    let link = link(&fake);
    let calls = [begun(&link, Lane::Cache).await, begun(&link, Lane::Locks).await];
    let start = clock::now();
    link.stop().await;
    assert_eq!(clock::now() - start, ms(50));
    assert_eq!(fake.open(), []);
    for call in calls {
        assert!(call.await.unwrap().is_ok(), "a call under way was cut off");
    }
    for lane in [Lane::Cache, Lane::Locks, Lane::Replicated] {
        let error = call_on(&link, lane).await.unwrap_err();
        assert_eq!(what(&error), (ErrorKind::Stopped, Effect::NotApplied));
    }
    link.stop().await;
    assert!(link.is_stopped());
    assert_eq!(fake.dials(), 2);
}

#[tokio::test(start_paused = true)]
async fn stop_waits_for_a_frozen_server_no_longer_than_the_deadline() {
    let fake = Fake::default();
    fake.set_mode(Mode::Silent);
    let link = link(&fake);
    let call = begun(&link, Lane::Cache).await;
    pass(ms(50)).await;
    let given_up = begun(&link, Lane::Locks).await;
    given_up.abort();
    settle().await;
    let start = clock::now();
    link.stop().await;
    assert!(clock::now() - start <= ms(101));
    assert_eq!(call.await.unwrap().unwrap_err().effect(), Effect::Unknown);
    settle().await;
    assert_eq!(fake.open(), []);
}

#[tokio::test(start_paused = true)]
async fn stop_does_not_wait_for_calls_that_were_given_up() {
    let fake = Fake::default();
    fake.set_mode(Mode::Silent);
    let link = link(&fake);
    begun(&link, Lane::Cache).await.abort();
    settle().await;
    let start = clock::now();
    link.stop().await;
    assert_eq!(clock::now(), start);
    assert_eq!(fake.open(), []);
}

#[tokio::test(start_paused = true)]
async fn stop_during_a_dial_wakes_who_waits_and_leaves_no_socket() {
    let fake = Fake::default();
    fake.set_dial(Dial::After(ms(90)));
    let link = link(&fake);
    let waiting = begun(&link, Lane::Cache).await;
    let start = clock::now();
    link.stop().await;
    let error = waiting.await.unwrap().unwrap_err();
    assert_eq!(what(&error), (ErrorKind::Stopped, Effect::NotApplied));
    assert_eq!(clock::now(), start);
    pass(ms(200)).await;
    assert_eq!(fake.open(), []);
}

#[tokio::test(start_paused = true)]
async fn stop_that_is_dropped_closes_the_sockets_all_the_same() {
    let fake = Fake::default();
    fake.set_mode(Mode::Silent);
    let link = link(&fake);
    let call = begun(&link, Lane::Cache).await;
    assert!(clock::within(ms(1), link.stop()).await.is_err());
    settle().await;
    assert_eq!(fake.open(), []);
    assert_eq!(what(&call.await.unwrap().unwrap_err()), (ErrorKind::Unavailable, Effect::Unknown));
}

#[tokio::test(start_paused = true)]
async fn last_handle_closes_sockets_and_attempts_without_a_stop() {
    let fake = Fake::default();
    let link = link(&fake);
    assert_eq!(call(&link).await, Ok(0));
    fake.set_mode(Mode::Silent);
    begun(&link, Lane::Cache).await.abort();
    fake.set_dial(Dial::Hang);
    begun(&link, Lane::Locks).await.abort();
    settle().await;
    drop(link);
    settle().await;
    assert_eq!(fake.open(), []);
    // Less than the attempt might take.
    pass(ms(50)).await;
    assert_eq!(Arc::strong_count(&fake.0), 1, "a task lives on");
}

#[tokio::test(start_paused = true)]
async fn connection_that_was_replaced_and_has_calls_on_it_is_closed_by_a_stop_too() {
    let fake = Fake::default();
    let link = link(&fake);
    assert_eq!(call(&link).await, Ok(0));
    pass(ms(1000)).await;
    fake.set_mode(Mode::Error("READONLY"));
    assert_eq!(call(&link).await, Ok(-1));
    fake.set_mode(Mode::Answer);
    assert_eq!(call(&link).await, Ok(0));
    settle().await;
    assert_eq!(fake.open(), [0, 1]);
    link.stop().await;
    assert_eq!(fake.open(), []);
}

#[test]
fn handle_dropped_outside_of_a_runtime_closes_its_sockets() {
    let fake = Fake::default();
    let link = link(&fake);
    let runtime = runtime();
    assert_eq!(runtime.block_on(call(&link)), Ok(0));
    assert_eq!(fake.open(), [0]);
    drop(link);
    assert_eq!(fake.open(), []);
    drop(runtime);
}

#[test]
fn call_outside_of_a_runtime_is_an_error() {
    let fake = Fake::default();
    let link = link(&fake);
    let polled = pin!(call(&link)).poll(&mut Context::from_waker(Waker::noop()));
    let Poll::Ready(Err(error)) = polled else { panic!("{polled:?}") };
    assert_eq!(what(&error), (ErrorKind::Config, Effect::NotApplied));
    let without_time = Builder::new_current_thread().build().unwrap();
    let error = without_time.block_on(call(&link)).unwrap_err();
    assert_eq!(what(&error), (ErrorKind::Config, Effect::NotApplied));
    link.refuse();
    let polled = pin!(call(&link)).poll(&mut Context::from_waker(Waker::noop()));
    let Poll::Ready(Err(error)) = polled else { panic!("{polled:?}") };
    assert_eq!(what(&error), (ErrorKind::Stopped, Effect::NotApplied));
    without_time.block_on(link.stop());
    assert_eq!(occupied(&link, Lane::Cache), 0);
}

#[test]
fn call_whose_runtime_ends_fails_and_is_counted_out() {
    let fake = Fake::default();
    fake.set_mode(Mode::Silent);
    let link = link(&fake);
    let first = runtime();
    let mut call = Box::pin(call(&link));
    let mut context = Context::from_waker(Waker::noop());
    first.block_on(async {
        while fake.server().commands.is_empty() {
            assert!(call.as_mut().poll(&mut context).is_pending());
            tokio::task::yield_now().await;
        }
    });
    drop(first);
    let Poll::Ready(Err(error)) = call.as_mut().poll(&mut context) else { panic!("it waits") };
    assert_eq!(what(&error), (ErrorKind::Config, Effect::Unknown));
}

#[test]
fn attempt_that_ends_with_its_runtime_keeps_nobody_waiting() {
    let fake = Fake::default();
    fake.set_dial(Dial::Hang);
    let link = link(&fake);
    let first = runtime();
    first.block_on(async { drop(begun(&link, Lane::Cache).await) });
    assert_eq!(fake.dials(), 1);
    drop(first);
    fake.set_dial(Dial::Connect);
    assert_eq!(runtime().block_on(call(&link)), Ok(1));
}

#[test]
fn waiter_of_another_runtime_takes_over_when_the_attempt_ends_with_its_own() {
    let fake = Fake::default();
    fake.set_dial(Dial::Hang);
    let link = link(&fake);
    let (first, second) = (runtime(), runtime());
    first.block_on(async { drop(begun(&link, Lane::Cache).await) });
    let answer = second.block_on(async {
        let waiting = begun(&link, Lane::Cache).await;
        assert_eq!(fake.dials(), 1);
        fake.set_dial(Dial::Connect);
        std::thread::spawn(move || drop(first)).join().unwrap();
        waiting.await.unwrap()
    });
    assert_eq!(answer, Ok(1));
}

#[test]
fn attempt_on_a_runtime_that_nobody_drives_is_passed_by_in_the_end() {
    let fake = Fake::default();
    fake.set_dial(Dial::After(ms(10)));
    let link = link(&fake);
    let (first, second) = (runtime(), runtime());
    first.block_on(async { drop(begun(&link, Lane::Cache).await) });
    second.block_on(async {
        let start = clock::now();
        while let Err(error) = call(&link).await {
            assert_eq!(what(&error), (ErrorKind::Unavailable, Effect::NotApplied));
            assert!(clock::now() - start < Duration::from_secs(3), "nobody dialled again");
        }
    });
    assert_eq!(fake.dials(), 2);
    // The late one finds that nobody waits for it.
    first.block_on(pass(ms(20)));
    assert_eq!(fake.open(), [1]);
}

#[test]
fn calls_can_be_spawned() {
    fn assert_send<T: Send>(_: T) {}
    let fake = Fake::default();
    let link = link(&fake);
    assert_send(link.command(Lane::Cache, READ, Command::new("GET", 0)));
    assert_send(link.pipeline(Lane::Cache, READ, Vec::new()));
    assert_send(link.stop());
}
