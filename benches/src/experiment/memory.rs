//! Throughput and latency of gets, of gets and sets, and of reading through.

use std::error::Error;

use hdrhistogram::Histogram;

use super::{Opened, check, named, names_of_ours, open};
use crate::Result;
use crate::arguments::Settings;
use crate::contender::Kind;
use crate::report::{Better, Report, Section};
use crate::rounds::interleaved;
use crate::workload::{self, Counts, Workload, on_threads};

/// Every contender that a key once set stays in, given room enough.
const ALL: [Kind; 9] = [
    Kind::Ours,
    Kind::OursWithLifetimes,
    Kind::Raw,
    Kind::RawSipHash,
    Kind::QuickCache,
    Kind::FoyerS3Fifo,
    Kind::Moka,
    Kind::MiniMoka,
    Kind::Lru,
];

/// Every contender that evicts.
const BOUNDED: [Kind; 7] = [
    Kind::Ours,
    Kind::OursWithLifetimes,
    Kind::QuickCache,
    Kind::FoyerS3Fifo,
    Kind::Moka,
    Kind::MiniMoka,
    Kind::Lru,
];

const PERCENTILES: [(f64, &str); 3] = [(50.0, "p50"), (99.0, "p99"), (99.9, "p99.9")];

/// A workload, made ready: keys, sequences and filled contenders.
#[expect(missing_debug_implementations, reason = "contenders are not for showing")]
pub struct Stage {
    workload: Workload,
    title: &'static str,
    keys: Vec<String>,
    /// One sequence a thread, as long as [`PARTS`] pieces of work.
    orders: Vec<Vec<u32>>,
    /// How many requests a thread makes in a round.
    requests: usize,
    capacity: usize,
    contenders: Vec<Opened>,
}

/// The rounds take their part of the sequence in turn, so that a round differs from the one before.
const PARTS: usize = 4;

/// Who takes part in a workload.
pub const fn kinds(workload: Workload) -> &'static [Kind] {
    match workload {
        Workload::Get | Workload::GetAndSet => &ALL,
        Workload::ReadThrough => &BOUNDED,
    }
}

/// On how many threads it is measured.
pub const fn threads(settings: &Settings) -> &'static [usize] {
    if settings.quick { &[1, 2] } else { &[1, 2, 4] }
}

/// How many requests a thread makes in a round.
pub const fn requests(settings: &Settings) -> usize {
    settings.size(200_000, 2_000)
}

/// Runs the experiment.
///
/// # Errors
/// Where a contender does not open, or where what was counted is not what the workload demands.
pub fn run(settings: &Settings) -> Result<Report> {
    let about = format!(
        "Keys of 13 bytes, values of {} bytes. A get clones the value out; ours is called through \
         Arc<dyn CacheBackend>, each peer directly. {} rounds.",
        workload::VALUE_BYTES,
        settings.rounds_or(20),
    );
    let mut report = Report::new("memory", "Throughput and latency", about, settings);
    for workload in [Workload::Get, Workload::GetAndSet, Workload::ReadThrough] {
        let stage = Stage::new(workload, settings)?;
        report.sections.push(stage.throughput(settings)?);
        if workload != Workload::GetAndSet {
            report.sections.push(stage.latency(settings)?);
        }
    }
    Ok(report)
}

impl Stage {
    /// Makes the keys and sequences of a workload, and fills the contenders.
    ///
    /// # Errors
    /// Where a contender does not open.
    pub fn new(workload: Workload, settings: &Settings) -> Result<Self> {
        let most_threads = threads(settings).iter().copied().max().unwrap_or(1);
        let requests = requests(settings);
        let (title, keys, capacity) = shape(workload, settings);
        let order = |thread| sequence(workload, thread as u64 + 1, keys, requests * PARTS);
        let stage = Self {
            workload,
            title,
            keys: workload::keys(keys),
            orders: (0..most_threads).map(order).collect::<Result<_>>()?,
            requests,
            capacity,
            contenders: open(kinds(workload), capacity)?,
        };
        stage.fill();
        Ok(stage)
    }

    fn kinds(&self) -> Vec<Kind> {
        self.contenders.iter().map(|(kind, _)| *kind).collect()
    }

    /// Where every get is to hit, all keys are there. Reading through fills by itself: one whole
    /// sequence brings it to where it stays.
    fn fill(&self) {
        for (_, cache) in &self.contenders {
            if self.workload == Workload::ReadThrough {
                cache.work(self.workload, &self.keys, &self.orders[0]);
            } else {
                self.keys.iter().for_each(|key| cache.set(key, workload::value()));
            }
            cache.settle();
        }
    }

    /// One contender does its part of a round on so many threads: the seconds it takes.
    ///
    /// # Errors
    /// Where what was counted is not what the workload demands.
    pub fn measure(&self, contender: usize, round: usize, threads: usize) -> Result<f64> {
        let (_, cache) = &self.contenders[contender];
        let warm_up = |thread| self.warm_up(contender, round, thread);
        let (counts, seconds) = on_threads(threads, warm_up, |thread| {
            cache.work(self.workload, &self.keys, self.part(thread, round))
        });
        self.check(contender, &counts)?;
        Ok(seconds)
    }

