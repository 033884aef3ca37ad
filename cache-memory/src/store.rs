//! The entries: a map to read from, and beside it the order in which they go.
//!
//! Invariants:
//! 1. Every change of the map is made under the lock of the key's shard, so a condition and its
//!    write are one step, and a shard's policy knows exactly the entries in the map.
//! 2. A lock of a shard is taken before a guard of the map, never the other way. Who holds one
//!    shard waits for no other; to lock all, one begins with none and goes in order. No guard of
//!    the map leaves the function that took it.
//! 3. Weight is reserved before an entry comes in and given back after it is out.

mod changes;
mod clear;
mod counters;
mod entries;
mod read;
mod room;
mod slot;
mod sweep;
mod write;

#[cfg(test)]
mod tests;

use std::hash::BuildHasher;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use cache_core::{Removals, Statistics, Version};
use crossbeam_utils::CachePadded;

pub(crate) use changes::{Changes, Gone};
pub(crate) use clear::Place;
use counters::ReadCounters;
use entries::Entries;
use room::Room;
use slot::Seat;
pub(crate) use slot::{NEVER, Slot};
pub(crate) use write::{Lifetime, Write};

use crate::RemovalCause;
use crate::clock::Clock;
use crate::policy::Policy;
use crate::sync::{AtomicBool, AtomicU64, Mutex, MutexGuard, Signal};

/// The most shards that the order of the entries is divided into.
const MOST_SHARDS: u8 = 16;

/// A shard should have room for so many entries at least: a policy over a few chooses badly.
const LEAST_SHARD: u64 = 4096;

/// The same where entries have weights, for entries of 4 KiB.
const LEAST_WEIGHED_SHARD: u64 = LEAST_SHARD * 4096;

/// A fast hash that no one outside can choose collisions for.
type Seeded = foldhash::quality::SeedableRandomState;

fn seeded() -> Seeded {
    Seeded::with_seed(entropy("seed"), foldhash::SharedSeed::global_random())
}

/// 64 bits that nobody outside can guess, other ones at every call: the standard library keeps a
/// key from the system's entropy for its own maps.
fn entropy(purpose: &str) -> u64 {
    std::hash::RandomState::new().hash_one(purpose)
}

/// The entries, and all that decides about them.
pub(crate) struct Store {
    entries: Entries,
    shards: Box<[CachePadded<Mutex<Shard>>]>,
    room: Room,
    /// Whether entries have weights of their own; else each weighs 1.
    weighed: bool,
    clock: Clock,
    /// The upper half of every version, so that those of two caches differ.
    instance: u64,
    reads: ReadCounters,
    stopped: AtomicBool,
    /// The instant up to which the sweeper sleeps; raised `signal` wakes it.
    sweeper_wakes: CachePadded<AtomicU64>,
    signal: Arc<Signal>,
}

/// The order of those entries whose keys hash to this shard.
#[derive(Default)]
struct Shard {
    number: u8,
    policy: Policy,
    versions: u64,
    inserts: u64,
    removals: Removals,
    /// How often all entries were given new numbers.
    moves: u32,
    stopped: bool,
}

/// The cache was stopped.
#[derive(Debug)]
pub(crate) struct Stopped;

impl Store {
    pub(crate) fn new(capacity: u64, weighed: bool, clock: Clock) -> Self {
        let least = if weighed { LEAST_WEIGHED_SHARD } else { LEAST_SHARD };
        let shards = u8::try_from(capacity / least).unwrap_or(MOST_SHARDS);
        let shards = shards.clamp(1, MOST_SHARDS).next_power_of_two();
        Self {
            instance: entropy("instance"),
            entries: Entries::new(),
            shards: (0..shards).map(Shard::new).collect(),
            room: Room::new(capacity),
            weighed,
            clock,
            reads: ReadCounters::default(),
            stopped: AtomicBool::new(false),
            sweeper_wakes: CachePadded::default(),
            signal: Arc::default(),
        }
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }

