//! A server that listens in the file system of this machine.

use cache_core::{Acquired, Effect, ErrorKind, Event, Scope};
use redis_fixture::{Endpoint, ServerOptions, SocketFile};

use crate::driver::Options;
use crate::support::{
    PROTOCOLS, admin, eventually, get, key, limited, opened, recovered, request, set, unhurried,
};

const PASSWORD: &str = "s3ntinel";

/// Whether every client of ours came in by the socket.
async fn nobody_came_by_the_port(server: &Endpoint) -> bool {
    let list = admin(server, &["CLIENT", "LIST"]).await.text().unwrap();
    let mut ours = list.lines().filter(|line| !line.contains("cmd=client|list"));
    ours.all(|line| line.contains(".sock:0"))
}

fn options(file: &SocketFile) -> Options {
    unhurried().unix_socket(file.path()).password(PASSWORD)
}

#[tokio::test]
async fn everything_works_over_a_socket_of_this_machine() {
    let file = SocketFile::new().unwrap();
    let server = ServerOptions::new().socket(&file).password(PASSWORD).start().await.unwrap();
    for protocol in PROTOCOLS {
        let backend = opened(options(&file).database(3).protocol(protocol));
        set(&backend, "key", "value").await.unwrap();
        assert_eq!(get(&backend, "key").await.unwrap(), Some("value".into()), "{protocol:?}");
        let stored = server.admin_in(3, &["GET", "key"]).await.unwrap();
        assert_eq!(stored.text().as_deref(), Some("value"));
        let name = format!("job {protocol:?}");
        let acquired = backend.locks.as_ref().unwrap().acquire(request(&name, 1)).await;
        assert!(matches!(acquired, Ok(Acquired::Granted { .. })), "{acquired:?}");
        let watched = backend.watch.as_ref().unwrap().watch(Scope::Key(key("key"))).await;
        let mut changes = watched.unwrap();
        set(&backend, "key", "new").await.unwrap();
        assert!(matches!(limited("a change", changes.next()).await, Some(Event::Changed { .. })));
        assert!(nobody_came_by_the_port(&server).await);
    }
}

#[tokio::test]
async fn socket_of_a_server_that_was_killed_is_used_again() {
    let file = SocketFile::new().unwrap();
    let server = ServerOptions::new().socket(&file).start().await.unwrap();
    let backend = opened(unhurried().url(format!("{}?db=3", file.url())));
    set(&backend, "key", "value").await.unwrap();
    server.kill().await.unwrap();
    let error = eventually("a call fails", async || get(&backend, "key").await.err()).await;
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Unavailable, Effect::NotApplied));
    server.restart().await.unwrap();
    recovered(&backend).await;
    assert_eq!(get(&backend, "key").await.unwrap(), None);
}

#[tokio::test]
async fn socket_that_is_not_there_is_named() {
    let file = SocketFile::new().unwrap();
    let error = get(&opened(options(&file)), "key").await.unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Unavailable, Effect::NotApplied));
    assert!(error.detail().contains(&file.path().display().to_string()), "{error}");
    assert!(error.detail().contains("does not exist"), "{error}");
}

#[tokio::test]
async fn wrong_password_is_denied_over_a_socket_too() {
    let file = SocketFile::new().unwrap();
    let _server = ServerOptions::new().socket(&file).password("right").start().await.unwrap();
    for protocol in PROTOCOLS {
        let error = get(&opened(options(&file).protocol(protocol)), "key").await.unwrap_err();
        assert_eq!((error.kind(), error.effect()), (ErrorKind::Denied, Effect::NotApplied));
        assert!(!format!("{error:?}").contains(PASSWORD), "{error:?}");
    }
}
