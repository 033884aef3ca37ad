//! Each fault does what it says, as often as it says, and to whom it says.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use bytes::Bytes;
use cache_core::{
    Backend, CacheBackend, Effect, Error, ErrorKind, Event, Key, LockName, LockRequest, Origin,
    Reply, Scope, SetItem, SetOptions, Subscription, Token, Ttl,
};
use cache_memory::{Memory, Options};
use cache_recipes::{Chaos, ChaosControl, Operation};
use pollster::block_on;

const CALLS: u64 = 10_000;
const SECOND: Duration = Duration::from_secs(1);

fn memory() -> Backend {
    Memory::open(Options::new()).unwrap().into_backend()
}

fn key(key: &str) -> Key<'_> {
    Key::new(key).unwrap()
}

fn set<'a>(cache: &'a Arc<dyn CacheBackend>, name: &str) -> Reply<'a, cache_core::SetOutcome> {
    cache.set(key(name), Bytes::from("v"), SetOptions::new())
}

/// The errors of so many calls of `get`, by their number.
fn failures(chaos: Chaos) -> (Vec<(u64, Error)>, ChaosControl) {
    let control = chaos.control();
    let cache = chaos.into_backend().cache;
    let calls = (0..CALLS).filter_map(|number| {
        let answer = cache.get(key("k")).try_ready().unwrap();
        answer.err().map(|error| (number, error))
    });
    (calls.collect(), control)
}

#[test]
fn errors_come_at_their_rate_and_are_counted() {
    let chaos =
        Chaos::new(memory(), 1).errors(ErrorKind::Busy, 0.1).errors(ErrorKind::ReadOnly, 0.3);
    let (failures, control) = failures(chaos);
    let of = |kind| failures.iter().filter(|(_, error)| error.kind() == kind).count();
    assert!((900..1_100).contains(&of(ErrorKind::Busy)), "{}", of(ErrorKind::Busy));
    assert!((2_800..3_200).contains(&of(ErrorKind::ReadOnly)), "{}", of(ErrorKind::ReadOnly));
    let counts = control.counts();
    assert_eq!((counts.calls, counts.failed), (CALLS, failures.len() as u64));
    assert_eq!((counts.refused, counts.lost, counts.delayed), (0, 0, 0));
    let error = &failures[0].1;
    assert_eq!((error.effect(), error.operation()), (Effect::NotApplied, Some("get")));
    assert_eq!(error.backend(), Some("memory"));
}

#[test]
fn rate_of_one_spares_none_and_rate_of_zero_spares_all() {
    let (all, _) = failures(Chaos::new(memory(), 1).errors(ErrorKind::Busy, 1.0));
    assert_eq!(all.len() as u64, CALLS);
    let (none, _) = failures(Chaos::new(memory(), 1).errors(ErrorKind::Busy, 0.0));
    assert_eq!(none, []);
}

#[test]
fn faults_follow_from_the_seed_alone() {
    let run = |seed| failures(Chaos::new(memory(), seed).errors(ErrorKind::Busy, 0.5)).0;
    assert_eq!(run(7), run(7));
    assert_ne!(run(7), run(8));
}

#[test]
fn a_further_fault_moves_none_to_another_call() {
    let numbers = |chaos| failures(chaos).0.into_iter().map(|(number, _)| number);
    let few: Vec<_> = numbers(Chaos::new(memory(), 7).errors(ErrorKind::Busy, 0.1)).collect();
    let more: Vec<_> =
        numbers(Chaos::new(memory(), 7).errors(ErrorKind::Busy, 0.1).lost_answers(0.2)).collect();
    assert!(few.iter().all(|number| more.contains(number)));
    assert!(more.len() > few.len());
}

#[test]
fn failed_call_is_not_made() {
    let inner = memory();
    let cache = Chaos::new(inner.clone(), 3).errors(ErrorKind::Busy, 0.5).into_backend().cache;
    for number in 0..CALLS {
        let name = number.to_string();
        let stored = set(&cache, &name).try_ready().unwrap().is_ok();
        assert_eq!(block_on(inner.cache.contains(key(&name))).unwrap(), stored, "call {number}");
    }
}

