//! What one driver writes, the other reads; and so does `redis-cli`.

use std::time::Duration;

use bytes::Bytes;
use cache_facade::cache_core::{Acquired, LockName, LockRequest, Token};
use cache_facade::{Cache, Condition, Event, Ttl};

use crate::support::open;

/// Both drivers on one database, each once as the one that writes and once as the one that reads.
async fn both(server: &redis_fixture::Endpoint, database: u32) -> [(Cache, Cache); 2] {
    let url = server.database_url(database);
    let (redis, fred) = (open("redis", &*url).await, open("fred", &*url).await);
    [(redis.clone(), fred.clone()), (fred, redis)]
}

#[tokio::test]
async fn plain_value_is_read_by_the_other_driver_and_by_a_plain_get() {
    let server = redis_fixture::lease().await;
    let database = server.next_database();
    for (writer, reader) in both(&server, database).await {
        let bytes: Vec<u8> = (0..=255).collect();
        for (key, value) in [("plain", &b"hello"[..]), ("empty", b""), ("bytes", &bytes)] {
            writer.set(key, Bytes::copy_from_slice(value)).await.unwrap();
            assert_eq!(reader.get(key).await.unwrap().as_deref(), Some(value));
            let raw = server.admin_in(database, &["GET", key]).await.unwrap();
            assert_eq!(raw, redis_fixture::Value::Bulk(value.to_vec()));
        }
        let shop = writer.namespace("shop").unwrap();
        shop.set("greeting", "hello").await.unwrap();
        let raw = server.admin_in(database, &["GET", "shop:greeting"]).await.unwrap();
        assert_eq!(raw, redis_fixture::Value::Bulk(b"hello".to_vec()));
    }
}

#[tokio::test]
async fn lifetime_number_and_version_are_the_same_to_both() {
    let server = redis_fixture::lease().await;
    let database = server.next_database();
    for (writer, reader) in both(&server, database).await {
        let hour = Duration::from_secs(3_600);
        writer.set_with("kept", "v", hour).await.unwrap();
        let left = reader.ttl("kept").await.unwrap();
        assert!(matches!(left, Some(Ttl::After(left)) if left <= hour && left > hour / 2));
        writer.set("visits", "41").await.unwrap();
        assert_eq!(reader.increment("visits", 1).await.unwrap(), 42);
        assert_eq!(writer.get("visits").await.unwrap().as_deref(), Some(&b"42"[..]));
        let version = writer.entry("kept").await.unwrap().unwrap().version;
        let unchanged = Condition::IfVersion(version);
        assert!(reader.set_with("kept", "w", unchanged.clone()).await.unwrap().is_stored());
        assert!(!writer.set_with("kept", "x", unchanged).await.unwrap().is_stored());
    }
}

#[tokio::test]
async fn lock_of_one_driver_keeps_the_other_out_and_fences_go_on_rising() {
    let server = redis_fixture::lease().await;
    let database = server.next_database();
    let mut last = None;
    for (who, (one, other)) in both(&server, database).await.into_iter().enumerate() {
        let locks = |cache: &Cache| cache.backend().locks.clone().unwrap();
        let name = LockName::new("job {1}").unwrap();
        let request = |number: usize| {
            let token = Token::from_bytes([u8::try_from(number).unwrap(); 16]);
            LockRequest::new(name, token, Duration::from_secs(60))
        };
        let (mine, theirs) = (request(2 * who), request(2 * who + 1));
        let granted = locks(&one).acquire(mine).await.unwrap();
        let Acquired::Granted { fence, .. } = granted else { panic!("{granted:?}") };
        assert!(fence > last, "{fence:?} after {last:?}");
        last = fence;
        let answer = locks(&other).acquire(theirs).await.unwrap();
        assert!(matches!(answer, Acquired::Held { .. }), "{answer:?}");
        let seen = locks(&other).inspect(name).await.unwrap().unwrap();
        assert_eq!(seen.fence, last);
        locks(&one)
            .release(name, Token::from_bytes([u8::try_from(2 * who).unwrap(); 16]))
            .await
            .unwrap();
        assert!(locks(&other).inspect(name).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn change_by_one_driver_is_told_by_the_other() {
    let server = redis_fixture::lease().await;
    let database = server.next_database();
    for (writer, watcher) in both(&server, database).await {
        let mut events = watcher.watch_prefix("user:").await.unwrap();
        writer.set("other", "v").await.unwrap();
        writer.set("user:7", "v").await.unwrap();
        let event = events.next().await.unwrap();
        assert!(matches!(&event, Event::Changed { key, .. } if &**key == "user:7"), "{event:?}");
    }
}
