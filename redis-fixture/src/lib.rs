#![doc = include_str!("../README.md")]

mod address;
mod clock;
mod endpoint;
mod failure;
mod hold;
mod lease;
mod lock;
mod options;
mod owner;
mod proxy;
mod resp;
mod runtime;
mod server;
mod socket;
mod source;
mod tls;

pub use endpoint::Endpoint;
pub use failure::Failure;
pub use hold::Pool;
pub use lease::{Lease, lease, try_lease};
pub use options::ServerOptions;
pub use proxy::{Break, Fault, Proxy, When};
pub use resp::Value;
pub use server::Server;
pub use socket::SocketFile;
pub use tls::Certificates;
