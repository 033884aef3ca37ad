#![doc = include_str!("../README.md")]

mod cache;
mod clock;
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
mod value;

pub use clock::{Clock, MockClock};
pub use memory::Memory;
pub use options::{Bound, Options};
pub use removal::{Removal, RemovalCause};
