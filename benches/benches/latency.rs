//! The slowest of 100 requests.

mod figure;

use std::cell::LazyCell;

use benches::arguments::Settings;
use benches::experiment::memory::{Stage, kinds};
use benches::workload::Workload;
use criterion::{BenchmarkId, Criterion, SamplingMode, criterion_group, criterion_main};
use figure::Figure;

fn latency(criterion: &mut Criterion<Figure>) {
    let settings = Settings::of_criterion();
    for (name, workload) in [("get", Workload::Get), ("read-through", Workload::ReadThrough)] {
        // Made when it is needed: the filter of the command line may leave it out.
        let stage = LazyCell::new(|| Stage::new(workload, &settings).expect("the stage is made"));
        let mut group = criterion.benchmark_group(format!("latency-p99/{name}"));
        group.sample_size(10).sampling_mode(SamplingMode::Flat);
        for threads in [1, 2] {
            for (contender, kind) in kinds(workload).iter().enumerate() {
                let id = BenchmarkId::new(kind.name(), threads);
                group.bench_function(id, |bencher| {
                    bencher.iter_custom(|iterations| run(&stage, contender, iterations, threads));
                });
            }
        }
        group.finish();
    }
}

fn run(stage: &Stage, contender: usize, iterations: u64, threads: usize) -> f64 {
    let measure = |round: u64| {
        let latencies = stage.measure_latency(contender, round as usize, threads);
        latencies.expect("the counts are right").value_at_percentile(99.0) as f64
    };
    (0..iterations).map(measure).sum()
}

criterion_group! {
    name = benches;
    config = Criterion::default().with_measurement(Figure("ns"));
    targets = latency
}
criterion_main!(benches);
