//! The handle on real servers, by both drivers, and what it looks like beside the one in memory.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod alike;
mod bad_input;
mod diagnosis;
mod doctor;
mod examples;
mod model;
#[path = "../support/programs.rs"]
mod programs;
mod secrets;
mod shared;
mod support;
