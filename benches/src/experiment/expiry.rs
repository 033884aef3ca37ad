//! How soon expired entries are gone, and what the others notice of it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hdrhistogram::Histogram;

use super::check;
use crate::Result;
use crate::arguments::Settings;
use crate::clock::{Stopwatch, pause};
use crate::contender::{Expiring, ExpiringKind};
use crate::report::{Better, Report, Section};
use crate::rounds::interleaved;
use crate::workload;

/// How often the size of the cache is looked at.
const LOOK: Duration = Duration::from_millis(2);

/// How long the entries stay after they have expired before it is given up.
const PATIENCE: Duration = Duration::from_secs(30);

/// Sizes and times of one run.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Plan {
    /// Entries that expire at once.
    pub crowd: usize,
    /// Entries that stay, and are read all the time.
    pub others: usize,
    /// From the beginning to the end of the crowd: long enough to write it and to measure then.
    pub lifetime: Duration,
}

/// What one run found.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Outcome {
    /// From the end of their lifetimes until all are gone, in seconds.
    pub reclaimed: f64,
    /// The slowest of 100 gets of the others before anything expired, in ns.
    pub idle: f64,
    /// The same while the expired entries went, in ns.
    pub meanwhile: f64,
}

impl Plan {
    /// A million entries, or a few where it is quick.
    pub const fn new(settings: &Settings) -> Self {
        let millis = settings.size(8_000, 600) as u64;
        Self {
            crowd: settings.size(1_000_000, 5_000),
            others: 1_000,
            lifetime: Duration::from_millis(millis),
        }
    }
}

/// Runs the experiment.
///
/// # Errors
/// Where a contender does not open, or where entries come back or go that should not.
pub fn run(settings: &Settings) -> Result<Report> {
    let (plan, rounds) = (Plan::new(settings), settings.rounds_or(5));
    let (crowd, others, patience) = (plan.crowd, plan.others, PATIENCE.as_secs());
    let about = format!(
        "{crowd} entries expire at one instant, and nobody asks for them any more; {others} others \
         are read by one thread all the time. Gone is what the cache no longer counts among its \
         entries, looked at every {} ms, for {patience} s at most. mini-moka has one lifetime for \
         the whole cache: its entries expire in the order they were written, and its time begins \
         with the last. {rounds} new caches each.",
        LOOK.as_millis(),
    );
    let mut report = Report::new("expiry", "Expiry", about, settings);
    let outcomes = interleaved(ExpiringKind::ALL.len(), rounds, |contender, _| {
        measure(ExpiringKind::ALL[contender], plan)
    })?;
    report.sections.extend(sections(&outcomes));
    Ok(report)
}

fn sections(outcomes: &[Vec<Outcome>]) -> [Section; 3] {
    let section = |title: &str, unit: &str, label: &str, value: fn(&Outcome) -> f64| {
        let name = |kind: ExpiringKind| kind.name();
        let values = outcomes.iter().map(|rounds| rounds.iter().map(value).collect());
        let values: Vec<_> = ExpiringKind::ALL.into_iter().map(name).zip(values).collect();
        let mut section = Section::new(title, unit, Better::Lower, &[ExpiringKind::ALL[0].name()]);
        section.group(label, &values);
        section
    };
    let mut latency = section("Gets of other keys", "ns", "p99, idle", |run| run.idle);
    let meanwhile = section("", "", "p99, while the expired entries went", |run| run.meanwhile);
    latency.groups.extend(meanwhile.groups);
    let times =
        section("How much slower the gets are meanwhile", "times", "p99 ÷ p99, idle", |run| {
            run.meanwhile / run.idle
        });
    let reclaimed =
        section("Until all are gone", "seconds", "after their end", |run| run.reclaimed);
    [reclaimed, latency, times]
}

/// Fills a new cache, lets the crowd expire, and watches.
///
/// # Errors
/// Where it does not open, or where entries come back or go that should not.
pub fn measure(kind: ExpiringKind, plan: Plan) -> Result<Outcome> {
    let mut plan = plan;
    loop {
        match measure_once(kind, plan)? {
            Some(outcome) => return Ok(outcome),
            // So slow that the entries would end before all of them were written.
            None => plan.lifetime *= 2,
        }
    }
}

