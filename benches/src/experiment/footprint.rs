//! How much memory an entry takes beyond its key and its value.

use super::{check, named, names_of_ours};
use crate::Result;
use crate::arguments::Settings;
use crate::contender::Kind;
use crate::report::{Better, Report, Section};
use crate::rounds::interleaved;
use crate::workload::{self, VALUE_BYTES};

/// Each contender, with lifetimes where it has them.
pub const KINDS: [Kind; 10] = [
    Kind::Ours,
    Kind::OursWithLifetimes,
    Kind::Raw,
    Kind::QuickCache,
    Kind::FoyerS3Fifo,
    Kind::Moka,
    Kind::MokaWithLifetimes,
    Kind::MiniMoka,
    Kind::MiniMokaWithLifetimes,
    Kind::Lru,
];

/// Runs the experiment. `live` tells how many bytes the process has allocated and not freed;
/// `resident` makes a process of its own that answers [`overhead`] by [`resident_bytes`], where the
/// system tells them.
///
/// # Errors
/// Where a contender does not open, or holds less than half of what was put in.
pub fn run(
    settings: &Settings,
    live: impl Fn() -> usize,
    resident: impl Fn(Kind, usize) -> Result<f64>,
) -> Result<Report> {
    let (entries, rounds) = (settings.size(1_000_000, 10_000), settings.rounds_or(3));
    let about = format!(
        "{entries} entries, keys of 13 bytes and values of {VALUE_BYTES}, in a cache with room for \
         as many. Counted are the bytes asked of the allocator that are not freed, and then by how \
         much a process grows in physical memory, what the allocator adds included; divided by the \
         entries that are there, less their keys and values. {rounds} new caches each."
    );
    let mut report = Report::new("footprint", "Footprint", about, settings);
    let values = interleaved(KINDS.len(), rounds, |contender, _| {
        overhead(KINDS[contender], entries, &live)
    })?;
    let title = "Memory beyond key and value";
    let mut section = Section::new(title, "bytes an entry", Better::Lower, &names_of_ours());
    section.group(format!("asked of the allocator, {entries} entries"), &named(&KINDS, values));
    if resident_bytes().is_some() {
        let values =
            interleaved(KINDS.len(), rounds, |contender, _| resident(KINDS[contender], entries))?;
        section.group(format!("physical memory, {entries} entries"), &named(&KINDS, values));
    }
    report.sections.push(section);
    Ok(report)
}

/// The physical memory of this process in bytes; `None` where the system does not tell it as Linux
/// does.
pub fn resident_bytes() -> Option<usize> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<usize>().ok()? * 1024)
}

/// Fills a new cache and counts; the bytes of an entry beyond key and value.
///
/// # Errors
/// Where it does not open, or holds less than half of what was put in.
pub fn overhead(kind: Kind, entries: usize, live: impl Fn() -> usize) -> Result<f64> {
    let before = live();
    let cache = kind.open(entries)?;
    for number in 0..entries {
        cache.set(&workload::key(number), workload::value());
    }
    cache.settle();
    let held = live().saturating_sub(before);
    // Caches in parts may have to evict before they are full.
    let there = cache.entries();
    let name = kind.name();
    check(there * 2 >= entries as u64, || format!("{name} holds {there} of {entries} entries"))?;
    check(there <= entries as u64 || !kind.keeps_bound(), || {
        format!("{name} holds {there} entries, and has room for {entries}")
    })?;
    let payload = workload::key(0).len() + VALUE_BYTES;
    let beyond = held as f64 / there as f64 - payload as f64;
    check(beyond > 0.0, || format!("{name}: {held} bytes for {there} entries cannot be"))?;
    Ok(beyond)
}
