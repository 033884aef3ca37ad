//! Differential runs find a difference where there is one, and none where there is none.

use std::panic::catch_unwind;

use cache_conformance::{Model, ModelHarness, differential};
use cache_core::{CacheBackend, Condition, Key, Reply, SetOptions, Ttl};

use crate::fault::{Fault, FaultyHarness, NoFault, at_once, done};

#[test]
fn model_agrees_with_itself_a_million_times() {
    for seed in 0..4 {
        differential(ModelHarness::new(), seed, 250_000);
    }
    differential(FaultyHarness::<NoFault>::new(), 4, 25_000);
}

/// Loses a number when it passes from 41 to 42, and only then.
#[derive(Default)]
struct ForgetsFortyTwo;

impl Fault for ForgetsFortyTwo {
    fn increment<'a>(
        &'a self,
        inner: &'a Model,
        key: Key<'_>,
        delta: i64,
        ttl: Ttl,
    ) -> Reply<'a, i64> {
        let sum = at_once(inner.increment(key, delta, ttl));
        if sum == Ok(42) {
            let options = SetOptions::new().condition(Condition::IfPresent);
            done(inner.set(key, "41".into(), options));
        }
        Reply::ready(sum)
    }
}

#[test]
fn rare_difference_is_found_and_shown_with_its_seed() {
    let run = || differential(FaultyHarness::<ForgetsFortyTwo>::new(), 7, 200_000);
    let failure = catch_unwind(run).expect_err("the fault is not found");
    let said = failure.downcast_ref::<String>().unwrap();
    for part in ["seed 7, operation", "the model answers", "the backend answers", "Increment("] {
        assert!(said.contains(part), "expected a message with {part:?}, found: {said}");
    }
}

#[test]
fn same_seed_finds_the_same_difference() {
    let run = || differential(FaultyHarness::<ForgetsFortyTwo>::new(), 11, 200_000);
    let said = [(); 2].map(|()| *catch_unwind(run).unwrap_err().downcast::<String>().unwrap());
    assert_eq!(said[0], said[1]);
}