#[test]
fn lost_answer_leaves_the_call_made_or_not() {
    let inner = memory();
    let chaos = Chaos::new(inner.clone(), 3).lost_answers(0.5);
    let (control, cache) = (chaos.control(), chaos.into_backend().cache);
    let (mut made, mut not_made) = (0, 0);
    for number in 0..CALLS {
        let name = number.to_string();
        let answer = set(&cache, &name).try_ready().unwrap();
        let there = block_on(inner.cache.contains(key(&name))).unwrap();
        match answer {
            Ok(_) => assert!(there, "an answer that came tells the truth"),
            Err(error) => {
                assert_eq!((error.kind(), error.effect()), (ErrorKind::Timeout, Effect::Unknown));
                *if there { &mut made } else { &mut not_made } += 1;
            }
        }
    }
    assert_eq!(control.counts().lost, made + not_made);
    assert!(
        (2_200..2_800).contains(&made) && (2_200..2_800).contains(&not_made),
        "{made} {not_made}"
    );
}

#[test]
fn lost_answer_of_a_read_has_no_effect() {
    let (lost, _) = failures(Chaos::new(memory(), 1).lost_answers(1.0));
    assert!(lost.iter().all(|(_, error)| {
        (error.kind(), error.effect()) == (ErrorKind::Timeout, Effect::NotApplied)
    }));
    assert_eq!(lost.len() as u64, CALLS);
}

#[test]
fn lost_answer_of_a_key_of_a_batch_is_its_own_answer() {
    let cache = Chaos::new(memory(), 1).lost_answers(1.0).into_backend().cache;
    let keys = [key("a"), key("b"), key("c")];
    let reads = block_on(cache.get_many(&keys)).unwrap();
    let deletes = block_on(cache.delete_many(&keys)).unwrap();
    let writes = block_on(cache.set_many(keys.map(item).into())).unwrap();
    let kinds = |effect| vec![(ErrorKind::Timeout, effect); 3];
    let told = |error: &Error| (error.kind(), error.effect());
    let errors: Vec<_> = reads.iter().map(|read| told(read.as_ref().unwrap_err())).collect();
    assert_eq!(errors, kinds(Effect::NotApplied));
    let errors: Vec<_> = deletes.iter().map(|answer| told(answer.as_ref().unwrap_err())).collect();
    assert_eq!(errors, kinds(Effect::Unknown));
    let errors: Vec<_> = writes.iter().map(|answer| told(answer.as_ref().unwrap_err())).collect();
    assert_eq!(errors, kinds(Effect::Unknown));
}

fn item(key: Key<'_>) -> SetItem<'_> {
    SetItem::new(key, Bytes::from("v"), SetOptions::new())
}

#[test]
fn keys_of_a_batch_meet_the_faults_of_single_calls() {
    let chaos = || Chaos::new(memory(), 11).errors(ErrorKind::Busy, 0.3).lost_answers(0.3);
    let names: Vec<_> = (0..200).map(|number| number.to_string()).collect();
    let keys: Vec<_> = names.iter().map(|name| key(name)).collect();
    let one_by_one = chaos().into_backend().cache;
    let single: Vec<_> = names.iter().map(|name| block_on(set(&one_by_one, name))).collect();
    let batched = chaos();
    let (control, batched) = (batched.control(), batched.into_backend().cache);
    let answers = block_on(batched.set_many(keys.iter().map(|key| item(*key)).collect())).unwrap();
    let kind =
        |answer: &Result<_, Error>| answer.as_ref().map(drop).map_err(|e| (e.kind(), e.effect()));
    let (single, answers): (Vec<_>, Vec<_>) =
        (single.iter().map(kind).collect(), answers.iter().map(kind).collect());
    assert_eq!(answers, single);
    assert!(answers.iter().any(Result::is_ok) && answers.iter().any(Result::is_err));
    let failed = answers.iter().filter(|answer| answer.is_err()).count() as u64;
    assert_eq!(
        (control.counts().calls, control.counts().failed + control.counts().lost),
        (200, failed)
    );
}

#[test]
fn key_that_fails_in_a_batch_is_not_written_and_the_others_are() {
    let inner = memory();
    let cache = Chaos::new(inner.clone(), 5).errors(ErrorKind::Busy, 0.5).into_backend().cache;
    let names: Vec<_> = (0..200).map(|number| number.to_string()).collect();
    let items = names.iter().map(|name| item(key(name))).collect();
    let answers = block_on(cache.set_many(items)).unwrap();
    let stored = |name: &String| block_on(inner.cache.contains(key(name))).unwrap();
    assert!(names.iter().zip(&answers).all(|(name, answer)| stored(name) == answer.is_ok()));
    assert!(names.iter().any(stored) && !names.iter().all(stored));
}

#[test]
fn outage_is_the_answer_of_a_whole_batch_because_nothing_was_tried() {
    let chaos = Chaos::new(memory(), 1);
    let (control, cache) = (chaos.control(), chaos.into_backend().cache);
    control.begin_outage();
    let error = block_on(cache.get_many(&[key("a"), key("b")])).unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Unavailable, Some("get_many")));
    assert_eq!((control.counts().calls, control.counts().refused), (2, 2));
}

