//! Writing and removing: under the lock of the key's shard.

use std::sync::atomic::Ordering;

use bytes::Bytes;

use super::room::Reserve;
use super::{Changes, NEVER, Seat, Shard, Slot, Stopped, Store};
use crate::RemovalCause;
use crate::clock::Now;

/// A write that lacks more than this part of its shard is large.
const LARGE_PART: u64 = 8;

/// What is to be stored.
pub(crate) struct Write<'a> {
    pub(crate) key: &'a str,
    /// Key and value as they will stand in the map, made before a lock is taken.
    pub(crate) slot: Slot,
    /// Not above the capacity.
    pub(crate) weight: u64,
    pub(crate) lifetime: Lifetime,
}

/// When the entry will expire.
#[derive(Clone, Copy)]
pub(crate) enum Lifetime {
    /// So many ns from now; [`NEVER`] for never.
    New(u64),
    /// When the entry that is there does; where there is none, as said.
    KeepOr(u64),
}

/// What stands under a key when a write comes.
enum Found {
    /// A live entry that the write is done with: stored over it, or its condition does not hold.
    Done(bool),
    /// A live entry that weighs less than what shall be written over it.
    Lighter {
        node: u32,
        weight: u64,
    },
    /// An entry that is to be removed first.
    Expired(u32),
    Nothing,
}

impl Store {
    /// Stores a value if the condition holds for what is there; whether it was stored.
    pub(crate) fn put(
        &self,
        mut write: Write<'_>,
        condition: impl Fn(Option<&Slot>) -> bool,
        changes: &mut Changes,
    ) -> Result<bool, Stopped> {
        let hash = self.hash(write.key);
        let mut reserve = self.room.reserve();
        loop {
            let mut shard = self.lock(hash)?;
            let now = self.clock.once();
            let held = match self.put_over(&mut shard, hash, &mut write, &now, &condition, changes)
            {
                Found::Done(stored) => return Ok(stored),
                Found::Nothing => None,
                Found::Expired(node) => {
                    let weight = self.remove(&mut shard, node, RemovalCause::Expired, changes);
                    reserve.take_over(weight);
                    None
                }
                Found::Lighter { node, weight } => Some((node, weight)),
            };
            if held.is_none() && !condition(None) {
                return Ok(false);
            }
            let need = write.weight - held.map_or(0, |(_, weight)| weight);
            let keep = held.map(|(node, _)| node);
            if self.make_room(&mut shard, &mut reserve, need, keep, &now, changes) {
                reserve.spend(need);
                match keep {
                    Some(node) => {
                        shard.policy.weigh_anew(node, write.weight);
                        self.put_over(&mut shard, hash, &mut write, &now, |_| true, changes);
                    }
                    None => self.add(&mut shard, hash, write, &now),
                }
                return Ok(true);
            }
            drop(shard);
            self.gather(&mut reserve, hash, &write, changes);
        }
    }

    /// Removes the entry if there is one; its value.
    pub(crate) fn take(&self, key: &str, changes: &mut Changes) -> Result<Option<Bytes>, Stopped> {
        let hash = self.hash(key);
        let mut shard = self.lock(hash)?;
        let now = self.clock.once();
        let found = self.entries.look(hash, key, |slot| {
            let value = if slot.facts().is_live_at(&now) { Some(slot.value()) } else { None };
            (slot.facts().node, value)
        });
        let Some((node, value)) = found else { return Ok(None) };
        let cause = if value.is_some() { RemovalCause::Deleted } else { RemovalCause::Expired };
        let weight = self.remove(&mut shard, node, cause, changes);
        self.room.give_back(weight);
        Ok(value)
    }

    /// Gives a live entry another lifetime, in ns; whether there was one.
    pub(crate) fn touch(&self, key: &str, lifetime: u64) -> Result<bool, Stopped> {
        let hash = self.hash(key);
        let mut shard = self.lock(hash)?;
        let now = self.clock.once();
        let deadline = deadline_of(&now, lifetime);
        let touched = self.entries.change(hash, key, |slot| {
            let facts = slot.facts_mut();
            let is_live = facts.is_live_at(&now);
            if is_live {
                facts.deadline = deadline;
            }
            (is_live, facts.node)
        });
        let Some((true, node)) = touched else { return Ok(false) };
        self.schedule(&mut shard, node, &now, deadline);
        Ok(true)
    }

    pub(crate) fn count_read(&self, hit: bool) {
        self.reads.count(hit);
    }

    /// Writes over a live entry where that needs no room, under one guard: the common case.
    fn put_over(
        &self,
        shard: &mut Shard,
        hash: u64,
        write: &mut Write<'_>,
        now: &Now<'_>,
        condition: impl Fn(Option<&Slot>) -> bool,
        changes: &mut Changes,
    ) -> Found {
        let found = self.entries.change(hash, write.key, |slot| {
            let (node, old) = (slot.facts().node, slot.facts().deadline);
            if !slot.facts().is_live_at(now) {
                return Err(Found::Expired(node));
            }
            if !condition(Some(slot)) {
                return Err(Found::Done(false));
            }
            // Looking into the policy is a miss of the processor's cache: only where it must be.
            let weight = if self.weighed { shard.policy.weight_of(node) } else { 1 };
            if weight < write.weight {
                return Err(Found::Lighter { node, weight });
            }
            let new = write.lifetime.deadline(now, Some(old));
            let slot = slot.replace(std::mem::take(&mut write.slot), new, shard.next_version());
            changes.removed(slot, RemovalCause::Replaced);
            Ok((node, weight, (old != new).then_some(new)))
        });
        let (node, weight, deadline) = match found {
            None => return Found::Nothing,
            Some(Err(found)) => return found,
            Some(Ok(replaced)) => replaced,
        };
        shard.count_put_over();
        if weight > write.weight {
            shard.policy.weigh_anew(node, write.weight);
            self.room.give_back(weight - write.weight);
        }
        if let Some(deadline) = deadline {
            self.schedule(shard, node, now, deadline);
        }
        Found::Done(true)
    }

