//! Locks beside what is below them. Needs a server; see the README of redis-fixture.

use std::cell::LazyCell;
use std::time::Duration;

use benches::arguments::Settings;
use benches::experiment::locks::{
    ALONE, CONTENDERS, ON_A_SERVER, OURS, Place, Plan, Stage, pairs, samples,
};
use criterion::measurement::WallTime;
use criterion::{
    BenchmarkGroup, BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group,
    criterion_main,
};
use hdrhistogram::Histogram;

fn locks(criterion: &mut Criterion) {
    let settings = Settings::of_criterion();
    // Started when it is needed: the filter of the command line may leave it out.
    let stage = LazyCell::new(|| {
        Stage::new().unwrap_or_else(|error| panic!("the stage is not made: {error}"))
    });
    let (pairs, plan) = (pairs(&settings), Plan::new(&settings));
    let mut alone = group(criterion, "locks/acquire + release", pairs);
    for kind in ALONE {
        measure(&mut alone, kind.name(), "1 task", || {
            stage.measure_pairs(kind, pairs).expect("every name is granted").seconds
        });
    }
    alone.finish();
    let mut contended = group(criterion, "locks/hand-over", plan.grants);
    for kind in CONTENDERS {
        measure(&mut contended, kind.name(), "16 tasks", || {
            stage.measure_hand_over(kind, plan).expect("one after the other holds it").seconds
        });
    }
    contended.finish();
    waits(criterion, &stage, samples(&settings));
}

/// Wake-ups and losses; what is measured is the mean of so many.
fn waits(
    criterion: &mut Criterion,
    stage: &LazyCell<Stage, impl FnOnce() -> Stage>,
    samples: usize,
) {
    let mut woken = group(criterion, "locks/idle wake-up", 1);
    for place in Place::ALL {
        for kind in OURS {
            measure(&mut woken, kind.name(), place.name(), || {
                mean(&stage.measure_wake_ups(kind, place, samples).expect("each is granted"))
            });
        }
    }
    woken.finish();
    let mut lost = group(criterion, "locks/deleted under the holder", 1);
    for kind in ON_A_SERVER {
        measure(&mut lost, kind.name(), "1 holder", || {
            mean(&stage.measure_losses(kind, samples).expect("each is told"))
        });
    }
    lost.finish();
}

fn mean(nanos: &Histogram<u64>) -> f64 {
    nanos.mean() / 1e9
}

fn group<'c>(
    criterion: &'c mut Criterion,
    name: &str,
    elements: usize,
) -> BenchmarkGroup<'c, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Elements(elements as u64));
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group
}

fn measure(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    condition: &str,
    seconds: impl Fn() -> f64,
) {
    group.bench_function(BenchmarkId::new(name, condition), |bencher| {
        bencher.iter_custom(|iterations| {
            Duration::from_secs_f64((0..iterations).map(|_| seconds()).sum())
        });
    });
}

criterion_group!(benches, locks);
criterion_main!(benches);
