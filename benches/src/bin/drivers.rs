//! The experiment `drivers`: see the README of the crate.

use benches::{Result, arguments, experiment, report};

fn main() -> Result<()> {
    let settings = arguments::read()?;
    report::finish(&experiment::drivers::run(&settings)?, &settings)
}
