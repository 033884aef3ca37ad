//! The only file here that names the driver.

pub(crate) use cache_fred::{Options, Protocol, open};
