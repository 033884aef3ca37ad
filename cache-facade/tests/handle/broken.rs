//! What the handle makes of a backend that lacks much and does the rest wrongly.

use super::*;

/// A backend with get, set and delete alone, whose clear fails at its third step, and whose
/// batches answer one key too few.
#[derive(Default)]
struct Broken {
    steps: AtomicU64,
}

impl Lifecycle for Broken {
    fn name(&self) -> &str {
        "broken"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::none()
    }

    fn stop(&self) -> Reply<'_, ()> {
        Reply::err(Error::unknown(ErrorKind::Timeout, "no answer"))
    }
}

impl CacheBackend for Broken {
    fn get(&self, _: Key<'_>) -> Reply<'_, Option<Bytes>> {
        Reply::ok(None)
    }

    fn set(&self, _: Key<'_>, _: Bytes, _: SetOptions) -> Reply<'_, SetOutcome> {
        Reply::ok(SetOutcome::Stored)
    }

    fn delete(&self, _: Key<'_>) -> Reply<'_, bool> {
        Reply::ok(false)
    }

    fn get_many(&self, keys: &[Key<'_>]) -> Reply<'_, Vec<Result<Option<Bytes>, Error>>> {
        Reply::ok(keys.iter().skip(1).map(|_| Ok(None)).collect())
    }

    fn delete_many(&self, keys: &[Key<'_>]) -> Reply<'_, Vec<Result<bool, Error>>> {
        Reply::ok(keys.iter().skip(1).map(|_| Ok(true)).collect())
    }

    fn clear(&self, _: ClearScope<'_>, cursor: Cursor) -> Reply<'_, ClearStep> {
        let step = self.steps.fetch_add(1, Ordering::Relaxed);
        assert_eq!(cursor == Cursor::START, step == 0, "a clear goes on where it was");
        if step == 2 {
            let error = Error::not_applied(ErrorKind::Busy, "later").with_server_code("LOADING");
            return Reply::err(error.with_backend("broken"));
        }
        Reply::ok(ClearStep::new(5, Some(Cursor::from_bytes(Bytes::from("on")))))
    }
}

impl Watch for Broken {
    fn watch(&self, _: Scope<'_>) -> Reply<'_, Subscription> {
        let (sender, events) = Subscription::new(8);
        sender.changed("elsewhere:k", Origin::Remote);
        sender.changed("here:k", Origin::Remote);
        sender.gap();
        Reply::ok(events)
    }
}

#[test]
fn clear_that_breaks_off_does_not_claim_that_nothing_was_changed() {
    let cache = Cache::from_backend(Backend::new(Arc::new(Broken::default())));
    let error = block_on(cache.clear_all()).unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Busy, Effect::Unknown));
    assert_eq!(error.server_code(), Some("LOADING"));
    assert_eq!(
        error.to_string(),
        "clear_all on broken: busy LOADING, outcome unknown: later; 10 entries were removed before"
    );
}

#[test]
fn wrong_number_of_answers_is_told_for_each_key_because_the_batch_was_tried() {
    let cache = Cache::from_backend(Backend::new(Arc::new(Broken::default())));
    let told = |error: &Error| (error.kind(), error.effect());
    let reads = block_on(cache.get_many(["a", "", "b"])).unwrap();
    let reads: Vec<_> = reads.iter().map(|read| told(read.as_ref().unwrap_err())).collect();
    let corrupt = (ErrorKind::Corrupt, Effect::NotApplied);
    assert_eq!(reads, [corrupt, (ErrorKind::InvalidInput, Effect::NotApplied), corrupt]);
    let deletes = block_on(cache.delete_many(["a", "b"])).unwrap();
    let error = deletes[1].as_ref().unwrap_err();
    assert_eq!(told(error), (ErrorKind::Corrupt, Effect::Unknown));
    assert!(error.to_string().starts_with("delete_many on broken, key \"b\""), "{error}");
    assert!(error.detail().contains("number of answers: 1 to 2 keys"), "{error}");
}

#[test]
fn what_a_backend_lacks_is_unsupported() {
    let cache = Cache::from_backend(Backend::new(Arc::new(Broken::default())));
    assert_eq!(block_on(cache.entry("k")).unwrap_err().kind(), ErrorKind::Unsupported);
    assert_eq!(block_on(cache.watch_key("k")).unwrap_err().kind(), ErrorKind::Unsupported);
    assert_eq!(cache.statistics().unwrap_err().kind(), ErrorKind::Unsupported);
}

#[test]
fn events_of_other_namespaces_are_left_out_and_gaps_are_not() {
    let broken = Arc::new(Broken::default());
    let backend = Backend::new(Arc::clone(&broken) as _).with_watch(broken);
    let cache = Cache::from_backend(backend).namespace("here").unwrap();
    let mut events = block_on(cache.watch_prefix("")).unwrap();
    assert_eq!(block_on(events.next()), Some(Event::changed("k", Origin::Remote)));
    assert_eq!(block_on(events.next()), Some(Event::Gap));
    assert_eq!(block_on(events.next()), None);
}

#[test]
fn failure_to_stop_is_told_and_does_not_keep_the_locks_from_stopping() {
    let (memory, _) = open();
    let backend = Backend::new(Arc::new(Broken::default()));
    let cache = Cache::from_backend(backend.with_locks(memory.backend().locks.clone().unwrap()));
    let error = block_on(cache.stop()).unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Timeout, Some("stop")));
    assert_eq!(block_on(memory.get("k")).unwrap_err().kind(), ErrorKind::Stopped);
}
