//! What the handle of `cache-facade` costs over the backend that it holds.

use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use cache_core::{Backend, Key};
use cache_facade::Cache;
use cache_memory::{Bound, Memory, Options};

use super::check;
use crate::Result;
use crate::arguments::Settings;
use crate::clock::Stopwatch;
use crate::report::{Better, Report, Section};
use crate::rounds::interleaved;
use crate::workload;

const NAMESPACE: &str = "shop";

/// Who is asked, and by which key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Way {
    /// `Arc<dyn CacheBackend>`, by the key.
    Backend,
    /// `Cache` without a namespace, by the key.
    Handle,
    /// `Arc<dyn CacheBackend>`, by the full key, made before.
    BackendByFullKey,
    /// `Cache` with a namespace, by the key.
    HandleWithNamespace,
}

impl Way {
    /// Every way.
    pub const ALL: [Self; 4] =
        [Self::Backend, Self::Handle, Self::BackendByFullKey, Self::HandleWithNamespace];

    /// How the reports call who is asked.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Backend | Self::BackendByFullKey => "Arc<dyn CacheBackend>",
            Self::Handle | Self::HandleWithNamespace => "Cache",
        }
    }

    /// How the reports call the pair of ways that are compared.
    pub const fn condition(self) -> &'static str {
        match self {
            Self::Backend | Self::Handle => "no namespace",
            Self::BackendByFullKey | Self::HandleWithNamespace => "namespace, full key ready-made",
        }
    }
}

/// How many keys there are.
pub const fn sizes(settings: &Settings) -> [usize; 2] {
    [settings.size(1_024, 64), settings.size(100_000, 1_000)]
}

/// How many gets a turn has.
pub const fn requests(settings: &Settings) -> usize {
    settings.size(200_000, 2_000)
}

/// Polls a future once, where it was made, as a task does whose answer is there: `await` does not move
/// it either, and a move of it would cost as much as what is measured.
macro_rules! polled {
    ($future:expr) => {
        pin!($future).poll(&mut Context::from_waker(Waker::noop()))
    };
}

/// Whether a get finds something. The answer is looked at where it lies, and not moved: a compiler
/// moves answers of one way more often than those of another.
macro_rules! is_hit {
    ($get:expr) => {
        matches!(black_box(&polled!($get)), Poll::Ready(Ok(Some(_))))
    };
}

/// One backend that every way leads to, so that memory is laid out alike for all.
#[expect(missing_debug_implementations, reason = "backends are not for showing")]
pub struct Stage {
    backend: Backend,
    handle: Cache,
    within: Cache,
    keys: Vec<String>,
    full_keys: Vec<String>,
    order: Vec<u32>,
}

impl Stage {
    /// Opens and fills the backend.
    ///
    /// # Errors
    /// Where the backend does not open or takes no entry.
    pub fn new(keys: usize, settings: &Settings) -> Result<Self> {
        // Two entries a key, and as much room again: a cache in parts fills one before the others.
        let bound = Bound::Entries(u64::try_from(keys)? * 4);
        let backend = Memory::open(Options::new().bound(bound))?.into_backend();
        let handle = Cache::from_backend(backend.clone());
        let within = handle.namespace(NAMESPACE)?;
        let order = workload::uniform(1, keys, requests(settings));
        let keys = workload::keys(keys);
        for cache in [&handle, &within] {
            keys.iter().try_for_each(|key| at_once(polled!(cache.set(key, workload::value()))))?;
        }
        let full_keys = keys.iter().map(|key| format!("{NAMESPACE}:{key}")).collect();
        Ok(Self { backend, handle, within, keys, full_keys, order })
    }

    /// Gets every key of the sequence: how many nanoseconds each takes.
    ///
    /// # Errors
    /// Where a key is missing.
    pub fn measure(&self, way: Way) -> Result<f64> {
        match way {
            Way::Backend => self.gets(&self.keys, |key| self.ask(key)),
            Way::Handle => self.gets(&self.keys, |key| is_hit!(self.handle.get(key))),
            Way::BackendByFullKey => self.gets(&self.full_keys, |key| self.ask(key)),
            Way::HandleWithNamespace => self.gets(&self.keys, |key| is_hit!(self.within.get(key))),
        }
    }

    #[inline]
    fn ask(&self, key: &str) -> bool {
        Key::new(key).is_ok_and(|key| is_hit!(self.backend.cache.get(key)))
    }

    /// The turn before has displaced nothing but the code, so half of a turn warms up.
    #[inline]
    fn gets(&self, keys: &[String], is_hit: impl Fn(&str) -> bool) -> Result<f64> {
        let hits =
            |order: &[u32]| order.iter().filter(|number| is_hit(&keys[**number as usize])).count();
        hits(&self.order[self.order.len() / 2..]);
        let watch = Stopwatch::start();
        let before = watch.nanos();
        let hits = hits(&self.order);
        let nanos = watch.nanos() - before;
        let gets = self.order.len();
        check(hits == gets, || format!("{hits} hits of {gets} gets, but every key is there"))?;
        Ok(nanos as f64 / gets as f64)
    }
}

fn at_once<T>(answer: Poll<T>) -> T {
    match answer {
        Poll::Ready(answer) => answer,
        Poll::Pending => panic!("the memory backend is never pending"),
    }
}

/// Runs the experiment.
///
/// # Errors
/// Where the backend does not open, or a key is missing.
pub fn run(settings: &Settings) -> Result<Report> {
    let rounds = settings.rounds_or(40);
    let about = format!(
        "Gets of keys that are there, on one thread. Keys of 13 bytes, values of {} bytes. One \
         memory backend is asked all four ways; each future is polled with a waker that does \
         nothing. {rounds} rounds.",
        workload::VALUE_BYTES,
    );
    let mut report = Report::new("handle", "What the handle costs", about, settings);
    for size in sizes(settings) {
        let stage = Stage::new(size, settings)?;
        let title = format!("Hits among {size} keys");
        let mut section = Section::new(&title, "ns", Better::Lower, &[Way::Handle.name()]);
        let nanos = interleaved(Way::ALL.len(), rounds, |way, _| stage.measure(Way::ALL[way]))?;
        let named: Vec<_> = Way::ALL.iter().map(|way| way.name()).zip(nanos).collect();
        for (pair, values) in named.chunks(2).enumerate() {
            section.group(Way::ALL[pair * 2].condition(), values);
        }
        report.sections.push(section);
    }
    Ok(report)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_finds_every_key() {
        let settings = Settings::quick();
        let stage = Stage::new(64, &settings).unwrap();
        for way in Way::ALL {
            assert!(stage.measure(way).unwrap() > 0.0, "{way:?}");
        }
    }

    #[test]
    fn key_that_is_missing_is_an_error() {
        let stage = Stage::new(64, &Settings::quick()).unwrap();
        assert!(at_once(polled!(stage.within.delete(&stage.keys[0]))).unwrap());
        assert!(stage.measure(Way::HandleWithNamespace).is_err());
        assert!(stage.measure(Way::BackendByFullKey).is_err());
        assert!(stage.measure(Way::Handle).is_ok());
    }
}
