//! The map of all entries.
//!
//! Who calls has hashed the key once, for the map, the shard and the policy alike; so the map is
//! used by its raw interface, which takes a hash. An entry is found by its key, or by its seat: that
//! is without a look at the key, which would be one more miss of the processor's cache.
//!
//! No guard leaves the function that took it, and what is called under one is short.

use std::hash::{BuildHasher, Hasher};

use dashmap::DashMap;

use super::slot::{Seat, Slot};
use super::{Seeded, seeded};

/// So many tables, each under a lock of its own: a reader waits for who writes to the same table,
/// and of a hundred reads at the time of a write one or two do.
const TABLES: usize = 64;

pub(super) struct Entries {
    /// Seeded anew in every process, so that nobody outside can choose keys that collide. The key
    /// is in the slot.
    map: DashMap<Slot, (), Seeded>,
}

impl Entries {
    pub(super) fn new() -> Self {
        Self { map: DashMap::with_hasher_and_shard_amount(seeded(), TABLES) }
    }

    #[inline]
    pub(super) fn hash(&self, key: &[u8]) -> u64 {
        let mut state = self.map.hasher().build_hasher();
        state.write(key);
        state.finish()
    }

    /// Looks at the entry with this key.
    #[inline]
    pub(super) fn look<T>(&self, hash: u64, key: &str, read: impl FnOnce(&Slot) -> T) -> Option<T> {
        let table = self.map.shards()[self.table(hash)].read();
        table.get(hash, |(slot, _)| slot.key() == key.as_bytes()).map(|(slot, _)| read(slot))
    }

    /// Looks at the entry on this seat.
    pub(super) fn look_at<T>(
        &self,
        hash: u64,
        seat: Seat,
        read: impl FnOnce(&Slot) -> T,
    ) -> Option<T> {
        let table = self.map.shards()[self.table(hash)].read();
        table.get(hash, |(slot, _)| slot.facts().seat() == seat).map(|(slot, _)| read(slot))
    }

    /// Changes the entry with this key.
    pub(super) fn change<T>(
        &self,
        hash: u64,
        key: &str,
        change: impl FnOnce(&mut Slot) -> T,
    ) -> Option<T> {
        let mut table = self.map.shards()[self.table(hash)].write();
        let found = table.get_mut(hash, |(slot, _)| slot.key() == key.as_bytes());
        found.map(|(slot, _)| change(slot))
    }

    /// Gives the entry on one seat another. The other may be taken until its entry is moved too, so
    /// the key's hash decides.
    pub(super) fn move_to(&self, hash: u64, from: Seat, to: Seat) {
        let mut table = self.map.shards()[self.table(hash)].write();
        let is_meant = |slot: &Slot| slot.facts().seat() == from && self.hash(slot.key()) == hash;
        if let Some((slot, _)) = table.get_mut(hash, |(slot, _)| is_meant(slot)) {
            slot.facts_mut().sit(to);
        }
    }

    /// Puts in an entry whose key is not there.
    pub(super) fn insert(&self, hash: u64, slot: Slot) {
        let mut table = self.map.shards()[self.table(hash)].write();
        table.insert_entry(hash, (slot, dashmap::SharedValue::new(())), |(slot, _)| {
            self.hash(slot.key())
        });
    }

    /// Removes the entry on this seat if it deserves it, which is asked once.
    pub(super) fn remove_if(
        &self,
        hash: u64,
        seat: Seat,
        deserves: impl Fn(&Slot) -> bool,
    ) -> Option<Slot> {
        let mut table = self.map.shards()[self.table(hash)].write();
        let goes = |slot: &Slot| slot.facts().seat() == seat && deserves(slot);
        table.remove_entry(hash, |(slot, _)| goes(slot)).map(|(slot, _)| slot)
    }

    /// Removes the entries on these seats, table by table.
    pub(super) fn remove_all(&self, seats: &mut [(u64, Seat)], mut removed: impl FnMut(Slot)) {
        let table_of = |(hash, _): &(u64, Seat)| self.table(*hash);
        seats.sort_unstable_by_key(table_of);
        for group in seats.chunk_by(|one, other| table_of(one) == table_of(other)) {
            let table = &self.map.shards()[table_of(&group[0])];
            // Readers do not wait for a reader: so what the writer will touch is fetched by one.
            let reader = table.read();
            for (hash, seat) in group {
                let is_there =
                    reader.get(*hash, |(slot, _)| slot.facts().seat() == *seat).is_some();
                std::hint::black_box(is_there);
            }
            drop(reader);
            let mut writer = table.write();
            for (hash, seat) in group {
                let found = writer.remove_entry(*hash, |(slot, _)| slot.facts().seat() == *seat);
                found.into_iter().for_each(|(slot, _)| removed(slot));
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        self.map.len()
    }

    /// For how many entries there are tables.
    pub(super) fn capacity(&self) -> usize {
        self.map.capacity()
    }

    /// Gives back what the tables do not need.
    pub(super) fn shrink(&self) {
        for table in self.map.shards() {
            let mut table = table.write();
            let len = table.len();
            table.shrink_to(len, |(slot, _)| self.hash(slot.key()));
        }
    }

    #[inline]
    fn table(&self, hash: u64) -> usize {
        self.map.determine_shard(hash as usize)
    }

    #[cfg(test)]
    pub(super) fn each(&self, mut look: impl FnMut(&Slot)) {
        self.map.iter().for_each(|entry| look(entry.key()));
    }
}
