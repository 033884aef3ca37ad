//! The drivers of Redis beside what is below them. Needs a server; see the README of redis-fixture.

use std::cell::LazyCell;
use std::time::Duration;

use benches::arguments::Settings;
use benches::driver::Kind;
use benches::experiment::drivers::{Load, Stage, loads};
use criterion::{
    BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main,
};

fn drivers(criterion: &mut Criterion) {
    let settings = Settings::of_criterion();
    // Started when it is needed: the filter of the command line may leave it out.
    let stage = LazyCell::new(|| {
        Stage::new(&settings).unwrap_or_else(|error| panic!("the stage is not made: {error}"))
    });
    for load in loads(&settings) {
        let mut group = criterion.benchmark_group(format!("drivers/{}", load.title()));
        group.throughput(Throughput::Elements(load.calls() as u64));
        group.sample_size(10).sampling_mode(SamplingMode::Flat);
        for kind in Kind::ALL {
            group.bench_function(BenchmarkId::new(kind.name(), load.condition()), |bencher| {
                bencher.iter_custom(|iterations| run(&stage, kind, &load, iterations));
            });
        }
        group.finish();
    }
}

fn run(stage: &Stage, kind: Kind, load: &Load, iterations: u64) -> Duration {
    let seconds = |_| stage.measure(kind, load).expect("every call finds what is there").seconds;
    Duration::from_secs_f64((0..iterations).map(seconds).sum())
}

criterion_group!(benches, drivers);
criterion_main!(benches);
