//! The parts of a backend, with calls that fail the case instead of answering an error.

mod cache;
mod locks;
mod watching;

pub(crate) use cache::{Cache, each_ok, key};
pub(crate) use locks::{Locks, TTL, name, token};
pub(crate) use watching::Watching;
