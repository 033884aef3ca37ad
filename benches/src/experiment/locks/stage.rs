//! The server, and the locks that take turns on it.

use cache_facade::Locks;
use redis_fixture::Lease;
use tokio::runtime::Runtime;

use super::{ALONE, CONTENDERS, OURS};
use crate::Result;
use crate::experiment::check;
use crate::lock::{Client, Digests, Kind, Lock, NAME, Script, Thief, Work, locks_of, open};

/// How many threads carry the tasks.
const THREADS: usize = 2;

/// Where a waiter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// In the queue that the holder is of: a release here wakes it.
    Here,
    /// In another, as in another process: an event of the backend wakes it.
    Elsewhere,
}

impl Place {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Here, Self::Elsewhere];

    /// How the reports call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Here => "waiter here",
            Self::Elsewhere => "waiter elsewhere",
        }
    }
}

/// The locks of one backend, and those of somebody else who uses it too.
pub(super) struct Pair {
    pub(super) here: Locks,
    pub(super) elsewhere: Locks,
}

/// A server that nobody else uses, and locks on it.
#[expect(missing_debug_implementations, reason = "clients are not for showing")]
pub struct Stage {
    // In the order in which they end: clients, what they run on, the server.
    clients: Vec<(Kind, Client)>,
    pairs: Vec<(Kind, Pair)>,
    pub(super) thief: Thief,
    pub(super) runtime: Runtime,
    _lease: Lease,
    server: String,
}

impl Stage {
    /// Finds a server and opens the locks.
    ///
    /// # Errors
    /// Where there is no server; the text says what helps. Where the scripts of ours are not those
    /// that are measured beside them.
    pub fn new() -> Result<Self> {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(THREADS).enable_all().build()?;
        let lease = runtime.block_on(redis_fixture::try_lease())?;
        let server = runtime.block_on(lease.version())?;
        let url = lease.url();
        let pairs = runtime.block_on(open_pairs(&url))?;
        let digests = runtime.block_on(digests(&lease, &pairs))?;
        let mut clients = Vec::new();
        for kind in ALONE.into_iter().chain([CONTENDERS[0]]) {
            clients.push((kind, runtime.block_on(Client::open(kind, &url, &digests))?));
        }
        let thief = runtime.block_on(Thief::open(&url))?;
        let stage = Self { clients, pairs, thief, runtime, _lease: lease, server };
        for (scripts, ours) in [(Kind::RedisScripts, Kind::Redis), (Kind::FredScripts, Kind::Fred)]
        {
            let is_seen = stage.perform(scripts, &Seen(&stage.pair(ours)?.here))?;
            check(is_seen, || format!("{}: ours does not see what it holds", scripts.name()))?;
        }
        Ok(stage)
    }

    /// Which server it is: `Redis 8.0.2`.
    pub fn server(&self) -> &str {
        &self.server
    }

    pub(super) fn pair(&self, kind: Kind) -> Result<&Pair> {
        let pair = self.pairs.iter().find(|(other, _)| *other == kind).map(|(_, pair)| pair);
        pair.ok_or_else(|| format!("{} is not one of ours", kind.name()).into())
    }

    /// Does some work on the threads of the runtime.
    pub(super) fn perform<W: Work>(&self, kind: Kind, work: &W) -> Result<W::Answer> {
        let client = self.clients.iter().find(|(other, _)| *other == kind);
        let (_, client) = client.ok_or("every kind of lock is open")?;
        let answer = self.runtime.block_on(client.perform(work));
        answer.map_err(|error| format!("{}: {error}", kind.name()).into())
    }
}

/// Whether the locks of ours see what another way holds: then it lies where theirs do.
struct Seen<'a>(&'a Locks);

impl Work for Seen<'_> {
    type Answer = bool;

    async fn on<L: Lock>(&self, lock: &L) -> Result<bool> {
        let held = lock.acquire().await?;
        let state = self.0.inspect(NAME).await?;
        lock.release(held).await?;
        Ok(state.is_some_and(|state| state.fence.is_some()))
    }
}

async fn open_pairs(url: &str) -> Result<Vec<(Kind, Pair)>> {
    let mut pairs = Vec::new();
    for kind in OURS {
        let backend = open(kind, url)?;
        let other = if kind == Kind::Memory { backend.clone() } else { open(kind, url)? };
        pairs.push((kind, Pair { here: locks_of(&backend), elsewhere: locks_of(&other) }));
    }
    Ok(pairs)
}

/// What the server calls the scripts by, once ours has sent them: no other text has their digests.
async fn digests(lease: &Lease, pairs: &[(Kind, Pair)]) -> Result<Digests> {
    for (_, pair) in pairs {
        let guard = pair.here.acquire(NAME, cache_facade::LockOptions::new()).await?;
        guard.release().await?;
    }
    let before = lease.admin(&["INFO", "memory"]).await?.text().unwrap_or_default();
    let acquire = loaded(lease, Script::Acquire).await?;
    let release = loaded(lease, Script::Release).await?;
    let after = lease.admin(&["INFO", "memory"]).await?.text().unwrap_or_default();
    let cached = |info: &str| {
        info.lines()
            .find_map(|line| line.strip_prefix("number_of_cached_scripts:"))
            .map(str::to_owned)
    };
    check(cached(&before) == cached(&after), || {
        "the scripts of the bench are not those that ours sends: see benches/src/lock/scripts.rs"
            .to_owned()
    })?;
    Ok(Digests { acquire, release })
}

async fn loaded(lease: &Lease, script: Script) -> Result<String> {
    let digest = lease.admin(&["SCRIPT", "LOAD", script.text()]).await?;
    digest.text().ok_or_else(|| "SCRIPT LOAD answers a digest".into())
}
