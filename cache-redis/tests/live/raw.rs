//! What is stored is what was given, for every other client too.

use bytes::Bytes;
use cache_core::{
    Acquired, Condition, Effect, ErrorKind, RESERVED_MARKER, SetOptions, SetOutcome, Ttl,
};
use redis_fixture::{Endpoint, Value, lease};
use std::time::Duration;

use crate::driver::NAME;
use crate::support::{PROTOCOLS, admin, get, key, lock, opened, plain, request, set, unhurried};

async fn stored(server: &Endpoint, key: &str) -> Bytes {
    match admin(server, &["GET", key]).await {
        Value::Bulk(bytes) => bytes.into(),
        other => panic!("GET {key}: {other:?}"),
    }
}

#[tokio::test]
async fn value_is_stored_byte_for_byte() {
    let server = lease().await;
    let every_byte: Vec<u8> = (0..=255).collect();
    let long = vec![b'\n'; 100_000];
    let values = [&b"hello"[..], b"", b"\r\n", b"007", b"-1", b"\"quoted\"", &every_byte, &long];
    for protocol in PROTOCOLS {
        let backend = opened(unhurried().url(server.url()).protocol(protocol));
        for value in values {
            let given = Bytes::copy_from_slice(value);
            backend.cache.set(key("key"), given.clone(), SetOptions::new()).await.unwrap();
            assert_eq!(stored(&server, "key").await, given, "{protocol:?}");
            assert_eq!(get(&backend, "key").await.unwrap(), Some(given), "{protocol:?}");
        }
    }
}

#[tokio::test]
async fn value_of_every_way_to_write_is_stored_as_it_is() {
    let server = lease().await;
    let backend = plain(&server);
    let write = |condition| {
        let options = SetOptions::new().ttl(Duration::from_secs(60)).condition(condition);
        backend.cache.set(key("key"), Bytes::from_static(b"written"), options)
    };
    for condition in [
        Condition::IfAbsent,
        Condition::IfPresent,
        Condition::IfEquals(Bytes::from_static(b"written")),
        Condition::Always,
    ] {
        assert_eq!(write(condition.clone()).await.unwrap(), SetOutcome::Stored, "{condition:?}");
        assert_eq!(stored(&server, "key").await, "written", "{condition:?}");
        let left = admin(&server, &["PTTL", "key"]).await.integer().unwrap();
        assert!((1..=60_000).contains(&left), "{condition:?}: {left} ms left");
    }
    assert_eq!(backend.cache.increment(key("number"), -7, Ttl::Never).await.unwrap(), -7);
    assert_eq!(stored(&server, "number").await, "-7");
    assert_eq!(admin(&server, &["PTTL", "number"]).await.integer(), Some(-1));
}

#[tokio::test]
async fn key_reaches_the_server_byte_for_byte() {
    let server = lease().await;
    let backend = plain(&server);
    for name in ["plain", "{tag}:rest", "a b\r\nc\0", "ключ", "*?[x]"] {
        set(&backend, name, "there").await.unwrap();
        assert_eq!(stored(&server, name).await, "there", "{name:?}");
    }
    assert_eq!(admin(&server, &["DBSIZE"]).await.integer(), Some(5));
}

#[tokio::test]
async fn what_other_clients_write_is_read() {
    let server = lease().await;
    let backend = plain(&server);
    admin(&server, &["SET", "key", "theirs", "PX", "60000"]).await;
    admin(&server, &["APPEND", "key", ", and more"]).await;
    admin(&server, &["SET", "number", "41"]).await;
    let cache = &backend.cache;

    assert_eq!(get(&backend, "key").await.unwrap(), Some("theirs, and more".into()));
    let entry = cache.entry(key("key")).await.unwrap().unwrap();
    assert_eq!(entry.value, "theirs, and more");
    assert!(matches!(entry.ttl, Ttl::After(left) if left <= Duration::from_secs(60)));
    assert!(cache.contains(key("key")).await.unwrap());
    assert_eq!(cache.increment(key("number"), 1, Ttl::Never).await.unwrap(), 42);
    assert_eq!(cache.take(key("key")).await.unwrap(), Some("theirs, and more".into()));
    assert_eq!(admin(&server, &["EXISTS", "key"]).await.integer(), Some(0));
}

#[tokio::test]
async fn change_by_another_client_changes_the_version() {
    let server = lease().await;
    let backend = plain(&server);
    set(&backend, "key", "ours").await.unwrap();
    let version = backend.cache.entry(key("key")).await.unwrap().unwrap().version;
    admin(&server, &["SET", "key", "theirs"]).await;
    let options = SetOptions::new().condition(Condition::IfVersion(version));
    let set = backend.cache.set(key("key"), "lost update".into(), options).await;
    assert_eq!(set.unwrap(), SetOutcome::ConditionNotMet);
    assert_eq!(stored(&server, "key").await, "theirs");
}

