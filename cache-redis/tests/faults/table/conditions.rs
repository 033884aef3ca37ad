//! How each condition is brought about: on the server where it can be, else in front of it.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use cache_core::Error;
use redis_fixture::{Break, Endpoint, Fault, ServerOptions, lease};

use super::scene::{Scene, hasty, patient, wrong_login};
use crate::driver::Protocol;
use crate::support::{
    EVERYTHING, PASSWORD, admin, config, eventually, get, key, let_in, lock, settle,
};

async fn nothing() {}

pub(super) async fn refused(protocol: Protocol) {
    let server = lease().await;
    let scene = Scene::unused(&server, patient(protocol)).await;
    let outcomes = scene.all(async || scene.proxy.refuse().await, nothing).await;
    scene.compare("refused", outcomes).await;
}

/// Somebody accepts, and says nothing.
pub(super) async fn handshake_unanswered(protocol: Protocol) {
    let server = lease().await;
    let scene = Scene::unused(&server, hasty(protocol)).await;
    let outcomes = scene.all(async || scene.proxy.freeze(), nothing).await;
    scene.compare("handshake_unanswered", outcomes).await;
}

/// The connection is known to be gone when the call begins, and nobody opens another.
pub(super) async fn reset_before_the_write(protocol: Protocol) {
    let server = lease().await;
    let scene = Scene::new(&server, patient(protocol)).await;
    let proxy = &scene.proxy;
    let outcomes = scene.each(async || {
        proxy.refuse().await;
        proxy.break_all(Break::Reset);
        proxy.until_open(0).await;
        settle().await;
    });
    scene.compare("reset_before_the_write", outcomes.await).await;
}

/// Written by us, and never read by the server: nobody here can tell.
pub(super) async fn reset_before_it_was_read(protocol: Protocol) {
    struck(protocol, "reset_before_it_was_read", Fault::BreakBefore(Break::Reset)).await;
}

pub(super) async fn reset_after_the_write(protocol: Protocol) {
    struck(protocol, "reset_after_the_write", Fault::BreakAfter(Break::Reset)).await;
}

pub(super) async fn cut_mid_frame(protocol: Protocol) {
    struck(protocol, "cut_mid_frame", Fault::CutReply(2, Break::Close)).await;
}

pub(super) async fn garbage(protocol: Protocol) {
    struck(protocol, "garbage", Fault::garbage()).await;
}

async fn struck(protocol: Protocol, condition: &str, fault: Fault) {
    let server = lease().await;
    let scene = Scene::new(&server, patient(protocol)).await;
    let outcomes = scene.struck(fault).await;
    scene.compare(condition, outcomes).await;
}

pub(super) async fn frozen(protocol: Protocol) {
    let server = lease().await;
    let scene = Scene::new(&server, hasty(protocol)).await;
    let outcomes = scene.each(async || scene.proxy.freeze()).await;
    scene.compare("frozen", outcomes).await;
}

pub(super) async fn slow_beyond_the_deadline(protocol: Protocol) {
    let server = lease().await;
    let scene = Scene::new(&server, hasty(protocol)).await;
    // By far, so that no machine is so slow that both come at once. Nobody waits for it.
    let outcomes = scene.struck(Fault::DelayReply(Duration::from_secs(20))).await;
    scene.compare("slow_beyond_the_deadline", outcomes).await;
}

/// One call is allowed, and one waits for its answer: of the cache, and of locks.
pub(super) async fn queue_full(protocol: Protocol) {
    let server = lease().await;
    let scene = Scene::new(&server, patient(protocol).max_in_flight(1)).await;
    scene.proxy.freeze();
    let (cache, locks) = (&scene.backend.cache, scene.backend.locks.as_ref().unwrap());
    let (mut reading, mut inspecting) = (cache.get(key("get")), locks.inspect(lock("released")));
    poll_fn(|context| {
        assert!(pin!(&mut reading).poll(context).is_pending());
        assert!(pin!(&mut inspecting).poll(context).is_pending());
        Poll::Ready(())
    })
    .await;
    let outcomes = scene.all(nothing, nothing).await;
    scene.proxy.heal().await;
    assert!(reading.await.is_ok() && inspecting.await.is_ok());
    scene.compare("queue_full", outcomes).await;
}

