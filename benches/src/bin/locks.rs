//! The experiment `locks`: see the README of the crate.

use benches::{Result, arguments, experiment, report};

fn main() -> Result<()> {
    let settings = arguments::read()?;
    report::finish(&experiment::locks::run(&settings)?, &settings)
}
