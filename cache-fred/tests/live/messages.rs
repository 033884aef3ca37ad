//! Trap of this driver alone: fred takes an answer for a message of publish and subscribe if it is an
//! array that begins with certain words. The answer never arrives then, and every later one arrives at
//! the wrong command.

use bytes::Bytes;
use cache_core::{Backend, Condition, SetOptions, SetOutcome, Ttl};
use redis_fixture::lease;

use crate::driver::Options;
use crate::support::{PROTOCOLS, get, key, limited, lock, opened, request, set, token};

const WORDS: [&str; 9] = [
    "message",
    "pmessage",
    "smessage",
    "pubsub",
    "subscribe",
    "psubscribe",
    "unsubscribe",
    "punsubscribe",
    "invalidate",
];

/// Every operation that answers with a value, on an entry with one of these values.
async fn every_answer_is_its_own(backend: &Backend, word: &'static str) {
    let (cache, value) = (&backend.cache, Bytes::from_static(word.as_bytes()));
    set(backend, "key", word).await.unwrap();
    set(backend, "other", "something else").await.unwrap();
    assert_eq!(get(backend, "key").await.unwrap(), Some(value.clone()));
    let entry = cache.entry(key("key")).await.unwrap().unwrap();
    assert_eq!((entry.value, entry.ttl), (value.clone(), Ttl::Never));
    for count in 1..8 {
        let keys: Vec<_> = (0..count).map(|_| key("key")).collect();
        let answers = cache.get_many(&keys).await.unwrap();
        assert_eq!(answers, vec![Ok(Some(value.clone())); count], "{count} keys");
    }
    let equals = SetOptions::new().condition(Condition::IfEquals(value.clone()));
    let stored = cache.set(key("key"), value.clone(), equals).await.unwrap();
    assert_eq!(stored, SetOutcome::Stored);
    assert_eq!(cache.take(key("key")).await.unwrap(), Some(value));
    assert_eq!(get(backend, "other").await.unwrap(), Some("something else".into()));
}

/// The same for what is answered of locks, with the word as the name and as the holder.
async fn every_lock_is_its_own(backend: &Backend, word: &'static str) {
    let locks = backend.locks.as_ref().unwrap();
    let granted = locks.acquire(request(word, 1).holder(word)).await.unwrap();
    let state = locks.inspect(lock(word)).await.unwrap().unwrap();
    assert_eq!(&*state.holder, word, "{granted:?}");
    locks.release(lock(word), token(1)).await.unwrap();
    assert_eq!(locks.inspect(lock(word)).await.unwrap(), None);
}

#[tokio::test]
async fn value_that_looks_like_a_message_is_answered_to_its_own_call() {
    let server = lease().await;
    for protocol in PROTOCOLS {
        // One connection, so that an answer too many would be seen by the next call.
        let options = Options::new().url(server.url()).protocol(protocol).connections(1);
        let backend = opened(options);
        for word in WORDS {
            limited(word, every_answer_is_its_own(&backend, word)).await;
            limited(word, every_lock_is_its_own(&backend, word)).await;
        }
    }
}
