//! How many requests a second there are, on one thread and on several.

use std::cell::LazyCell;
use std::time::Duration;

use benches::arguments::Settings;
use benches::experiment::memory::{Stage, kinds, requests, threads};
use benches::workload::Workload;
use criterion::{
    BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main,
};

fn throughput(criterion: &mut Criterion) {
    let settings = Settings::of_criterion();
    for (name, workload) in [
        ("get", Workload::Get),
        ("get-and-set", Workload::GetAndSet),
        ("read-through", Workload::ReadThrough),
    ] {
        // Made when it is needed: the filter of the command line may leave it out.
        let stage = LazyCell::new(|| Stage::new(workload, &settings).expect("the stage is made"));
        for &threads in threads(&settings) {
            let mut group = criterion.benchmark_group(format!("throughput/{name}"));
            let requests = requests(&settings) * threads;
            group.throughput(Throughput::Elements(requests as u64));
            group.sample_size(10).sampling_mode(SamplingMode::Flat);
            for (contender, kind) in kinds(workload).iter().enumerate() {
                let id = BenchmarkId::new(kind.name(), threads);
                group.bench_function(id, |bencher| {
                    bencher.iter_custom(|iterations| run(&stage, contender, iterations, threads));
                });
            }
            group.finish();
        }
    }
}

fn run(stage: &Stage, contender: usize, iterations: u64, threads: usize) -> Duration {
    let measure = |round: u64| {
        let seconds = stage.measure(contender, round as usize, threads);
        Duration::from_secs_f64(seconds.expect("the counts are right"))
    };
    (0..iterations).map(measure).sum()
}

criterion_group!(benches, throughput);
criterion_main!(benches);
