#![doc = include_str!("../README.md")]

mod chaos;
mod clock;
#[cfg(feature = "locks")]
mod election;
#[cfg(feature = "locks")]
mod locks;
#[cfg(any(feature = "metrics", feature = "tracing"))]
mod observed;
mod operation;
#[cfg(feature = "locks")]
mod quorum;
#[cfg(feature = "locks")]
mod race;

pub use chaos::{Chaos, ChaosControl, FaultCounts};
#[cfg(feature = "locks")]
pub use election::{Election, ElectionOptions, Leader, Leadership, Observer};
#[cfg(feature = "locks")]
pub use locks::{Guard, Guards, LockLost, LockOptions, Locks, LossReason};
#[cfg(any(feature = "metrics", feature = "tracing"))]
pub use observed::{break_off, names, observe};
pub use operation::Operation;
#[cfg(feature = "locks")]
pub use quorum::Quorum;
