#![doc = include_str!("../README.md")]

mod builtin;
mod cache;
mod namespace;
mod open;
mod options;
mod settings;

pub use bytes::Bytes;
pub use cache_core;
pub use cache_core::{
    Backend, CacheBackend, Capabilities, Condition, Effect, Entry, Error, ErrorKind, Event, Origin,
    Removals, SetOutcome, Statistics, Ttl, Version,
};
#[cfg(feature = "memory")]
pub use cache_memory as memory;

pub use cache::{Cache, Events};
pub use open::open;
pub use options::WriteOptions;
pub use settings::{BackendSettings, MemoryBound, MemorySettings, Settings};

/// The README of the repository, so that its code runs as a test.
#[cfg(all(doctest, feature = "memory", feature = "config"))]
#[doc = include_str!("../../README.md")]
mod readme {}
