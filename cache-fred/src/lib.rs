#![doc = include_str!("../README.md")]

mod connection;
mod convert;
mod driver;
mod error;
#[cfg(test)]
mod fake;
mod listener;
mod login;
mod open;
mod stream;
#[cfg(feature = "tls")]
mod tls;
#[cfg(not(feature = "tls"))]
#[path = "tls/absent.rs"]
mod tls;

pub use cache_redis_wire::{Options, Protocol, Secret, Tls};
pub use open::{from_client, open};
