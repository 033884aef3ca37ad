#![doc = include_str!("../README.md")]

mod builtin;
mod cache;
mod clock;
mod namespace;
mod observe;
mod open;
mod options;
mod policy;
#[cfg(feature = "config")]
mod registry;
mod settings;

pub use bytes::Bytes;
pub use cache_core;
pub use cache_core::{
    Backend, CacheBackend, Capabilities, Condition, Effect, Entry, Error, ErrorKind, Event, Origin,
    Removals, SetOutcome, Statistics, Ttl, Version,
};
#[cfg(feature = "memory")]
pub use cache_memory as memory;
#[cfg(feature = "recipes")]
pub use cache_recipes as recipes;

pub use cache::{Cache, Events};
pub use open::open;
#[cfg(feature = "config")]
pub use open::open_with;
pub use options::WriteOptions;
pub use policy::{Connect, OnError};
#[cfg(feature = "config")]
pub use registry::Registry;
pub use settings::{BackendSettings, MemoryBound, MemorySettings, Settings};
#[cfg(feature = "config")]
pub use settings::{RegisteredSettings, SettingsLoader};

/// The README of the repository, so that its code runs as a test.
#[cfg(all(doctest, feature = "memory", feature = "config"))]
#[doc = include_str!("../../README.md")]
mod readme {}

/// The guide to settings, so that its code runs as a test.
#[cfg(all(doctest, feature = "memory", feature = "config"))]
#[doc = include_str!("../../docs/settings.md")]
mod settings_guide {}

/// The guides, so that their code runs as a test.
#[cfg(all(doctest, feature = "memory", feature = "config"))]
mod guides {
    #[doc = include_str!("../../docs/choosing-a-backend.md")]
    mod choosing_a_backend {}
    #[doc = include_str!("../../docs/namespaces-and-keys.md")]
    mod namespaces_and_keys {}
    #[doc = include_str!("../../docs/writing-a-backend.md")]
    mod writing_a_backend {}
    #[cfg(feature = "recipes")]
    #[doc = include_str!("../../docs/testing-with-chaos.md")]
    mod testing_with_chaos {}
    #[doc = include_str!("../../docs/from-the-go-package.md")]
    mod from_the_go_package {}
    #[doc = include_str!("../../docs/from-moka.md")]
    mod from_moka {}
    #[doc = include_str!("../../docs/from-cached.md")]
    mod from_cached {}
}
