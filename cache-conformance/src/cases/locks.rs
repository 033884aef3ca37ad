//! Locks: one owner, until it releases or its time is over.

mod lease;
mod owner;

pub(crate) use self::lease::*;
pub(crate) use self::owner::*;
