//! What drivers do on their own, and must not do to our users. One test a trap.

use std::sync::Arc;
use std::time::Duration;

use cache_core::{Backend, Effect, ErrorKind, Event, Scope, Subscription, Ttl};
use redis_fixture::{Break, Endpoint, Fault, Proxy, ServerOptions, When, lease};

use crate::driver::Options;
use crate::support::{
    PROTOCOLS, admin, connections, eventually, get, key, kinds, limited, only_connection, opened,
    pause, plain, recovered, rotate, runs, set, settle, unhurried,
};

/// Trap: a connection that was refused at its re-login stays refused for ever.
#[tokio::test]
async fn failed_login_does_not_poison_later_ones() {
    for protocol in PROTOCOLS {
        let server = lease().await;
        rotate(&server, "right").await;
        let backend = opened(unhurried().url(server.user_url("app", "right")).protocol(protocol));
        set(&backend, "key", "value").await.unwrap();
        rotate(&server, "other").await;
        let denied = eventually("the password is denied", async || {
            get(&backend, "key").await.err().filter(|error| error.kind() == ErrorKind::Denied)
        });
        assert_eq!(denied.await.effect(), Effect::NotApplied);
        rotate(&server, "right").await;
        recovered(&backend).await;
        assert_eq!(get(&backend, "key").await.unwrap(), Some("value".into()), "{protocol:?}");
    }
}

/// A server that accepts and closes at once; it counts.
async fn slammed_door(server: &Endpoint) -> Proxy {
    let proxy = Proxy::start(server.address()).await.unwrap();
    proxy.turn_away(Break::Close).await;
    proxy
}

/// Trap: calls wait for reconnecting outside of their time limit, 9 s where 0.2 s were asked for.
#[tokio::test]
async fn reconnecting_is_within_the_deadline() {
    let server = lease().await;
    let door = slammed_door(&server).await;
    let backend = opened(Options::new().url(door.url()).deadline(Duration::from_millis(200)));
    let before = tokio::time::Instant::now();
    for _ in 0..10 {
        let error = limited("get", get(&backend, "key")).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::Timeout), "{error}");
        assert_eq!(error.effect(), Effect::NotApplied, "{error}");
    }
    // Ten deadlines are two seconds; ten calls that are not bounded are ninety.
    assert!(before.elapsed() < Duration::from_secs(40), "{:?}", before.elapsed());
    assert!(door.accepted() >= 1);
}

/// Trap: a server that is down is asked by everybody at once.
#[tokio::test]
async fn server_that_is_down_is_asked_at_most_twenty_times_a_second() {
    let server = lease().await;
    let door = slammed_door(&server).await;
    let backend = Arc::new(opened(Options::new().url(door.url()).connections(4)));
    let before = tokio::time::Instant::now();
    let call = |number: u64| {
        let backend = Arc::clone(&backend);
        tokio::spawn(async move {
            while before.elapsed() < Duration::from_secs(3) {
                get(&backend, "key").await.expect_err("nobody answers");
                pause(Duration::from_millis(number)).await;
            }
        })
    };
    let calls: Vec<_> = (1..=20).map(call).collect();
    for call in calls {
        call.await.unwrap();
    }
    let seconds = before.elapsed().as_secs_f64();
    let attempts = door.accepted();
    assert!(attempts as f64 <= 20.0 * (seconds + 1.0), "{attempts} attempts in {seconds} s");
}

/// Trap: a socket whose other end is frozen is used for ever, for timeouts are no errors of it.
#[tokio::test]
async fn connection_without_answers_is_replaced() {
    let server = ServerOptions::new().start().await.unwrap();
    let options = Options::new().url(server.url()).connections(1);
    let backend = opened(options.deadline(Duration::from_millis(100)));
    recovered(&backend).await;
    let before = only_connection(&server).await;
    server.freeze().await.unwrap();
    for _ in 0..8 {
        let error = limited("set", set(&backend, "key", "new")).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Timeout | ErrorKind::Unavailable), "{error}");
    }
    server.thaw().await.unwrap();
    recovered(&backend).await;
    eventually("the old connection is gone", async || {
        (!connections(&server).await.contains(&before)).then_some(())
    })
    .await;
}

/// Trap: a server that was made a replica refuses every write for ever, while its successor waits
/// behind the same name.
#[tokio::test]
async fn connection_to_a_replica_is_replaced() {
    let server = lease().await;
    let backend = opened(unhurried().url(server.url()).connections(1));
    set(&backend, "key", "value").await.unwrap();
    let before = only_connection(&server).await;
    // Of a primary that is not there: it refuses writes all the same.
    admin(&server, &["REPLICAOF", "127.0.0.1", "1"]).await;
    // The server may have closed its clients' connections at the change of its role.
    let error = eventually("a write is refused", async || {
        let error = set(&backend, "key", "new").await.err();
        error.filter(|error| error.kind() == ErrorKind::ReadOnly)
    })
    .await;
    assert_eq!(error.effect(), Effect::NotApplied);
    admin(&server, &["REPLICAOF", "NO", "ONE"]).await;
    eventually("a write succeeds", async || set(&backend, "key", "new").await.ok()).await;
    // It is replaced for calls, and by them.
    eventually("the old connection is gone", async || {
        get(&backend, "key").await.ok()?;
        (!connections(&server).await.contains(&before)).then_some(())
    })
    .await;
}