    /// Lets no operation begin, waits for those that are under way, and frees the entries.
    pub(crate) fn stop(&self) {
        self.stopped.store(true, Ordering::Release);
        for shard in &self.shards {
            let mut freed = Changes::default();
            let mut shard = shard.lock();
            shard.stopped = true;
            for (number, node) in std::mem::take(&mut shard.policy).into_nodes() {
                self.forget(node.hash, shard.seat(number), RemovalCause::Cleared, &mut freed);
                self.room.give_back(node.weight);
            }
        }
        self.entries.shrink();
        self.signal.raise();
    }

    /// What was counted. All shards are locked at once, so that sizes and counts are of one instant;
    /// the reads alone may be apart.
    pub(crate) fn statistics(&self) -> Statistics {
        let mut statistics = Statistics::default();
        (statistics.hits, statistics.misses) = self.reads.sums();
        statistics.capacity = Some(self.room.capacity());
        let shards: Vec<_> = self.shards.iter().map(|shard| shard.lock()).collect();
        for shard in &shards {
            statistics.inserts += shard.inserts;
            statistics.entries += shard.policy.len() as u64;
            statistics.weight += shard.policy.weight();
            add(&mut statistics.removals, shard.removals);
        }
        statistics
    }

    pub(crate) const fn capacity(&self) -> u64 {
        self.room.capacity()
    }

    pub(crate) const fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The version of an entry as others see it.
    pub(crate) fn version(&self, slot: &Slot) -> Version {
        Version::from_u128(u128::from(self.instance) << 64 | u128::from(slot.facts().version))
    }

    #[inline]
    fn hash(&self, key: &str) -> u64 {
        self.entries.hash(key.as_bytes())
    }

    /// The shard of a key with this hash, by its upper bits: the map's tables use the lower ones.
    fn shard_number(&self, hash: u64) -> usize {
        (hash >> 32) as usize & (self.shards.len() - 1)
    }

    fn lock(&self, hash: u64) -> Result<MutexGuard<'_, Shard>, Stopped> {
        let shard = self.shards[self.shard_number(hash)].lock();
        if shard.stopped { Err(Stopped) } else { Ok(shard) }
    }

    /// Takes an entry out of the map whose node is out of the policy already.
    fn forget(&self, hash: u64, seat: Seat, cause: RemovalCause, changes: &mut Changes) {
        if let Some(slot) = self.entries.remove_if(hash, seat, |_| true) {
            changes.removed(slot, cause);
        }
    }

    /// Removes an entry for a reason; its weight, which is still reserved.
    fn remove(
        &self,
        shard: &mut Shard,
        number: u32,
        cause: RemovalCause,
        changes: &mut Changes,
    ) -> u64 {
        shard.count(cause);
        let node = shard.policy.remove(number);
        self.forget(node.hash, shard.seat(number), cause, changes);
        node.weight
    }
}

impl Shard {
    fn new(number: u8) -> CachePadded<Mutex<Self>> {
        CachePadded::new(Mutex::new(Self { number, ..Self::default() }))
    }

    /// Where the map finds the entry with this number.
    const fn seat(&self, node: u32) -> Seat {
        Seat { node, shard: self.number }
    }

    fn next_version(&mut self) -> u64 {
        self.versions += 1;
        self.versions
    }

    fn count_put_over(&mut self) {
        self.inserts += 1;
        self.count(RemovalCause::Replaced);
    }

    fn count(&mut self, cause: RemovalCause) {
        let removals = &mut self.removals;
        let counter = match cause {
            RemovalCause::Capacity => &mut removals.capacity,
            RemovalCause::Expired => &mut removals.expired,
            RemovalCause::Deleted => &mut removals.deleted,
            RemovalCause::Replaced => &mut removals.replaced,
            RemovalCause::Cleared => &mut removals.cleared,
        };
        *counter += 1;
    }
}

fn add(sum: &mut Removals, removals: Removals) {
    sum.capacity += removals.capacity;
    sum.expired += removals.expired;
    sum.deleted += removals.deleted;
    sum.replaced += removals.replaced;
    sum.cleared += removals.cleared;
}
