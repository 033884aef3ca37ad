//! What is left behind: no socket, no task, no panic.

use std::num::NonZeroUsize;
use std::sync::Arc;

use cache_core::{Acquired, Backend, ErrorKind, Scope, SetOptions};
use redis_fixture::{Endpoint, lease};
use tokio::runtime::{Builder, Handle, Runtime};

use crate::driver::NAME;
use crate::support::{
    connections, eventually, get, key, limited, opened, plain, request, set, settle, unhurried,
};

/// Uses every connection that a backend may have: of the cache, of locks, of change events.
async fn used(server: &Endpoint) -> Backend {
    let backend = opened(unhurried().url(server.url()).connections(2));
    for number in 0..8 {
        set(&backend, &format!("key {number}"), "value").await.unwrap();
    }
    let locks = backend.locks.as_ref().unwrap();
    assert!(matches!(locks.acquire(request("job", 1)).await, Ok(Acquired::Granted { .. })));
    let scope = Scope::Prefix("key");
    drop(backend.watch.as_ref().unwrap().watch(scope).await.unwrap());
    backend
}

async fn no_socket_is_left(server: &Endpoint) {
    eventually("the last socket is closed", async || {
        connections(server).await.is_empty().then_some(())
    })
    .await;
}

async fn no_task_is_left(before: usize) {
    let tasks = || Handle::current().metrics().num_alive_tasks();
    eventually("the last task ends", async || (tasks() <= before).then_some(())).await;
}

#[tokio::test]
async fn dropped_backend_leaves_no_socket_and_no_task() {
    let server = lease().await;
    let before = Handle::current().metrics().num_alive_tasks();
    for _ in 0..3 {
        let backend = used(&server).await;
        assert!(connections(&server).await.len() >= 3, "its connections are seen");
        drop(backend);
        no_socket_is_left(&server).await;
        no_task_is_left(before).await;
    }
}

#[tokio::test]
async fn stopped_backend_leaves_no_socket_and_no_task() {
    let server = lease().await;
    let before = Handle::current().metrics().num_alive_tasks();
    let backend = used(&server).await;
    backend.cache.stop().await.unwrap();
    // The handle lives on.
    no_socket_is_left(&server).await;
    no_task_is_left(before).await;
    assert_eq!(get(&backend, "key").await.unwrap_err().kind(), ErrorKind::Stopped);
}

#[tokio::test]
async fn backend_that_was_never_used_opens_no_socket() {
    let server = lease().await;
    let backend = plain(&server);
    assert!(connections(&server).await.is_empty());
    assert_eq!(backend.cache.name(), NAME);
}

#[tokio::test]
async fn any_part_of_the_backend_keeps_it_open() {
    let server = lease().await;
    let backend = used(&server).await;
    let (cache, locks) = (Arc::clone(&backend.cache), backend.locks.clone());
    drop(backend);
    assert_eq!(cache.get(key("key 1")).await.unwrap(), Some("value".into()));
    drop((cache, locks));
    no_socket_is_left(&server).await;
}

#[tokio::test]
async fn calls_under_way_when_the_backend_is_dropped_leave_no_socket() {
    let server = lease().await;
    let before = Handle::current().metrics().num_alive_tasks();
    let backend = used(&server).await;
    // Longer than any patience here: nothing is answered.
    server.admin(&["CLIENT", "PAUSE", "600000", "WRITE"]).await.unwrap();
    let cache = Arc::clone(&backend.cache);
    let options = SetOptions::new();
    let call = tokio::spawn(async move { cache.set(key("key 1"), "late".into(), options).await });
    settle().await;
    drop(backend);
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    no_task_is_left(before).await;
    server.admin(&["CLIENT", "UNPAUSE"]).await.unwrap();
    no_socket_is_left(&server).await;
}

fn one_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

fn several_threads() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

#[test]
fn backend_that_outlives_its_runtime_answers_errors_or_connects_anew() {
    for runtime in [one_thread as fn() -> Runtime, several_threads] {
        let first = runtime();
        let server = first.block_on(lease());
        let backend = first.block_on(used(&server));
        first.shutdown_background();

        let second = runtime();
        second.block_on(async {
            // The connections of the first runtime are gone; the first calls may find that out.
            eventually("it connects anew", async || get(&backend, "key 1").await.ok()).await;
            let locks = backend.locks.as_ref().unwrap();
            eventually("locks connect anew", async || locks.acquire(request("job", 1)).await.ok())
                .await;
            limited("stop", backend.cache.stop()).await.unwrap();
            no_socket_is_left(&server).await;
        });
    }
}

#[test]
fn calls_outside_of_any_runtime_are_errors() {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    let runtime = one_thread();
    let server = runtime.block_on(lease());
    for used_before in [false, true] {
        let backend = plain(&server);
        if used_before {
            runtime.block_on(set(&backend, "key", "value")).unwrap();
        }
        let mut call = pin!(get(&backend, "key"));
        let mut context = Context::from_waker(Waker::noop());
        match call.as_mut().poll(&mut context) {
            Poll::Ready(answer) => {
                let kind = answer.unwrap_err().kind();
                assert!(matches!(kind, ErrorKind::Config | ErrorKind::Unavailable), "{kind:?}");
            }
            Poll::Pending => panic!("nobody will ever wake it"),
        }
    }
}

#[test]
fn backend_works_on_one_thread() {
    let runtime = one_thread();
    runtime.block_on(async {
        let server = lease().await;
        let backend = used(&server).await;
        let call = |number| {
            let cache = Arc::clone(&backend.cache);
            tokio::spawn(async move {
                let name = format!("key {}", number % 8);
                cache.get(key(&name)).await
            })
        };
        let calls: Vec<_> = (0..500).map(call).collect();
        for call in calls {
            assert_eq!(call.await.unwrap().unwrap(), Some("value".into()));
        }
        let workers = NonZeroUsize::new(Handle::current().metrics().num_workers());
        assert_eq!(workers, NonZeroUsize::new(1));
    });
}

#[tokio::test]
async fn there_are_no_more_connections_than_chosen() {
    let server = lease().await;
    for chosen in [1, 3] {
        let backend = Arc::new(opened(unhurried().url(server.url()).connections(chosen)));
        let call = |number: u32| {
            let backend = Arc::clone(&backend);
            tokio::spawn(async move { get(&backend, &format!("key {number}")).await })
        };
        let calls: Vec<_> = (0..200).map(call).collect();
        for call in calls {
            call.await.unwrap().unwrap();
        }
        let most = connections(&server).await.len();
        assert!((1..=chosen).contains(&most), "{most} connections, {chosen} chosen");
        drop(backend);
        no_socket_is_left(&server).await;
    }
}