#[test]
fn outage_refuses_every_call_until_it_ends() {
    let inner = memory();
    let chaos = Chaos::new(inner.clone(), 1).only([Operation::Get]);
    let (control, cache) = (chaos.control(), chaos.into_backend().cache);
    block_on(set(&cache, "k")).unwrap();
    control.begin_outage();
    let error = block_on(cache.delete(key("k"))).unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Unavailable, Effect::NotApplied));
    assert!(block_on(inner.cache.contains(key("k"))).unwrap());
    assert!(cache.statistics().is_ok());
    control.end_outage();
    assert!(block_on(cache.delete(key("k"))).unwrap());
    assert_eq!((control.counts().calls, control.counts().refused), (3, 1));
}

/// What is there to be read at once.
fn events(subscription: &mut Subscription) -> Vec<Event> {
    let mut context = Context::from_waker(Waker::noop());
    let mut next = || match pin!(subscription.next()).poll(&mut context) {
        Poll::Ready(event) => event,
        Poll::Pending => None,
    };
    std::iter::from_fn(&mut next).collect()
}

#[test]
fn every_outage_that_ends_is_a_gap_in_each_subscription() {
    let chaos = Chaos::new(memory(), 1);
    let control = chaos.control();
    let Backend { cache, watch, .. } = chaos.into_backend();
    let watch = watch.unwrap();
    let mut of_key = block_on(watch.watch(Scope::Key(key("k")))).unwrap();
    let mut of_all = block_on(watch.watch(Scope::Prefix(""))).unwrap();
    control.end_outage();
    assert_eq!(events(&mut of_key), [], "there was no outage");
    for _ in 0..2 {
        control.begin_outage();
        control.begin_outage();
        assert_eq!(events(&mut of_key), [], "an outage is not seen before it ends");
        control.end_outage();
        control.end_outage();
        assert_eq!(events(&mut of_key), [Event::Gap]);
        assert_eq!(events(&mut of_all), [Event::Gap]);
    }
    block_on(set(&cache, "k")).unwrap();
    assert_eq!(events(&mut of_key), [Event::changed("k", Origin::Local)]);
}

#[test]
fn subscription_with_gaps_from_outages_ends_when_the_backend_stops() {
    let chaos = Chaos::new(memory(), 1);
    let control = chaos.control();
    let backend = chaos.into_backend();
    let mut subscription =
        block_on(backend.watch.as_ref().unwrap().watch(Scope::Prefix(""))).unwrap();
    control.begin_outage();
    block_on(backend.cache.stop()).unwrap();
    block_on(backend.watch.as_ref().unwrap().stop()).unwrap();
    control.end_outage();
    assert_eq!(block_on(subscription.next()), None);
}

/// Looks at the cache whenever it is woken.
struct Looks(Arc<dyn CacheBackend>, Mutex<Vec<Result<bool, ErrorKind>>>);

impl Wake for Looks {
    fn wake(self: Arc<Self>) {
        let found = block_on(self.0.contains(key("k")));
        self.1.lock().unwrap().push(found.map_err(|error| error.kind()));
    }
}

#[test]
fn who_is_woken_by_the_gap_finds_the_backend_there() {
    let chaos = Chaos::new(memory(), 1);
    let control = chaos.control();
    let Backend { cache, watch, .. } = chaos.into_backend();
    let mut subscription = block_on(watch.unwrap().watch(Scope::Prefix(""))).unwrap();
    control.begin_outage();
    let looks = Arc::new(Looks(cache, Mutex::default()));
    let waker = Waker::from(Arc::clone(&looks));
    assert!(pin!(subscription.next()).poll(&mut Context::from_waker(&waker)).is_pending());
    control.end_outage();
    assert_eq!(*looks.1.lock().unwrap(), [Ok(false)]);
}

#[test]
fn only_the_chosen_operations_are_affected() {
    let chaos = Chaos::new(memory(), 1).errors(ErrorKind::Busy, 1.0).only([Operation::Get]);
    let cache = chaos.into_backend().cache;
    assert!(block_on(set(&cache, "k")).is_ok());
    assert!(block_on(cache.contains(key("k"))).unwrap());
    assert_eq!(block_on(cache.get(key("k"))).unwrap_err().kind(), ErrorKind::Busy);
}

