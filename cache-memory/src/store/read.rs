//! Reading: under a read guard of the map alone.

use bytes::Bytes;
use cache_core::{Entry, Ttl};

use super::{Slot, Stopped, Store};

impl Store {
    #[inline]
    pub(crate) fn get(&self, key: &str) -> Result<Option<Bytes>, Stopped> {
        self.hit(key, Slot::value)
    }

    pub(crate) fn entry(&self, key: &str) -> Result<Option<Entry>, Stopped> {
        self.hit(key, |slot| {
            let ttl = slot.facts().ttl(self.clock.now());
            Entry::new(slot.value(), ttl, self.version(slot))
        })
    }

    /// Looks without counting.
    pub(crate) fn contains(&self, key: &str) -> Result<bool, Stopped> {
        Ok(self.look(key, |_| ())?.is_some())
    }

    /// Looks without counting.
    pub(crate) fn ttl(&self, key: &str) -> Result<Option<Ttl>, Stopped> {
        self.look(key, |slot| slot.facts().ttl(self.clock.now()))
    }

    /// The value and its version, without counting.
    pub(crate) fn peek(&self, key: &str) -> Result<Option<(Bytes, u64)>, Stopped> {
        self.look(key, |slot| (slot.value(), slot.facts().version))
    }

    #[inline]
    fn hit<T>(&self, key: &str, read: impl FnOnce(&Slot) -> T) -> Result<Option<T>, Stopped> {
        let found = self.look(key, |slot| {
            slot.facts().count_hit();
            read(slot)
        })?;
        self.reads.count(found.is_some());
        Ok(found)
    }

    #[inline]
    fn look<T>(&self, key: &str, read: impl FnOnce(&Slot) -> T) -> Result<Option<T>, Stopped> {
        if self.is_stopped() {
            return Err(Stopped);
        }
        let found = self.entries.look(self.hash(key), key, |slot| {
            if slot.facts().is_live(&self.clock) { Some(read(slot)) } else { None }
        });
        Ok(found.flatten())
    }
}
