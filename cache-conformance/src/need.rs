//! What a case needs, and what a backend without it must answer.

use bytes::Bytes;
use cache_core::{
    Acquired, Backend, ClearScope, Condition, Cursor, ErrorKind, LockRequest, SetOptions, Ttl,
    Version,
};

use crate::check::{answer, expect_ok, refused, same};
use crate::subject::{TTL, key, name, token};
use crate::trial::Trial;
use crate::{Harness, Time};

/// Something that not every backend or harness has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    Conditions,
    Versions,
    Lifetimes,
    Increment,
    Take,
    Clear,
    Statistics,
    Sole,
    Persistent,
    Locks,
    Fences,
    Watch,
    Restart,
    Bounded,
    SteppedTime,
}

impl Need {
    /// Whether a harness and what it opened have it.
    pub(crate) async fn is_met(self, harness: &dyn Harness, backend: &Backend) -> bool {
        let capabilities = backend.cache.capabilities();
        let locks = backend.locks.as_ref();
        match self {
            Self::Conditions => capabilities.conditions,
            Self::Versions => capabilities.versions,
            Self::Lifetimes => capabilities.lifetimes,
            Self::Increment => capabilities.increment,
            Self::Take => capabilities.take,
            Self::Clear => capabilities.clear,
            Self::Statistics => capabilities.statistics,
            Self::Sole => !capabilities.shared,
            Self::Persistent => capabilities.persistent,
            Self::Locks => locks.is_some(),
            // The locks may live on another server, with capabilities of their own.
            Self::Fences => locks.is_some_and(|locks| locks.capabilities().fences),
            Self::Watch => backend.watch.is_some(),
            Self::Restart => can_restart(harness).await,
            Self::Bounded => can_be_bounded(harness).await,
            Self::SteppedTime => harness.time() == Time::Stepped,
        }
    }

    /// Why a case is left out that needs it.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::Conditions => "the backend does not claim `conditions`",
            Self::Versions => "the backend does not claim `versions`",
            Self::Lifetimes => "the backend does not claim `lifetimes`",
            Self::Increment => "the backend does not claim `increment`",
            Self::Take => "the backend does not claim `take`",
            Self::Clear => "the backend does not claim `clear`",
            Self::Statistics => "the backend does not claim `statistics`",
            Self::Sole => "the backend is `shared`: others write and remove what it would count",
            Self::Persistent => "the backend does not claim to be `persistent`",
            Self::Locks => "the backend has no locks",
            Self::Fences => "the locks do not claim `fences`",
            Self::Watch => "the backend has no change events",
            Self::Restart => "the harness cannot restart a backend",
            Self::Bounded => "the harness opens no backend that is bounded by entries",
            Self::SteppedTime => "time passes by itself, so no instant can be met exactly",
        }
    }

    /// Fails if a backend that does not claim it does anything but say so.
    pub(crate) async fn is_refused(self, trial: &Trial) {
        let cache = &trial.cache;
        let unclaimed = ErrorKind::Unsupported;
        match self {
            Self::Conditions => conditions_are_refused(trial).await,
            Self::Versions => {
                cache.refuses("entry, not claimed", unclaimed, cache.raw().entry(key("key"))).await;
                let condition = Condition::IfVersion(Version::from_u128(1));
                condition_is_refused(trial, condition).await;
            }
            Self::Lifetimes => {
                let touch = cache.raw().touch(key("key"), Ttl::Never);
                cache.refuses("touch, not claimed", unclaimed, touch).await;
                cache.refuses("ttl, not claimed", unclaimed, cache.raw().ttl(key("key"))).await;
            }
            Self::Increment => {
                let increment = cache.raw().increment(key("key"), 1, Ttl::Never);
                cache.refuses("increment, not claimed", unclaimed, increment).await;
            }
            Self::Take => {
                cache.refuses("take, not claimed", unclaimed, cache.raw().take(key("key"))).await;
            }
            Self::Clear => {
                let clear = cache.raw().clear(ClearScope::All, Cursor::START);
                cache.refuses("clear, not claimed", unclaimed, clear).await;
            }
            Self::Statistics => {
                refused("statistics, not claimed", cache.raw().statistics(), unclaimed);
            }
            Self::Fences => no_fence_is_given(trial).await,
            // Nothing can be asked of a part that is not there.
            Self::Locks | Self::Watch => {}
            // These are no operations.
            Self::Sole | Self::Persistent | Self::Restart | Self::Bounded | Self::SteppedTime => {}
        }
    }
}

async fn can_restart(harness: &dyn Harness) -> bool {
    let patience = harness.patience();
    let opened = expect_ok("open", answer("open", patience, harness.open()).await);
    let restarted = answer("restart", patience, harness.restart(opened)).await;
    expect_ok("restart", restarted).is_some()
}

async fn can_be_bounded(harness: &dyn Harness) -> bool {
    let opened = answer("open_bounded", harness.patience(), harness.open_bounded(1)).await;
    expect_ok("open_bounded", opened).is_some()
}

async fn conditions_are_refused(trial: &Trial) {
    let equals = Condition::IfEquals(Bytes::from_static(b"value"));
    for condition in [Condition::IfAbsent, Condition::IfPresent, equals] {
        condition_is_refused(trial, condition).await;
    }
}

async fn condition_is_refused(trial: &Trial, condition: Condition) {
    let what = format!("set under {condition:?}, not claimed");
    let options = SetOptions::new().condition(condition);
    let set = trial.cache.raw().set(key("key"), Bytes::from_static(b"value"), options);
    trial.cache.refuses(&what, ErrorKind::Unsupported, set).await;
    trial.cache.lacks("key").await;
}

async fn no_fence_is_given(trial: &Trial) {
    if trial.backend().locks.is_none() {
        return;
    }
    match trial.locks().ask(LockRequest::new(name("lock"), token(1), TTL)).await {
        Acquired::Granted { fence, .. } => same("the fence, not claimed", &fence, &None),
        other => panic!("acquire \"lock\": expected it to be granted, found {other:?}"),
    }
}
