#![doc = include_str!("../README.md")]

mod block;
mod cache;
mod clock;
mod diagnose;
mod events;
mod locks;
mod memory;
mod number;
mod options;
mod policy;
mod problem;
mod removal;
mod store;
mod sweeper;
mod sync;

pub use clock::{Clock, MockClock};
pub use memory::Memory;
pub use options::{Bound, Options};
pub use removal::{Removal, RemovalCause};
