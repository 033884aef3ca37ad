//! A client of fred that is there already. Of this driver alone.

use cache_core::{Acquired, Backend, Effect, ErrorKind, Scope};
use cache_fred::from_client;
use fred::clients::Client;
use fred::interfaces::ClientLike;
use fred::types::RespVersion;
use fred::types::config::Config;
use redis_fixture::{Endpoint, ServerOptions, lease};

use crate::support::{
    connections, eventually, get, key, limited, recovered, request, set, unhurried_of_client,
};

const PROTOCOLS: [RespVersion; 2] = [RespVersion::RESP2, RespVersion::RESP3];

/// A client of fred as its users have one, which need not be connected.
fn client(url: &str, version: RespVersion) -> Client {
    let config = Config { version, ..Config::from_url(url).unwrap() };
    Client::new(config, None, None, None)
}

async fn everything_works(backend: &Backend) {
    set(backend, "key", "value").await.unwrap();
    assert_eq!(get(backend, "key").await.unwrap(), Some("value".into()));
    let keys = [key("key"), key("absent")];
    let answers = backend.cache.get_many(&keys).await.unwrap();
    assert_eq!(answers, [Ok(Some("value".into())), Ok(None)]);
    let locks = backend.locks.as_ref().unwrap();
    assert!(matches!(locks.acquire(request("job", 1)).await, Ok(Acquired::Granted { .. })));
    locks.release(crate::support::lock("job"), crate::support::token(1)).await.unwrap();
}

#[tokio::test]
async fn client_gives_address_login_database_and_protocol() {
    let server = ServerOptions::new().password("s3ntinel").start().await.unwrap();
    for protocol in PROTOCOLS {
        let client = client(&format!("{}/3", server.url()), protocol);
        let backend = from_client(&client, unhurried_of_client()).unwrap();
        everything_works(&backend).await;
        let stored = server.admin_in(3, &["GET", "key"]).await.unwrap();
        assert_eq!(stored.text().as_deref(), Some("value"));
        let watched = backend.watch.as_ref().unwrap().watch(Scope::Prefix("key")).await;
        let mut changes = watched.unwrap();
        set(&backend, "key", "new").await.unwrap();
        assert!(limited("a change", changes.next()).await.is_some());
    }
}

async fn no_socket_is_left(server: &Endpoint) {
    eventually("no socket is left", async || connections(server).await.is_empty().then_some(()))
        .await;
}

#[tokio::test]
async fn client_that_was_handed_over_is_supervised() {
    let server = ServerOptions::new().start().await.unwrap();
    let backend =
        from_client(&client(&server.url(), RespVersion::RESP3), unhurried_of_client()).unwrap();
    everything_works(&backend).await;
    server.restart().await.unwrap();
    recovered(&backend).await;
    set(&backend, "key", "value").await.unwrap();
    drop(backend);
    no_socket_is_left(&server).await;
}

#[tokio::test]
async fn client_is_left_to_its_owner() {
    let server = lease().await;
    let owned = client(&server.url(), RespVersion::RESP2);
    let carrying = owned.init().await.unwrap();
    for stopped in [false, true] {
        let backend = from_client(&owned, unhurried_of_client()).unwrap();
        everything_works(&backend).await;
        if stopped {
            backend.cache.stop().await.unwrap();
        }
        drop(backend);
        eventually("the owner's connection alone is left", async || {
            (connections(&server).await.len() == 1).then_some(())
        })
        .await;
        assert_eq!(owned.ping::<String>(None).await.unwrap(), "PONG");
    }
    owned.quit().await.unwrap();
    carrying.await.unwrap().unwrap();
}

#[tokio::test]
async fn client_that_has_quit_is_as_good_as_any() {
    let server = lease().await;
    let owned = client(&server.url(), RespVersion::RESP3);
    owned.init().await.unwrap();
    owned.quit().await.unwrap();
    everything_works(&from_client(&owned, unhurried_of_client()).unwrap()).await;
}

#[tokio::test]
async fn wrong_login_of_a_client_is_denied_and_not_shown() {
    let server = ServerOptions::new().password("right").start().await.unwrap();
    for protocol in PROTOCOLS {
        let url = format!("redis://:s3ntinel@{}/", server.address());
        let backend = from_client(&client(&url, protocol), unhurried_of_client()).unwrap();
        let error = get(&backend, "key").await.unwrap_err();
        assert_eq!((error.kind(), error.effect()), (ErrorKind::Denied, Effect::NotApplied));
        assert!(error.detail().contains(&server.address()), "{error}");
        assert!(!format!("{error:?}").contains("s3ntinel"), "{error:?}");
    }
}

#[test]
fn options_with_a_server_of_their_own_are_refused_beside_a_client() {
    let client = client("redis://127.0.0.1/", RespVersion::RESP2);
    let error = from_client(&client, unhurried_of_client().host("elsewhere")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config, "{error}");
}

#[test]
fn client_of_a_cluster_is_refused() {
    let client = client("redis-cluster://127.0.0.1:7000", RespVersion::RESP2);
    let error = from_client(&client, unhurried_of_client()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config, "{error}");
}

/// What its owner trusts is trusted, and nothing else.
#[cfg(feature = "tls")]
#[tokio::test]
async fn client_with_tls_keeps_it() {
    let certificates = redis_fixture::Certificates::valid().unwrap();
    let server = ServerOptions::new().tls(&certificates).start().await.unwrap();
    let stranger = redis_fixture::Certificates::valid().unwrap();
    for version in PROTOCOLS {
        let handed_over = |trusted| {
            let url = server.tls_url().replace("rediss://", "redis://");
            let tls = Some(trusting(trusted).into());
            let config =
                Config { version: version.clone(), tls, ..Config::from_url(&url).unwrap() };
            from_client(&Client::new(config, None, None, None), unhurried_of_client()).unwrap()
        };
        let backend = handed_over(&certificates);
        everything_works(&backend).await;
        let watched = backend.watch.as_ref().unwrap().watch(Scope::Prefix("key")).await;
        let mut changes = watched.unwrap();
        set(&backend, "key", "new").await.unwrap();
        assert!(limited("a change", changes.next()).await.is_some());
        let error = get(&handed_over(&stranger), "key").await.unwrap_err();
        assert_eq!((error.kind(), error.effect()), (ErrorKind::Config, Effect::NotApplied));
        assert!(error.detail().contains("certificate"), "{error}");
    }
}

#[cfg(feature = "tls")]
fn trusting(certificates: &redis_fixture::Certificates) -> fred::types::config::TlsConnector {
    use tokio_rustls::rustls::crypto::ring;
    use tokio_rustls::rustls::pki_types::CertificateDer;
    use tokio_rustls::rustls::pki_types::pem::PemObject;
    use tokio_rustls::rustls::{ClientConfig, RootCertStore};

    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(certificates.ca_file()).unwrap()).unwrap();
    let builder = ClientConfig::builder_with_provider(ring::default_provider().into());
    let builder = builder.with_safe_default_protocol_versions().unwrap();
    let config = builder.with_root_certificates(roots).with_no_client_auth();
    tokio_rustls::TlsConnector::from(std::sync::Arc::new(config)).into()
}