pub(super) async fn wrong_password(protocol: Protocol) {
    let server = lease().await;
    let scene = Scene::with_login(&server, patient(protocol), &wrong_login()).await;
    let outcomes = scene.all(nothing, nothing).await;
    scene.compare("wrong_password", outcomes).await;
}

pub(super) async fn no_password(protocol: Protocol) {
    let server = ServerOptions::new().password(PASSWORD).start().await.unwrap();
    let scene = Scene::with_login(&server, patient(protocol), "").await;
    let outcomes = scene.all(nothing, nothing).await;
    scene.compare("no_password", outcomes).await;
}

/// One client is allowed, and the auditor is there already.
pub(super) async fn max_clients(protocol: Protocol) {
    let server = ServerOptions::new().start().await.unwrap();
    let scene = Scene::unused(&server, patient(protocol)).await;
    let outcomes = scene.all(async || config(&server, "maxclients", "1").await, nothing).await;
    scene.compare("max_clients", outcomes).await;
}

pub(super) async fn denied_command(protocol: Protocol) {
    let rights = ["~*", "&*", "+@all", "-@read", "-@write"];
    denied(protocol, "denied_command", &rights).await;
}

pub(super) async fn denied_script(protocol: Protocol) {
    denied(protocol, "denied_script", &["~*", "&*", "+@all", "-@scripting"]).await;
}

pub(super) async fn denied_key(protocol: Protocol) {
    denied(protocol, "denied_key", &["~theirs", "&*", "+@all"]).await;
}

async fn denied(protocol: Protocol, condition: &str, rights: &[&str]) {
    let server = lease().await;
    let scene = Scene::new(&server, patient(protocol)).await;
    let bring = async || let_in(&server, PASSWORD, rights).await;
    let end = async || let_in(&server, PASSWORD, EVERYTHING).await;
    let outcomes = scene.all(bring, end).await;
    scene.compare(condition, outcomes).await;
}

/// Of a primary that is not there: writes are refused all the same.
pub(super) async fn readonly(protocol: Protocol) {
    let server = lease().await;
    let scene = Scene::new(&server, patient(protocol)).await;
    let bring = async || {
        admin(&server, &["REPLICAOF", "127.0.0.1", "1"]).await;
        // The server may have ended its clients' connections at the change of its role.
        eventually("reads work", async || get(&scene.backend, "get").await.ok()).await;
        let locks = scene.backend.locks.as_ref().unwrap();
        eventually("locks are read", async || locks.inspect(lock("released")).await.ok()).await;
    };
    let outcomes = scene.all(bring, async || promote(&server).await).await;
    scene.compare("readonly", outcomes).await;
}

/// The same for a replica that serves nothing without its primary.
pub(super) async fn masterdown(protocol: Protocol) {
    let server = lease().await;
    let scene = Scene::new(&server, patient(protocol)).await;
    let bring = async || {
        config(&server, "replica-serve-stale-data", "no").await;
        admin(&server, &["REPLICAOF", "127.0.0.1", "1"]).await;
        let is_told = |error: Error| (error.server_code() == Some("MASTERDOWN")).then_some(());
        // On each connection, as above.
        let read = async || get(&scene.backend, "get").await.err().and_then(is_told);
        eventually("reads are refused for it", read).await;
        let locks = scene.backend.locks.as_ref().unwrap();
        let inspect = async || locks.inspect(lock("released")).await.err().and_then(is_told);
        eventually("locks are refused for it", inspect).await;
    };
    let outcomes = scene.all(bring, async || promote(&server).await).await;
    scene.compare("masterdown", outcomes).await;
}

async fn promote(server: &Endpoint) {
    admin(server, &["REPLICAOF", "NO", "ONE"]).await;
}

