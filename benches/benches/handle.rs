//! What the handle of `cache-facade` costs over the backend that it holds.

use std::cell::LazyCell;
use std::time::Duration;

use benches::arguments::Settings;
use benches::experiment::handle::{Stage, Way, requests, sizes};
use criterion::{
    BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main,
};

fn handle(criterion: &mut Criterion) {
    let settings = Settings::of_criterion();
    let requests = requests(&settings);
    for size in sizes(&settings) {
        // Made when it is needed: the filter of the command line may leave it out.
        let stage = LazyCell::new(|| Stage::new(size, &settings).expect("the stage is made"));
        let mut group = criterion.benchmark_group(format!("handle/{size} keys"));
        group.throughput(Throughput::Elements(requests as u64));
        group.sample_size(10).sampling_mode(SamplingMode::Flat);
        for way in Way::ALL {
            group.bench_function(BenchmarkId::new(way.name(), way.condition()), |bencher| {
                bencher.iter_custom(|iterations| {
                    let nanos = || stage.measure(way).expect("every key is there");
                    let sum: f64 = (0..iterations).map(|_| nanos()).sum();
                    Duration::from_secs_f64(sum * requests as f64 / 1e9)
                });
            });
        }
        group.finish();
    }
}

criterion_group!(benches, handle);
criterion_main!(benches);
