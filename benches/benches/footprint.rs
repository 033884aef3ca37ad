//! Bytes of an entry beyond its key and value.

mod figure;

use benches::arguments::Settings;
use benches::experiment::footprint::{KINDS, overhead};
use criterion::{Criterion, SamplingMode, criterion_group, criterion_main};
use figure::Figure;
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

fn footprint(criterion: &mut Criterion<Figure>) {
    let entries = Settings::of_criterion().size(1_000_000, 10_000);
    let mut group = criterion.benchmark_group("footprint");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    for kind in KINDS {
        let measure = |_| {
            let bytes = overhead(kind, entries, || ALLOCATOR.current_usage());
            bytes.expect("the entries are there")
        };
        group.bench_function(kind.name(), |bencher| {
            bencher.iter_custom(|iterations| (0..iterations).map(measure).sum());
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().with_measurement(Figure("bytes/entry"));
    targets = footprint
}
criterion_main!(benches);
