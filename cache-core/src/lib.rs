#![doc = include_str!("../README.md")]

mod backend;
mod cache;
mod capabilities;
mod clear;
mod diagnosis;
mod entry;
mod error;
mod forward;
mod key;
mod lock;
mod options;
mod reply;
mod secret;
mod statistics;
mod ttl;
mod value;
mod watch;

pub use backend::Backend;
pub use cache::{CacheBackend, Lifecycle};
pub use capabilities::Capabilities;
pub use clear::{ClearScope, ClearStep, Cursor};
pub use diagnosis::{Diagnose, Diagnosis, Finding, Severity};
pub use entry::{Entry, Version};
pub use error::{Effect, Error, ErrorKind};
pub use key::{Key, RESERVED_PREFIX};
pub use lock::{
    Acquired, Extended, Fence, LockBackend, LockName, LockRequest, LockState, Released, Token,
};
pub use options::{Condition, SetItem, SetOptions, SetOutcome};
pub use reply::Reply;
pub use secret::Secret;
pub use statistics::{Removals, Statistics};
pub use ttl::Ttl;
pub use value::{MAX_VALUE_BYTES, RESERVED_MARKER, check_value};
pub use watch::{Event, EventSender, GapSender, Origin, Scope, Subscription, Watch};

#[doc = include_str!("../docs/writing-a-backend.md")]
pub mod guide {}
