//! Dropped calls of the cache.

use bytes::Bytes;
use cache_core::{ClearScope, Cursor, ErrorKind, SetItem, SetOptions, Ttl};

use super::{MOST_POLLS, holds_one_of, polled, still_works};
use crate::check::{expect_ok, same};
use crate::subject::key;
use crate::trial::Trial;

pub(crate) async fn dropped_set_leaves_the_old_or_the_new_value(trial: Trial) {
    for polls in 0..MOST_POLLS {
        let at = format!("key {polls}");
        trial.cache.put(&at, "old").await;
        let set = trial.cache.raw().set(key(&at), Bytes::from("new"), SetOptions::new());
        let answered = polled(&trial, polls, set).await.is_some();
        let expected: &[_] = if answered { &[Some("new")] } else { &[Some("old"), Some("new")] };
        holds_one_of(&trial, &at, expected).await;
        still_works(&trial, &at).await;
        if answered {
            return;
        }
    }
}

pub(crate) async fn dropped_delete_leaves_all_or_nothing(trial: Trial) {
    for polls in 0..MOST_POLLS {
        let at = format!("key {polls}");
        trial.cache.put(&at, "old").await;
        let answered = polled(&trial, polls, trial.cache.raw().delete(key(&at))).await.is_some();
        let expected: &[_] = if answered { &[None] } else { &[Some("old"), None] };
        holds_one_of(&trial, &at, expected).await;
        still_works(&trial, &at).await;
        if answered {
            return;
        }
    }
}

pub(crate) async fn dropped_take_leaves_all_or_nothing(trial: Trial) {
    for polls in 0..MOST_POLLS {
        let at = format!("key {polls}");
        trial.cache.put(&at, "old").await;
        let answered = polled(&trial, polls, trial.cache.raw().take(key(&at))).await.is_some();
        let expected: &[_] = if answered { &[None] } else { &[Some("old"), None] };
        holds_one_of(&trial, &at, expected).await;
        still_works(&trial, &at).await;
        if answered {
            return;
        }
    }
}

pub(crate) async fn dropped_increment_counts_once_or_not(trial: Trial) {
    for polls in 0..MOST_POLLS {
        let at = format!("key {polls}");
        trial.cache.put(&at, "41").await;
        let increment = trial.cache.raw().increment(key(&at), 1, Ttl::Never);
        let answered = polled(&trial, polls, increment).await.is_some();
        let expected: &[_] = if answered { &[Some("42")] } else { &[Some("41"), Some("42")] };
        holds_one_of(&trial, &at, expected).await;
        still_works(&trial, &at).await;
        if answered {
            return;
        }
    }
}

pub(crate) async fn dropped_touch_leaves_the_value(trial: Trial) {
    for polls in 0..MOST_POLLS {
        let at = format!("key {polls}");
        trial.cache.put(&at, "old").await;
        let touch = trial.cache.raw().touch(key(&at), Ttl::After(Ttl::LONGEST));
        let answered = polled(&trial, polls, touch).await.is_some();
        holds_one_of(&trial, &at, &[Some("old")]).await;
        still_works(&trial, &at).await;
        if answered {
            return;
        }
    }
}

pub(crate) async fn dropped_reads_leave_everything(trial: Trial) {
    for polls in 0..MOST_POLLS {
        trial.cache.put("key", "old").await;
        let raw = trial.cache.raw();
        let keys = [key("key"), key("absent"), key("key")];
        let mut answered = polled(&trial, polls, raw.get(key("key"))).await.is_some();
        answered &= polled(&trial, polls, raw.contains(key("key"))).await.is_some();
        answered &= polled(&trial, polls, raw.get_many(&keys)).await.is_some();
        holds_one_of(&trial, "key", &[Some("old")]).await;
        still_works(&trial, "key").await;
        if answered {
            return;
        }
    }
}

pub(crate) async fn dropped_optional_reads_leave_everything(trial: Trial) {
    for polls in 0..MOST_POLLS {
        trial.cache.put("key", "old").await;
        let raw = trial.cache.raw();
        let mut answered = polled(&trial, polls, raw.entry(key("key"))).await.is_some();
        answered &= polled(&trial, polls, raw.ttl(key("key"))).await.is_some();
        holds_one_of(&trial, "key", &[Some("old")]).await;
        same("ttl after dropped reads", &trial.cache.ttl("key").await, &Some(Ttl::Never));
        still_works(&trial, "key").await;
        if answered {
            return;
        }
    }
}

pub(crate) async fn dropped_set_many_leaves_whole_values(trial: Trial) {
    for polls in 0..MOST_POLLS {
        let keys = ["a", "b", "c"].map(|at| format!("{at} {polls}"));
        trial.cache.fill(&keys, "old").await;
        let item = |at: &'static str| Bytes::from(at);
        let items =
            keys.iter().map(|at| SetItem::new(key(at), item("new"), SetOptions::new())).collect();
        let answered = polled(&trial, polls, trial.cache.raw().set_many(items)).await.is_some();
        let expected: &[_] = if answered { &[Some("new")] } else { &[Some("old"), Some("new")] };
        for at in &keys {
            holds_one_of(&trial, at, expected).await;
            still_works(&trial, at).await;
        }
        if answered {
            return;
        }
    }
}

pub(crate) async fn dropped_delete_many_leaves_whole_values(trial: Trial) {
    for polls in 0..MOST_POLLS {
        let keys = ["a", "b", "c"].map(|at| format!("{at} {polls}"));
        trial.cache.fill(&keys, "old").await;
        let asked: Vec<_> = keys.iter().map(|at| key(at)).collect();
        let answered = polled(&trial, polls, trial.cache.raw().delete_many(&asked)).await.is_some();
        let expected: &[_] = if answered { &[None] } else { &[Some("old"), None] };
        for at in &keys {
            holds_one_of(&trial, at, expected).await;
            still_works(&trial, at).await;
        }
        if answered {
            return;
        }
    }
}

pub(crate) async fn dropped_clear_leaves_what_is_out_of_scope(trial: Trial) {
    trial.cache.put("out", "stays").await;
    for polls in 0..MOST_POLLS {
        let keys = ["a", "b", "c"].map(|at| format!("in:{at} {polls}"));
        trial.cache.fill(&keys, "old").await;
        let scope = ClearScope::Prefix("in:");
        let clear = trial.cache.raw().clear(scope, Cursor::START);
        let answered = polled(&trial, polls, clear).await.is_some();
        for at in &keys {
            holds_one_of(&trial, at, &[Some("old"), None]).await;
        }
        trial.cache.holds("out", "stays").await;
        trial.cache.clear(scope).await;
        for at in &keys {
            trial.cache.lacks(at).await;
            still_works(&trial, at).await;
        }
        if answered {
            return;
        }
    }
}

pub(crate) async fn dropped_stop_stops(trial: Trial) {
    for polls in 0..MOST_POLLS {
        let one = trial.another().await;
        let answer = polled(&one, polls, one.cache.raw().stop()).await;
        let get = one.cache.raw().get(key("key"));
        let what = "get after a dropped stop";
        one.cache.refuses(what, ErrorKind::Stopped, get).await;
        if let Some(answer) = answer {
            return expect_ok("stop", answer);
        }
    }
}
