#![doc = include_str!("../README.md")]

mod cases;
mod check;
mod clock;
mod contradiction;
mod differential;
mod exact;
mod harness;
mod manual;
mod model;
mod need;
mod report;
mod runner;
mod subject;
mod suite;
mod table;
mod trial;

pub use differential::differential;
pub use harness::{Harness, Time};
pub use manual::ManualHarness;
pub use model::{ManualClock, Model, ModelHarness};
pub use report::{Report, ReportLine, report};
pub use runner::{Case, Runtime, cases};

#[doc(hidden)]
pub use {exact::left_out, runner::run};
