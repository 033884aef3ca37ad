//! Locks: one owner, until it releases or its time is over.

mod lease;
mod owner;
mod request;

pub(crate) use self::lease::*;
pub(crate) use self::owner::*;
pub(crate) use self::request::*;
