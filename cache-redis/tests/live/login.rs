//! Who may come in, and what is said to those who may not.

use std::fs;

use cache_core::{Effect, Error, ErrorKind, SetOptions, Ttl};
use redis_fixture::{Endpoint, ServerOptions, lease};

use crate::driver::{Options, Protocol};
use crate::support::{
    PROTOCOLS, admin, connections, eventually, get, key, kinds, limited, opened, recovered,
    request, rotate, set, unhurried,
};

/// Passwords that would be seen where they must not be.
const PASSWORD: &str = "s3ntinel-pw:@/?#[] %41";
const OTHER: &str = "0ther-s3ntinel";

/// Options with the address alone: a URL of the fixture may have a login in it.
fn address(server: &Endpoint) -> Options {
    unhurried().host(server.host()).port(server.port())
}

fn is_refused(error: &Error, kind: ErrorKind) {
    assert_eq!(error.kind(), kind, "{error}");
    assert_eq!(error.effect(), Effect::NotApplied, "{error}");
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains("s3ntinel"), "a password is shown: {shown}");
}

/// The error of the first call.
async fn refused(options: Options, kind: ErrorKind) -> Error {
    assert!(!format!("{options:?}").contains("s3ntinel"), "the options show a password");
    let backend = opened(options);
    let error = limited("get", get(&backend, "key")).await.expect_err("it is not let in");
    is_refused(&error, kind);
    is_refused(&set(&backend, "key", "value").await.unwrap_err(), kind);
    let locks = backend.locks.as_ref().unwrap();
    is_refused(&locks.acquire(request("job", 1)).await.unwrap_err(), kind);
    let watch = backend.watch.as_ref().unwrap();
    let watched = limited("watch", watch.watch(cache_core::Scope::Key(key("key")))).await;
    is_refused(&watched.unwrap_err(), kind);
    error
}

#[tokio::test]
async fn right_password_is_let_in() {
    let server = ServerOptions::new().password(PASSWORD).start().await.unwrap();
    for protocol in PROTOCOLS {
        let options = address(&server).password(PASSWORD).protocol(protocol);
        let backend = opened(options);
        set(&backend, "key", "value").await.unwrap();
        assert_eq!(get(&backend, "key").await.unwrap(), Some("value".into()));
        let named = address(&server).username("default").password(PASSWORD).protocol(protocol);
        assert_eq!(get(&opened(named), "key").await.unwrap(), Some("value".into()));
    }
}

#[tokio::test]
async fn wrong_password_and_none_are_denied() {
    let server = ServerOptions::new().password(PASSWORD).start().await.unwrap();
    for protocol in PROTOCOLS {
        let options = || address(&server).protocol(protocol);
        let wrong = refused(options().password(OTHER), ErrorKind::Denied).await;
        assert!(wrong.detail().contains(&server.address()), "{wrong}");
        let none = refused(options(), ErrorKind::Denied).await;
        assert!(none.detail().contains("password"), "{none}");
        let nobody = options().username("nobody").password(PASSWORD);
        refused(nobody, ErrorKind::Denied).await;
    }
}

#[tokio::test]
async fn password_for_a_server_that_has_none_is_let_in() {
    let server = lease().await;
    for protocol in PROTOCOLS {
        let backend = opened(address(&server).password(PASSWORD).protocol(protocol));
        set(&backend, "key", "value").await.unwrap();
    }
}

#[tokio::test]
async fn user_of_the_access_list_is_let_in() {
    let server = ServerOptions::new().user("app", PASSWORD, "~* &* +@all").start().await.unwrap();
    for protocol in PROTOCOLS {
        let options = address(&server).username("app").password(PASSWORD).protocol(protocol);
        let backend = opened(options);
        set(&backend, "key", "value").await.unwrap();
        let list = admin(&server, &["CLIENT", "LIST"]).await.text().unwrap();
        assert!(list.contains("user=app"), "{list}");
    }
}

#[tokio::test]
async fn command_and_key_without_a_right_are_denied_and_nothing_else_is() {
    let server = ServerOptions::new()
        .user("reader", PASSWORD, "~open:* &* +@read +@connection -ping +client")
        .start()
        .await
        .unwrap();
    admin(&server, &["SET", "open:key", "value"]).await;
    for protocol in PROTOCOLS {
        let options = address(&server).username("reader").password(PASSWORD).protocol(protocol);
        let backend = opened(options);
        assert_eq!(get(&backend, "open:key").await.unwrap(), Some("value".into()));
        is_refused(&get(&backend, "other").await.unwrap_err(), ErrorKind::Denied);
        is_refused(&set(&backend, "open:key", "new").await.unwrap_err(), ErrorKind::Denied);
        let increment = backend.cache.increment(key("open:key"), 1, Ttl::Never).await;
        is_refused(&increment.unwrap_err(), ErrorKind::Denied);
        // It was refused, not thrown out.
        assert_eq!(get(&backend, "open:key").await.unwrap(), Some("value".into()));
    }
}

