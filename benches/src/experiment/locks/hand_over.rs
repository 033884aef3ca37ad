//! Many tasks that want one name.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use hdrhistogram::Histogram;
use tokio::sync::{Barrier, watch};

use super::targets::{Limit, Target};
use super::{CONTENDERS, OURS, Part, Quantiles, Stage, section_of_ours, values};
use crate::Result;
use crate::arguments::Settings;
use crate::clock::{Stopwatch, spin};
use crate::experiment::check;
use crate::lock::{Kind, Lock, Work};
use crate::report::{Better, Section};
use crate::rounds::interleaved;
use crate::statistics::Estimate;
use crate::workload::histogram;

/// Who wants a name, and what for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Plan {
    /// How many tasks.
    pub tasks: usize,
    /// How often the name is granted, to all of them together.
    pub grants: usize,
    /// How long a task keeps the thread busy under the lock; then it yields, and gives back.
    pub hold: Duration,
}

impl Plan {
    /// 16 tasks of 1 ms.
    pub fn new(settings: &Settings) -> Self {
        let grants = settings.grants.unwrap_or_else(|| settings.size(2_000, 160));
        Self { tasks: 16, grants, hold: Duration::from_millis(1) }
    }
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Outcome {
    /// From when all had asked to the end of the last hold that counts.
    pub seconds: f64,
    /// From asking to the grant.
    pub waits: Quantiles,
    /// How many grants each task had.
    pub shares: Vec<usize>,
    /// How often one was granted while another held.
    pub overlaps: usize,
}

impl Outcome {
    fn grants(&self) -> usize {
        self.shares.iter().sum()
    }

    fn a_second(&self) -> f64 {
        self.grants() as f64 / self.seconds
    }

    /// The 99th percentile of the waits, in rounds of all tasks.
    fn rounds_waited(&self) -> f64 {
        let hand_over = self.seconds * 1e3 / self.grants() as f64;
        self.waits.p99 / (self.shares.len() as f64 * hand_over)
    }

    /// The shares of the least and of the most favoured task, as parts of the mean.
    fn extremes(&self) -> [f64; 2] {
        let mean = self.grants() as f64 / self.shares.len() as f64;
        let part = |share: Option<&usize>| share.map_or(0.0, |share| *share as f64 / mean);
        [part(self.shares.iter().min()), part(self.shares.iter().max())]
    }

    /// Fails where a count is wrong. rslock promises no task a turn.
    fn check(self, kind: Kind, plan: Plan) -> Result<Self> {
        let name = kind.name();
        let (overlaps, granted, asked) = (self.overlaps, self.grants(), plan.grants);
        check(overlaps == 0, || format!("{name}: {overlaps} times two held the name at once"))?;
        check(granted == asked, || format!("{name}: {granted} grants of {asked} were counted"))?;
        let is_each_served = kind == Kind::Rslock || !self.shares.contains(&0);
        check(is_each_served, || format!("{name}: a task had no grant: {:?}", self.shares))?;
        Ok(self)
    }
}

/// What the tasks share.
struct Ring {
    plan: Plan,
    start: Barrier,
    /// How many tasks have asked for the name.
    asking: watch::Sender<usize>,
    watch: Stopwatch,
    begun: AtomicU64,
    over: AtomicU64,
    granted: AtomicUsize,
    inside: AtomicUsize,
    overlaps: AtomicUsize,
}

impl Ring {
    fn new(plan: Plan) -> Self {
        Self {
            plan,
            start: Barrier::new(plan.tasks),
            asking: watch::Sender::new(0),
            watch: Stopwatch::start(),
            begun: AtomicU64::default(),
            over: AtomicU64::default(),
            granted: AtomicUsize::default(),
            inside: AtomicUsize::default(),
            overlaps: AtomicUsize::default(),
        }
    }

    /// What a holder does; whether it counts.
    async fn hold(&self) -> bool {
        if self.inside.fetch_add(1, Ordering::AcqRel) != 0 {
            self.overlaps.fetch_add(1, Ordering::Relaxed);
        }
        let number = self.granted.fetch_add(1, Ordering::Relaxed);
        if number == 0 {
            self.until_all_have_asked().await;
        }
        let counts = number < self.plan.grants;
        if counts {
            spin(self.plan.hold);
            tokio::task::yield_now().await;
            self.over.fetch_max(self.watch.nanos(), Ordering::Relaxed);
        }
        self.inside.fetch_sub(1, Ordering::AcqRel);
        counts
    }

    /// A task that a busy machine starts late would else find that all grants were had by others.
    async fn until_all_have_asked(&self) {
        let mut asking = self.asking.subscribe();
        // The sender is part of the ring.
        let _ = asking.wait_for(|tasks| *tasks == self.plan.tasks).await;
        self.begun.store(self.watch.nanos(), Ordering::Relaxed);
    }

    /// Takes the name for the first time, and tells when it has asked: who waits has a place then.
    async fn acquire_first<L: Lock>(&self, lock: &L) -> Result<L::Held> {
        let mut acquiring = pin!(lock.acquire());
        let mut has_asked = false;
        poll_fn(|context| {
            let polled = acquiring.as_mut().poll(context);
            if !std::mem::replace(&mut has_asked, true) {
                self.asking.send_modify(|tasks| *tasks += 1);
            }
            polled
        })
        .await
    }

