//! How often a cache of a given size has what it is asked for.

use std::collections::HashSet;

use super::{check, named};
use crate::Result;
use crate::arguments::Settings;
use crate::contender::Kind;
use crate::optimum::most_hits;
use crate::report::{Better, Grid, Report, Section};
use crate::trace::{self, Trace};
use crate::workload::{self, Counts, Workload};

/// The contenders. Lifetimes change nothing here, and the raw map does not evict.
pub const KINDS: [Kind; 8] = [
    Kind::Ours,
    Kind::Moka,
    Kind::MokaMaintained,
    Kind::MiniMoka,
    Kind::QuickCache,
    Kind::FoyerS3Fifo,
    Kind::FoyerLfu,
    Kind::Lru,
];

/// Shown beside the others, and not part of the mean: with it, the mean would be another one than
/// what is known of the peers.
const OUTSIDE_THE_MEAN: &str = "orm-busy";

/// One trace at one capacity.
struct Row {
    trace: String,
    capacity: usize,
    optimum: f64,
    /// The hit ratio of each contender in each round.
    ratios: Vec<Vec<f64>>,
}

/// Runs the experiment.
///
/// # Errors
/// Where the traces cannot be read, or where a contender hits more often than is possible.
pub fn run(settings: &Settings) -> Result<Report> {
    let rounds = settings.rounds_or(5);
    let (traces, source) = match &settings.traces {
        Some(folder) => (trace::read(folder)?, "recorded traces"),
        None => (trace::synthetic(settings.size(200_000, 10_000))?, "synthetic traces"),
    };
    let about = format!(
        "Read-through replays of {source}: a get, and on a miss a set. The capacity is counted in \
         entries. OPT is the limit, Belady's rule with the choice not to store. {rounds} new \
         caches for each figure, so each with another seed of its hash."
    );
    let mut report = Report::new("hit-ratio", "Hit ratio", about, settings);
    let mut rows = Vec::new();
    for trace in &traces {
        for capacity in distinct(trace.capacities()) {
            rows.push(Row::measure(trace, capacity, rounds)?);
        }
    }
    report.sections.push(section(&rows));
    Ok(report)
}

fn distinct(capacities: [usize; 3]) -> impl Iterator<Item = usize> {
    let mut seen = HashSet::new();
    capacities.into_iter().filter(move |capacity| seen.insert(*capacity))
}

/// Replays a trace on a new cache.
///
/// # Errors
/// Where it does not open, or where more or less is counted than there are accesses.
pub fn replay(kind: Kind, trace: &Trace, keys: &[String], capacity: usize) -> Result<Counts> {
    let cache = kind.open(capacity)?;
    let counts = cache.work(Workload::ReadThrough, keys, &trace.accesses);
    let (name, entries) = (kind.name(), cache.entries());
    check(counts.hits + counts.misses == trace.accesses.len() as u64, || {
        format!("{name}: {counts:?} of {} accesses", trace.accesses.len())
    })?;
    check(!kind.keeps_bound() || entries <= capacity as u64, || {
        format!("{name}: {entries} entries, and room for {capacity}")
    })?;
    Ok(counts)
}

impl Row {
    fn measure(trace: &Trace, capacity: usize, rounds: usize) -> Result<Self> {
        let keys = workload::keys(trace.keys);
        let most = most_hits(&trace.accesses, capacity);
        let mut ratios = Vec::new();
        for kind in KINDS {
            let mut of_rounds = Vec::new();
            for _ in 0..rounds {
                let counts = replay(kind, trace, &keys, capacity)?;
                check(!kind.keeps_bound() || counts.hits <= most, || {
                    let (name, hits) = (kind.name(), counts.hits);
                    format!("{name}: {hits} hits on {}, and {most} are possible", trace.name)
                })?;
                of_rounds.push(counts.hit_ratio());
            }
            ratios.push(of_rounds);
        }
        let optimum = most as f64 / trace.accesses.len() as f64;
        Ok(Self { trace: trace.name.clone(), capacity, optimum, ratios })
    }

    fn is_in_the_mean(&self) -> bool {
        self.trace != OUTSIDE_THE_MEAN
    }

    /// OPT, the mean of each contender over the rounds, and how far the rounds of ours lie apart.
    fn figures(&self) -> Vec<f64> {
        let ours = &self.ratios[0];
        let most = ours.iter().copied().fold(f64::MIN, f64::max);
        let least = ours.iter().copied().fold(f64::MAX, f64::min);
        let means = self.ratios.iter().map(|rounds| mean(rounds.iter().copied()));
        std::iter::once(self.optimum).chain(means).chain([most - least]).collect()
    }
}

