//! The backend on servers and networks that fail: what is answered, how soon, and what works again.
//!
//! What does not name the driver is one text for both drivers, and stands with the other.

#![expect(clippy::unwrap_used, reason = "a helper of a test that finds nothing fails the test")]
#![expect(clippy::print_stdout, reason = "figures, and errors where they are asked for")]

#[path = "../../../cache-redis/tests/faults/deadlines.rs"]
mod deadlines;
mod driver;
#[path = "../../../cache-redis/tests/faults/recovery.rs"]
mod recovery;
#[path = "../../../cache-redis/tests/faults/secrets.rs"]
mod secrets;
#[path = "../../../cache-redis/tests/faults/silence.rs"]
mod silence;
#[path = "../../../cache-redis/tests/faults/support.rs"]
mod support;
#[path = "../../../cache-redis/tests/faults/table.rs"]
mod table;
