//! What a backend counts.

use cache_core::{ClearScope, Statistics};

use crate::check::{expect_ok, same};
use crate::trial::Trial;

pub(crate) async fn hits_and_misses_are_counted(trial: Trial) {
    trial.cache.put("key", "value").await;
    let before = trial.cache.statistics();
    for at in ["key", "absent", "key", "absent too", "key"] {
        trial.cache.get(at).await;
    }
    trial.cache.get_many(&["absent", "key"]).await;
    trial.expire("expired", "value").await;
    trial.cache.lacks("expired").await;
    let after = trial.cache.statistics();
    same("hits", &(after.hits - before.hits), &4);
    same("misses", &(after.misses - before.misses), &4);
}

pub(crate) async fn inserts_are_counted(trial: Trial) {
    let before = trial.cache.statistics();
    for at in ["a", "b", "c", "a"] {
        trial.cache.put(at, "value").await;
    }
    trial.cache.delete("a").await;
    let after = trial.cache.statistics();
    same("inserts", &(after.inserts - before.inserts), &4);
}

pub(crate) async fn entries_are_counted(trial: Trial) {
    same("entries at the beginning", &trial.cache.statistics().entries, &0);
    for at in ["a", "b", "c", "a"] {
        trial.cache.put(at, "value").await;
    }
    same("entries", &trial.cache.statistics().entries, &3);
    trial.cache.delete("a").await;
    same("entries after a delete", &trial.cache.statistics().entries, &2);
}

pub(crate) async fn deleted_entries_are_counted(trial: Trial) {
    let before = trial.cache.statistics().removals;
    for at in ["a", "b", "c", "a"] {
        trial.cache.put(at, "value").await;
    }
    trial.cache.delete("a").await;
    trial.cache.delete("absent").await;
    trial.cache.delete_many(&["b", "absent", "b"]).await;
    let after = trial.cache.statistics().removals;
    same("entries deleted", &(after.deleted - before.deleted), &2);
    same("entries cleared", &(after.cleared - before.cleared), &0);
}

pub(crate) async fn removals_are_counted_by_cause(trial: Trial) {
    let before = trial.cache.statistics().removals;
    for at in ["a", "b", "c", "a", "a"] {
        trial.cache.put(at, "value").await;
    }
    trial.cache.delete("a").await;
    trial.cache.delete("absent").await;
    trial.cache.delete_many(&["b", "absent", "b"]).await;
    let after = trial.cache.statistics().removals;
    same("entries replaced", &(after.replaced - before.replaced), &2);
    same("entries deleted", &(after.deleted - before.deleted), &2);
    same("entries expired", &(after.expired - before.expired), &0);
    same("entries evicted", &(after.capacity - before.capacity), &0);
    same("entries cleared", &(after.cleared - before.cleared), &0);
}

pub(crate) async fn cleared_entries_are_counted(trial: Trial) {
    for at in ["in:a", "in:b", "out", "other"] {
        trial.cache.put(at, "value").await;
    }
    trial.cache.clear(ClearScope::Prefix("in:")).await;
    same("entries cleared", &trial.cache.statistics().removals.cleared, &2);
    trial.cache.clear(ClearScope::All).await;
    same("entries cleared", &trial.cache.statistics().removals.cleared, &4);
    same("entries left", &trial.cache.statistics().entries, &0);
}

pub(crate) async fn every_insert_is_an_entry_or_a_removal(trial: Trial) {
    for round in 0..20 {
        let (kept, deleted) = (format!("kept {}", round % 7), format!("deleted {round}"));
        trial.cache.put(&kept, "value").await;
        trial.cache.put(&deleted, "value").await;
        trial.cache.delete(&deleted).await;
        trial.cache.put_for("expires", "value", trial.life()).await;
        if round % 5 == 0 {
            trial.advance(trial.life()).await;
            trial.cache.lacks("expires").await;
        }
    }
    add_up(&trial).await;
}

/// Fails unless everything inserted is there or was removed for a reason.
///
/// The counters are read one after another while the backend may be reclaiming what has expired:
/// so it looks again before it fails.
pub(super) async fn add_up(trial: &Trial) {
    const LOOKS: usize = 1_000;
    let mut found = Statistics::default();
    for _ in 0..LOOKS {
        found = trial.cache.statistics();
        let gone = found.removals;
        let removals = gone.capacity + gone.expired + gone.deleted + gone.replaced + gone.cleared;
        if found.inserts == found.entries + removals {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("inserts: expected as many as entries and removals together, found {found:?}");
}

pub(crate) async fn statistics_answer_after_stop(trial: Trial) {
    trial.cache.put("key", "value").await;
    trial.cache.get("key").await;
    trial.cache.ok("stop", trial.cache.raw().stop()).await;
    let after = expect_ok("statistics after stop", trial.cache.raw().statistics());
    same("inserts after stop", &after.inserts, &1);
    same("hits after stop", &after.hits, &1);
}
