//! The cache trait: checks what comes in, hands it to the store, publishes what was done.

use std::num::NonZeroU64;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use cache_core::{
    CacheBackend, ClearScope, ClearStep, Condition, Cursor, Entry, Error, ErrorKind, Key, Reply,
    SetItem, SetOptions, SetOutcome, Statistics, Ttl, check_value,
};

use crate::Memory;
use crate::number;
use crate::problem::{Problem, each, reply};
use crate::store::{Changes, Lifetime, NEVER, Place, Slot, Stopped, Store, Write};

#[deny(clippy::missing_trait_methods)]
impl CacheBackend for Memory {
    #[inline]
    fn get(&self, key: Key<'_>) -> Reply<'_, Option<Bytes>> {
        reply("get", key, self.shared.store.get(key.as_str()))
    }

    fn set(&self, key: Key<'_>, value: Bytes, options: SetOptions) -> Reply<'_, SetOutcome> {
        reply("set", key, self.put(key, value, &options))
    }

    fn delete(&self, key: Key<'_>) -> Reply<'_, bool> {
        reply("delete", key, self.remove(key).map(|value| value.is_some()))
    }

    fn contains(&self, key: Key<'_>) -> Reply<'_, bool> {
        reply("contains", key, self.shared.store.contains(key.as_str()))
    }

    fn entry(&self, key: Key<'_>) -> Reply<'_, Option<Entry>> {
        reply("entry", key, self.shared.store.entry(key.as_str()))
    }

    fn take(&self, key: Key<'_>) -> Reply<'_, Option<Bytes>> {
        let taken = self.remove(key);
        if let Ok(value) = &taken {
            self.shared.store.count_read(value.is_some());
        }
        reply("take", key, taken)
    }

    fn ttl(&self, key: Key<'_>) -> Reply<'_, Option<Ttl>> {
        reply("ttl", key, self.shared.store.ttl(key.as_str()))
    }

    fn touch(&self, key: Key<'_>, ttl: Ttl) -> Reply<'_, bool> {
        reply("touch", key, self.give_lifetime(key, ttl))
    }

    fn increment(&self, key: Key<'_>, delta: i64, ttl: Ttl) -> Reply<'_, i64> {
        reply("increment", key, self.add(key, delta, ttl))
    }

    fn get_many<'k>(&self, keys: &[Key<'k>]) -> Reply<'_, Vec<Result<Option<Bytes>, Error>>> {
        let get = |key: &Key<'k>| (*key, self.shared.store.get(key.as_str()));
        self.unless_stopped("get_many", || each("get_many", keys.iter().map(get)))
    }

    fn set_many<'k>(&self, items: Vec<SetItem<'k>>) -> Reply<'_, Vec<Result<SetOutcome, Error>>> {
        let put = |item: SetItem<'k>| (item.key, self.put(item.key, item.value, &item.options));
        self.unless_stopped("set_many", || each("set_many", items.into_iter().map(put)))
    }

    fn delete_many<'k>(&self, keys: &[Key<'k>]) -> Reply<'_, Vec<Result<bool, Error>>> {
        let delete = |key: &Key<'k>| (*key, self.remove(*key).map(|value| value.is_some()));
        self.unless_stopped("delete_many", || each("delete_many", keys.iter().map(delete)))
    }

    fn clear(&self, scope: ClearScope<'_>, cursor: Cursor) -> Reply<'_, ClearStep> {
        let step = self.clear_step(scope, &cursor);
        Reply::ready(step.map_err(|problem| problem.of("clear", None)))
    }

    fn statistics(&self) -> Result<Statistics, Error> {
        let mut statistics = self.shared.store.statistics();
        statistics.listener_panics = self.shared.panics.load(Ordering::Relaxed);
        Ok(statistics)
    }
}

impl Memory {
    fn put(&self, key: Key<'_>, value: Bytes, options: &SetOptions) -> Result<SetOutcome, Problem> {
        self.is_open()?;
        check_value(&value)?;
        let lifetime = Lifetime::New(nanos(options.ttl)?);
        let condition = known(&options.condition)?;
        let weight = self.weigh(key, &value)?;
        let slot = Slot::new(key.as_str(), value);
        let write = Write { key: key.as_str(), slot, weight, lifetime };
        let store = &self.shared.store;
        let stored = self.store(write, |slot| holds(store, condition, slot))?;
        Ok(if stored { SetOutcome::Stored } else { SetOutcome::ConditionNotMet })
    }

    fn add(&self, key: Key<'_>, delta: i64, ttl: Ttl) -> Result<i64, Problem> {
        self.is_open()?;
        let lifetime = Lifetime::KeepOr(nanos(ttl)?);
        // Weighing is a user's code and runs without a lock. So the sum is made from a look, and
        // written if nothing has changed since.
        loop {
            let seen = self.shared.store.peek(key.as_str())?;
            let (value, version) =
                seen.map_or((None, None), |(v, version)| (Some(v), Some(version)));
            let sum = sum(value.as_deref(), delta)?;
            let value = Bytes::from(sum.to_string());
            let weight = self.weigh(key, &value)?;
            let slot = Slot::new(key.as_str(), value);
            let write = Write { key: key.as_str(), slot, weight, lifetime };
            if self.store(write, |slot| slot.map(|slot| slot.facts().version) == version)? {
                return Ok(sum);
            }
        }
    }

    fn store(
        &self,
        write: Write<'_>,
        condition: impl Fn(Option<&Slot>) -> bool,
    ) -> Result<bool, Stopped> {
        let key = write.key;
        let mut changes = Changes::default();
        let stored = self.shared.store.put(write, condition, &mut changes);
        let written = matches!(stored, Ok(true)).then_some(key);
        self.shared.publish(written, changes);
        stored
    }

    fn remove(&self, key: Key<'_>) -> Result<Option<Bytes>, Stopped> {
        let mut changes = Changes::default();
        let value = self.shared.store.take(key.as_str(), &mut changes);
        self.shared.publish(None, changes);
        value
    }

    fn give_lifetime(&self, key: Key<'_>, ttl: Ttl) -> Result<bool, Problem> {
        self.is_open()?;
        let touched = self.shared.store.touch(key.as_str(), nanos(ttl)?)?;
        if touched {
            self.shared.publish(Some(key.as_str()), Changes::default());
        }
        Ok(touched)
    }

    fn clear_step(&self, scope: ClearScope<'_>, cursor: &Cursor) -> Result<ClearStep, Problem> {
        self.is_open()?;
        let prefix = match scope {
            ClearScope::All => "",
            ClearScope::Prefix("") => {
                let problem = "the prefix is empty; give a prefix, or clear all by name";
                return Err(Error::not_applied(ErrorKind::InvalidInput, problem).into());
            }
            ClearScope::Prefix(prefix) => prefix,
            _ => return Err(Error::unsupported("memory", "clear").into()),
        };
        let mut changes = Changes::default();
        let step = self.shared.store.clear(prefix, place(cursor)?, &mut changes);
        self.shared.publish(None, changes);
        let (removed, next) = step?;
        Ok(ClearStep::new(removed, next.map(cursor_to)))
    }

    fn weigh(&self, key: Key<'_>, value: &[u8]) -> Result<u64, Error> {
        let weight = self.shared.options.weigh(key.as_str(), value);
        let capacity = self.shared.store.capacity();
        if weight <= capacity {
            return Ok(weight);
        }
        let problem = format!(
            "the entry weighs {weight} and the whole cache holds {capacity}; store less, or raise \
             the capacity"
        );
        Err(Error::not_applied(ErrorKind::InvalidInput, problem))
    }

    fn unless_stopped<T>(
        &self,
        operation: &'static str,
        batch: impl FnOnce() -> T,
    ) -> Reply<'_, T> {
        match self.is_open() {
            Ok(()) => Reply::ok(batch()),
            Err(Stopped) => Reply::err(Error::stopped("memory", operation)),
        }
    }

    /// After a stop every call says so, whatever else is wrong with it.
    fn is_open(&self) -> Result<(), Stopped> {
        if self.shared.store.is_stopped() { Err(Stopped) } else { Ok(()) }
    }
}

/// Conditions that are newer than this backend are refused, not taken for another.
fn known(condition: &Condition) -> Result<&Condition, Error> {
    match condition {
        Condition::Always
        | Condition::IfAbsent
        | Condition::IfPresent
        | Condition::IfEquals(_)
        | Condition::IfVersion(_) => Ok(condition),
        _ => Err(Error::unsupported("memory", "set")),
    }
}

fn holds(store: &Store, condition: &Condition, slot: Option<&Slot>) -> bool {
    match condition {
        Condition::IfAbsent => slot.is_none(),
        Condition::IfPresent => slot.is_some(),
        Condition::IfEquals(value) => slot.is_some_and(|slot| slot.has_value(value)),
        Condition::IfVersion(version) => slot.is_some_and(|slot| store.version(slot) == *version),
        _ => true,
    }
}

fn sum(value: Option<&[u8]>, delta: i64) -> Result<i64, Error> {
    let number = value.map_or(Some(0), number::parse).ok_or_else(|| {
        let problem = "the value is no whole number within i64 as Redis writes it; set one first";
        Error::not_applied(ErrorKind::WrongType, problem)
    })?;
    number.checked_add(delta).ok_or_else(|| {
        let problem = "the sum is outside i64, so the number was left as it is";
        Error::not_applied(ErrorKind::InvalidInput, problem)
    })
}

/// A lifetime in ns; [`NEVER`] for never.
fn nanos(ttl: Ttl) -> Result<u64, Error> {
    Ok(ttl.to_millis()?.map_or(NEVER, |millis| NonZeroU64::get(millis).saturating_mul(1_000_000)))
}

/// 4 bytes each for the shard, the node and the moves, little-endian.
fn cursor_to(Place { shard, node, moves }: Place) -> Cursor {
    Cursor::from_bytes([shard, node, moves].map(u32::to_le_bytes).concat().into())
}

fn place(cursor: &Cursor) -> Result<Place, Error> {
    if cursor.as_bytes().is_empty() {
        return Ok(Place::default());
    }
    let (numbers, rest) = cursor.as_bytes().as_chunks::<4>();
    match *numbers {
        [shard, node, moves] if rest.is_empty() => Ok(Place {
            shard: u32::from_le_bytes(shard),
            node: u32::from_le_bytes(node),
            moves: u32::from_le_bytes(moves),
        }),
        _ => {
            let problem = "the cursor is of another backend; begin again from the start";
            Err(Error::not_applied(ErrorKind::InvalidInput, problem))
        }
    }
}
