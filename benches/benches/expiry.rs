//! Seconds until expired entries are gone.

mod figure;

use benches::arguments::Settings;
use benches::contender::ExpiringKind;
use benches::experiment::expiry::{Plan, measure};
use criterion::{Criterion, SamplingMode, criterion_group, criterion_main};
use figure::Figure;

fn expiry(criterion: &mut Criterion<Figure>) {
    let plan = Plan::new(&Settings::of_criterion());
    let mut group = criterion.benchmark_group("expiry");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    for kind in ExpiringKind::ALL {
        let measure = |_| measure(kind, plan).expect("entries end when they should").reclaimed;
        group.bench_function(kind.name(), |bencher| {
            bencher.iter_custom(|iterations| (0..iterations).map(measure).sum());
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().with_measurement(Figure("s"));
    targets = expiry
}
criterion_main!(benches);
