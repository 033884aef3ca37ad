//! The only file here that names the driver.

pub(crate) use cache_redis::{Options, Protocol, open};
