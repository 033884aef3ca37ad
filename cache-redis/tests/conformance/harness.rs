//! How the conformance suite opens this backend on a server of its own.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cache_conformance::{Harness, Time};
use cache_core::{Backend, CacheBackend, Error, Reply};
use redis_fixture::Lease;
use tokio::sync::OnceCell;

use crate::driver::{Options, Protocol, open};

/// How exactly the server measures, and what a round trip on one machine may add. Lifetimes that end are
/// a hundred times as long: a busy machine makes its calls within one.
const RESOLUTION: Duration = Duration::from_millis(10);

/// How long a round trip may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Leases a server with the first backend. Each backend has a database to itself.
pub(crate) struct ServerHarness {
    protocol: Protocol,
    lease: OnceCell<Lease>,
    /// Which backend has which database.
    opened: Mutex<Vec<(Arc<dyn CacheBackend>, u32)>>,
}

impl ServerHarness {
    pub(crate) fn new(protocol: Protocol) -> Self {
        Self { protocol, lease: OnceCell::new(), opened: Mutex::default() }
    }

    async fn open_next(&self) -> Result<Backend, Error> {
        let lease = self.lease.get_or_init(redis_fixture::lease).await;
        self.open_database(lease, lease.next_database())
    }

    fn open_database(&self, lease: &Lease, database: u32) -> Result<Backend, Error> {
        // The cases are about meaning; a busy machine takes its time for thousands of keys.
        let options = Options::new().url(lease.database_url(database)).protocol(self.protocol);
        let options = options.deadline(PATIENCE).connect_timeout(PATIENCE);
        let backend = open(options)?;
        self.opened().push((Arc::clone(&backend.cache), database));
        Ok(backend)
    }

    fn opened(&self) -> MutexGuard<'_, Vec<(Arc<dyn CacheBackend>, u32)>> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn open_again(&self, backend: Backend) -> Result<Backend, Error> {
        backend.cache.stop().await?;
        let database = {
            let opened = self.opened();
            let same = |(cache, _): &&(_, u32)| Arc::ptr_eq(cache, &backend.cache);
            opened.iter().find(same).expect("it was opened here").1
        };
        self.open_database(self.lease.get().expect("leased when it was opened"), database)
    }
}

impl Harness for ServerHarness {
    fn open(&self) -> Reply<'_, Backend> {
        Reply::pending(self.open_next())
    }

    fn advance(&self, by: Duration) -> Reply<'_, ()> {
        Reply::pending(async move {
            // An entry is gone in the millisecond after its last, by the clock of the server.
            #[expect(clippy::disallowed_methods, reason = "the server's clock cannot be moved")]
            tokio::time::sleep(by + RESOLUTION).await;
            Ok(())
        })
    }

    fn time(&self) -> Time {
        Time::real(RESOLUTION)
    }

    fn restart(&self, backend: Backend) -> Reply<'_, Option<Backend>> {
        Reply::pending(async move { self.open_again(backend).await.map(Some) })
    }

    fn patience(&self) -> Duration {
        // A server has to start in it.
        Duration::from_secs(60)
    }
}
