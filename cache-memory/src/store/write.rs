//! Writing and removing: under the lock of the key's shard.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;

use super::room::Reserve;
use super::{Changes, NEVER, Shard, Slot, Stopped, Store};
use crate::RemovalCause;

/// What is to be stored.
pub(crate) struct Write<'a> {
    pub(crate) key: &'a str,
    pub(crate) value: Bytes,
    /// Not above the capacity.
    pub(crate) weight: u64,
    pub(crate) lifetime: Lifetime,
}

impl Write<'_> {
    /// The value, moved: a clone would allocate a counter for it.
    fn take_value(&mut self) -> Bytes {
        std::mem::take(&mut self.value)
    }
}

/// When the entry will expire.
#[derive(Clone, Copy)]
pub(crate) enum Lifetime {
    /// So many ns from now; [`NEVER`] for never.
    New(u64),
    /// When the entry that is there does; where there is none, as said.
    KeepOr(u64),
}

/// A live entry that a write goes over.
struct Resident {
    node: u32,
    deadline: u64,
}

/// What stands under a key when a write comes.
enum Found {
    Nothing,
    Expired(u32),
    Live(Resident),
    /// The condition does not hold; nothing is written.
    Refused,
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
            let now = self.clock.now();
            let resident = match self.examine(write.key, now, &condition) {
                Found::Refused => return Ok(false),
                Found::Nothing => None,
                Found::Live(resident) => Some(resident),
                Found::Expired(node) => {
                    let weight = self.remove(&mut shard, node, RemovalCause::Expired, changes);
                    reserve.take_over(weight);
                    if !condition(None) {
                        return Ok(false);
                    }
                    None
                }
            };
            let node = resident.as_ref().map(|resident| resident.node);
            let held = node.and_then(|node| shard.policy.find(node)).map_or(0, |node| node.weight);
            let need = write.weight.saturating_sub(held);
            if self.make_room(&mut shard, &mut reserve, need, node, now, changes) {
                match resident {
                    Some(resident) => self.replace(&mut shard, &mut write, &resident, now, changes),
                    None => self.add(&mut shard, &mut write, hash, now),
                }
                reserve.spend(need);
                reserve.take_over(held.saturating_sub(write.weight));
                return Ok(true);
            }
            drop(shard);
            self.gather(&mut reserve, write.weight, changes);
        }
    }

    /// Removes the entry if there is one; its value.
    pub(crate) fn take(&self, key: &str, changes: &mut Changes) -> Result<Option<Bytes>, Stopped> {
        let mut shard = self.lock(self.hash(key))?;
        let now = self.clock.now();
        let found = self.map.get(key).map(|slot| {
            (slot.node, if slot.is_live_at(now) { Some(slot.value.clone()) } else { None })
        });
        let Some((node, value)) = found else { return Ok(None) };
        let cause = if value.is_some() { RemovalCause::Deleted } else { RemovalCause::Expired };
        let weight = self.remove(&mut shard, node, cause, changes);
        self.room.give_back(weight);
        Ok(value)
    }

    /// Gives a live entry another lifetime, in ns; whether there was one.
    pub(crate) fn touch(&self, key: &str, lifetime: u64) -> Result<bool, Stopped> {
        let mut shard = self.lock(self.hash(key))?;
        let now = self.clock.now();
        let deadline = now.saturating_add(lifetime);
        let node = match self.map.get_mut(key) {
            Some(mut slot) if slot.is_live_at(now) => {
                slot.deadline = deadline;
                slot.node
            }
            Some(_) | None => return Ok(false),
        };
        self.schedule(&mut shard, node, now, deadline);
        Ok(true)
    }

    pub(crate) fn count_read(&self, hit: bool) {
        self.reads.count(hit);
    }

    fn examine(&self, key: &str, now: u64, condition: impl Fn(Option<&Slot>) -> bool) -> Found {
        match self.map.get(key) {
            Some(slot) if !slot.is_live_at(now) => Found::Expired(slot.node),
            Some(slot) if condition(Some(&slot)) => {
                Found::Live(Resident { node: slot.node, deadline: slot.deadline })
            }
            None if condition(None) => Found::Nothing,
            Some(_) | None => Found::Refused,
        }
    }

    fn add(&self, shard: &mut Shard, write: &mut Write<'_>, hash: u64, now: u64) {
        let key: Arc<str> = write.key.into();
        let deadline = write.lifetime.deadline(now, None);
        let node = shard.policy.insert(Arc::clone(&key), hash, write.weight);
        let slot = Slot::new(write.take_value(), deadline, shard.next_version(), node);
        self.map.insert(key, slot);
        shard.inserts += 1;
        self.schedule(shard, node, now, deadline);
    }

    fn replace(
        &self,
        shard: &mut Shard,
        write: &mut Write<'_>,
        resident: &Resident,
        now: u64,
        changes: &mut Changes,
    ) {
        let deadline = write.lifetime.deadline(now, Some(resident.deadline));
        let version = shard.next_version();
        if let Some(mut slot) = self.map.get_mut(write.key) {
            let replaced = std::mem::replace(&mut slot.value, write.take_value());
            slot.deadline = deadline;
            slot.version = version;
            slot.count_hit();
            let key = Arc::clone(slot.key());
            drop(slot);
            changes.removed(key, replaced, RemovalCause::Replaced);
        }
        shard.count(RemovalCause::Replaced);
        shard.inserts += 1;
        shard.policy.weigh_anew(resident.node, write.weight);
        if deadline != resident.deadline {
            self.schedule(shard, resident.node, now, deadline);
        }
    }

    fn schedule(&self, shard: &mut Shard, node: u32, now: u64, deadline: u64) {
        let deadline = if deadline == NEVER { None } else { Some(deadline) };
        let Some(day) = shard.policy.schedule(node, now, deadline) else { return };
        if day < self.sweeper_wakes.load(Ordering::Acquire) {
            self.sweeper_wakes.fetch_min(day, Ordering::AcqRel);
            self.signal.raise();
        }
    }

    /// Reserves `need` in all, by evicting others of this shard where nothing is free; whether it
    /// could.
    fn make_room(
        &self,
        shard: &mut Shard,
        reserve: &mut Reserve<'_>,
        need: u64,
        keep: Option<u32>,
        now: u64,
        changes: &mut Changes,
    ) -> bool {
        reserve.take_free(need);
        while !reserve.covers(need) {
            match self.evict(shard, keep, now, changes) {
                Some(weight) => reserve.take_over(weight),
                None => return false,
            }
        }
        true
    }

    /// Reserves `need` by evicting from every shard. One writer does so at a time: it keeps what it
    /// has gathered, so it comes to an end.
    fn gather(&self, reserve: &mut Reserve<'_>, need: u64, changes: &mut Changes) {
        reserve.give_back();
        let _alone = self.room.gather();
        while !reserve.covers(need) {
            reserve.take_free(need);
            for shard in &self.shards {
                let mut shard = shard.lock();
                if shard.stopped {
                    return;
                }
                let now = self.clock.now();
                self.make_room(&mut shard, reserve, need, None, now, changes);
            }
            crate::sync::yield_now();
        }
    }

    /// Evicts one entry other than `keep`; its weight, which is still reserved.
    fn evict(
        &self,
        shard: &mut Shard,
        keep: Option<u32>,
        now: u64,
        changes: &mut Changes,
    ) -> Option<u64> {
        let mut gone = None;
        let node = shard.policy.evict(keep, |key, look| {
            let removed =
                self.map.remove_if(key, |_, slot| !slot.is_live_at(now) || slot.leaves(look));
            gone = Some(removed?.1);
            Some(self.hash(key))
        })?;
        let slot = gone?;
        let cause =
            if slot.is_live_at(now) { RemovalCause::Capacity } else { RemovalCause::Expired };
        shard.count(cause);
        changes.removed(node.key, slot.value, cause);
        Some(node.weight)
    }
}

impl Lifetime {
    fn deadline(self, now: u64, resident: Option<u64>) -> u64 {
        match (self, resident) {
            (Self::KeepOr(_), Some(deadline)) => deadline,
            (Self::New(lifetime) | Self::KeepOr(lifetime), _) => now.saturating_add(lifetime),
        }
    }
}