fn section(rows: &[Row]) -> Section {
    let ours = KINDS[0].name();
    let mut section = Section::new("Hit ratio", "hits among gets", Better::Higher, &[ours]);
    let counted: Vec<_> = rows.iter().filter(|row| row.is_in_the_mean()).collect();
    let rounds = rows.first().map_or(0, |row| row.ratios[0].len());
    let of_round =
        |kind: usize, round: usize| mean(counted.iter().map(|row| row.ratios[kind][round]));
    let means =
        (0..KINDS.len()).map(|kind| (0..rounds).map(|round| of_round(kind, round)).collect());
    let mut means = named(&KINDS, means.collect());
    means.push(("OPT", vec![mean(counted.iter().map(|row| row.optimum)); rounds]));
    section.group(format!("mean over {} rows", counted.len()), &means);
    section.grid = Some(grid(rows));
    section
}

fn grid(rows: &[Row]) -> Grid {
    let names = KINDS.map(Kind::name);
    let head = ["trace and capacity", "OPT"].into_iter().chain(names).chain(["spread of ours"]);
    let mut table: Vec<_> =
        rows.iter().map(|row| (format!("{} {}", row.trace, row.capacity), row.figures())).collect();
    let counted: Vec<_> =
        rows.iter().filter(|row| row.is_in_the_mean()).map(Row::figures).collect();
    let column = |index: usize| mean(counted.iter().map(|figures| figures[index]));
    let without = if counted.len() < rows.len() { " without orm-busy" } else { "" };
    table.push((format!("mean{without}"), (0..KINDS.len() + 2).map(column).collect()));
    Grid { head: head.map(str::to_owned).collect(), rows: table }
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut count) = (0.0, 0_u32);
    for value in values {
        sum += value;
        count += 1;
    }
    if count == 0 { 0.0 } else { sum / f64::from(count) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(kind: Kind, accesses: &[u32], capacity: usize) -> u64 {
        let trace = Trace::new("t", accesses);
        replay(kind, &trace, &workload::keys(trace.keys), capacity).unwrap().hits
    }

    #[test]
    fn lru_has_the_hits_that_are_known_of_a_loop() {
        let cycle: Vec<_> = (0..40).cycle().take(400).collect();
        // One place less than the loop needs, and it never has what comes next.
        assert_eq!(hits(Kind::Lru, &cycle, 39), 0);
        assert_eq!(hits(Kind::Lru, &cycle, 40), 360);
    }

    #[test]
    fn lru_has_the_hits_that_are_known_of_a_zigzag() {
        // Up and down: what was seen last comes back first, so all that fits is hit at each turn.
        let zigzag: Vec<_> = (0..100).chain((0..100).rev()).cycle().take(800).collect();
        // 8 sweeps, 7 turns, 32 hits at each; OPT has as many and those that it keeps back.
        assert_eq!(hits(Kind::Lru, &zigzag, 32), 7 * 32);
    }

    #[test]
    fn lru_has_the_hits_of_the_textbook() {
        // The sequence with which page replacement is mostly taught: with 3 frames LRU has 12
        // faults, and first in, first out has 15.
        let pages = [7, 0, 1, 2, 0, 3, 0, 4, 2, 3, 0, 3, 2, 1, 2, 0, 1, 7, 0, 1];
        assert_eq!(hits(Kind::Lru, &pages, 3), 20 - 12);
        // OPT has 9 where a page has to come in; it need not here.
        assert!(most_hits(&pages, 3) >= 20 - 9);
    }

    #[test]
    fn mean_leaves_out_the_trace_that_is_outside_of_it() {
        let row = |trace: &str, ratio: f64| Row {
            trace: trace.to_owned(),
            capacity: 1,
            optimum: 1.0,
            ratios: vec![vec![ratio, ratio]; KINDS.len()],
        };
        let rows = [row("a", 0.2), row(OUTSIDE_THE_MEAN, 1.0), row("b", 0.4)];
        let section = section(&rows);
        let mean = section.groups[0].bars[0].value.median;
        assert!((mean - 0.3).abs() < 1e-9, "{mean}");
        let grid = section.grid.unwrap();
        assert_eq!(grid.rows.len(), 4);
        assert!((grid.rows[3].1[1] - 0.3).abs() < 1e-9);
        assert_eq!(grid.head.len(), grid.rows[3].1.len() + 1);
    }
}