pub(super) async fn oom(protocol: Protocol) {
    set_wrong(protocol, "oom", "maxmemory", ["1", "0"]).await;
}

pub(super) async fn noreplicas(protocol: Protocol) {
    set_wrong(protocol, "noreplicas", "min-replicas-to-write", ["1", "0"]).await;
}

async fn set_wrong(protocol: Protocol, condition: &str, setting: &str, values: [&str; 2]) {
    let server = lease().await;
    let scene = Scene::new(&server, patient(protocol)).await;
    let bring = async || config(&server, setting, values[0]).await;
    let end = async || config(&server, setting, values[1]).await;
    let outcomes = scene.all(bring, end).await;
    scene.compare(condition, outcomes).await;
}

/// The server is to save, and cannot: no file is made in `/proc`.
pub(super) async fn misconf(protocol: Protocol) {
    let server = ServerOptions::new().start().await.unwrap();
    let scene = Scene::new(&server, patient(protocol)).await;
    let bring = async || {
        config(&server, "dir", "/proc").await;
        config(&server, "save", "3600 1").await;
        admin(&server, &["BGSAVE"]).await;
        eventually("saving has failed", async || {
            let info = admin(&server, &["INFO", "persistence"]).await.text()?;
            info.contains("rdb_last_bgsave_status:err").then_some(())
        })
        .await;
    };
    let outcomes = scene.all(bring, async || config(&server, "save", "").await).await;
    scene.compare("misconf", outcomes).await;
}

pub(super) async fn wrongtype(protocol: Protocol) {
    let server = lease().await;
    let scene = Scene::new(&server, patient(protocol)).await;
    scene.replace_by_lists().await;
    let outcomes = scene.all(nothing, nothing).await;
    scene.compare("wrongtype", outcomes).await;
}

/// A script of somebody else runs for ever.
pub(super) async fn busy(protocol: Protocol) {
    let server = lease().await;
    let scene = Scene::new(&server, patient(protocol)).await;
    config(&server, "busy-reply-threshold", "10").await;
    let mut running = Box::pin(server.admin(&["EVAL", "while true do end", "0"]));
    let bring = async || {
        let is_busy = async || {
            poll_fn(|context| {
                assert!(running.as_mut().poll(context).is_pending(), "it runs for ever");
                Poll::Ready(())
            })
            .await;
            let error = get(&scene.backend, "get").await.err();
            error.filter(|error| error.server_code() == Some("BUSY"))
        };
        eventually("the server is busy", is_busy).await;
    };
    let end = async || drop(admin(&server, &["SCRIPT", "KILL"]).await);
    let outcomes = scene.all(bring, end).await;
    running.await.expect_err("it was killed");
    scene.compare("busy", outcomes).await;
}

pub(super) async fn loading(protocol: Protocol) {
    answered(protocol, "loading", "LOADING Redis is loading the dataset in memory").await;
}

pub(super) async fn clusterdown(protocol: Protocol) {
    answered(protocol, "clusterdown", "CLUSTERDOWN Hash slot not served").await;
}

pub(super) async fn tryagain(protocol: Protocol) {
    let error = "TRYAGAIN Multiple keys request during rehashing of slot";
    answered(protocol, "tryagain", error).await;
}

pub(super) async fn moved(protocol: Protocol) {
    answered(protocol, "moved", "MOVED 3999 127.0.0.1:1").await;
}

pub(super) async fn ask(protocol: Protocol) {
    answered(protocol, "ask", "ASK 3999 127.0.0.1:1").await;
}

/// To the call by its SHA-1, and to the call with its text.
pub(super) async fn noscript_twice(protocol: Protocol) {
    answered(protocol, "noscript_twice", "NOSCRIPT No matching script. Please use EVAL.").await;
}

/// Every command is answered with this line in place of the server's answer.
async fn answered(protocol: Protocol, condition: &str, error: &str) {
    struck(protocol, condition, Fault::error(error)).await;
}
