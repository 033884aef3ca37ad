//! A server of its own for each test, in which all backends of the test use one database.

use std::time::Duration;

use cache_core::Backend;
use redis_fixture::{Lease, Value};
use tokio::sync::OnceCell;

use crate::driver::{Options, Protocol, open};
use crate::locks_over::Ground;

/// How long a connection may take: a busy machine takes its time.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long a call may take. A server waits for replicas for three quarters of it.
pub(crate) const DEADLINE: Duration = Duration::from_secs(2);

pub(crate) struct ServerGround {
    protocol: Protocol,
    lease: OnceCell<Lease>,
}

impl ServerGround {
    pub(crate) fn new(protocol: Protocol) -> Self {
        Self { protocol, lease: OnceCell::new() }
    }

    pub(crate) async fn server(&self) -> &Lease {
        self.lease.get_or_init(redis_fixture::lease).await
    }

    /// What a backend is opened with, but for where it connects to.
    pub(crate) fn options(&self) -> Options {
        Options::new().protocol(self.protocol).connect_timeout(PATIENCE)
    }

    /// A command past the backend.
    pub(crate) async fn admin(&self, command: &[&str]) -> Value {
        self.server().await.admin(command).await.unwrap_or_else(|failure| panic!("{failure}"))
    }
}

/// The key of a lock whose name has neither a brace nor a per cent sign in it.
pub(crate) fn lock_key(name: &str) -> String {
    format!("__cache__:lock:{{{name}}}")
}

impl Ground for ServerGround {
    async fn open(&self) -> Backend {
        let url = self.server().await.url();
        let backend = open(self.options().deadline(DEADLINE).url(url));
        backend.unwrap_or_else(|error| panic!("{error}"))
    }

    fn lateness(&self) -> Duration {
        Duration::from_secs(6)
    }

    async fn forget(&self, name: &str) {
        let removed = self.admin(&["DEL", &lock_key(name)]).await;
        assert_eq!(removed, Value::Integer(1), "{name} was held");
    }
}