    fn add(&self, shard: &mut Shard, hash: u64, write: Write<'_>, now: &Now<'_>) {
        let deadline = write.lifetime.deadline(now, None);
        let node = shard.policy.insert(hash, write.weight);
        let mut slot = write.slot;
        let facts = slot.facts_mut();
        (facts.deadline, facts.version) = (deadline, shard.next_version());
        facts.sit(shard.seat(node));
        self.entries.insert(hash, slot);
        shard.inserts += 1;
        self.schedule(shard, node, now, deadline);
    }

    fn schedule(&self, shard: &mut Shard, node: u32, now: &Now<'_>, deadline: u64) {
        if deadline == NEVER {
            return shard.policy.unschedule(node);
        }
        let day = shard.policy.schedule(node, now.get(), deadline);
        if day < self.sweeper_wakes.load(Ordering::Acquire) {
            self.sweeper_wakes.fetch_min(day, Ordering::AcqRel);
            self.signal.raise();
        }
    }

    /// Reserves `need` in all, by evicting others of this shard where nothing is free; whether it
    /// could. What is much for one shard is left to [`gather`](Self::gather): one large entry
    /// should not empty the shard that its key happens to fall into.
    fn make_room(
        &self,
        shard: &mut Shard,
        reserve: &mut Reserve<'_>,
        need: u64,
        keep: Option<u32>,
        now: &Now<'_>,
        changes: &mut Changes,
    ) -> bool {
        reserve.take_free(need);
        if reserve.lacks(need) > shard.policy.weight() / LARGE_PART && self.shards.len() > 1 {
            return false;
        }
        self.evict_until(shard, reserve, need, keep, now, changes);
        reserve.covers(need)
    }

    /// Reserves what a write needs by evicting from every shard in turn, a little each, but never
    /// the entry that it goes over. One writer does so at a time: it keeps what it has gathered, so
    /// it comes to an end. What the entry weighs may change meanwhile; then the caller comes again.
    fn gather(
        &self,
        reserve: &mut Reserve<'_>,
        hash: u64,
        write: &Write<'_>,
        changes: &mut Changes,
    ) {
        reserve.give_back();
        let _alone = self.room.gather();
        let own = self.shard_number(hash);
        loop {
            let need = write.weight.saturating_sub(self.weight_of(hash, write.key));
            reserve.take_free(need);
            if reserve.covers(need) {
                return;
            }
            let part = reserve.lacks(need).div_ceil(self.shards.len() as u64);
            for (number, shard) in self.shards.iter().enumerate() {
                let mut shard = shard.lock();
                if shard.stopped {
                    return;
                }
                let keep = if number == own { self.number_of(hash, write.key) } else { None };
                let enough = need.min(reserve.amount() + part);
                let now = self.clock.once();
                self.evict_until(&mut shard, reserve, enough, keep, &now, changes);
            }
            crate::sync::yield_now();
        }
    }

    /// What the entry under a key weighs; 0 where there is none.
    fn weight_of(&self, hash: u64, key: &str) -> u64 {
        let shard = self.shards[self.shard_number(hash)].lock();
        self.number_of(hash, key).map_or(0, |node| shard.policy.weight_of(node))
    }

    fn number_of(&self, hash: u64, key: &str) -> Option<u32> {
        self.entries.look(hash, key, |slot| slot.facts().node)
    }

    /// Evicts entries other than `keep` until `enough` is reserved, or there are no more.
    fn evict_until(
        &self,
        shard: &mut Shard,
        reserve: &mut Reserve<'_>,
        enough: u64,
        keep: Option<u32>,
        now: &Now<'_>,
        changes: &mut Changes,
    ) {
        while !reserve.covers(enough) {
            let Some(weight) = self.evict(shard, keep, now, changes) else { return };
            reserve.take_over(weight);
        }
    }

    /// Evicts one entry other than `keep`; its weight, which is still reserved.
    fn evict(
        &self,
        shard: &mut Shard,
        keep: Option<u32>,
        now: &Now<'_>,
        changes: &mut Changes,
    ) -> Option<u64> {
        let (mut gone, shard_number) = (None, shard.number);
        let node = shard.policy.evict(keep, |hash, node, look| {
            let seat = Seat { node, shard: shard_number };
            gone = self.entries.remove_if(hash, seat, |slot| {
                let facts = slot.facts();
                !facts.is_live_at(now) || facts.leaves(look)
            });
            gone.is_some()
        })?;
        let slot = gone?;
        let is_live = slot.facts().is_live_at(now);
        let cause = if is_live { RemovalCause::Capacity } else { RemovalCause::Expired };
        shard.count(cause);
        changes.removed(slot, cause);
        Some(node.weight)
    }
}

impl Lifetime {
    fn deadline(self, now: &Now<'_>, resident: Option<u64>) -> u64 {
        match (self, resident) {
            (Self::KeepOr(_), Some(deadline)) => deadline,
            (Self::New(lifetime) | Self::KeepOr(lifetime), _) => deadline_of(now, lifetime),
        }
    }
}

fn deadline_of(now: &Now<'_>, lifetime: u64) -> u64 {
    if lifetime == NEVER { NEVER } else { now.get().saturating_add(lifetime) }
}
