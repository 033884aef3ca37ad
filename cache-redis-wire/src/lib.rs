#![doc = include_str!("../README.md")]

mod backend;
mod batch;
mod cache;
mod clock;
mod command;
mod diagnose;
mod driver;
#[cfg(test)]
mod fake;
mod inbox;
mod key;
mod layout;
mod locks;
mod operation;
mod options;
mod reply;
mod script;
mod server_error;
mod statistics;
mod supervise;
mod url;
mod watch;

pub use backend::Redis;
pub use cache_core::Secret;
pub use command::{Argument, Command};
pub use driver::{Change, Connection, Driver, Listener};
pub use inbox::{Inbox, InboxSender};
pub use options::{Options, Protocol, Server, Settings, Tls};
pub use reply::{Answer, Lost, ServerError};