fn measure_once(kind: ExpiringKind, plan: Plan) -> Result<Option<Outcome>> {
    let cache = kind.open(plan.crowd + plan.others, plan.lifetime)?;
    let others: Vec<_> = (0..plan.others).map(|number| format!("stays:{number:07}")).collect();
    let watch = Stopwatch::start();
    let Some(end) = fill(&*cache, kind, plan, watch)? else { return Ok(None) };
    let renew = || others.iter().for_each(|key| cache.set_for(key, workload::value(), None));
    renew();
    let (idle, ()) = reading(&*cache, kind, &others, || {
        let until_end = end.saturating_sub(watch.elapsed());
        pause(until_end.mul_f64(0.8));
    })?;
    // Where there is one lifetime for all, theirs begins anew and lasts beyond the experiment's.
    renew();
    pause(end.saturating_sub(watch.elapsed()));
    let (meanwhile, reclaimed) = reading(&*cache, kind, &others, || {
        let gone = || cache.entries() <= plan.others as u64;
        while !gone() && watch.elapsed() < end + PATIENCE {
            pause(LOOK);
        }
        watch.elapsed().saturating_sub(end)
    })?;
    finished(kind, &*cache, plan)?;
    Ok(Some(Outcome { reclaimed: reclaimed.as_secs_f64(), idle, meanwhile }))
}

/// Writes the crowd; the instant at which all of it has expired, or `None` where that took more
/// than half of its lifetime.
fn fill(
    cache: &dyn Expiring,
    kind: ExpiringKind,
    plan: Plan,
    watch: Stopwatch,
) -> Result<Option<Duration>> {
    for number in 0..plan.crowd {
        let left = plan.lifetime.saturating_sub(watch.elapsed()).max(Duration::from_millis(1));
        cache.set_for(&workload::key(number), workload::value(), Some(left));
    }
    cache.settle();
    let written = watch.elapsed();
    if written * 2 > plan.lifetime {
        return Ok(None);
    }
    let there = cache.entries();
    check(there == plan.crowd as u64, || {
        format!("{} holds {there} of {} entries before they expire", kind.name(), plan.crowd)
    })?;
    Ok(Some(if kind.has_own_lifetimes() { plan.lifetime } else { written + plan.lifetime }))
}

/// Reads the keys on a thread of its own for as long as something else takes: the 99th percentile
/// in ns, and the answer of the other.
fn reading<R>(
    cache: &dyn Expiring,
    kind: ExpiringKind,
    keys: &[String],
    meanwhile: impl FnOnce() -> R,
) -> Result<(f64, R)> {
    let is_over = AtomicBool::new(false);
    let (latencies, answer) = std::thread::scope(|scope| {
        let reader = scope.spawn(|| read_until(cache, kind, keys, &is_over));
        let answer = meanwhile();
        is_over.store(true, Ordering::Relaxed);
        (reader.join().expect("reading does not panic"), answer)
    });
    Ok((latencies?.value_at_percentile(99.0) as f64, answer))
}

fn read_until(
    cache: &dyn Expiring,
    kind: ExpiringKind,
    keys: &[String],
    is_over: &AtomicBool,
) -> Result<Histogram<u64>> {
    let mut latencies = workload::histogram();
    let watch = Stopwatch::start();
    let mut before = watch.nanos();
    // At least once over all keys, however short the other is.
    loop {
        for key in keys {
            let hit = cache.get(key);
            let after = watch.nanos();
            latencies.saturating_record(after - before);
            before = after;
            // With one lifetime for all, these end too where the machine is very slow.
            check(hit || !kind.has_own_lifetimes(), || {
                format!("{key} is gone, and its lifetime is not over")
            })?;
        }
        if is_over.load(Ordering::Relaxed) {
            return Ok(latencies);
        }
    }
}

/// None of the crowd is served, and all others are there.
fn finished(kind: ExpiringKind, cache: &dyn Expiring, plan: Plan) -> Result<()> {
    let name = kind.name();
    let step = (plan.crowd / 100).max(1);
    let served = (0..plan.crowd).step_by(step).find(|number| cache.get(&workload::key(*number)));
    check(served.is_none(), || format!("{name} serves entry {served:?} after its end"))?;
    let there = cache.entries();
    check(kind != ExpiringKind::Ours || there == plan.others as u64, || {
        format!("{name} holds {there} entries after {PATIENCE:?}, and {} stay", plan.others)
    })
}
