//! A client or a connection of redis-rs that is there already. Of this driver alone.

use cache_core::{Acquired, Backend, Effect, ErrorKind, Scope};
use cache_redis::{from_client, from_connection};
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client};
use redis_fixture::{ServerOptions, lease};

use crate::support::{
    admin, connections, eventually, get, key, limited, pause, recovered, request, set,
    unhurried_of_client,
};

async fn ping(connection: &mut MultiplexedConnection) -> redis::RedisResult<String> {
    redis::cmd("PING").query_async(connection).await
}

async fn everything_works(backend: &Backend) {
    set(backend, "key", "value").await.unwrap();
    assert_eq!(get(backend, "key").await.unwrap(), Some("value".into()));
    let keys = [key("key"), key("absent")];
    let answers = backend.cache.get_many(&keys).await.unwrap();
    assert_eq!(answers, [Ok(Some("value".into())), Ok(None)]);
    let locks = backend.locks.as_ref().unwrap();
    assert!(matches!(locks.acquire(request("job", 1)).await, Ok(Acquired::Granted { .. })));
}

#[tokio::test]
async fn client_gives_address_login_database_and_protocol() {
    let server = ServerOptions::new().password("s3ntinel").start().await.unwrap();
    for query in ["", "?protocol=resp3"] {
        let client = Client::open(format!("{}/3{query}", server.url())).unwrap();
        let backend = from_client(client, unhurried_of_client()).unwrap();
        everything_works(&backend).await;
        let stored = server.admin_in(3, &["GET", "key"]).await.unwrap();
        assert_eq!(stored.text().as_deref(), Some("value"));
        let watched = backend.watch.as_ref().unwrap().watch(Scope::Prefix("key")).await;
        let mut changes = watched.unwrap();
        set(&backend, "key", "new").await.unwrap();
        assert!(limited("a change", changes.next()).await.is_some());
        locks_are_left_to_others(&backend).await;
    }
}

async fn locks_are_left_to_others(backend: &Backend) {
    let locks = backend.locks.as_ref().unwrap();
    locks.release(crate::support::lock("job"), crate::support::token(1)).await.unwrap();
}

#[tokio::test]
async fn client_that_was_handed_over_is_supervised() {
    let server = ServerOptions::new().start().await.unwrap();
    let client = Client::open(server.url()).unwrap();
    let backend = from_client(client, unhurried_of_client()).unwrap();
    everything_works(&backend).await;
    server.restart().await.unwrap();
    recovered(&backend).await;
    set(&backend, "key", "value").await.unwrap();
    drop(backend);
    eventually("no socket is left", async || connections(&server).await.is_empty().then_some(()))
        .await;
}

#[tokio::test]
async fn wrong_login_of_a_client_is_denied_and_not_shown() {
    let server = ServerOptions::new().password("right").start().await.unwrap();
    for query in ["", "?protocol=resp3"] {
        let url = format!("redis://:s3ntinel@{}/{query}", server.address());
        let backend = from_client(Client::open(url).unwrap(), unhurried_of_client()).unwrap();
        let error = get(&backend, "key").await.unwrap_err();
        assert_eq!((error.kind(), error.effect()), (ErrorKind::Denied, Effect::NotApplied));
        assert!(error.detail().contains(&server.address()), "{error}");
        assert!(!format!("{error:?}").contains("s3ntinel"), "{error:?}");
    }
}

#[test]
fn options_with_a_server_of_their_own_are_refused_beside_a_client() {
    let client = Client::open("redis://127.0.0.1/").unwrap();
    let options = unhurried_of_client().host("elsewhere");
    let error = from_client(client, options).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config, "{error}");
}

