//! The cases, a module a group. Each asserts what comes back; the table says what each needs.

pub(crate) mod batch;
pub(crate) mod capacity;
pub(crate) mod clear;
pub(crate) mod concurrency;
pub(crate) mod conditions;
pub(crate) mod dropped;
pub(crate) mod errors;
pub(crate) mod expiry;
pub(crate) mod fences;
pub(crate) mod increment;
pub(crate) mod keys;
pub(crate) mod locks;
pub(crate) mod persistence;
pub(crate) mod reserved;
pub(crate) mod statistics;
pub(crate) mod stop;
pub(crate) mod ttl;
pub(crate) mod values;
pub(crate) mod versions;
pub(crate) mod watch;
