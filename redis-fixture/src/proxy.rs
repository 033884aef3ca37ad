//! A proxy that makes faults.
//!
//! It stands between a client and a server, reads the commands and the replies, and does to them
//! what a network or a server might do, at the moment that a test chooses. What it does not
//! understand, such as TLS, it passes on as it is.

mod connection;
mod door;
mod expected;
mod fault;
mod state;
mod writer;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fault::Rule;
pub use fault::{Break, Fault, When};
use state::{Counts, Door, Drip, State, Weather};
use tokio::sync::watch;
use tokio::task::AbortHandle;

use crate::{Failure, clock, runtime};

/// How long a test may wait for something to be seen.
const PATIENCE: Duration = Duration::from_secs(60);

/// A way to a server on which faults happen. Dropping it ends every connection through it.
///
/// It works on a runtime of its own, so its time passes when a test's stands still.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    state: Arc<State>,
    in_force: watch::Receiver<Door>,
    task: AbortHandle,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Proxy {
    /// Opens a way to the server at `host:port`, on which nothing goes wrong yet.
    ///
    /// # Errors
    ///
    /// Where the system has no port left.
    pub async fn start(target: impl Into<String>) -> Result<Self, Failure> {
        let state = Arc::new(State::new(target.into()));
        let opened = runtime::run(async { door::open() }).await;
        let (listener, address) =
            opened.map_err(|error| Failure::new(format!("the proxy found no port: {error}")))?;
        let (in_force_sender, in_force) = watch::channel(Door::Open);
        let serving = door::serve(listener, address, Arc::clone(&state), in_force_sender);
        let task = runtime::get().spawn(serving).abort_handle();
        Ok(Self { address, state, in_force, task })
    }

    /// Where clients connect to, as in `127.0.0.1:40123`.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// The port alone.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The URL for clients, without a login.
    pub fn url(&self) -> String {
        format!("redis://{}", self.address)
    }

    /// The URL with a database in it.
    pub fn database_url(&self, database: u32) -> String {
        format!("{}/{database}", self.url())
    }

    /// Where connections lead from now on; those that there are stay where they are.
    pub fn retarget(&self, target: impl Into<String>) {
        self.state.set_target(target.into());
    }

    /// Lets a fault happen to commands that are seen from now on.
    pub fn inject(&self, when: When, fault: Fault) {
        self.state.add(Rule::new(when, fault));
    }

    /// Refuses new connections, as where no server runs. In force when it returns.
    pub async fn refuse(&self) {
        self.set_door(Door::Refusing).await;
    }

    /// Accepts new connections and ends them at once. In force when it returns.
    pub async fn turn_away(&self, how: Break) {
        self.set_door(Door::Breaking(how)).await;
    }

    /// Accepts new connections and carries them. In force when it returns.
    pub async fn accept(&self) {
        self.set_door(Door::Open).await;
    }

    /// Carries nothing either way, and keeps it; new connections are accepted and hear nothing.
    pub fn freeze(&self) {
        self.change(|weather| {
            weather.requests_frozen = true;
            weather.replies_frozen = true;
        });
    }

    /// Carries commands and keeps replies: the server applies what nobody hears of.
    pub fn freeze_replies(&self) {
        self.change(|weather| weather.replies_frozen = true);
    }

    /// Keeps commands, and carries what the server says without being asked.
    pub fn freeze_commands(&self) {
        self.change(|weather| weather.requests_frozen = true);
    }

    /// Carries everything again; what was kept goes first.
    pub fn thaw(&self) {
        self.change(|weather| {
            weather.requests_frozen = false;
            weather.replies_frozen = false;
        });
    }

    /// Delays whatever is sent from now on, each way.
    pub fn delay(&self, delay: Duration) {
        self.change(|weather| weather.delay = delay);
    }

    /// Carries pieces of `bytes` bytes each way, with a pause before each.
    pub fn drip(&self, bytes: usize, pause: Duration) {
        self.change(|weather| weather.drip = Some(Drip { bytes, pause }));
    }

    /// Ends every connection that there is.
    pub fn break_all(&self, how: Break) {
        self.state.broken.send_modify(|(times, last)| {
            *times += 1;
            *last = how;
        });
    }

    /// Takes every fault back, in force when it returns. A connection that a fault has silenced
    /// stays silent: its client has missed a reply.
    pub async fn heal(&self) {
        self.state.clear_rules();
        self.change(|weather| *weather = Weather { door: weather.door, ..Weather::FAIR });
        self.accept().await;
    }

    /// How many connections were accepted since the start, those turned away among them.
    pub fn accepted(&self) -> u64 {
        self.state.counts.borrow().accepted
    }

    /// When each of them was accepted, in their order.
    pub fn accepted_at(&self) -> Vec<Instant> {
        self.state.accepted_at()
    }

    /// How many connections there are.
    pub fn open(&self) -> u64 {
        self.state.counts.borrow().open
    }

    /// How many commands of a name came from clients since the start, whatever became of them:
    /// `SET`, or `CLIENT TRACKING`.
    pub fn commands(&self, name: &str) -> u64 {
        count_of(&self.state.counts.borrow(), name)
    }

    /// How many commands came from clients since the start.
    pub fn all_commands(&self) -> u64 {
        let counts = self.state.counts.borrow();
        let single = counts.commands.iter().filter(|(name, _)| !name.contains(' '));
        single.map(|(_, count)| count).sum()
    }

    /// Waits until so many commands of a name have come since the start.
    ///
    /// # Panics
    ///
    /// After a minute.
    pub async fn until_commands(&self, name: &str, count: u64) {
        let wanted = name.to_owned();
        let what = format!("{count} times {name}");
        self.until(what, move |counts| count_of(counts, &wanted) >= count).await;
    }

    /// Waits until so many connections have been accepted since the start.
    ///
    /// # Panics
    ///
    /// After a minute.
    pub async fn until_accepted(&self, count: u64) {
        self.until(format!("{count} connections"), move |counts| counts.accepted >= count).await;
    }

    /// Waits until there are exactly so many connections.
    ///
    /// # Panics
    ///
    /// After a minute.
    pub async fn until_open(&self, count: u64) {
        self.until(format!("{count} open"), move |counts| counts.open == count).await;
    }

    async fn until(&self, what: String, reached: impl FnMut(&Counts) -> bool + Send + 'static) {
        let mut counts = self.state.counts.subscribe();
        let seen = runtime::run(async move {
            let reached = async { counts.wait_for(reached).await.is_ok() };
            clock::within(PATIENCE, reached).await == Some(true)
        });
        assert!(
            seen.await,
            "the proxy waited {PATIENCE:?} for {what}; it has seen {:?}",
            self.state.counts.borrow()
        );
    }

    async fn set_door(&self, door: Door) {
        self.change(|weather| weather.door = door);
        // It ends where the port is gone: then nobody can connect at all.
        let _ = self.in_force.clone().wait_for(|in_force| *in_force == door).await;
    }

    fn change(&self, change: impl FnOnce(&mut Weather)) {
        self.state.weather.send_modify(change);
    }
}

fn count_of(counts: &Counts, name: &str) -> u64 {
    counts.commands.get(&name.to_ascii_uppercase()).copied().unwrap_or_default()
}
