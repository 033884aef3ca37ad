//! Removing many entries in steps.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cache_core::{ClearScope, Cursor, ErrorKind};

use super::keys::AWKWARD;
use crate::check::{joined, same};
use crate::trial::Trial;

pub(crate) async fn clear_removes_exactly_the_prefix(trial: Trial) {
    let inside = ["user:", "user:1", "user:2", "user:\n", "user:é", "user:user:"];
    let outside = ["user", "users", "User:1", "xuser:1", "use", "a", "~"];
    for at in inside.iter().chain(&outside) {
        trial.cache.put(at, "value").await;
    }
    let removed = trial.cache.clear(ClearScope::Prefix("user:")).await;
    same("entries removed", &removed, &(inside.len() as u64));
    for at in inside {
        trial.cache.lacks(at).await;
    }
    for at in outside {
        trial.cache.holds(at, "value").await;
    }
}

pub(crate) async fn glob_characters_of_a_prefix_are_plain(trial: Trial) {
    for prefix in ["*", "a*", "?", "a?", "[ab]", "[^x]", "[a-z]", "a\\", "\\*", "{a}", "a[", "^"] {
        let inside = format!("{prefix}inside");
        let outside = ["a", "ab", "abc", "b", "x", "zz", "[", "\\", "{b}", "a1inside"];
        for at in outside {
            trial.cache.put(at, "value").await;
        }
        trial.cache.put(&inside, "value").await;
        let removed = trial.cache.clear(ClearScope::Prefix(prefix)).await;
        same(format!("entries removed under {prefix:?}"), &removed, &1);
        trial.cache.lacks(&inside).await;
        for at in outside {
            trial.cache.holds(at, "value").await;
        }
    }
}

pub(crate) async fn empty_prefix_is_refused(trial: Trial) {
    trial.cache.put("key", "value").await;
    let clear = trial.cache.raw().clear(ClearScope::Prefix(""), Cursor::START);
    trial.cache.refuses("clear of an empty prefix", ErrorKind::InvalidInput, clear).await;
    trial.cache.holds("key", "value").await;
}

pub(crate) async fn clear_all_removes_every_entry(trial: Trial) {
    for at in AWKWARD {
        trial.cache.put(at, "value").await;
    }
    trial.cache.put_for("ends", "value", trial.life() * 1_000).await;
    let removed = trial.cache.clear(ClearScope::All).await;
    same("entries removed", &removed, &(AWKWARD.len() as u64 + 1));
    same("entries left", &trial.cache.get_many(AWKWARD).await, &vec![None; AWKWARD.len()]);
    trial.cache.lacks("ends").await;
}

pub(crate) async fn clear_goes_through_thousands_of_entries(trial: Trial) {
    let [inside, outside] =
        ["in", "out"].map(|scope| (0..5_000).map(|n| format!("{scope}:{n}")).collect::<Vec<_>>());
    trial.cache.fill(&inside, "value").await;
    trial.cache.fill(&outside, "value").await;
    let removed = trial.cache.clear(ClearScope::Prefix("in:")).await;
    same("entries removed", &removed, &5_000);
    same("entries left inside", &present(&trial, &inside).await, &0);
    same("entries left outside", &present(&trial, &outside).await, &5_000);
    same("entries removed by all", &trial.cache.clear(ClearScope::All).await, &5_000);
    same("entries left outside", &present(&trial, &outside).await, &0);
}

async fn present(trial: &Trial, keys: &[String]) -> usize {
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    trial.cache.get_many(&keys).await.iter().flatten().count()
}

pub(crate) async fn clear_of_nothing_removes_nothing(trial: Trial) {
    same("clear of an empty cache", &trial.cache.clear(ClearScope::All).await, &0);
    trial.cache.put("key", "value").await;
    let removed = trial.cache.clear(ClearScope::Prefix("other")).await;
    same("clear of another prefix", &removed, &0);
    trial.expire("expired", "value").await;
    let removed = trial.cache.clear(ClearScope::Prefix("expired")).await;
    same("clear of what has expired", &removed, &0);
    trial.cache.holds("key", "value").await;
}

pub(crate) async fn cleared_keys_can_be_set_again(trial: Trial) {
    for scope in [ClearScope::All, ClearScope::Prefix("k")] {
        trial.cache.put("key", "old").await;
        trial.cache.clear(scope).await;
        trial.cache.lacks("key").await;
        trial.cache.put("key", "new").await;
        trial.cache.holds("key", "new").await;
    }
}

pub(crate) async fn clear_spares_what_is_written_outside_meanwhile(trial: Trial) {
    let inside: Vec<String> = (0..2_000).map(|n| format!("in:{n}")).collect();
    trial.cache.fill(&inside, "value").await;
    let (cache, done) = (trial.cache.clone(), Arc::new(AtomicBool::new(false)));
    let until = Arc::clone(&done);
    let writer = tokio::spawn(async move {
        let mut written = 0_u32;
        // A bound, so that it ends even if the clear fails.
        while written < 20_000 && !until.load(Ordering::Relaxed) {
            cache.put(&format!("out:{written}"), "value").await;
            written += 1;
            tokio::task::yield_now().await;
        }
        written
    });
    trial.cache.clear(ClearScope::Prefix("in:")).await;
    done.store(true, Ordering::Relaxed);
    let outside: Vec<String> = (0..joined(writer).await).map(|n| format!("out:{n}")).collect();
    same("entries left inside", &present(&trial, &inside).await, &0);
    same("entries left outside", &present(&trial, &outside).await, &outside.len());
}
