//! Dropped calls of locks and of watches.

use cache_core::{Acquired, LockRequest, Released, Scope};

use super::{MOST_POLLS, polled};
use crate::check::{expect_ok, same};
use crate::subject::{TTL, key, name, token};
use crate::trial::Trial;

pub(crate) async fn dropped_acquire_can_be_released(trial: Trial) {
    let locks = trial.locks();
    for polls in 0..MOST_POLLS {
        let lock = format!("lock {polls}");
        let request = LockRequest::new(name(&lock), token(1), trial.life());
        let answer = polled(&trial, polls, locks.raw().acquire(request)).await;
        let release = locks.raw().release(name(&lock), token(1));
        let released = locks.ok("release after a dropped acquire", release).await;
        if answer.is_some() {
            same("release after an acquire that answered", &released, &Released::Released);
        }
        // An acquire on its way may come after the release; it ends with its lifetime.
        let other = LockRequest::new(name(&lock), token(2), TTL);
        if matches!(locks.ask(other).await, Acquired::Held { .. }) {
            trial.advance(trial.life()).await;
            locks.take(&lock, token(2)).await;
        }
        if let Some(answer) = answer {
            expect_ok("acquire", answer);
            return;
        }
    }
}

pub(crate) async fn dropped_extend_keeps_the_owner(trial: Trial) {
    let locks = trial.locks();
    for polls in 0..MOST_POLLS {
        let lock = format!("lock {polls}");
        locks.take(&lock, token(1)).await;
        let extend = locks.raw().extend(name(&lock), token(1), TTL);
        let answered = polled(&trial, polls, extend).await.is_some();
        locks.finds_held(&lock, token(2)).await;
        locks.releases(&lock, token(1), Released::Released).await;
        locks.take(&lock, token(2)).await;
        if answered {
            return;
        }
    }
}

pub(crate) async fn dropped_release_frees_or_keeps(trial: Trial) {
    let locks = trial.locks();
    for polls in 0..MOST_POLLS {
        let lock = format!("lock {polls}");
        locks.take(&lock, token(1)).await;
        let release = locks.raw().release(name(&lock), token(1));
        let answered = polled(&trial, polls, release).await.is_some();
        let again = locks.raw().release(name(&lock), token(1));
        let again = locks.ok("release again after a dropped one", again).await;
        if answered {
            same("release after one that answered", &again, &Released::NotOwner);
        }
        locks.take(&lock, token(2)).await;
        if answered {
            return;
        }
    }
}

pub(crate) async fn dropped_inspect_changes_nothing(trial: Trial) {
    let locks = trial.locks();
    locks.take("lock", token(1)).await;
    for polls in 0..MOST_POLLS {
        let inspect = locks.raw().inspect(name("lock"));
        let answered = polled(&trial, polls, inspect).await.is_some();
        locks.finds_held("lock", token(2)).await;
        if answered {
            break;
        }
    }
    locks.releases("lock", token(1), Released::Released).await;
}

pub(crate) async fn dropped_watch_harms_nobody(trial: Trial) {
    let watching = trial.watching();
    for polls in 0..MOST_POLLS {
        let watch = watching.raw().watch(Scope::Key(key("key")));
        let answered = polled(&trial, polls, watch).await.is_some();
        let mut events = watching.watch(Scope::Key(key("key"))).await;
        trial.cache.put("key", format!("value {polls}")).await;
        events.tell("key", "a write").await;
        if answered {
            return;
        }
    }
}
