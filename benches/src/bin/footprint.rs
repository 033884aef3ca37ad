//! The experiment `footprint`: see the README of the crate.

use std::env;
use std::process::{Command, Stdio};

use benches::contender::Kind;
use benches::experiment::footprint::{KINDS, overhead, resident_bytes, run};
use benches::{Result, arguments, report};
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// What the program is called with to measure one contender in a process of its own.
const RESIDENT: &str = "--resident";

fn main() -> Result<()> {
    let arguments: Vec<_> = env::args().collect();
    if let [_, RESIDENT, name, entries] =
        &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..]
    {
        return answer(name, entries.parse()?);
    }
    let settings = arguments::read()?;
    let found = run(&settings, || ALLOCATOR.current_usage(), ask)?;
    report::finish(&found, &settings)
}

/// Measures a contender in a new process.
fn ask(kind: Kind, entries: usize) -> Result<f64> {
    let mut command = Command::new(env::current_exe()?);
    command.args([RESIDENT, kind.name(), &entries.to_string()]).stderr(Stdio::inherit());
    let output = command.output()?;
    if !output.status.success() {
        return Err(format!("measuring {} ended with {}", kind.name(), output.status).into());
    }
    Ok(String::from_utf8(output.stdout)?.trim().parse()?)
}

#[expect(clippy::print_stdout, reason = "the process that asked reads it")]
fn answer(name: &str, entries: usize) -> Result<()> {
    let kind = KINDS.into_iter().find(|kind| kind.name() == name);
    let kind = kind.ok_or_else(|| format!("no contender is called {name:?}"))?;
    println!("{}", overhead(kind, entries, || resident_bytes().unwrap_or(0))?);
    Ok(())
}
