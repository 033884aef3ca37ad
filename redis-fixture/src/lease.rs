//! Servers that tests take in turn.

pub(crate) mod pool;
mod reset;

use std::ops::Deref;

use pool::Place;

use crate::{Endpoint, Failure, Server, runtime};

/// A server that nobody else uses until this is dropped.
#[derive(Debug)]
pub struct Lease {
    holding: Holding,
}

#[derive(Debug)]
enum Holding {
    /// Started for this lease, and removed with it.
    Own(Server),
    /// One of a pool.
    Pooled(Box<Place>),
}

impl Deref for Lease {
    type Target = Endpoint;

    fn deref(&self) -> &Endpoint {
        match &self.holding {
            Holding::Own(server) => server,
            Holding::Pooled(place) => &place.endpoint,
        }
    }
}

/// Takes a server for one test: empty, with its first settings, and the caller's alone.
///
/// Under `redis-fixture hold` it is one of those that were started beforehand; else, the server
/// that `REDIS_FIXTURE_URL` names; else, one that is started for this lease. Settings, users,
/// scripts and keys that a test leaves behind are gone for the next one. A test that wants to set a
/// password for everybody, or to end the server, starts one of its own: [`Server`].
///
/// # Panics
///
/// Where there is no server. The text names what was tried and what helps.
pub async fn lease() -> Lease {
    try_lease().await.unwrap_or_else(|failure| panic!("{failure}"))
}

/// As [`lease`], for those who can go on without.
///
/// # Errors
///
/// Where there is no server.
pub async fn try_lease() -> Result<Lease, Failure> {
    if let Some(place) = runtime::run(pool::take()).await? {
        return Ok(Lease { holding: Holding::Pooled(Box::new(place)) });
    }
    Ok(Lease { holding: Holding::Own(Server::start().await?) })
}
