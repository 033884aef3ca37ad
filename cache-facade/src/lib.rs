#![doc = include_str!("../README.md")]

mod builtin;
mod cache;
mod clock;
#[cfg(feature = "locks")]
mod election;
#[cfg(feature = "locks")]
mod locks;
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
    Backend, CacheBackend, Capabilities, Condition, Diagnosis, Effect, Entry, Error, ErrorKind,
    Event, Finding, Origin, Removals, Secret, SetOutcome, Severity, Statistics, Ttl, Version,
};
#[cfg(feature = "locks")]
pub use cache_core::{Fence, LockState, Released};
#[cfg(feature = "fred")]
pub use cache_fred as fred;
#[cfg(feature = "memory")]
pub use cache_memory as memory;
#[cfg(feature = "recipes")]
pub use cache_recipes as recipes;
#[cfg(feature = "locks")]
pub use cache_recipes::{
    Election, ElectionOptions, Guard, Guards, Leader, Leadership, LockLost, LockOptions, Locks,
    LossReason, Observer, Quorum,
};
#[cfg(feature = "redis")]
pub use cache_redis as redis;

pub use cache::{Cache, Events};
pub use open::open;
#[cfg(feature = "config")]
pub use open::open_with;
pub use options::WriteOptions;
pub use policy::{Connect, OnError};
#[cfg(feature = "config")]
pub use registry::Registry;
pub use settings::{BackendSettings, MemoryBound, MemorySettings, RedisSettings, Settings};
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
    #[cfg(all(feature = "redis", feature = "fred"))]
    #[doc = include_str!("../../docs/redis.md")]
    mod redis {}
    #[doc = include_str!("../../docs/namespaces-and-keys.md")]
    mod namespaces_and_keys {}
    #[doc = include_str!("../../docs/writing-a-backend.md")]
    mod writing_a_backend {}
    #[cfg(feature = "recipes")]
    #[doc = include_str!("../../docs/testing-with-chaos.md")]
    mod testing_with_chaos {}
    #[cfg(feature = "locks")]
    #[doc = include_str!("../../docs/locks.md")]
    mod locks {}
    #[cfg(feature = "locks")]
    #[doc = include_str!("../../docs/fencing.md")]
    mod fencing {}
    #[cfg(feature = "locks")]
    #[doc = include_str!("../../docs/leader-election.md")]
    mod leader_election {}
    #[doc = include_str!("../../docs/from-the-go-package.md")]
    mod from_the_go_package {}
    #[doc = include_str!("../../docs/from-moka.md")]
    mod from_moka {}
    #[doc = include_str!("../../docs/from-cached.md")]
    mod from_cached {}
}
