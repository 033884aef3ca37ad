#![doc = include_str!("../README.md")]

pub mod arguments;
pub mod clock;
pub mod contender;
pub mod driver;
pub mod experiment;
pub mod lock;
pub mod machine;
pub mod optimum;
pub mod report;
pub mod rounds;
pub mod statistics;
pub mod trace;
pub mod workload;

/// What the functions of this crate answer; an error is a sentence for whoever runs the benches.
pub type Result<T, E = Box<dyn std::error::Error + Send + Sync>> = std::result::Result<T, E>;
