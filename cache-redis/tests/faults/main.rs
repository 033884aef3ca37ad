//! The backend on servers and networks that fail: what is answered, how soon, and what works again.

#![expect(clippy::unwrap_used, reason = "a helper of a test that finds nothing fails the test")]
#![expect(clippy::print_stdout, reason = "figures, and errors where they are asked for")]

mod deadlines;
mod driver;
mod recovery;
mod secrets;
mod silence;
mod support;
mod table;
