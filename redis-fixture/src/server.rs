//! A server of one's own, and what can happen to a server.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use crate::address::{Address, words};
use crate::source::Machine;
use crate::{Endpoint, Failure, ServerOptions, clock, runtime};

/// How long a server may take to come up, to end, or to follow another one.
const PATIENCE: Duration = Duration::from_secs(30);

/// A drop waits no longer than this for the port: another server may have it by then.
const PATIENCE_OF_A_DROP: Duration = Duration::from_secs(2);

/// A server that belongs to one test, which may do to it what it likes.
///
/// Dropping it removes it; the drop waits until it is gone.
#[derive(Debug)]
pub struct Server {
    endpoint: Endpoint,
    tls_port: Option<u16>,
    description: String,
    machine: Option<Arc<Machine>>,
}

/// What is said to any server.
impl Deref for Server {
    type Target = Endpoint;

    fn deref(&self) -> &Endpoint {
        &self.endpoint
    }
}

impl Server {
    pub(crate) fn new(
        endpoint: Endpoint,
        tls_port: Option<u16>,
        description: String,
        machine: Machine,
    ) -> Self {
        Self { endpoint, tls_port, description, machine: Some(Arc::new(machine)) }
    }

    /// Starts one as most tests need it. See [`ServerOptions`] for others.
    ///
    /// # Errors
    ///
    /// As [`ServerOptions::start`].
    pub async fn start() -> Result<Self, Failure> {
        ServerOptions::new().start().await
    }

    /// Where it was found: `Docker image cache-test/redis:8.0`.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// The URL that speaks TLS: `rediss://localhost:PORT`.
    ///
    /// # Panics
    ///
    /// Where the server was started without [`ServerOptions::tls`].
    pub fn tls_url(&self) -> String {
        let port = self.tls_port.expect("the server speaks no TLS; start it with `tls`");
        let login =
            self.address.password.as_ref().map_or_else(String::new, |text| format!(":{text}@"));
        format!("rediss://{login}localhost:{port}")
    }

    /// Ends the process at once, as a crash does: nothing is written, nobody is told. It is gone
    /// afterwards, and connecting is refused.
    ///
    /// # Errors
    ///
    /// Where the system refuses it.
    pub async fn kill(&self) -> Result<(), Failure> {
        let machine = self.machine();
        runtime::run(async move { machine.kill().await }).await?;
        self.until_it_refuses().await
    }

    /// Lets the process end in order. It is gone afterwards, and connecting is refused.
    ///
    /// # Errors
    ///
    /// Where the system refuses it.
    pub async fn stop(&self) -> Result<(), Failure> {
        let machine = self.machine();
        runtime::run(async move { machine.stop().await }).await?;
        self.until_it_refuses().await
    }

    /// Stops the process in its tracks: connections stay, and nothing is answered.
    ///
    /// # Errors
    ///
    /// Where the system refuses it.
    pub async fn freeze(&self) -> Result<(), Failure> {
        let machine = self.machine();
        runtime::run(async move { machine.freeze().await }).await
    }

    /// Lets a frozen process go on where it was.
    ///
    /// # Errors
    ///
    /// Where the system refuses it.
    pub async fn thaw(&self) -> Result<(), Failure> {
        let machine = self.machine();
        runtime::run(async move { machine.thaw().await }).await
    }

    /// Starts the process again, on the same port; one that still runs is killed first.
    ///
    /// It has lost its data, unless it was started with `appendonly yes`. Answers when it answers.
    ///
    /// # Errors
    ///
    /// Where it does not come up within 30 seconds.
    pub async fn restart(&self) -> Result<(), Failure> {
        let machine = self.machine();
        runtime::run(async move { machine.restart().await }).await?;
        self.until_it_answers().await
    }

    async fn until_it_refuses(&self) -> Result<(), Failure> {
        let address = self.endpoint.address.clone();
        runtime::run(async move {
            let there = || Failure::new(format!("{address}: still listens after 30 s"));
            address.refuses_within(PATIENCE).await.then_some(()).ok_or_else(there)
        })
        .await
    }

    async fn until_it_answers(&self) -> Result<(), Failure> {
        let address = self.endpoint.address.clone();
        runtime::run(async move {
            let late = || Failure::new(format!("{address}: no answer within 30 s"));
            address.answers_within(PATIENCE).await.then_some(()).ok_or_else(late)
        })
        .await
    }

    /// Makes it a replica of another server, and waits until it has caught up.
    ///
    /// # Errors
    ///
    /// Where it has not within 30 seconds.
    pub async fn replica_of(&self, primary: &Self) -> Result<(), Failure> {
        let machine = primary.machine();
        let (host, port) = runtime::run(async move { machine.address_for_servers().await }).await?;
        if let Some(password) = &primary.endpoint.address.password {
            self.admin(&["CONFIG", "SET", "masterauth", password]).await?;
        }
        self.admin(&["REPLICAOF", &host, &port.to_string()]).await?;
        let address = self.endpoint.address.clone();
        let linked = runtime::run(async move {
            clock::poll(PATIENCE, || async { is_linked(&address).await.then_some(()) }).await
        });
        let late = || Failure::new(format!("{} does not follow within 30 s", self.address()));
        linked.await.ok_or_else(late)
    }

    /// Makes a replica a server of its own again: what a failover does to it.
    ///
    /// # Errors
    ///
    /// As [`Endpoint::admin`].
    pub async fn promote(&self) -> Result<(), Failure> {
        self.admin(&["REPLICAOF", "NO", "ONE"]).await.map(drop)
    }

    fn machine(&self) -> Arc<Machine> {
        Arc::clone(self.machine.as_ref().expect("only the drop takes it"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(machine) = self.machine.take() {
            let address = self.endpoint.address.clone();
            runtime::block(async move {
                machine.end().await;
                drop(machine);
                address.refuses_within(PATIENCE_OF_A_DROP).await;
            });
        }
    }
}

async fn is_linked(address: &Address) -> bool {
    let info = address.command(0, words(&["INFO", "replication"])).await;
    let info = info.ok().and_then(|info| info.text());
    info.is_some_and(|info| info.contains("master_link_status:up"))
}
