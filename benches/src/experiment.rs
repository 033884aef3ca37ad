//! The experiments: what each measures, and what must hold whatever the machine.

pub mod drivers;
pub mod expiry;
pub mod footprint;
pub mod handle;
pub mod hit_ratio;
pub mod locks;
pub mod memory;

use crate::Result;
use crate::contender::Kind;
use crate::workload::Subject;

/// A contender and its kind.
type Opened = (Kind, Box<dyn Subject>);

fn open(kinds: &[Kind], capacity: usize) -> Result<Vec<Opened>> {
    kinds.iter().map(|&kind| Ok((kind, kind.open(capacity)?))).collect()
}

/// The names of the contenders, each with its values.
fn named<T>(kinds: &[Kind], values: Vec<T>) -> Vec<(&'static str, T)> {
    kinds.iter().map(|kind| kind.name()).zip(values).collect()
}

fn names_of_ours() -> [&'static str; 2] {
    Kind::OURS.map(Kind::name)
}

/// Fails with a sentence unless a condition holds.
fn check(holds: bool, problem: impl FnOnce() -> String) -> Result<()> {
    if holds { Ok(()) } else { Err(problem().into()) }
}