#[tokio::test]
async fn key_that_holds_no_string_is_of_the_wrong_type_in_every_operation() {
    let server = lease().await;
    for protocol in PROTOCOLS {
        let backend = opened(unhurried().url(server.url()).protocol(protocol));
        admin(&server, &["DEL", "list"]).await;
        admin(&server, &["RPUSH", "list", "item"]).await;
        let (cache, list) = (&backend.cache, key("list"));
        let equals = Condition::IfEquals(Bytes::from_static(b"item"));
        let failures = [
            ("get", cache.get(list).await.map(drop)),
            ("entry", cache.entry(list).await.map(drop)),
            ("take", cache.take(list).await.map(drop)),
            ("increment", cache.increment(list, 1, Ttl::Never).await.map(drop)),
            ("set", {
                let options = SetOptions::new().condition(equals);
                cache.set(list, "value".into(), options).await.map(drop)
            }),
        ];
        for (operation, failure) in failures {
            let error = failure.expect_err(operation);
            assert_eq!(error.kind(), ErrorKind::WrongType, "{protocol:?}: {error}");
            assert_eq!(error.effect(), Effect::NotApplied, "{protocol:?}: {error}");
            assert_eq!(error.operation(), Some(operation), "{protocol:?}: {error}");
            assert_eq!(error.backend(), Some(NAME));
            assert!(!error.is_retryable());
        }
        assert_eq!(admin(&server, &["LRANGE", "list", "0", "-1"]).await.members().len(), 1);
    }
}

#[tokio::test]
async fn key_of_the_wrong_type_fails_alone_in_a_batch() {
    let server = lease().await;
    let backend = plain(&server);
    set(&backend, "first", "1").await.unwrap();
    set(&backend, "last", "3").await.unwrap();
    admin(&server, &["SADD", "set", "member"]).await;
    let keys = [key("first"), key("set"), key("absent"), key("last"), key("first")];
    let answers = backend.cache.get_many(&keys).await.unwrap();
    let [first, wrong, absent, last, again] = &answers[..] else { panic!("{answers:?}") };
    assert_eq!(wrong.as_ref().unwrap_err().kind(), ErrorKind::WrongType);
    let value = |text: &'static str| Ok(Some(Bytes::from_static(text.as_bytes())));
    assert_eq!((first, last, again), (&value("1"), &value("3"), &value("1")));
    assert_eq!(absent, &Ok(None));
}

#[tokio::test]
async fn plain_set_alone_replaces_what_holds_no_string() {
    let server = lease().await;
    let backend = plain(&server);
    admin(&server, &["RPUSH", "list", "item"]).await;
    set(&backend, "list", "value").await.unwrap();
    assert_eq!(stored(&server, "list").await, "value");
    admin(&server, &["RPUSH", "other", "item"]).await;
    let error = backend.cache.delete(key("other")).await.unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::WrongType, Effect::NotApplied));
    assert_eq!(admin(&server, &["LLEN", "other"]).await.integer(), Some(1));
}

#[tokio::test]
async fn lock_that_somebody_made_something_else_of_is_of_the_wrong_type() {
    let server = lease().await;
    let backend = plain(&server);
    let locks = backend.locks.as_ref().unwrap();
    assert!(matches!(locks.acquire(request("job", 1)).await, Ok(Acquired::Granted { .. })));
    // Every key of the lock, wherever they are.
    for name in admin(&server, &["KEYS", "*"]).await.members() {
        let name = name.text().unwrap();
        admin(&server, &["DEL", &name]).await;
        admin(&server, &["RPUSH", &name, "item"]).await;
    }
    let failures = [
        locks.acquire(request("job", 2)).await.map(drop),
        locks.inspect(lock("job")).await.map(drop),
        locks.extend(lock("job"), crate::support::token(1), Duration::from_secs(1)).await.map(drop),
        locks.release(lock("job"), crate::support::token(1)).await.map(drop),
    ];
    for failure in failures {
        assert_eq!(failure.unwrap_err().kind(), ErrorKind::WrongType);
    }
}

#[tokio::test]
async fn value_with_the_reserved_marker_is_absent_whoever_wrote_it() {
    let server = lease().await;
    let backend = plain(&server);
    let marked = [RESERVED_MARKER, b"rest"].concat();
    admin(&server, &[&b"SET"[..], b"key", &marked]).await;
    assert_eq!(get(&backend, "key").await.unwrap(), None);
    assert!(!backend.cache.contains(key("key")).await.unwrap());
    assert_eq!(backend.cache.get_many(&[key("key")]).await.unwrap(), [Ok(None)]);
    let options = SetOptions::new().condition(Condition::IfAbsent);
    let set = backend.cache.set(key("key"), "value".into(), options).await;
    assert_eq!(set.unwrap(), SetOutcome::Stored);
}
