//! Connections that are dead although nobody has said so, and such as were closed while nobody called.

use cache_core::{Event, Scope};
use redis_fixture::lease;

use crate::driver::Options;
use crate::support::{
    UNHURRIED, USER, admin, checked, eventually, get, limited, lock, opened, proxied, ready, set,
    settle, url,
};

#[tokio::test]
async fn connection_that_the_server_closed_while_nobody_called_fails_no_call() {
    let server = lease().await;
    let proxy = proxied(&server).await;
    let options = Options::new().url(url(&proxy.address()));
    let backend = opened(options.deadline(UNHURRIED).connect_timeout(UNHURRIED));
    ready(&backend).await;
    for round in 0..5 {
        let before = proxy.accepted();
        admin(&server, &["CLIENT", "KILL", "USER", USER]).await;
        proxy.until_open(0).await;
        // What says that it is closed reaches the driver in its own time.
        settle().await;
        set(&backend, "key", "value").await.unwrap_or_else(|error| panic!("{round}: {error}"));
        assert_eq!(get(&backend, "key").await.unwrap().as_deref(), Some(&b"value"[..]), "{round}");
        let locks = backend.locks.as_ref().unwrap();
        checked(locks.inspect(lock("job")).await).unwrap_or_else(|e| panic!("{round}: {e}"));
        assert!(proxy.accepted() >= before + 2, "{round}: nothing was closed");
    }
}

/// Everything is acknowledged on the way and nothing arrives: the sockets themselves never fail.
#[tokio::test]
async fn silent_connection_for_change_events_is_a_gap_and_is_replaced() {
    let server = lease().await;
    let proxy = proxied(&server).await;
    let backend = opened(Options::new().url(url(&proxy.address())).deadline(UNHURRIED));
    let mut events = backend.watch.as_ref().unwrap().watch(Scope::Prefix("")).await.unwrap();
    // More than once where the machine is so busy that the connection seemed silent already.
    eventually("the first event", async || {
        admin(&server, &["SET", "before", "1"]).await;
        let event = events.next().await?;
        matches!(&event, Event::Changed { key, .. } if &**key == "before").then_some(())
    })
    .await;
    // Before the freeze: another connection may be there as soon as the gap is told.
    let before = proxy.accepted();
    proxy.freeze();
    admin(&server, &["SET", "missed", "1"]).await;
    eventually("a gap", async || (events.next().await? == Event::Gap).then_some(())).await;
    proxy.break_all(redis_fixture::Break::Close);
    proxy.thaw();
    eventually("another connection", async || (proxy.accepted() > before).then_some(())).await;
    let told = async {
        loop {
            admin(&server, &["SET", "after", "1"]).await;
            let event = events.next().await.expect("the subscription goes on");
            if matches!(&event, Event::Changed { key, .. } if &**key == "after") {
                return;
            }
        }
    };
    limited("a change after it", told).await;
}
