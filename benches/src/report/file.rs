//! Reports are kept, so that the page shows the last one of each experiment.

use std::fs;
use std::path::Path;

use super::{Report, page, text};
use crate::Result;
use crate::arguments::Settings;

/// The order of the experiments on the page.
const ORDER: [&str; 6] = ["memory", "hit-ratio", "footprint", "expiry", "drivers", "locks"];

/// Ends a program: prints the report as text and keeps it.
///
/// # Errors
/// Where the directory cannot be written.
#[expect(clippy::print_stdout, reason = "the programs print what they found")]
pub fn finish(report: &Report, settings: &Settings) -> Result<()> {
    println!("{}", text(report));
    write(report, &settings.directory)?;
    println!("kept in {}", settings.directory.join("index.html").display());
    Ok(())
}

/// Writes `EXPERIMENT.json` into a directory, and `index.html` anew from all that is there.
///
/// # Errors
/// Where the directory cannot be written, or holds a report that cannot be read.
pub fn write(report: &Report, directory: &Path) -> Result<()> {
    fs::create_dir_all(directory)?;
    let path = directory.join(format!("{}.json", report.experiment));
    fs::write(path, serde_json::to_vec_pretty(report)?)?;
    fs::write(directory.join("index.html"), page(&read(directory)?))?;
    Ok(())
}

fn read(directory: &Path) -> Result<Vec<Report>> {
    let mut reports = Vec::new();
    for name in ORDER {
        let path = directory.join(format!("{name}.json"));
        if !path.is_file() {
            continue;
        }
        let report = serde_json::from_slice(&fs::read(&path)?).map_err(|error| {
            let path = path.display();
            format!("{path} is no report of these benches ({error}); delete it, or run it again")
        })?;
        reports.push(report);
    }
    Ok(reports)
}
