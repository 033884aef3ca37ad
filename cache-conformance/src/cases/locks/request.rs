//! What an acquire may ask for.

use cache_core::{Acquired, ErrorKind, Fence, LockRequest, Released};

use crate::check::{expect_some, same};
use crate::subject::{Locks, TTL, name, token};
use crate::trial::Trial;

/// Fails unless the request is refused, on a free lock and by its owner, and changes nothing.
async fn is_refused(what: &str, locks: &Locks, request: LockRequest<'_>) {
    let (lock, invalid) = (request.name.as_str(), ErrorKind::InvalidInput);
    locks.refuses(what, invalid, locks.raw().acquire(request)).await;
    same("inspect after that", &locks.inspect(lock).await, &None);
    let owned = LockRequest::new(request.name, request.token, TTL).holder("first");
    locks.ask(owned).await;
    let before = expect_some("inspect of a held lock", locks.inspect(lock).await);
    locks.refuses(what, invalid, locks.raw().acquire(request)).await;
    let after = expect_some("inspect of a held lock", locks.inspect(lock).await);
    same("the holder after that", &after.holder, &before.holder);
    same("the fence after that", &after.fence, &before.fence);
    locks.releases(lock, request.token, Released::Released).await;
}

pub(crate) async fn oversized_holder_is_refused(trial: Trial) {
    let locks = trial.locks();
    let longest = "h".repeat(LockRequest::MAX_HOLDER_BYTES);
    let wide = "\u{e9}".repeat(LockRequest::MAX_HOLDER_BYTES / 2 + 1);
    for holder in [format!("{longest}h"), wide, "h".repeat(1_000_000)] {
        let what = format!("acquire with a label of {} bytes", holder.len());
        let request = LockRequest::new(name("lock"), token(1), TTL).holder(&holder);
        is_refused(&what, &locks, request).await;
    }
    locks.ask(LockRequest::new(name("lock"), token(1), TTL).holder(&longest)).await;
    let state = expect_some("inspect of a held lock", locks.inspect("lock").await);
    same("the longest label", &&*state.holder, &&*longest);
}

pub(crate) async fn unreachable_fence_is_refused(trial: Trial) {
    let locks = trial.locks();
    let furthest = LockRequest::MAX_MIN_FENCE;
    for least in [Fence::new(furthest.get() + 1), Fence::MAX] {
        let what = format!("acquire with a least fence of {least}");
        let request = LockRequest::new(name("lock"), token(1), TTL).min_fence(least);
        is_refused(&what, &locks, request).await;
    }
    // Neither of them has used up the fences of the name.
    if let (Some(fence), _) = locks.take_for("lock", token(2), TTL).await {
        assert!(fence < furthest, "the next fence: expected less than {furthest}, found {fence}");
    }
    let request = LockRequest::new(name("other lock"), token(1), TTL).min_fence(furthest);
    match locks.ask(request).await {
        Acquired::Granted { .. } => {}
        other => panic!("acquire with the furthest fence: expected a grant, found {other:?}"),
    }
}
