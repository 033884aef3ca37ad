//! The experiment `footprint`: see the README of the crate.

use benches::{Result, arguments, experiment, report};
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

fn main() -> Result<()> {
    let settings = arguments::read()?;
    let found = experiment::footprint::run(&settings, || ALLOCATOR.current_usage())?;
    report::finish(&found, &settings)
}
