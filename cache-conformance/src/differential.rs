//! The same random operations on a backend and on the model, outcome by outcome.

mod operation;
mod outcome;
mod side;

use std::collections::{HashMap, VecDeque};
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cache_core::Version;

use self::operation::{Generator, KEYS, Operation};
use self::outcome::Outcome;
use self::side::Side;
use crate::check::answer;
use crate::trial::Trial;
use crate::{Harness, ModelHarness, Runtime, Time};

/// How many operations a failure shows.
const SHOWN: usize = 12;

/// Does the same random operations on what the harness opens and on a [`Model`](crate::Model), and
/// compares every outcome: values, kinds and effects of errors, what is left of lifetimes, answers of
/// batches one by one, locks and whether fences rise. Blocks until it is done.
///
/// The operations are those that the backend claims, over a few keys and lock names so that they
/// meet; the same seed gives the same operations. With [`Time::Stepped`], time moves in both by the
/// same steps and lifetimes end to the millisecond. With [`Time::Real`], only long lifetimes are used,
/// none ends, and what is left of them is compared to the hour.
///
/// ```
/// use cache_conformance::{ModelHarness, differential};
///
/// differential(ModelHarness::new(), 7, 1_000);
/// ```
///
/// # Panics
/// At the first difference, with the seed, the number of the operation, both outcomes and the last
/// few operations.
pub fn differential(harness: impl Harness + 'static, seed: u64, operations: u64) {
    let executor = Runtime::CurrentThread.build();
    executor.block_on(async {
        let backend = Trial::new(Arc::new(harness)).await;
        let model = Trial::new(Arc::new(ModelHarness::new())).await;
        let mut run = Run::new(backend, model, seed);
        for number in 1..=operations {
            run.step(number).await;
        }
    });
}

/// A run in progress.
struct Run {
    seed: u64,
    backend: Side,
    model: Side,
    generator: Generator,
    /// What an operation may need to know of the past, by key.
    seen: HashMap<usize, Seen>,
    /// Which value of a key each version of the backend stood for.
    versions: HashMap<(usize, Version), Bytes>,
    last: VecDeque<Operation>,
}

/// One state of a key as both sides have shown it.
#[derive(Clone)]
struct Seen {
    value: Bytes,
    backend: Version,
    model: Version,
}

impl Run {
    fn new(backend: Trial, model: Trial, seed: u64) -> Self {
        let claimed = backend.cache.raw().capabilities();
        let stepped = backend.harness().time() == Time::Stepped;
        let locks = backend.backend().locks.as_ref();
        let fences = locks.is_some_and(|locks| locks.capabilities().fences);
        let generator = Generator::new(seed, claimed, locks.is_some(), stepped);
        Self {
            seed,
            backend: Side::new(backend, stepped, fences),
            model: Side::new(model, stepped, fences),
            generator,
            seen: HashMap::new(),
            versions: HashMap::new(),
            last: VecDeque::with_capacity(SHOWN),
        }
    }

    async fn step(&mut self, number: u64) {
        let operation = self.generator.next();
        if self.last.len() == SHOWN {
            self.last.pop_front();
        }
        self.last.push_back(operation.clone());
        match &operation {
            Operation::Advance(by) => self.advance(*by).await,
            Operation::Entry(key) => self.entry(*key, number).await,
            Operation::SetIfVersion(key, value) => {
                self.set_if_version(*key, value.clone(), number).await;
            }
            other => {
                let expected = self.model.apply(other).await;
                let found = self.backend.apply(other).await;
                self.compare(number, &expected, &found);
            }
        }
    }

    async fn advance(&mut self, by: Duration) {
        self.backend.trial.advance(by).await;
        self.model.trial.advance(by).await;
    }

    /// Reads an entry on both sides, and remembers its versions.
    async fn entry(&mut self, key: usize, number: u64) {
        let (expected, model) = self.model.entry(key).await;
        let (found, backend) = self.backend.entry(key).await;
        self.compare(number, &expected, &found);
        let (Some(model), Some(backend)) = (model, backend) else { return };
        let Outcome::Entry(Some((value, _))) = expected else { return };
        let before = self.versions.entry((key, backend)).or_insert_with(|| value.clone());
        if *before != value {
            let expected = "another version, because the value differs".to_owned();
            self.fail(number, &expected, &format!("{backend:?} again"));
        }
        self.seen.insert(key, Seen { value, backend, model });
    }

    /// Writes by a version that was seen before, where both sides must agree on whether it holds.
    async fn set_if_version(&mut self, key: usize, value: Bytes, number: u64) {
        let Some(seen) = self.seen.get(&key).cloned() else { return };
        let (_, version) = self.model.entry(key).await;
        let value_now = self.model.trial.cache.get(KEYS[key]).await;
        let rewritten = version.is_some_and(|version| version != seen.model)
            && value_now.as_ref() == Some(&seen.value);
        if rewritten {
            // The same value was written again: one backend changes the version, another keeps it.
            return;
        }
        let expected = self.model.set_if_version(key, value.clone(), seen.model).await;
        let found = self.backend.set_if_version(key, value, seen.backend).await;
        self.compare(number, &expected, &found);
    }

    fn compare(&self, number: u64, expected: &Outcome, found: &Outcome) {
        if expected != found {
            self.fail(number, &format!("{expected:?}"), &format!("{found:?}"));
        }
    }

    fn fail(&self, number: u64, expected: &str, found: &str) -> ! {
        let mut last = String::new();
        for (back, operation) in self.last.iter().enumerate() {
            let number = number + 1 + back as u64 - self.last.len() as u64;
            // Writing to a string does not fail.
            let _ = write!(last, "\n  {number}: {operation:?}");
        }
        panic!(
            "seed {}, operation {number}: the model answers {expected}, the backend answers {found}; \
             the last operations:{last}",
            self.seed
        );
    }
}

/// Waits for a reply of either side.
async fn wait<T>(trial: &Trial, reply: cache_core::Reply<'_, T>) -> Result<T, cache_core::Error> {
    answer("an operation of the differential run", trial.harness().patience(), reply).await
}