#[tokio::test]
async fn connection_is_shared_with_its_owner_and_left_to_them() {
    let server = lease().await;
    let client = Client::open(server.url()).unwrap();
    let mut owned = client.get_multiplexed_async_connection().await.unwrap();
    for stopped in [false, true] {
        let backend = from_connection(owned.clone(), unhurried_of_client()).unwrap();
        everything_works(&backend).await;
        assert_eq!(connections(&server).await.len(), 1, "a connection of its own");
        assert!(backend.watch.is_none());
        if stopped {
            backend.cache.stop().await.unwrap();
        }
        locks_are_left_to_others_unless(stopped, &backend).await;
        drop(backend);
        assert_eq!(ping(&mut owned).await.unwrap(), "PONG");
    }
}

async fn locks_are_left_to_others_unless(stopped: bool, backend: &Backend) {
    if !stopped {
        locks_are_left_to_others(backend).await;
    }
}

#[tokio::test]
async fn connection_that_broke_stays_broken_and_says_so() {
    let server = lease().await;
    let client = Client::open(server.url()).unwrap();
    let owned = client.get_multiplexed_async_connection().await.unwrap();
    let backend = from_connection(owned, unhurried_of_client()).unwrap();
    everything_works(&backend).await;
    admin(&server, &["CLIENT", "KILL", "TYPE", "normal"]).await;
    for _ in 0..20 {
        let error = limited("get", get(&backend, "key")).await.unwrap_err();
        assert_eq!((error.kind(), error.effect()), (ErrorKind::Unavailable, Effect::NotApplied));
        pause(std::time::Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn limit_of_the_owner_does_not_shorten_our_deadline() {
    let server = lease().await;
    let client = Client::open(server.url()).unwrap();
    let limit = std::time::Duration::from_millis(50);
    let config = AsyncConnectionConfig::new().set_response_timeout(Some(limit));
    // The limit is on the owner's own handshake, too.
    let owned = eventually("the owner connects", async || {
        client.get_multiplexed_async_connection_with_config(&config).await.ok()
    })
    .await;
    let options = unhurried_of_client().deadline(std::time::Duration::from_secs(10));
    let backend = from_connection(owned, options).unwrap();
    set(&backend, "key", "value").await.unwrap();
    admin(&server, &["CLIENT", "PAUSE", "300", "ALL"]).await;
    assert_eq!(get(&backend, "key").await.unwrap(), Some("value".into()));
}

/// What its owner trusts is trusted, and nothing else.
#[cfg(feature = "tls")]
#[tokio::test]
async fn client_with_tls_keeps_it() {
    use redis::{ClientTlsConfig, TlsCertificates};
    use redis_fixture::Certificates;

    // redis-rs takes the cryptography of the process; another test may have installed it.
    drop(tokio_rustls::rustls::crypto::ring::default_provider().install_default());
    let certificates = Certificates::valid().unwrap();
    let server = ServerOptions::new().tls(&certificates).start().await.unwrap();
    server.admin(&["CONFIG", "SET", "tls-auth-clients", "yes"]).await.unwrap();
    let stranger = Certificates::valid().unwrap();
    for query in ["", "/?protocol=resp3"] {
        let handed_over = |trusted: &Certificates| {
            let read = |file| std::fs::read(file).unwrap();
            let client_tls = Some(ClientTlsConfig {
                client_cert: read(certificates.client_certificate_file()),
                client_key: read(certificates.client_key_file()),
            });
            let tls = TlsCertificates { client_tls, root_cert: Some(read(trusted.ca_file())) };
            let url = format!("{}{query}", server.tls_url());
            let client = Client::build_with_tls(url, tls).unwrap();
            from_client(client, unhurried_of_client()).unwrap()
        };
        let backend = handed_over(&certificates);
        everything_works(&backend).await;
        locks_are_left_to_others(&backend).await;
        let watched = backend.watch.as_ref().unwrap().watch(Scope::Prefix("key")).await;
        let mut changes = watched.unwrap();
        set(&backend, "key", "new").await.unwrap();
        assert!(limited("a change", changes.next()).await.is_some());
        let error = get(&handed_over(&stranger), "key").await.unwrap_err();
        assert_eq!((error.kind(), error.effect()), (ErrorKind::Config, Effect::NotApplied));
        assert!(error.detail().contains("certificate"), "{error}");
    }
}
