//! Answers that are lost, and requests that arrive late: what nobody knows to hold is soon free.
//!
//! `LOCK_LOSSES=10000` loses so many answers, `LOCK_DELAYS=1000` holds so many requests up.

use std::time::Duration;

use cache_core::Backend;
use cache_recipes::{LockOptions, Locks};
use redis_fixture::{Break, Fault, Proxy, When};
use tokio::time::Instant;

use crate::driver::open;
use crate::locks::figures::{Promise, rounds};
use crate::locks::ground::ServerGround;
use crate::locks_over::{LONG, comes_free, inspected, locks, pass, polled, soon};

/// When a client gives a call up.
const DEADLINE: Duration = Duration::from_millis(100);

/// How the answer to a request that was carried out is lost, and how its client learns of it.
fn losses() -> [(&'static str, usize, Fault); 3] {
    let tenth = rounds("LOCK_LOSSES", 60).div_ceil(10);
    [
        ("the connection ends", 4 * tenth, Fault::BreakAfter(Break::Close)),
        ("the connection is reset", 4 * tenth, Fault::BreakAfter(Break::Reset)),
        ("silence", 2 * tenth, Fault::DropReply),
    ]
}

/// Opens a backend whose connection is lossy; it gives a call up soon.
async fn behind(ground: &ServerGround, proxy: &Proxy) -> Backend {
    let impatient = ground.options().deadline(DEADLINE);
    open(impatient.url(proxy.url())).unwrap()
}

pub(crate) async fn lost_replies_leave_no_lock_without_an_owner(ground: &ServerGround) {
    const BOUND: Duration = Duration::from_millis(250);
    let sure = locks(ground).await;
    for (loss, most, fault) in losses() {
        let proxy = Proxy::start(ground.server().await.address()).await.unwrap();
        let lossy = Locks::new(&behind(ground, &proxy).await);
        let (mut ownerless, mut granted) = (Vec::new(), 0);
        for round in 0..most {
            let name = format!("{loss} {round}");
            // The reply to the acquire, or that to the release after it; every third time both.
            let first = if round % 3 == 0 { 2 } else { 1 };
            let when = match round % 3 {
                0 | 1 => When::command("EVALSHA").nth(first),
                _ => When::command("EVALSHA").first(2),
            };
            proxy.inject(when, fault.clone());
            let options = LockOptions::new()
                .ttl(Duration::from_secs(600))
                .call_limit(DEADLINE)
                .wait_limit(BOUND);
            match lossy.acquire(&name, options).await {
                Ok(guard) if round % 2 == 0 => {
                    granted += 1;
                    drop(guard.release().await);
                }
                Ok(guard) => {
                    granted += 1;
                    drop(guard);
                }
                Err(error) => assert!(error.is_retryable(), "{error}"),
            }
            ownerless.push(comes_free(&sure, &name).await);
            proxy.heal().await;
        }
        let what = format!("{loss}, {granted} acquires granted: a lock without an owner");
        Promise::new("LOCK_LOSSES", BOUND).judge(&what, ownerless);
    }
}

/// How late a request is: later than the next one, on a new connection.
const LATE: Duration = Duration::from_millis(400);

/// How its caller ends: it gives up, goes away, or is granted the lock at its second request.
async fn ends(locks: &Locks, name: &str, round: usize, ttl: Duration) {
    let options = LockOptions::new().ttl(ttl).call_limit(DEADLINE);
    match round % 3 {
        0 => drop(locks.try_acquire(name, options.wait_limit(DEADLINE)).await),
        1 => drop(polled(2, locks.acquire(name, options)).await),
        _ => {
            let taking = async {
                loop {
                    // Failures are put up with for a TTL, which is short for a busy machine.
                    match locks.acquire(name, options.clone()).await {
                        Ok(guard) => return guard,
                        Err(error) => assert!(error.is_retryable(), "{error}"),
                    }
                }
            };
            drop(soon("a lock", taking).await);
        }
    }
}

/// When a request came late, and nobody waited for it any more: how long the name was held from then on.
async fn held_by_nobody(sure: &Locks, name: &str, arrives: Instant, ttl: Duration) -> Duration {
    let mut last_seen = arrives;
    while arrives.elapsed() < ttl / 3 || last_seen.elapsed() < ttl / 3 {
        if let Some(state) = inspected(sure, name).await {
            assert!(state.ttl_left <= ttl, "{name}: {:?} are left", state.ttl_left);
            last_seen = Instant::now();
        }
        pass(Duration::from_millis(2)).await;
    }
    last_seen.saturating_duration_since(arrives)
}

pub(crate) async fn a_request_that_arrives_late_holds_for_a_ttl_at_most(ground: &ServerGround) {
    const TTL: Duration = Duration::from_millis(150);
    /// What two clocks and the looks differ by.
    const MORE: Duration = Duration::from_millis(50);
    let sure = locks(ground).await;
    let proxy = Proxy::start(ground.server().await.address()).await.unwrap();
    let lossy = Locks::new(&behind(ground, &proxy).await);
    let (mut held, mut round, begun) = (Vec::new(), 0, Instant::now());
    let least = rounds("LOCK_DELAYS", 6);
    // A busy machine may be later than the request is.
    while round < least || held.is_empty() && begun.elapsed() < LONG {
        let name = format!("late {round}");
        let connected = async {
            while lossy.inspect(&name).await.is_err() {
                pass(Duration::from_millis(1)).await;
            }
        };
        // The last fault may have ended the connection.
        soon("a connection", connected).await;
        proxy.inject(When::command("EVALSHA").first(1), Fault::DelayCommand(LATE));
        let sent = Instant::now();
        ends(&lossy, &name, round, TTL).await;
        let length = held_by_nobody(&sure, &name, sent + LATE, TTL).await;
        held.extend((!length.is_zero()).then_some(length));
        round += 1;
        proxy.heal().await;
    }
    assert!(!held.is_empty(), "no request came late: nothing was shown");
    let what = format!("of {round} requests, those that came when nobody waited any more: held");
    Promise::new("LOCK_DELAYS", TTL + MORE).judge(&what, held);
}
