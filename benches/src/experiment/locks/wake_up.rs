//! One waiter, and a holder that gives back after a while.

use cache_facade::{LockOptions, Locks, Released};
use hdrhistogram::Histogram;

use super::targets::{Limit, Target};
use super::{IDLE, OURS, Part, Place, Quantiles, Stage, samples, values};
use crate::Result;
use crate::arguments::Settings;
use crate::clock::{Stopwatch, pause_task};
use crate::experiment::check;
use crate::lock::{Kind, NAME};
use crate::report::{Better, Section};
use crate::rounds::interleaved;
use crate::statistics::Estimate;
use crate::workload::histogram;

impl Stage {
    /// Wakes a waiter so many times: from the call of release to the grant of the waiter.
    ///
    /// # Errors
    /// Where a grant or a release fails.
    pub fn measure_wake_ups(
        &self,
        kind: Kind,
        place: Place,
        samples: usize,
    ) -> Result<Histogram<u64>> {
        let pair = self.pair(kind)?;
        let waiter = if place == Place::Here { &pair.here } else { &pair.elsewhere };
        let (holder, waiter) = (pair.here.clone(), waiter.clone());
        self.runtime.block_on(async {
            let task = tokio::spawn(async move {
                let mut nanos = histogram();
                for _ in 0..samples {
                    nanos.saturating_record(wake_up(&holder, &waiter).await?);
                }
                Ok(nanos)
            });
            task.await?
        })
    }
}

async fn wake_up(holder: &Locks, waiter: &Locks) -> Result<u64> {
    let watch = Stopwatch::start();
    let guard = holder.acquire(NAME, LockOptions::new()).await?;
    let waiter = waiter.clone();
    let waiting = tokio::spawn(async move {
        let guard = waiter.acquire(NAME, LockOptions::new()).await?;
        let granted = watch.nanos();
        Ok::<_, cache_core::Error>((granted, guard.release().await?))
    });
    pause_task(IDLE).await;
    let released = watch.nanos();
    let of_holder = guard.release().await?;
    let (granted, of_waiter) = waiting.await??;
    check([of_holder, of_waiter] == [Released::Released; 2], || {
        format!("a lock that was held was not given back: {of_holder:?}, {of_waiter:?}")
    })?;
    check(granted > released, || "the waiter was granted what another held".to_owned())?;
    Ok(granted - released)
}

pub(super) fn measure(stage: &Stage, settings: &Settings, rounds: usize) -> Result<Part> {
    let samples = samples(settings);
    let mut section = Section::new("Idle wake-up", "ms", Better::Lower, &[]);
    let mut targets = Vec::new();
    for place in Place::ALL {
        let turns = interleaved(OURS.len(), rounds, |kind, _| {
            let nanos = stage.measure_wake_ups(OURS[kind], place, samples)?;
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(Quantiles::of(&nanos))
        })?;
        for (name, value) in Quantiles::SHOWN {
            section.group(format!("{}, {name}", place.name()), &values(&OURS, &turns, value));
        }
        targets.extend(OURS.iter().zip(&turns).flat_map(|(kind, turns)| {
            let title = format!("idle wake-up: {}, {}", kind.name(), place.name());
            [target(&title, turns, 0, 1.0), target(&title, turns, 1, 5.0)]
        }));
    }
    Ok(Part { sections: vec![section], targets })
}

/// One of the quantiles, which should be so many milliseconds at most.
pub(super) fn target(title: &str, turns: &[Quantiles], shown: usize, limit: f64) -> Target {
    let (name, value) = Quantiles::SHOWN[shown];
    let found = Estimate::of(&turns.iter().map(value).collect::<Vec<_>>());
    let what = format!("{title}, {name}");
    Target { what, found, unit: " ms", limit: Limit::AtMost(limit), rslock: None }
}
