//! Calls that take longer than they may.

use super::*;

#[tokio::test(start_paused = true)]
async fn every_call_ends_at_its_deadline_and_says_what_is_known() {
    let cache = slow(HOUR).with_deadline(SECOND);
    macro_rules! ends {
        ($told:expr, $($call:expr),+ $(,)?) => {$(
            let begun = Instant::now();
            assert_eq!(told($call.await), $told, "{}", stringify!($call));
            let waited = begun.elapsed();
            assert!(waited >= SECOND && waited <= SECOND + Duration::from_millis(50), "{waited:?}");
        )+};
    }
    ends!(
        LATE_READ,
        cache.get("k"),
        cache.contains("k"),
        cache.entry("k"),
        cache.ttl("k"),
        cache.watch_key("k"),
        cache.watch_prefix("k"),
    );
    ends!(
        LATE_WRITE,
        cache.set("k", "v"),
        cache.set_with("k", "v", SECOND),
        cache.add("k", "v"),
        cache.replace("k", "v"),
        cache.delete("k"),
        cache.take("k"),
        cache.touch("k", SECOND),
        cache.increment("n", 1),
        cache.increment_with("n", 1, SECOND),
        cache.clear_all(),
        cache.clear_prefix("k"),
    );
}

#[tokio::test(start_paused = true)]
async fn batch_past_its_deadline_answers_for_each_key() {
    let cache = slow(HOUR).with_deadline(SECOND);
    let reads = cache.get_many(["a", "", "b"]).await.unwrap();
    assert_eq!(told(reads[0].clone()), LATE_READ);
    assert_eq!(told(reads[1].clone()), (ErrorKind::InvalidInput, Effect::NotApplied));
    assert_eq!(told(reads[2].clone()), LATE_READ);
    let writes = cache.set_many([("a", "1"), ("b", "2")]).await.unwrap();
    assert_eq!(writes.into_iter().map(told).collect::<Vec<_>>(), [LATE_WRITE; 2]);
    let deletes = cache.delete_many(["a", "b"]).await.unwrap();
    assert_eq!(deletes.into_iter().map(told).collect::<Vec<_>>(), [LATE_WRITE; 2]);
}

#[tokio::test(start_paused = true)]
async fn answer_before_the_deadline_comes() {
    let cache = slow(SECOND).with_deadline(SECOND + Duration::from_millis(5));
    cache.set("k", "v").await.unwrap();
    assert_eq!(cache.get("k").await.unwrap().as_deref(), Some(&b"v"[..]));
    assert_eq!(cache.get_many(["k"]).await.unwrap(), [Ok(Some(Bytes::from("v")))]);
}

#[tokio::test(start_paused = true)]
async fn without_a_deadline_the_backend_takes_its_time() {
    let cache = slow(HOUR).with_deadline(SECOND).without_deadline();
    cache.set("k", "v").await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn clones_and_namespaces_take_the_deadline_over() {
    let cache = slow(HOUR).with_deadline(SECOND);
    assert_eq!(told(cache.namespace("a").unwrap().get("k").await), LATE_READ);
    assert_eq!(told(cache.clone().with_default_ttl(SECOND).get("k").await), LATE_READ);
}

#[tokio::test(start_paused = true)]
async fn message_of_a_timeout_names_the_deadline_the_call_and_the_way_out() {
    let (cache, _) = stuck();
    let error = cache.with_deadline(SECOND).set("k", "v").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "set on stuck, key \"k\": timeout, outcome unknown: no answer within the deadline of 1s; \
         the backend is slow or cannot be reached, or the deadline is too short"
    );
}

#[tokio::test(start_paused = true)]
async fn reply_is_dropped_when_its_deadline_passes() {
    let (cache, stuck) = stuck();
    assert_eq!(told(cache.with_deadline(SECOND).get("k").await), LATE_READ);
    assert!(stuck.broken.load(Ordering::Relaxed));
}