    /// The same, each request timed; the latencies of all threads in nanoseconds.
    ///
    /// # Errors
    /// Where what was counted is not what the workload demands.
    pub fn measure_latency(
        &self,
        contender: usize,
        round: usize,
        threads: usize,
    ) -> Result<Histogram<u64>> {
        let (_, cache) = &self.contenders[contender];
        let warm_up = |thread| self.warm_up(contender, round, thread);
        let (answers, _) = on_threads(threads, warm_up, |thread| {
            let mut latencies = workload::histogram();
            let part = self.part(thread, round);
            let counts = cache.work_timed(self.workload, &self.keys, part, &mut latencies);
            (counts, latencies)
        });
        let mut all = workload::histogram();
        let mut counts = Vec::new();
        for (count, latencies) in answers {
            counts.push(count);
            all.add(latencies)?;
        }
        self.check(contender, &counts)?;
        Ok(all)
    }

    /// Half of the part before this one. The turns of the others have displaced this contender
    /// from the caches of the processor; in a program it would be there.
    fn warm_up(&self, contender: usize, round: usize, thread: usize) {
        let part = self.part(thread, round + PARTS - 1);
        let (_, cache) = &self.contenders[contender];
        cache.work(self.workload, &self.keys, &part[part.len() / 2..]);
    }

    fn part(&self, thread: usize, round: usize) -> &[u32] {
        let start = round % PARTS * self.requests;
        &self.orders[thread][start..start + self.requests]
    }

    /// What must hold on every machine.
    fn check(&self, contender: usize, counts: &[Counts]) -> Result<()> {
        let (kind, cache) = &self.contenders[contender];
        let name = kind.name();
        for counts in counts {
            let gets = if self.workload == Workload::GetAndSet {
                self.requests - self.requests / 4
            } else {
                self.requests
            };
            check(counts.hits + counts.misses == gets as u64, || {
                format!("{name}: {counts:?} of {gets} gets")
            })?;
            check(self.workload == Workload::ReadThrough || counts.misses == 0, || {
                format!("{name}: {counts:?}, but every key is there")
            })?;
            check(self.workload != Workload::ReadThrough || counts.sets == counts.misses, || {
                format!("{name}: {counts:?}, but a miss is one set")
            })?;
        }
        let entries = cache.entries();
        check(!kind.keeps_bound() || entries <= self.capacity as u64, || {
            format!("{name}: {entries} entries, and room for {}", self.capacity)
        })
    }

    fn throughput(&self, settings: &Settings) -> Result<Section> {
        let title = format!("Throughput: {}", self.title);
        let ours = names_of_ours();
        let mut section = Section::new(&title, "million requests a second", Better::Higher, &ours);
        for &threads in threads(settings) {
            let values =
                interleaved(self.contenders.len(), settings.rounds_or(20), |contender, round| {
                    let seconds = self.measure(contender, round, threads)?;
                    Ok::<_, Box<dyn Error + Send + Sync>>(
                        (self.requests * threads) as f64 / seconds / 1e6,
                    )
                })?;
            section.group(label(threads), &named(&self.kinds(), values));
        }
        Ok(section)
    }

    fn latency(&self, settings: &Settings) -> Result<Section> {
        let title = format!("Latency: {}", self.title);
        let ours = names_of_ours();
        let mut section = Section::new(&title, "ns", Better::Lower, &ours);
        for threads in [1, 2] {
            let histograms =
                interleaved(self.contenders.len(), settings.rounds_or(20), |contender, round| {
                    self.measure_latency(contender, round, threads)
                })?;
            for (percentile, name) in PERCENTILES {
                let value =
                    |histogram: &Histogram<u64>| histogram.value_at_percentile(percentile) as f64;
                let values = histograms.iter().map(|rounds| rounds.iter().map(value).collect());
                let values = named(&self.kinds(), values.collect());
                section.group(format!("{name}, {}", label(threads)), &values);
            }
        }
        Ok(section)
    }
}

/// What a workload is called, how many keys it has, and the capacity of the contenders.
const fn shape(workload: Workload, settings: &Settings) -> (&'static str, usize, usize) {
    // Where all keys are to be there, twice the room: a cache in parts fills one part before the
    // others.
    let keys = settings.size(100_000, 1_000);
    match workload {
        Workload::Get => ("gets of keys that are there", keys, keys * 2),
        Workload::GetAndSet => ("75 % gets and 25 % sets of keys that are there", keys, keys * 2),
        Workload::ReadThrough => {
            let title = "read-through, Zipf 0.99, room for a tenth of the keys";
            let keys = settings.size(1_000_000, 5_000);
            (title, keys, keys / 10)
        }
    }
}

fn sequence(workload: Workload, seed: u64, keys: usize, length: usize) -> Result<Vec<u32>> {
    match workload {
        Workload::Get | Workload::GetAndSet => Ok(workload::uniform(seed, keys, length)),
        Workload::ReadThrough => workload::zipf(seed, keys, 0.99, length),
    }
}

fn label(threads: usize) -> String {
    if threads == 1 { "1 thread".to_owned() } else { format!("{threads} threads") }
}
