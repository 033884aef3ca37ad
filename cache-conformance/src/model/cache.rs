//! The model as a cache.

use std::time::Duration;

use bytes::Bytes;
use cache_core::{
    CacheBackend, ClearScope, ClearStep, Condition, Cursor, Entry, Error, ErrorKind, Key,
    RESERVED_MARKER, Reply, SetItem, SetOptions, SetOutcome, Statistics, Ttl, check_value,
};

use super::state::{Change, State, Stored, end, left};
use super::{Model, NAME};

/// How many entries a step of a clear removes at most.
const CLEAR_STEP: usize = 100;

#[deny(clippy::missing_trait_methods)]
impl CacheBackend for Model {
    fn get(&self, key: Key<'_>) -> Reply<'_, Option<Bytes>> {
        self.step("get", |state, _| Ok(state.read(key.as_str()).map(value)))
    }

    fn set(&self, key: Key<'_>, value: Bytes, options: SetOptions) -> Reply<'_, SetOutcome> {
        self.step("set", |state, now| set(state, now, &SetItem::new(key, value, options)))
    }

    fn delete(&self, key: Key<'_>) -> Reply<'_, bool> {
        self.step("delete", |state, _| Ok(delete(state, key)))
    }

    fn contains(&self, key: Key<'_>) -> Reply<'_, bool> {
        self.step("contains", |state, _| Ok(state.read(key.as_str()).is_some()))
    }

    fn entry(&self, key: Key<'_>) -> Reply<'_, Option<Entry>> {
        self.step("entry", |state, now| {
            let entry = |stored: &Stored| {
                Entry::new(stored.value.clone(), left(now, stored.ends), stored.version)
            };
            Ok(state.read(key.as_str()).map(entry))
        })
    }

    fn take(&self, key: Key<'_>) -> Reply<'_, Option<Bytes>> {
        self.step("take", |state, _| {
            let found = state.read(key.as_str()).map(value);
            delete(state, key);
            Ok(found)
        })
    }

    fn ttl(&self, key: Key<'_>) -> Reply<'_, Option<Ttl>> {
        self.step("ttl", |state, now| {
            Ok(state.entries.get(key.as_str()).map(|stored| left(now, stored.ends)))
        })
    }

    fn touch(&self, key: Key<'_>, ttl: Ttl) -> Reply<'_, bool> {
        self.step("touch", |state, now| {
            let ends = end(now, ttl.to_millis()?);
            let Some(stored) = state.entries.get_mut(key.as_str()) else { return Ok(false) };
            stored.ends = ends;
            state.changes.push(Change::Entry(key.as_str().to_owned()));
            state.will_end(ends.unwrap_or(Duration::MAX));
            Ok(true)
        })
    }

    fn increment(&self, key: Key<'_>, delta: i64, ttl: Ttl) -> Reply<'_, i64> {
        self.step("increment", |state, now| increment(state, now, key, delta, ttl))
    }

    fn get_many(&self, keys: &[Key<'_>]) -> Reply<'_, Vec<Result<Option<Bytes>, Error>>> {
        self.step("get_many", |state, _| {
            Ok(keys.iter().map(|key| Ok(state.read(key.as_str()).map(value))).collect())
        })
    }

    fn set_many(&self, items: Vec<SetItem<'_>>) -> Reply<'_, Vec<Result<SetOutcome, Error>>> {
        let named = |error: Error| error.with_operation("set_many").with_backend(NAME);
        self.step("set_many", |state, now| {
            Ok(items.iter().map(|item| set(state, now, item).map_err(named)).collect())
        })
    }

    fn delete_many(&self, keys: &[Key<'_>]) -> Reply<'_, Vec<Result<bool, Error>>> {
        self.step("delete_many", |state, _| {
            Ok(keys.iter().map(|key| Ok(delete(state, *key))).collect())
        })
    }

    fn clear(&self, scope: ClearScope<'_>, cursor: Cursor) -> Reply<'_, ClearStep> {
        self.step("clear", |state, _| clear(state, scope, &cursor))
    }

    fn statistics(&self) -> Result<Statistics, Error> {
        let state = self.lock();
        let mut statistics = state.counted;
        statistics.entries = state.entries.len() as u64;
        statistics.weight = statistics.entries;
        statistics.capacity = state.capacity;
        Ok(statistics)
    }
}

fn value(stored: &Stored) -> Bytes {
    stored.value.clone()
}

fn set(state: &mut State, now: Duration, item: &SetItem<'_>) -> Result<SetOutcome, Error> {
    check_value(&item.value)?;
    let ends = end(now, item.options.ttl.to_millis()?);
    let key = item.key.as_str();
    if !holds(&item.options.condition, state.entries.get(key))? {
        return Ok(SetOutcome::ConditionNotMet);
    }
    state.store(key, item.value.clone(), ends);
    Ok(SetOutcome::Stored)
}

fn holds(condition: &Condition, found: Option<&Stored>) -> Result<bool, Error> {
    match condition {
        Condition::Always => Ok(true),
        Condition::IfAbsent => Ok(found.is_none()),
        Condition::IfPresent => Ok(found.is_some()),
        Condition::IfEquals(bytes) => {
            let may_be_stored = !bytes.starts_with(RESERVED_MARKER);
            Ok(may_be_stored && found.is_some_and(|stored| stored.value == bytes))
        }
        Condition::IfVersion(version) => Ok(found.is_some_and(|stored| stored.version == *version)),
        _ => Err(Error::unsupported(NAME, "set")),
    }
}

fn delete(state: &mut State, key: Key<'_>) -> bool {
    let removed = state.remove(key.as_str()).is_some();
    state.counted.removals.deleted += u64::from(removed);
    removed
}

fn increment(
    state: &mut State,
    now: Duration,
    key: Key<'_>,
    delta: i64,
    ttl: Ttl,
) -> Result<i64, Error> {
    let fresh_end = end(now, ttl.to_millis()?);
    let found = state.entries.get(key.as_str());
    let (number, ends) = match found {
        Some(stored) => (number(&stored.value)?, stored.ends),
        None => (0, fresh_end),
    };
    let detail = "the sum is outside the numbers of 64 bits; add less, or set another number";
    let sum = number
        .checked_add(delta)
        .ok_or_else(|| Error::not_applied(ErrorKind::InvalidInput, detail))?;
    state.store(key.as_str(), Bytes::from(sum.to_string()), ends);
    Ok(sum)
}

/// Reads a number that is written the one way in which it may be.
fn number(text: &[u8]) -> Result<i64, Error> {
    let parsed = std::str::from_utf8(text).ok().and_then(|text| text.parse::<i64>().ok());
    let written_so = |number: &i64| number.to_string().as_bytes() == text;
    let detail = "the value is no whole number of 64 bits; set one, or use another key";
    parsed.filter(written_so).ok_or_else(|| Error::not_applied(ErrorKind::WrongType, detail))
}

/// Removes the next entries in the order of the keys; the cursor is the last key that was removed.
fn clear(state: &mut State, scope: ClearScope<'_>, cursor: &Cursor) -> Result<ClearStep, Error> {
    let prefix = match scope {
        ClearScope::Prefix("") => {
            let detail = "the prefix is empty; name one, or clear everything by its own scope";
            return Err(Error::not_applied(ErrorKind::InvalidInput, detail));
        }
        ClearScope::Prefix(prefix) => prefix,
        ClearScope::All => "",
        _ => return Err(Error::unsupported(NAME, "clear")),
    };
    let is_next = |key: &&String| {
        key.starts_with(prefix) && (*cursor == Cursor::START || key.as_bytes() > cursor.as_bytes())
    };
    let keys: Vec<String> =
        state.entries.keys().filter(is_next).take(CLEAR_STEP).cloned().collect();
    for key in &keys {
        state.remove(key);
        state.counted.removals.cleared += 1;
    }
    let next = keys.last().filter(|_| keys.len() == CLEAR_STEP);
    let next = next.map(|last| Cursor::from_bytes(Bytes::from(last.clone())));
    Ok(ClearStep::new(keys.len() as u64, next))
}
