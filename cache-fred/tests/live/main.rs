//! The backend on servers that are real, and that fail.
//!
//! What does not name the driver is one text for both drivers, and stands with the other.

#![expect(clippy::unwrap_used, reason = "a helper of a test that finds nothing fails the test")]

mod driver;
mod handover;
#[path = "../../../cache-redis/tests/live/login.rs"]
mod login;
mod messages;
#[path = "../../../cache-redis/tests/live/raw.rs"]
mod raw;
#[path = "../../../cache-redis/tests/live/sockets.rs"]
mod sockets;
#[path = "../../../cache-redis/tests/live/support.rs"]
mod support;
#[cfg(feature = "tls")]
#[path = "../../../cache-redis/tests/live/tls.rs"]
mod tls;
#[path = "../../../cache-redis/tests/live/traps.rs"]
mod traps;
#[cfg(unix)]
#[path = "../../../cache-redis/tests/live/unix.rs"]
mod unix;
