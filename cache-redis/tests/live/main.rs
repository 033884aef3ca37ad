//! The backend on servers that are real, and that fail.

#![expect(clippy::unwrap_used, reason = "a helper of a test that finds nothing fails the test")]

mod driver;
mod handover;
mod login;
mod raw;
mod sockets;
mod support;
#[cfg(feature = "tls")]
mod tls;
mod traps;
#[cfg(unix)]
mod unix;
