//! What a persistent backend still has after a restart.

use std::time::Duration;

use crate::trial::Trial;

pub(crate) async fn entries_survive_a_restart(trial: Trial) {
    let all: Vec<u8> = (0..=u8::MAX).collect();
    trial.cache.put("text", "value").await;
    trial.cache.put("bytes", all.clone()).await;
    trial.cache.put("deleted", "value").await;
    trial.cache.delete("deleted").await;
    let trial = trial.restart().await;
    trial.cache.holds("text", "value").await;
    trial.cache.holds("bytes", &all).await;
    trial.cache.lacks("deleted").await;
}

pub(crate) async fn lifetimes_survive_a_restart(trial: Trial) {
    trial.cache.put_for("ends", "value", trial.life()).await;
    trial.cache.put_for("stays", "value", Duration::from_secs(3600)).await;
    let trial = trial.restart().await;
    trial.advance(trial.life()).await;
    trial.cache.lacks("ends").await;
    trial.cache.holds("stays", "value").await;
}