#[test]
fn every_operation_is_affected_and_told_by_its_name() {
    let backend = Chaos::new(memory(), 1).errors(ErrorKind::Busy, 1.0).into_backend();
    let (cache, locks, watch) = (backend.cache, backend.locks.unwrap(), backend.watch.unwrap());
    let (lock, token) = (LockName::new("l").unwrap(), Token::from_bytes([1; 16]));
    let k = key("k");
    let mut errors = vec![
        block_on(cache.get(k)).unwrap_err(),
        block_on(cache.set(k, Bytes::new(), SetOptions::new())).unwrap_err(),
        block_on(cache.delete(k)).unwrap_err(),
        block_on(cache.contains(k)).unwrap_err(),
        block_on(cache.entry(k)).unwrap_err(),
        block_on(cache.take(k)).unwrap_err(),
        block_on(cache.ttl(k)).unwrap_err(),
        block_on(cache.touch(k, Ttl::Never)).unwrap_err(),
        block_on(cache.increment(k, 1, Ttl::Never)).unwrap_err(),
        block_on(cache.get_many(&[k])).unwrap().remove(0).unwrap_err(),
        block_on(cache.set_many(vec![item(k)])).unwrap().remove(0).unwrap_err(),
        block_on(cache.delete_many(&[k])).unwrap().remove(0).unwrap_err(),
    ];
    let scope = cache_core::ClearScope::All;
    errors.push(block_on(cache.clear(scope, cache_core::Cursor::START)).unwrap_err());
    errors.push(block_on(locks.acquire(LockRequest::new(lock, token, SECOND))).unwrap_err());
    errors.push(block_on(locks.extend(lock, token, SECOND)).unwrap_err());
    errors.push(block_on(locks.release(lock, token)).unwrap_err());
    errors.push(block_on(locks.inspect(lock)).unwrap_err());
    errors.push(block_on(watch.watch(Scope::Key(k))).unwrap_err());
    let told: Vec<_> = errors.iter().map(|error| error.operation().unwrap()).collect();
    let all: Vec<_> = Operation::ALL.iter().map(|operation| operation.name()).collect();
    assert_eq!(told, all);
}

#[tokio::test(start_paused = true)]
async fn latency_holds_the_answer_back_and_not_the_call() {
    let inner = memory();
    let chaos = Chaos::new(inner.clone(), 1).latency(SECOND..=2 * SECOND);
    let (control, cache) = (chaos.control(), chaos.into_backend().cache);
    let reply = set(&cache, "k");
    assert!(inner.cache.contains(key("k")).await.unwrap());
    let begun = tokio::time::Instant::now();
    reply.await.unwrap();
    let waited = begun.elapsed();
    assert!((SECOND..=2 * SECOND + Duration::from_millis(1)).contains(&waited), "{waited:?}");
    assert_eq!(control.counts().delayed, 1);
}

#[test]
#[should_panic(expected = "the rate is 1.5")]
fn rate_above_one_is_refused() {
    let _chaos = Chaos::new(memory(), 1).lost_answers(1.5);
}

#[test]
#[should_panic(expected = "the rate is NaN")]
fn rate_that_is_no_number_is_refused() {
    let _chaos = Chaos::new(memory(), 1).errors(ErrorKind::Busy, f64::NAN);
}

#[test]
#[should_panic(expected = "together")]
fn rates_above_one_together_are_refused() {
    let _chaos = Chaos::new(memory(), 1).errors(ErrorKind::Busy, 0.6).lost_answers(0.6);
}

#[test]
#[should_panic(expected = "the latency begins above its end")]
fn empty_latency_is_refused() {
    let _chaos = Chaos::new(memory(), 1).latency(2 * SECOND..=SECOND);
}

#[test]
fn nothing_shows_a_value_or_a_token() {
    const SECRET: &str = "sentinel-secret!";
    let chaos = Chaos::new(memory(), 1).lost_answers(1.0);
    let mut shown = format!("{chaos:?} {:?}", chaos.control());
    let backend = chaos.into_backend();
    let token = Token::from_bytes(*b"sentinel-secret!");
    let request = LockRequest::new(LockName::new("l").unwrap(), token, SECOND);
    let value = Bytes::from_static(SECRET.as_bytes());
    let write = block_on(backend.cache.set(key("k"), value, SetOptions::new())).unwrap_err();
    let lock = block_on(backend.locks.as_ref().unwrap().acquire(request)).unwrap_err();
    shown += &format!("{backend:?} {write:?} {write} {lock:?} {lock}");
    assert!(!shown.contains("sentinel") && !shown.contains("115, 101"), "{shown}");
}
