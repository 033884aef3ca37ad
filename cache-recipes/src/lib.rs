#![doc = include_str!("../README.md")]

mod chaos;
mod clock;
#[cfg(any(feature = "metrics", feature = "tracing"))]
mod observed;
mod operation;

pub use chaos::{Chaos, ChaosControl, FaultCounts};
#[cfg(any(feature = "metrics", feature = "tracing"))]
pub use observed::{break_off, names, observe};
pub use operation::Operation;
