//! The protocol of the server, as far as a test needs it: commands as arrays of strings, and every
//! kind of reply of RESP2 and RESP3.

mod frame;

pub use frame::Value;
pub(crate) use frame::{Malformed, command, encode, value};
