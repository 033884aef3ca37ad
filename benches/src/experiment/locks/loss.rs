//! A lock that is deleted under its holder.

use cache_facade::{LockOptions, Locks, LossReason, Released};
use hdrhistogram::Histogram;

use super::wake_up::target;
use super::{ON_A_SERVER, Part, Quantiles, Stage, UNDISTURBED, samples, values};
use crate::Result;
use crate::arguments::Settings;
use crate::clock::{Stopwatch, pause_task};
use crate::experiment::check;
use crate::lock::{Kind, NAME, Thief};
use crate::report::{Better, Section};
use crate::rounds::interleaved;
use crate::workload::histogram;

impl Stage {
    /// Takes a lock away so many times: from the call of the delete until its holder knows of it.
    ///
    /// # Errors
    /// Where a grant fails, or a lock is lost for another reason.
    pub fn measure_losses(&self, kind: Kind, samples: usize) -> Result<Histogram<u64>> {
        let locks = self.pair(kind)?.here.clone();
        self.runtime.block_on(async {
            let mut nanos = histogram();
            for _ in 0..samples {
                nanos.saturating_record(lose(&locks, &self.thief).await?);
            }
            Ok(nanos)
        })
    }
}

async fn lose(locks: &Locks, thief: &Thief) -> Result<u64> {
    let guard = locks.acquire(NAME, LockOptions::new()).await?;
    let lost = guard.lost();
    let watch = Stopwatch::start();
    let learning = tokio::spawn(async move { (lost.await.reason, watch.nanos()) });
    pause_task(UNDISTURBED).await;
    let deleted = watch.nanos();
    thief.steal().await?;
    let (reason, known) = learning.await?;
    let is_told = matches!(reason, LossReason::Gone | LossReason::NotOwner);
    check(is_told, || format!("a lock that was deleted was lost as {reason:?}"))?;
    check(known > deleted, || "a lock was lost before it was deleted".to_owned())?;
    let released = guard.release().await?;
    check(released == Released::NotOwner, || format!("a lost lock was {released:?}"))?;
    Ok(known - deleted)
}

pub(super) fn measure(stage: &Stage, settings: &Settings, rounds: usize) -> Result<Part> {
    let samples = samples(settings);
    let turns = interleaved(ON_A_SERVER.len(), rounds, |kind, _| {
        let nanos = stage.measure_losses(ON_A_SERVER[kind], samples)?;
        Ok::<_, Box<dyn std::error::Error + Send + Sync>>(Quantiles::of(&nanos))
    })?;
    let title = "Until a holder knows that its lock was deleted";
    let mut section = Section::new(title, "ms", Better::Lower, &[]);
    for (name, value) in Quantiles::SHOWN {
        section.group(name, &values(&ON_A_SERVER, &turns, value));
    }
    let title = |kind: &Kind| format!("deleted under the holder: {}", kind.name());
    let of = |(kind, turns): (&Kind, &Vec<Quantiles>)| target(&title(kind), turns, 1, 20.0);
    let targets = ON_A_SERVER.iter().zip(&turns).map(of).collect();
    Ok(Part { sections: vec![section], targets })
}