    /// Takes the name until it was granted often enough; the waits of the grants that count.
    async fn contend<L: Lock>(&self, lock: L) -> Result<Histogram<u64>> {
        let mut waits = histogram();
        self.start.wait().await;
        let mut is_first = true;
        loop {
            let asked = self.watch.nanos();
            let held = match std::mem::replace(&mut is_first, false) {
                true => self.acquire_first(&lock).await?,
                false => lock.acquire().await?,
            };
            let waited = self.watch.nanos() - asked;
            let counts = self.hold().await;
            lock.release(held).await?;
            if !counts {
                return Ok(waits);
            }
            waits.saturating_record(waited);
        }
    }
}

/// Hands a name over as a plan says.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::exhaustive_structs, reason = "a plan is all there is")]
pub struct HandOver(pub Plan);

impl Work for HandOver {
    type Answer = Outcome;

    async fn on<L: Lock>(&self, lock: &L) -> Result<Outcome> {
        let ring = Arc::new(Ring::new(self.0));
        let begin = |_| {
            let (ring, lock) = (Arc::clone(&ring), lock.clone());
            tokio::spawn(async move { ring.contend(lock).await })
        };
        let tasks: Vec<_> = (0..self.0.tasks).map(begin).collect();
        let (mut waits, mut shares) = (histogram(), Vec::new());
        for task in tasks {
            let own = task.await??;
            shares.push(usize::try_from(own.len())?);
            waits.add(own)?;
        }
        let nanos = ring.over.load(Ordering::Relaxed) - ring.begun.load(Ordering::Relaxed);
        let overlaps = ring.overlaps.load(Ordering::Relaxed);
        Ok(Outcome { seconds: nanos as f64 / 1e9, waits: Quantiles::of(&waits), shares, overlaps })
    }
}

impl Stage {
    /// Lets many tasks want one name.
    ///
    /// # Errors
    /// Where two held it at once, grants are missing, or a task had none.
    pub fn measure_hand_over(&self, kind: Kind, plan: Plan) -> Result<Outcome> {
        self.perform(kind, &HandOver(plan))?.check(kind, plan)
    }
}

pub(super) fn measure(stage: &Stage, settings: &Settings, rounds: usize) -> Result<Part> {
    let plan = Plan::new(settings);
    let measure = |kind: usize, _| stage.measure_hand_over(CONTENDERS[kind], plan);
    let outcomes = interleaved(CONTENDERS.len(), rounds, measure)?;
    Ok(Part { sections: sections(plan, &outcomes), targets: targets(&outcomes) })
}

fn sections(plan: Plan, outcomes: &[Vec<Outcome>]) -> Vec<Section> {
    let label = format!("{} tasks, each for {:?}", plan.tasks, plan.hold);
    let of = |value: fn(&Outcome) -> f64| values(&CONTENDERS, outcomes, value);
    let mut grants = section_of_ours("Hand-over", "grants a second", Better::Higher);
    grants.group(label, &of(Outcome::a_second));
    let mut waits = Section::new("Hand-over: from asking to the grant", "ms", Better::Lower, &[]);
    for (name, value) in Quantiles::SHOWN {
        waits.group(name, &values(&CONTENDERS, outcomes, |outcome| value(&outcome.waits)));
    }
    let title = format!("Hand-over: grants of a task, of {} on average", plan.grants / plan.tasks);
    let mut shares = Section::new(&title, "parts of the mean", Better::Higher, &[]);
    shares.group("least favoured task", &of(|outcome| outcome.extremes()[0]));
    shares.group("most favoured task", &of(|outcome| outcome.extremes()[1]));
    vec![grants, waits, shares]
}

fn targets(outcomes: &[Vec<Outcome>]) -> Vec<Target> {
    let values = |kind: Kind, value: fn(&Outcome) -> f64| {
        let place = CONTENDERS.iter().position(|other| *other == kind)?;
        Some(outcomes.get(place)?.iter().map(value).collect::<Vec<_>>())
    };
    let a_second = |kind| {
        let mutex = values(Kind::Mutex, Outcome::a_second)?;
        Estimate::of_ratios(&values(kind, Outcome::a_second)?, &mutex)
    };
    let waited = |kind| Estimate::of(&values(kind, Outcome::rounds_waited)?);
    let least = |kind| Estimate::of(&values(kind, |outcome| outcome.extremes()[0])?);
    let mut targets = Vec::new();
    for kind in OURS {
        let limit = Limit::AtLeast(0.8);
        targets.push(target(kind, "grants a second ÷ tokio Mutex", limit, &a_second));
        targets.push(target(kind, WAITED, Limit::AtMost(3.0), &waited));
        targets.push(target(kind, "least share ÷ mean share", Limit::NeverBelow(0.5), &least));
    }
    // What the machine lets a mutex do, to judge ours by.
    targets.push(target(Kind::Mutex, WAITED, Limit::None, &waited));
    targets
}

const WAITED: &str = "wait p99 ÷ (16 × mean hand-over)";

/// A figure of one of the contenders, beside that of rslock.
fn target(
    kind: Kind,
    what: &str,
    limit: Limit,
    figure: &dyn Fn(Kind) -> Option<Estimate>,
) -> Target {
    let what = format!("hand-over: {}, {what}", kind.name());
    Target { what, found: figure(kind), unit: "", limit, rslock: figure(Kind::Rslock) }
}

#[cfg(test)]
mod tests;
