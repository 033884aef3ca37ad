//! The replay itself.

use std::fmt::Write;

use cache_facade::{Bytes, Cache, Error};
use hdrhistogram::Histogram;
use indicatif::{ProgressBar, ProgressStyle};

use crate::Failure;
use crate::clock::Stopwatch;
use crate::report::Report;
use crate::trace::{Keys, Trace};

/// What every key holds; its content does not matter.
const VALUE: Bytes = Bytes::from_static(b"replayed");
/// Reading the time takes about as long as a hit: one request of so many is measured. A prime, so
/// that no usual period of a trace falls together with it.
const MEASURE_EVERY: usize = 7;
const TELL_EVERY: usize = 4096;
const LONGEST_NANOS: u64 = 60_000_000_000;

/// Serves every access from the cache, in a namespace that is empty before and afterwards.
pub(crate) async fn serve(cache: &Cache, trace: &Trace) -> Result<Report, Failure> {
    let cache = cache.namespace("replay")?;
    let clears = cache.capabilities().clear;
    if clears {
        cache.clear_namespace().await?;
    }
    let evictions_before = evictions(&cache);
    let mut replay = Replay::new(&cache, trace.keys.len())?;
    let watch = Stopwatch::start();
    match &trace.keys {
        Keys::Numbers(numbers) => replay.numbers(numbers).await?,
        Keys::Lines(lines) => replay.lines(lines).await?,
    }
    let elapsed = watch.elapsed();
    replay.progress.finish_and_clear();
    let evictions = evictions(&cache).zip(evictions_before).map(|(now, before)| now - before);
    if clears {
        cache.clear_namespace().await?;
    }
    Ok(Report {
        trace: trace.name.clone(),
        backend: cache.backend().cache.name().to_owned(),
        requests: trace.keys.len() as u64,
        hits: replay.hits,
        evictions,
        elapsed,
        latency: replay.latency,
    })
}

/// `None` where nobody counts them: a backend that is shared evicts on its server, and does not hear
/// of it.
fn evictions(cache: &Cache) -> Option<u64> {
    if cache.capabilities().shared {
        return None;
    }
    cache.statistics().ok().map(|statistics| statistics.removals.capacity)
}

struct Replay<'a> {
    cache: &'a Cache,
    hits: u64,
    latency: Histogram<u64>,
    progress: ProgressBar,
}

impl<'a> Replay<'a> {
    fn new(cache: &'a Cache, requests: usize) -> Result<Self, Failure> {
        let style = ProgressStyle::with_template("{bar:40} {percent}% {human_pos} requests")?;
        // Drawn on standard error, and only if that is a terminal.
        let progress = ProgressBar::new(requests as u64).with_style(style);
        let latency = Histogram::new_with_bounds(1, LONGEST_NANOS, 3)?;
        Ok(Self { cache, hits: 0, latency, progress })
    }

    async fn numbers(&mut self, keys: &[u32]) -> Result<(), Failure> {
        let mut text = String::new();
        for (request, key) in keys.iter().enumerate() {
            text.clear();
            write!(text, "{key}")?;
            self.request(request, &text).await?;
        }
        Ok(())
    }

    async fn lines(&mut self, keys: &[String]) -> Result<(), Failure> {
        for (request, key) in keys.iter().enumerate() {
            self.request(request, key).await?;
        }
        Ok(())
    }

    async fn request(&mut self, request: usize, key: &str) -> Result<(), Error> {
        let watch = request.is_multiple_of(MEASURE_EVERY).then(Stopwatch::start);
        match self.cache.get(key).await? {
            Some(_) => self.hits += 1,
            None => self.cache.set(key, VALUE).await?,
        }
        if let Some(watch) = watch {
            let nanos = u64::try_from(watch.elapsed().as_nanos()).unwrap_or(LONGEST_NANOS);
            self.latency.saturating_record(nanos);
        }
        if request.is_multiple_of(TELL_EVERY) {
            self.progress.set_position(request as u64);
        }
        Ok(())
    }
}
