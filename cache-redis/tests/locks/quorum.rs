//! A quorum of three servers, of which some are killed, and some hang.

use std::sync::Arc;
use std::time::Duration;

use cache_core::Released;
use cache_recipes::{Guard, LockOptions, Locks, LossReason, Quorum};
use redis_fixture::Server;

use crate::driver::open;
use crate::locks::figures::ALLOWANCE;
use crate::locks::ground::ServerGround;
use crate::locks_over::{TTL, is_renewed, options, soon, timed, together};

/// How long a try takes where no majority answers: it asks again for a call limit, and a request and
/// what gives it back take one of the quorum each.
const MOST: Duration = LockOptions::DEFAULT_CALL_LIMIT.saturating_add(CALL_LIMIT.saturating_mul(2));

/// How long a server may take to answer on a busy machine.
const CALL_LIMIT: Duration = Duration::from_millis(400);

/// A lease lasts so long: an extend is given up after 400 ms, and a busy machine needs some of them.
fn long() -> LockOptions {
    options().ttl(TTL * 3)
}

/// Locks over these servers, as one more process sees them.
fn over(ground: &ServerGround, servers: &[Server]) -> Locks {
    let backends = servers.iter().map(|server| open(ground.options().url(server.url())).unwrap());
    let quorum = Quorum::new(backends.filter_map(|backend| backend.locks)).unwrap();
    Locks::over(Arc::new(quorum.call_limit(CALL_LIMIT)))
}

/// A server that has come back takes a moment to be found.
async fn acquire(locks: &Locks) -> Guard {
    let acquiring = async {
        loop {
            if let Ok(guard) = locks.acquire("quorum", long()).await {
                return guard;
            }
        }
    };
    soon("a lock", acquiring).await
}

pub(crate) async fn a_quorum_outlives_a_minority_and_not_a_majority(ground: &ServerGround) {
    let started = together((0..3).map(|_| Server::start())).await;
    let servers: Vec<_> = started.into_iter().map(|server| server.unwrap()).collect();
    let (one, two) = (over(ground, &servers), over(ground, &servers));
    let guard = acquire(&one).await;
    let first = guard.fence().expect("every server has fences");

    servers[0].kill().await.unwrap();
    // What goes out before the kill may be answered after it; the next one is not.
    is_renewed(&guard).await;
    is_renewed(&guard).await;
    held_by_a_majority(&two).await;
    assert_eq!(guard.release().await.unwrap(), Released::Released);

    // One comes back without its data, and another hangs.
    servers[0].restart().await.unwrap();
    servers[1].freeze().await.unwrap();
    let guard = acquire(&two).await;
    let second = guard.fence().expect("every server has fences");
    assert!(second > first, "{second} came after {first}");

    servers[2].kill().await.unwrap();
    let lost = soon("the end of the lease", guard.lost()).await;
    assert_eq!(lost.reason, LossReason::Expired, "one of three servers renews nothing");
    no_majority_is_told_in_time(&one).await;

    servers[1].thaw().await.unwrap();
    servers[2].restart().await.unwrap();
    let guard = acquire(&one).await;
    assert!(guard.fence() > Some(second), "{:?} came after {second}", guard.fence());
    assert_eq!(guard.release().await.unwrap(), Released::Released);
}

/// A busy machine may be late with the answers of those that are left.
async fn held_by_a_majority(locks: &Locks) {
    let asking = async {
        loop {
            match locks.try_acquire("quorum", long()).await {
                Ok(granted) => return assert!(granted.is_none(), "another holds it, too"),
                Err(error) => assert!(error.is_retryable(), "{error}"),
            }
        }
    };
    soon("an answer", asking).await;
}

/// An error that says so, and no hanging.
async fn no_majority_is_told_in_time(locks: &Locks) {
    let (answer, took) = timed(locks.try_acquire("quorum", options())).await;
    let error = answer.unwrap_err();
    assert!(error.is_retryable(), "{error}");
    assert!(took <= MOST + ALLOWANCE, "{took:?}");
    let limit = Duration::from_millis(500);
    let (answer, took) = timed(locks.acquire("quorum", options().wait_limit(limit))).await;
    let error = answer.unwrap_err();
    assert!(error.is_retryable(), "{error}");
    assert!(took <= limit + MOST + ALLOWANCE, "{took:?}");
}
