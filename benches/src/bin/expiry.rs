//! The experiment `expiry`: see the README of the crate.

use benches::{Result, arguments, experiment, report};

fn main() -> Result<()> {
    let settings = arguments::read()?;
    report::finish(&experiment::expiry::run(&settings)?, &settings)
}
