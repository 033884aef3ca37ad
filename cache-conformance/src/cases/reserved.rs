//! What backends keep for themselves: a prefix of keys, and a marker that no value begins with.

use bytes::Bytes;
use cache_core::{
    ClearScope, Condition, ErrorKind, RESERVED_MARKER, RESERVED_PREFIX, Released, SetOptions,
};

use crate::check::same;
use crate::subject::{key, token};
use crate::trial::Trial;

pub(crate) async fn marker_is_refused_by_set(trial: Trial) {
    trial.cache.put("present", "old").await;
    for marked in [RESERVED_MARKER.to_vec(), [RESERVED_MARKER, b"and more"].concat()] {
        for at in ["absent", "present"] {
            let set = trial.cache.raw().set(key(at), marked.clone().into(), SetOptions::new());
            let what = "set of a value with the reserved marker";
            trial.cache.refuses(what, ErrorKind::InvalidInput, set).await;
        }
    }
    trial.cache.lacks("absent").await;
    trial.cache.holds("present", "old").await;
}

pub(crate) async fn marker_never_equals(trial: Trial) {
    trial.cache.put("present", "old").await;
    for marked in [RESERVED_MARKER.to_vec(), [RESERVED_MARKER, b"and more"].concat()] {
        for at in ["absent", "present"] {
            let condition = Condition::IfEquals(Bytes::from(marked.clone()));
            let stored = trial.cache.put_if(condition, at, "new").await;
            same(format!("set of {at:?} if it equals the marker"), &stored, &false);
        }
    }
    trial.cache.lacks("absent").await;
    trial.cache.holds("present", "old").await;
}

pub(crate) async fn beginning_of_the_marker_is_a_value(trial: Trial) {
    for length in 0..RESERVED_MARKER.len() {
        trial.cache.put("key", &RESERVED_MARKER[..length]).await;
        trial.cache.holds("key", &RESERVED_MARKER[..length]).await;
    }
    let inside = [b"x", RESERVED_MARKER].concat();
    trial.cache.put("key", inside.clone()).await;
    trial.cache.holds("key", &inside).await;
}

/// Prefixes under which locks are likely to be kept.
const NEAR_LOCKS: [&str; 5] = ["lock", RESERVED_PREFIX, "__cache__", "{", "_"];

pub(crate) async fn clear_never_touches_locks(trial: Trial) {
    let locks = trial.locks();
    locks.take("lock", token(1)).await;
    trial.cache.put("lock", "entry").await;
    for prefix in NEAR_LOCKS {
        trial.cache.clear(ClearScope::Prefix(prefix)).await;
        locks.finds_held("lock", token(2)).await;
    }
    trial.cache.clear(ClearScope::All).await;
    trial.cache.lacks("lock").await;
    locks.finds_held("lock", token(2)).await;
    locks.releases("lock", token(1), Released::Released).await;
}

pub(crate) async fn clear_never_touches_fences(trial: Trial) {
    let locks = trial.locks();
    let far = cache_core::Fence::new(cache_core::Fence::MAX.get() / 2);
    let first = locks.fence_of_at_least("lock", token(1), far).await;
    locks.releases("lock", token(1), Released::Released).await;
    for prefix in NEAR_LOCKS {
        trial.cache.clear(ClearScope::Prefix(prefix)).await;
    }
    trial.cache.clear(ClearScope::All).await;
    let second = locks.fence("lock", token(2)).await;
    assert!(second > first, "the fence after a clear: expected more than {first}, found {second}");
}
