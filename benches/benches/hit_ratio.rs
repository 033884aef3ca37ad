//! Misses among gets on synthetic traces: criterion takes no figure that is 0, and hits may be.

mod figure;

use benches::arguments::Settings;
use benches::experiment::hit_ratio::{KINDS, replay};
use benches::{trace, workload};
use criterion::{BenchmarkId, Criterion, SamplingMode, criterion_group, criterion_main};
use figure::Figure;

fn hit_ratio(criterion: &mut Criterion<Figure>) {
    let settings = Settings::of_criterion();
    let traces = trace::synthetic(settings.size(200_000, 10_000)).expect("the traces are made");
    for trace in traces {
        let keys = workload::keys(trace.keys);
        let mut group = criterion.benchmark_group(format!("hit-ratio/{}", trace.name));
        group.sample_size(10).sampling_mode(SamplingMode::Flat);
        for kind in KINDS {
            for capacity in trace.capacities() {
                let measure = |_| {
                    let counts = replay(kind, &trace, &keys, capacity);
                    1.0 - counts.expect("the counts are right").hit_ratio()
                };
                let id = BenchmarkId::new(kind.name(), capacity);
                group.bench_function(id, |bencher| {
                    bencher.iter_custom(|iterations| (0..iterations).map(measure).sum());
                });
            }
        }
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().with_measurement(Figure("misses/get"));
    targets = hit_ratio
}
criterion_main!(benches);