async fn watched(backend: &Backend, scope: Scope<'_>) -> Subscription {
    let watch = backend.watch.as_ref().expect("change events");
    watch.watch(scope).await.expect("in force")
}

async fn next(changes: &mut Subscription) -> Event {
    limited("an event", changes.next()).await.expect("the subscription goes on")
}

async fn gap(changes: &mut Subscription) {
    while next(changes).await != Event::Gap {}
}

/// Writes a key until a change to it is told. One write does not do: its connection may have ended, and a
/// gap that is told on its way may stand for it.
async fn is_told(backend: &Backend, changes: &mut Subscription, name: &str) {
    let told = async {
        loop {
            if matches!(next(changes).await, Event::Changed { key, .. } if *key == *name) {
                return;
            }
        }
    };
    let writing = async {
        loop {
            drop(set(backend, name, "value").await);
            pause(Duration::from_millis(50)).await;
        }
    };
    tokio::select! {
        () = told => {}
        () = writing => {}
    }
}

/// Trap: `FLUSHALL` has no keys to tell, so nothing is told.
#[tokio::test]
async fn flush_is_a_gap() {
    let server = lease().await;
    for protocol in PROTOCOLS {
        for flush in [&["FLUSHALL"], &["FLUSHDB"]] {
            let backend = opened(unhurried().url(server.url()).protocol(protocol));
            set(&backend, "key", "value").await.unwrap();
            let mut changes = watched(&backend, Scope::Key(key("key"))).await;
            admin(&server, flush).await;
            gap(&mut changes).await;
            // It goes on after it.
            set(&backend, "key", "value").await.unwrap();
            assert!(matches!(next(&mut changes).await, Event::Changed { .. } | Event::Gap));
        }
    }
}

/// Trap: more changes at once than there is room for end the listener in silence.
#[tokio::test]
async fn flood_of_changes_is_told_as_a_gap_and_survived() {
    const KEYS: u32 = 30_000;
    let server = lease().await;
    let backend = plain(&server);
    let mut changes = watched(&backend, Scope::Prefix("flood:")).await;
    let script =
        "for i = 1, ARGV[1] do redis.call('SET', 'flood:' .. i .. string.rep('x', 100), i) end";
    admin(&server, &["EVAL", script, "0", &KEYS.to_string()]).await;
    gap(&mut changes).await;
    is_told(&backend, &mut changes, "flood:last").await;
}

/// Trap: a listener that lost its connection goes on, deaf.
#[tokio::test]
async fn listener_that_was_thrown_out_tells_a_gap_and_listens_again() {
    let server = lease().await;
    let backend = plain(&server);
    let mut changes = watched(&backend, Scope::Prefix("key")).await;
    for round in 0..3 {
        for kind in ["normal", "pubsub"] {
            admin(&server, &["CLIENT", "KILL", "TYPE", kind]).await;
        }
        gap(&mut changes).await;
        is_told(&backend, &mut changes, &format!("key {round}")).await;
    }
}

/// Trap: a command whose connection broke is sent again, and counts three times.
#[tokio::test]
async fn increment_whose_answer_is_cut_is_executed_once_and_unknown() {
    let server = lease().await;
    let proxy = Proxy::start(server.address()).await.unwrap();
    let options = Options::new().url(proxy.url()).connections(1);
    let backend = opened(options.deadline(Duration::from_millis(300)));
    let increment = || backend.cache.increment(key("number"), 1, Ttl::Never);
    let number = async || admin(&server, &["GET", "number"]).await.integer().unwrap();
    // The server knows the script from here on, if there is one.
    eventually("a first increment", async || increment().await.ok()).await;
    let mut expected = number().await;
    let after = [
        Fault::BreakAfter(Break::Close),
        Fault::BreakAfter(Break::Reset),
        Fault::CutReply(1, Break::Close),
        Fault::CutReply(2, Break::Reset),
        Fault::DropReply,
    ];
    let before = [Fault::BreakBefore(Break::Close), Fault::BreakBefore(Break::Reset)];
    let faults = after.into_iter().map(|fault| (fault, 1));
    for (fault, executed) in faults.chain(before.into_iter().map(|fault| (fault, 0))) {
        for _ in 0..5 {
            recovered(&backend).await;
            let what = format!("{fault:?}");
            proxy.inject(When::any().nth(1), fault.clone());
            let error = limited(&what, increment()).await.expect_err(&what);
            let kind = error.kind();
            assert!(matches!(kind, ErrorKind::Unavailable | ErrorKind::Timeout), "{what}: {error}");
            assert_eq!(error.effect(), Effect::Unknown, "{what}: {error}");
            expected += executed;
            recovered(&backend).await;
            assert_eq!(number().await, expected, "{what}");
        }
    }
}