#[tokio::test(start_paused = true)]
async fn removing_many_entries_has_the_deadline_for_each_step() {
    let (cache, stuck) = stuck();
    let error = cache.with_deadline(SECOND).clear_all().await.unwrap_err();
    assert_eq!((error.kind(), error.effect()), LATE_WRITE);
    assert_eq!(stuck.steps.load(Ordering::Relaxed), 4, "three steps were in time");
    assert!(error.detail().ends_with("15 entries were removed before"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn deadline_does_not_hold_for_stop() {
    let (cache, _) = stuck();
    let begun = Instant::now();
    cache.with_deadline(SECOND).stop().await.unwrap();
    assert!(begun.elapsed() >= 5 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn stop_that_never_ends_is_told_after_its_own_limit() {
    let (cache, stuck) = stuck();
    stuck.stops_never.store(true, Ordering::Relaxed);
    let begun = Instant::now();
    let error = cache.without_deadline().stop().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.effect(), error.operation()),
        (ErrorKind::Timeout, Effect::Unknown, Some("stop"))
    );
    assert_limit(begun);
}

#[tokio::test(start_paused = true)]
async fn parts_of_a_backend_end_at_the_same_time() {
    let (cache, _) = stuck();
    let begun = Instant::now();
    cache.stop().await.unwrap();
    assert!(begun.elapsed() <= 5 * SECOND + Duration::from_millis(50), "one after the other");
}

#[test]
fn stop_that_has_to_wait_outside_a_runtime_is_a_typed_error() {
    let (cache, stuck) = stuck();
    stuck.stops_never.store(true, Ordering::Relaxed);
    let error = block_on(cache.stop()).unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Config, Effect::Unknown));
    assert!(error.to_string().contains("runtime of tokio with `time` enabled"), "{error}");
}

#[test]
fn answer_that_is_there_needs_no_runtime() {
    let cache = Cache::from_backend(memory()).with_deadline(Duration::ZERO);
    block_on(cache.set("k", "v")).unwrap();
    assert_eq!(block_on(cache.get("k")).unwrap().as_deref(), Some(&b"v"[..]));
}

/// Without a runtime, a timer would be told as an error of its own.
#[test]
fn deadline_of_zero_breaks_off_what_has_to_wait_and_takes_no_timer() {
    let (cache, stuck) = stuck();
    let cache = cache.with_deadline(Duration::ZERO);
    assert_eq!(told(block_on(cache.get("k"))), LATE_READ);
    assert_eq!(told(block_on(cache.set("k", "v"))), LATE_WRITE);
    assert!(stuck.broken.load(Ordering::Relaxed));
}

#[test]
fn waiting_outside_a_runtime_is_a_typed_error() {
    let (cache, _) = stuck();
    let cache = cache.with_deadline(SECOND);
    assert_no_time(block_on(cache.get("k")), Effect::NotApplied);
    assert_no_time(block_on(cache.set("k", "v")), Effect::Unknown);
}

/// A caught panic would still be printed, and would end a program that cannot unwind.
#[test]
fn waiting_outside_a_runtime_panics_nowhere() {
    let panicked = Arc::new(AtomicBool::new(false));
    let (seen, here) = (Arc::clone(&panicked), std::thread::current().id());
    let others = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if std::thread::current().id() == here {
            seen.store(true, Ordering::Relaxed);
        } else {
            others(panic);
        }
    }));
    let (cache, _) = stuck();
    let answer = block_on(cache.with_deadline(SECOND).get("k"));
    drop(std::panic::take_hook());
    assert!(answer.is_err() && !panicked.load(Ordering::Relaxed));
}

#[test]
fn waiting_in_a_runtime_without_time_is_a_typed_error() {
    let (cache, _) = stuck();
    let runtime = Builder::new_current_thread().build().unwrap();
    assert_no_time(runtime.block_on(cache.with_deadline(SECOND).get("k")), Effect::NotApplied);
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().start_paused(true).build().unwrap()
}

#[test]
fn call_that_outlives_its_runtime_is_a_typed_error() {
    let (cache, _) = stuck();
    let cache = cache.with_deadline(SECOND);
    let mut call = Box::pin(cache.get("k"));
    let ended = runtime();
    ended.block_on(std::future::poll_fn(|context| {
        assert!(call.as_mut().poll(context).is_pending());
        std::task::Poll::Ready(())
    }));
    drop(ended);
    assert_no_time(block_on(call), Effect::NotApplied);
}
