//! The only file here that names the driver, beside `handover.rs`.

#[cfg(feature = "tls")]
pub(crate) use cache_fred::Tls;
pub(crate) use cache_fred::{Options, Protocol, open};

/// What the backend calls itself.
pub(crate) const NAME: &str = "fred";
