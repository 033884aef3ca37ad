//! Reads that fail, as errors and as misses.

use super::*;

#[test]
fn read_that_fails_is_an_error_unless_told_otherwise() {
    let (cache, control) = fragile();
    control.begin_outage();
    assert_eq!(told(block_on(cache.get("k"))), (ErrorKind::Unavailable, Effect::NotApplied));
    assert_eq!(cache.failures_as_misses(), 0);
}

#[test]
fn reads_that_fail_are_misses_where_told_so_and_are_counted() {
    let (cache, control) = fragile();
    let cache = cache.with_on_error(OnError::Miss);
    control.begin_outage();
    assert_eq!(block_on(cache.get("k")), Ok(None));
    assert_eq!(block_on(cache.contains("k")), Ok(false));
    assert_eq!(block_on(cache.entry("k")), Ok(None));
    assert_eq!(block_on(cache.ttl("k")), Ok(None));
    assert_eq!(cache.failures_as_misses(), 4);
    assert_eq!(block_on(cache.get_many(["k", "l"])), Ok(vec![Ok(None), Ok(None)]));
    assert_eq!(cache.failures_as_misses(), 6);
    assert_eq!(cache.statistics().unwrap().failures_as_misses, 6);
    control.end_outage();
    assert_eq!(block_on(cache.get("k")).unwrap().as_deref(), Some(&b"v"[..]));
    assert_eq!(cache.failures_as_misses(), 6);
}

#[test]
fn failures_are_counted_for_all_handles_of_one_cache() {
    let (root, control) = fragile();
    let cache = root.with_on_error(OnError::Miss);
    control.begin_outage();
    assert_eq!(block_on(cache.namespace("a").unwrap().get("k")), Ok(None));
    assert_eq!(block_on(cache.clone().with_default_ttl(SECOND).get("k")), Ok(None));
    assert_eq!((cache.failures_as_misses(), root.failures_as_misses()), (2, 2));
}

#[test]
fn changes_that_fail_are_errors_in_any_case() {
    let (cache, control) = fragile();
    let cache = cache.with_on_error(OnError::Miss);
    control.begin_outage();
    macro_rules! fails {
        ($($call:expr),+ $(,)?) => {$(
            assert_eq!(told(block_on($call)).0, ErrorKind::Unavailable, "{}", stringify!($call));
        )+};
    }
    fails!(
        cache.set("k", "v"),
        cache.set_with("k", "v", Ttl::Never),
        cache.add("k", "v"),
        cache.replace("k", "v"),
        cache.delete("k"),
        cache.take("k"),
        cache.touch("k", SECOND),
        cache.increment("n", 1),
        cache.increment_with("n", 1, SECOND),
        cache.set_many([("k", "v")]),
        cache.set_many_with([("k", "v")], SECOND),
        cache.delete_many(["k"]),
        cache.clear_all(),
        cache.clear_prefix("k"),
        cache.namespace("a").unwrap().clear_namespace(),
        cache.watch_key("k"),
        cache.watch_prefix("k"),
    );
    assert_eq!(cache.failures_as_misses(), 0);
}

#[test]
fn failures_that_do_not_pass_are_errors_in_any_case() {
    let denied = Chaos::new(memory(), 1).errors(ErrorKind::Denied, 1.0).into_backend();
    let denied = Cache::from_backend(denied).with_on_error(OnError::Miss);
    assert_eq!(told(block_on(denied.get("k"))).0, ErrorKind::Denied);
    let answers = block_on(denied.get_many(["k"])).unwrap();
    assert_eq!(told(answers[0].clone()).0, ErrorKind::Denied);
    let (cache, _) = fragile();
    let cache = cache.with_on_error(OnError::Miss);
    assert_eq!(told(block_on(cache.get(""))).0, ErrorKind::InvalidInput);
    block_on(cache.stop()).unwrap();
    assert_eq!(told(block_on(cache.get("k"))).0, ErrorKind::Stopped);
    let (stuck, _) = stuck();
    let stuck = stuck.with_on_error(OnError::Miss).with_deadline(SECOND);
    assert_no_time(block_on(stuck.get("k")), Effect::NotApplied);
    assert_eq!((cache.failures_as_misses(), stuck.failures_as_misses()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn deadline_that_passes_is_a_miss_too_and_a_refused_key_of_the_batch_is_not() {
    let cache = slow(HOUR).with_deadline(SECOND).with_on_error(OnError::Miss);
    assert_eq!(cache.get("k").await, Ok(None));
    let answers = cache.get_many(["a", "", "b"]).await.unwrap();
    assert_eq!((&answers[0], &answers[2]), (&Ok(None), &Ok(None)));
    assert_eq!(told(answers[1].clone()).0, ErrorKind::InvalidInput);
    assert_eq!(cache.failures_as_misses(), 3);
    assert_eq!(told(cache.set("k", "v").await), LATE_WRITE);
}