/// Trap: a connection that is gone is told by the first command alone, whose outcome is then
/// unknown although it was never sent.
#[tokio::test]
async fn command_on_a_connection_that_is_known_to_be_gone_was_not_applied() {
    let server = lease().await;
    let proxy = Proxy::start(server.address()).await.unwrap();
    let backend = opened(unhurried().url(proxy.url()).connections(1));
    for how in [Break::Close, Break::Reset] {
        recovered(&backend).await;
        proxy.refuse().await;
        proxy.break_all(how);
        proxy.until_open(0).await;
        // The driver's task has to see it.
        settle().await;
        let error = limited("set", set(&backend, "key", "value")).await.unwrap_err();
        assert_eq!((error.kind(), error.effect()), (ErrorKind::Unavailable, Effect::NotApplied));
        proxy.heal().await;
    }
}

/// Trap: an answer that is no RESP is skipped, and every later answer goes to the wrong command.
#[tokio::test]
async fn garbage_replaces_the_connection() {
    let server = lease().await;
    let proxy = Proxy::start(server.address()).await.unwrap();
    let backend = opened(unhurried().url(proxy.url()).connections(1));
    for number in 0..5 {
        set(&backend, "key", "value").await.unwrap();
        let before = proxy.accepted();
        proxy.inject(When::command("GET").nth(1), Fault::garbage());
        let error = limited("get", get(&backend, "key")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{number}: {error}");
        recovered(&backend).await;
        assert!(proxy.accepted() > before, "{number}: it is still the old connection");
        assert_eq!(get(&backend, "key").await.unwrap(), Some("value".into()), "{number}");
        assert_eq!(get(&backend, "absent").await.unwrap(), None, "{number}");
    }
}

/// Trap: every client waits as long as every other, and all come at once.
#[tokio::test]
async fn waits_before_reconnecting_differ_from_client_to_client() {
    let server = lease().await;
    let (one, two) = (slammed_door(&server).await, slammed_door(&server).await);
    let waits = async |door: &Proxy| {
        let backend = opened(Options::new().url(door.url()).connections(1));
        let mut attempts = Vec::new();
        while attempts.len() < 9 {
            let seen = door.accepted();
            drop(get(&backend, "key").await);
            if door.accepted() > seen {
                attempts.push(tokio::time::Instant::now());
            }
            pause(Duration::from_millis(1)).await;
        }
        attempts.windows(2).map(|pair| pair[1] - pair[0]).collect::<Vec<_>>()
    };
    let (first, second) =
        limited("attempts", async { tokio::join!(waits(&one), waits(&two)) }).await;
    let differs = |(a, b): (&Duration, &Duration)| a.abs_diff(*b) > Duration::from_millis(10);
    let different = first.iter().zip(&second).filter(|pair| differs(*pair)).count();
    assert!(different >= 2, "{first:?} {second:?}");
}

/// Trap: what was queued and given up is written later all the same, or the queue grows.
#[tokio::test]
async fn calls_that_were_given_up_are_not_executed_in_a_burst_later() {
    const CALLS: u64 = 200;
    let server = ServerOptions::new().start().await.unwrap();
    let options = Options::new().url(server.url()).connections(1);
    let backend = opened(options.deadline(Duration::from_millis(50)));
    recovered(&backend).await;
    let before = runs(&server, "set").await;
    server.freeze().await.unwrap();
    let mut failures = Vec::new();
    for _ in 0..CALLS {
        failures.push(limited("set", set(&backend, "key", "late")).await.unwrap_err());
    }
    server.thaw().await.unwrap();
    recovered(&backend).await;
    let unknown = failures.iter().filter(|error| error.effect() == Effect::Unknown).count() as u64;
    let executed = runs(&server, "set").await - before;
    assert!(unknown < CALLS / 2, "a frozen connection was used on: {:?}", kinds(&failures));
    assert!(executed <= unknown, "{executed} executed, {unknown} unknown");
}

/// Trap: `()` accepts a nil, so that a `SET … NX` that stored nothing "succeeds".
#[tokio::test]
async fn set_that_stored_nothing_says_so() {
    let server = lease().await;
    for protocol in PROTOCOLS {
        let backend = opened(unhurried().url(server.url()).protocol(protocol));
        admin(&server, &["SET", "key", "theirs"]).await;
        let options = cache_core::SetOptions::new().condition(cache_core::Condition::IfAbsent);
        let outcome = backend.cache.set(key("key"), "ours".into(), options).await.unwrap();
        assert!(!outcome.is_stored());
    }
}

/// Trap: values and tokens that are no UTF-8 are mended on the way, and compare equal.
#[tokio::test]
async fn bytes_that_are_no_text_are_compared_as_they_are() {
    let server = lease().await;
    let backend = plain(&server);
    let set = |value: &'static [u8], condition| {
        let options = cache_core::SetOptions::new().condition(condition);
        backend.cache.set(key("key"), value.into(), options)
    };
    set(b"\xff", cache_core::Condition::Always).await.unwrap();
    let other = cache_core::Condition::IfEquals((&b"\xfe"[..]).into());
    assert!(!set(b"new", other).await.unwrap().is_stored());
    let same = cache_core::Condition::IfEquals((&b"\xff"[..]).into());
    assert!(set(b"new", same).await.unwrap().is_stored());
}
