//! Faults of locks and fences.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use cache_conformance::Model;
use cache_core::{
    Acquired, CacheBackend, ClearScope, ClearStep, Cursor, Extended, Fence, LockBackend, LockName,
    LockRequest, Released, Reply, Token,
};

use crate::fault::{Fault, at_once, done};

/// The owner of each lock that was granted.
#[derive(Default)]
struct Owners(Mutex<HashMap<String, Token>>);

impl Owners {
    fn acquire<'a>(&'a self, inner: &'a Model, request: LockRequest<'_>) -> Reply<'a, Acquired> {
        let acquired = at_once(inner.acquire(request));
        if matches!(acquired, Ok(Acquired::Granted { .. })) {
            self.0
                .lock()
                .expect("no panic while it was held")
                .insert(request.name.as_str().to_owned(), request.token);
        }
        Reply::ready(acquired)
    }

    fn of(&self, name: LockName<'_>, otherwise: Token) -> Token {
        self.0
            .lock()
            .expect("no panic while it was held")
            .get(name.as_str())
            .copied()
            .unwrap_or(otherwise)
    }
}

#[derive(Default)]
pub(crate) struct ReleasesForeignLocks(Owners);

impl Fault for ReleasesForeignLocks {
    fn acquire<'a>(&'a self, inner: &'a Model, request: LockRequest<'_>) -> Reply<'a, Acquired> {
        self.0.acquire(inner, request)
    }

    fn release<'a>(
        &'a self,
        inner: &'a Model,
        name: LockName<'_>,
        token: Token,
    ) -> Reply<'a, Released> {
        inner.release(name, self.0.of(name, token))
    }
}

#[derive(Default)]
pub(crate) struct ExtendsForeignLocks(Owners);

impl Fault for ExtendsForeignLocks {
    fn acquire<'a>(&'a self, inner: &'a Model, request: LockRequest<'_>) -> Reply<'a, Acquired> {
        self.0.acquire(inner, request)
    }

    fn extend<'a>(
        &'a self,
        inner: &'a Model,
        name: LockName<'_>,
        token: Token,
        ttl: Duration,
    ) -> Reply<'a, Extended> {
        inner.extend(name, self.0.of(name, token), ttl)
    }
}

/// Clears the locks with everything else.
#[derive(Default)]
pub(crate) struct ClearsLocks(Owners);

impl Fault for ClearsLocks {
    fn acquire<'a>(&'a self, inner: &'a Model, request: LockRequest<'_>) -> Reply<'a, Acquired> {
        self.0.acquire(inner, request)
    }

    fn clear<'a>(
        &'a self,
        inner: &'a Model,
        scope: ClearScope<'_>,
        cursor: Cursor,
    ) -> Reply<'a, ClearStep> {
        if scope == ClearScope::All {
            for (name, token) in self.0.0.lock().expect("no panic while it was held").drain() {
                done(inner.release(LockName::new(&name).expect("it was valid before"), token));
            }
        }
        inner.clear(scope, cursor)
    }
}

/// Counts fences from 1, in memory alone.
#[derive(Default)]
pub(crate) struct FenceFallsAfterRestart(Mutex<HashMap<String, (Fence, u64)>>);

impl Fault for FenceFallsAfterRestart {
    fn acquire<'a>(&'a self, inner: &'a Model, request: LockRequest<'_>) -> Reply<'a, Acquired> {
        let name = request.name.as_str().to_owned();
        inner.acquire(request).map(move |acquired| match acquired {
            Acquired::Granted { fence: Some(fence), ttl_left, .. } => {
                let mut counted = self.0.lock().expect("no panic while it was held");
                let (last, number) = counted.entry(name).or_insert((fence, 1));
                if *last != fence {
                    (*last, *number) = (fence, *number + 1);
                }
                Acquired::granted(Some(Fence::new(*number)), ttl_left)
            }
            other => other,
        })
    }
}

#[derive(Default)]
pub(crate) struct MintsAFenceForTheSameToken;

impl Fault for MintsAFenceForTheSameToken {
    fn acquire<'a>(&'a self, inner: &'a Model, request: LockRequest<'_>) -> Reply<'a, Acquired> {
        done(inner.release(request.name, request.token));
        inner.acquire(request)
    }
}

#[derive(Default)]
pub(crate) struct IgnoresTheLeastFence;

impl Fault for IgnoresTheLeastFence {
    fn acquire<'a>(&'a self, inner: &'a Model, request: LockRequest<'_>) -> Reply<'a, Acquired> {
        inner.acquire(request.min_fence(Fence::new(0)))
    }
}

/// Grants what was asked for too much, cut to what is allowed.
#[derive(Default)]
pub(crate) struct CutsTheRequest;

impl Fault for CutsTheRequest {
    fn acquire<'a>(&'a self, inner: &'a Model, request: LockRequest<'_>) -> Reply<'a, Acquired> {
        let label = request.holder.get(..LockRequest::MAX_HOLDER_BYTES);
        let least = request.min_fence.min(LockRequest::MAX_MIN_FENCE);
        inner.acquire(request.holder(label.unwrap_or(request.holder)).min_fence(least))
    }
}

#[derive(Default)]
pub(crate) struct HoldsAtTheInstantOfExpiry;

impl Fault for HoldsAtTheInstantOfExpiry {
    fn acquire<'a>(
        &'a self,
        inner: &'a Model,
        mut request: LockRequest<'_>,
    ) -> Reply<'a, Acquired> {
        if !request.ttl.is_zero() {
            request.ttl = request.ttl.saturating_add(Duration::from_nanos(1));
        }
        inner.acquire(request)
    }
}

/// Looks first and takes later, over whoever came between.
#[derive(Default)]
pub(crate) struct GrantsToSeveral(Owners);

impl Fault for GrantsToSeveral {
    fn acquire<'a>(&'a self, inner: &'a Model, request: LockRequest<'_>) -> Reply<'a, Acquired> {
        let (name, token, ttl) = (request.name.as_str().to_owned(), request.token, request.ttl);
        let free = done(inner.inspect(request.name)).is_none();
        if !free {
            return self.0.acquire(inner, request);
        }
        Reply::pending(async move {
            tokio::task::yield_now().await;
            let name = LockName::new(&name)?;
            inner.release(name, self.0.of(name, token)).await?;
            self.0.acquire(inner, LockRequest::new(name, token, ttl)).await
        })
    }
}
