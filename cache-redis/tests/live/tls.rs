//! Encrypted connections, and servers that are not whom they should be.

use std::path::PathBuf;

use cache_core::{Acquired, Effect, Error, ErrorKind, Event, Scope};
use redis_fixture::{Certificates, Server, ServerOptions, lease};

use crate::driver::{Options, Tls, open};
use crate::support::{PROTOCOLS, get, key, limited, opened, request, set, unhurried};

async fn server(certificates: &Certificates) -> Server {
    ServerOptions::new().tls(certificates).start().await.unwrap()
}

fn trusting(certificates: &Certificates) -> Tls {
    Tls::new().ca_file(certificates.ca_file())
}

/// The error of a call to a server that is not trusted.
async fn distrusted(options: Options) -> Error {
    let backend = opened(options);
    let error = limited("get", get(&backend, "key")).await.expect_err("it is not trusted");
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Config, Effect::NotApplied), "{error}");
    assert!(!error.is_retryable());
    let written = limited("set", set(&backend, "key", "value")).await.unwrap_err();
    assert_eq!((written.kind(), written.effect()), (ErrorKind::Config, Effect::NotApplied));
    let watched = backend.watch.as_ref().unwrap().watch(Scope::Key(key("key")));
    assert_eq!(limited("watch", watched).await.unwrap_err().kind(), ErrorKind::Config);
    error
}

#[tokio::test]
async fn right_host_is_spoken_to_in_private() {
    let certificates = Certificates::valid().unwrap();
    let server = server(&certificates).await;
    for protocol in PROTOCOLS {
        let options = unhurried().url(server.tls_url()).tls(trusting(&certificates));
        let backend = opened(options.protocol(protocol));
        set(&backend, "key", "value").await.unwrap();
        assert_eq!(get(&backend, "key").await.unwrap(), Some("value".into()));
        let large = vec![b'x'; 1_000_000];
        let options = cache_core::SetOptions::new();
        backend.cache.set(key("large"), large.clone().into(), options).await.unwrap();
        assert_eq!(get(&backend, "large").await.unwrap(), Some(large.into()));
        let locks = backend.locks.as_ref().unwrap();
        assert!(matches!(locks.acquire(request("job", 1)).await, Ok(Acquired::Granted { .. })));
        let watched = backend.watch.as_ref().unwrap().watch(Scope::Key(key("key"))).await;
        let mut changes = watched.unwrap();
        set(&backend, "key", "new").await.unwrap();
        assert!(matches!(limited("a change", changes.next()).await, Some(Event::Changed { .. })));
    }
}

#[tokio::test]
async fn certificate_for_another_host_is_refused_unless_that_host_is_meant() {
    let certificates = Certificates::for_another_host().unwrap();
    let server = server(&certificates).await;
    let options = || unhurried().url(server.tls_url());
    let error = distrusted(options().tls(trusting(&certificates))).await;
    assert!(error.detail().contains("another host"), "{error}");
    let tls = trusting(&certificates).server_name("elsewhere.example");
    set(&opened(options().tls(tls)), "key", "value").await.unwrap();
}

#[tokio::test]
async fn expired_certificate_is_refused() {
    let certificates = Certificates::expired().unwrap();
    let server = server(&certificates).await;
    let options = unhurried().url(server.tls_url()).tls(trusting(&certificates));
    let error = distrusted(options).await;
    assert!(error.detail().contains("expired"), "{error}");
}

#[tokio::test]
async fn certificate_that_nobody_signed_is_refused() {
    let certificates = Certificates::self_signed().unwrap();
    let server = server(&certificates).await;
    let options = unhurried().url(server.tls_url()).tls(trusting(&certificates));
    let error = distrusted(options).await;
    assert!(error.detail().contains("certificate"), "{error}");
}

#[tokio::test]
async fn authority_that_is_not_named_is_not_trusted() {
    let certificates = Certificates::valid().unwrap();
    let server = server(&certificates).await;
    let error = distrusted(unhurried().url(server.tls_url())).await;
    assert!(error.detail().contains("ca_file"), "{error}");
}

/// The server waits for the rest of what it takes for a command, so the attempt ends by its limit.
#[tokio::test]
async fn plaintext_behind_tls_is_an_error_that_names_tls() {
    let server = lease().await;
    let certificates = Certificates::valid().unwrap();
    let url = format!("rediss://{}", server.address());
    let backend = opened(Options::new().url(url).tls(trusting(&certificates)));
    let error = limited("get", get(&backend, "key")).await.unwrap_err();
    assert_eq!(error.effect(), Effect::NotApplied, "{error}");
    assert!(matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::Config), "{error}");
    assert!(error.detail().contains("TLS"), "{error}");
}

#[tokio::test]
async fn tls_behind_plaintext_is_an_error_that_names_tls() {
    let certificates = Certificates::valid().unwrap();
    let server = server(&certificates).await;
    let url = server.tls_url().replace("rediss://", "redis://");
    let backend = opened(unhurried().url(url));
    let error = limited("get", get(&backend, "key")).await.unwrap_err();
    assert_eq!(error.effect(), Effect::NotApplied, "{error}");
    assert!(matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::Config), "{error}");
    assert!(error.detail().contains("TLS"), "{error}");
}

#[tokio::test]
async fn client_certificate_is_shown() {
    let certificates = Certificates::valid().unwrap();
    let server = server(&certificates).await;
    server.admin(&["CONFIG", "SET", "tls-auth-clients", "yes"]).await.unwrap();
    let options = || unhurried().url(server.tls_url());
    let without = opened(options().tls(trusting(&certificates)));
    let error = limited("get", get(&without, "key")).await.unwrap_err();
    assert_eq!(error.effect(), Effect::NotApplied, "{error}");
    let (certificate, private) =
        (certificates.client_certificate_file(), certificates.client_key_file());
    let tls = trusting(&certificates).client_certificate(certificate, private);
    set(&opened(options().tls(tls)), "key", "value").await.unwrap();
}

#[test]
fn file_that_cannot_be_read_is_named_when_the_backend_is_opened() {
    let certificates = Certificates::valid().unwrap();
    let nowhere = PathBuf::from("/nowhere/file.pem");
    let key_file = certificates.client_key_file();
    let wrong = [
        Tls::new().ca_file(&nowhere),
        // A key is no certificate.
        Tls::new().ca_file(&key_file),
        trusting(&certificates).client_certificate(&nowhere, &key_file),
        trusting(&certificates).client_certificate(certificates.ca_file(), &nowhere),
    ];
    for tls in wrong {
        let options = Options::new().url("rediss://localhost").tls(tls.clone());
        let error = open(options).expect_err("a file is wrong");
        assert_eq!(error.kind(), ErrorKind::Config, "{tls:?}: {error}");
        assert!(error.detail().contains(".pem") || error.detail().contains(".key"), "{error}");
    }
}