/// It refuses `PING` as it does writes, and nothing else.
#[tokio::test]
async fn server_that_cannot_save_lets_in() {
    let server = ServerOptions::new().start().await.unwrap();
    admin(&server, &["SET", "key", "value"]).await;
    // No file is made there.
    admin(&server, &["CONFIG", "SET", "dir", "/proc"]).await;
    admin(&server, &["CONFIG", "SET", "save", "3600 1"]).await;
    admin(&server, &["BGSAVE"]).await;
    eventually("saving has failed", async || {
        let info = admin(&server, &["INFO", "persistence"]).await.text()?;
        info.contains("rdb_last_bgsave_status:err").then_some(())
    })
    .await;
    for protocol in PROTOCOLS {
        let backend = opened(address(&server).protocol(protocol));
        assert_eq!(get(&backend, "key").await.unwrap(), Some("value".into()), "{protocol:?}");
        is_refused(&set(&backend, "key", "new").await.unwrap_err(), ErrorKind::ReadOnly);
        let list = admin(&server, &["CLIENT", "LIST"]).await.text().unwrap();
        let number = if protocol == Protocol::Resp2 { "resp=2" } else { "resp=3" };
        let ours = |line: &&str| line.contains("cmd=set ");
        assert!(list.lines().find(ours).unwrap().contains(number), "{list}");
        let watch = backend.watch.as_ref().unwrap();
        drop(limited("watch", watch.watch(cache_core::Scope::Key(key("key")))).await.unwrap());
    }
}

#[tokio::test]
async fn user_who_may_not_ping_is_let_in() {
    let server = lease().await;
    admin(&server, &["ACL", "SETUSER", "default", "-ping"]).await;
    for protocol in PROTOCOLS {
        let backend = opened(address(&server).protocol(protocol));
        set(&backend, "key", "value").await.unwrap();
    }
}

#[tokio::test]
async fn password_that_was_rotated_in_its_file_is_used() {
    let server = lease().await;
    rotate(&server, "first").await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("password");
    fs::write(&file, "first\n").unwrap();
    let backend = opened(address(&server).username("app").password_file(&file));
    set(&backend, "key", "value").await.unwrap();

    rotate(&server, "second").await;
    let denied = eventually("the old password is denied", async || {
        get(&backend, "key").await.err().filter(|error| error.kind() == ErrorKind::Denied)
    });
    is_refused(&denied.await, ErrorKind::Denied);

    fs::write(&file, "second\n").unwrap();
    let failures = recovered(&backend).await;
    assert!(kinds(&failures).iter().all(|kind| *kind == ErrorKind::Denied), "{failures:?}");
    assert_eq!(get(&backend, "key").await.unwrap(), Some("value".into()));
}

#[tokio::test]
async fn password_file_that_is_not_there_is_named() {
    let server = lease().await;
    let backend = opened(address(&server).password_file("/nowhere/s3cret-file"));
    let error = get(&backend, "key").await.unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Config, Effect::NotApplied));
    assert!(error.detail().contains("/nowhere/s3cret-file"), "{error}");
}

#[tokio::test]
async fn database_out_of_range_is_a_wrong_setting() {
    let server = lease().await;
    for protocol in PROTOCOLS {
        let options = address(&server).database(server.databases()).protocol(protocol);
        let backend = opened(options);
        let error = get(&backend, "key").await.unwrap_err();
        is_refused(&error, ErrorKind::Config);
        assert!(error.detail().contains("database"), "{error}");
    }
}

#[tokio::test]
async fn databases_are_apart() {
    let server = lease().await;
    let (one, two) = (server.next_database(), server.next_database());
    let first = opened(address(&server).database(one));
    let second = opened(address(&server).database(two));
    set(&first, "key", "first").await.unwrap();
    assert_eq!(get(&second, "key").await.unwrap(), None);
    let stored = server.admin_in(one, &["GET", "key"]).await.unwrap();
    assert_eq!(stored.text().as_deref(), Some("first"));
}

#[tokio::test]
async fn server_with_too_many_clients_is_busy() {
    let server = ServerOptions::new().setting("maxclients", &["10"]).start().await.unwrap();
    let crowd: Vec<_> = (0..10).map(|_| opened(address(&server).connections(1))).collect();
    let mut failure = None;
    for backend in &crowd {
        if let Err(error) = get(backend, "key").await {
            failure.get_or_insert(error);
        }
    }
    // One of the ten may have come in before the fixture's own had left.
    let late = opened(address(&server).connections(1));
    let error = match failure {
        Some(error) => error,
        None => get(&late, "key").await.expect_err("an eleventh client"),
    };
    is_refused(&error, ErrorKind::Busy);
    drop(crowd);
    recovered(&late).await;
}

#[tokio::test]
async fn protocol_is_as_chosen() {
    let server = lease().await;
    for (protocol, expected) in [(Protocol::Resp2, "resp=2"), (Protocol::Resp3, "resp=3")] {
        let backend = opened(address(&server).protocol(protocol).connections(1));
        let options = SetOptions::new();
        backend.cache.set(key("key"), "value".into(), options).await.unwrap();
        let list = admin(&server, &["CLIENT", "LIST"]).await.text().unwrap();
        let ours: Vec<_> = list.lines().filter(|line| !line.contains("cmd=client|list")).collect();
        assert_eq!(ours.len(), 1, "{list}");
        assert!(ours[0].contains(expected), "{list}");
        drop(backend);
        eventually("it is gone", async || connections(&server).await.is_empty().then_some(()))
            .await;
    }
}
