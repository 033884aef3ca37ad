use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use bytes::Bytes;
use cache_core::{Key, Ttl, Version};

struct Stored {
    value: Bytes,
    /// On the backend's own clock; `None` for never.
    expires: Option<Duration>,
    version: Version,
}

struct State {
    entries: HashMap<String, Stored>,
    last_version: u128,
    stopped: bool,
}

impl Default for State {
    fn default() -> Self {
        // Random in its upper half: so no version comes again after a restart.
        let life = RandomState::new().hash_one("life");
        Self { entries: HashMap::new(), last_version: u128::from(life) << 64, stopped: false }
    }
}

impl Stored {
    fn is_live(&self, now: Duration) -> bool {
        self.expires.is_none_or(|instant| now < instant)
    }

    fn ttl(&self, now: Duration) -> Ttl {
        self.expires.map_or(Ttl::Never, |instant| Ttl::After(instant.saturating_sub(now)))
    }
}

impl State {
    /// The entry under a key, unless its lifetime is over.
    fn live(&self, key: Key<'_>, now: Duration) -> Option<&Stored> {
        self.entries.get(key.as_str()).filter(|stored| stored.is_live(now))
    }
}

use cache_core::{Condition, Error, ErrorKind, SetOptions, SetOutcome, check_value};

impl State {
    fn write(
        &mut self,
        key: Key<'_>,
        value: Bytes,
        options: &SetOptions,
        now: Duration,
    ) -> Result<SetOutcome, Error> {
        check_value(&value)?;
        let lifetime = options.ttl.to_millis()?;
        if !self.meets(key, &options.condition, now)? {
            return Ok(SetOutcome::ConditionNotMet);
        }
        let expires = lifetime.map(|millis| now + Duration::from_millis(millis.get()));
        self.last_version += 1;
        let version = Version::from_u128(self.last_version);
        let stored = Stored { value, expires, version };
        self.entries.insert(key.as_str().to_owned(), stored);
        Ok(SetOutcome::Stored)
    }

    fn meets(&self, key: Key<'_>, condition: &Condition, now: Duration) -> Result<bool, Error> {
        let found = self.live(key, now);
        Ok(match condition {
            Condition::Always => true,
            Condition::IfAbsent => found.is_none(),
            Condition::IfPresent => found.is_some(),
            Condition::IfEquals(value) => found.is_some_and(|stored| stored.value == value),
            Condition::IfVersion(version) => found.is_some_and(|stored| stored.version == *version),
            _ => {
                let detail = "this backend does not know the condition; use one it claims";
                return Err(Error::not_applied(ErrorKind::Unsupported, detail));
            }
        })
    }
}

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use cache_core::{CacheBackend, Capabilities, Entry, Lifecycle, Reply};

const NAME: &str = "small";

/// Entries in a map of this process. A clone is a handle: clones share the entries.
#[derive(Clone)]
pub struct Small {
    state: Arc<Mutex<State>>,
    clock: Arc<dyn Fn() -> Duration + Send + Sync>,
}

impl Small {
    pub fn new() -> Self {
        let start = Instant::now();
        Self::with_clock(move || start.elapsed())
    }

    /// With a clock of the caller's, which tests move by hand.
    pub fn with_clock(clock: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        Self { state: Arc::default(), clock: Arc::new(clock) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while the state is half changed, so a poisoned one is whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One step on one key, unless the backend was stopped.
    fn step<T>(
        &self,
        operation: &'static str,
        key: Key<'_>,
        step: impl FnOnce(&mut State, Duration) -> Result<T, Error>,
    ) -> Reply<'_, T> {
        let mut state = self.lock();
        if state.stopped {
            return Reply::err(Error::stopped(NAME, operation));
        }
        // Read under the lock: so time never runs backwards from one step to the next.
        let now = (self.clock)();
        let answer = step(&mut state, now);
        Reply::ready(answer.map_err(|error| {
            error.with_operation(operation).with_backend(NAME).with_key(key.as_str())
        }))
    }
}

impl Lifecycle for Small {
    fn name(&self) -> &str {
        NAME
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::none();
        capabilities.conditions = true;
        capabilities.versions = true;
        capabilities.lifetimes = true;
        capabilities.take = true;
        capabilities.batches = true; // the default loops, and no step costs a round trip
        capabilities
    }

    fn stop(&self) -> Reply<'_, ()> {
        let mut state = self.lock();
        state.stopped = true;
        state.entries = HashMap::new();
        Reply::ok(())
    }
}

impl CacheBackend for Small {
    fn get(&self, key: Key<'_>) -> Reply<'_, Option<Bytes>> {
        self.step("get", key, |state, now| {
            Ok(state.live(key, now).map(|stored| stored.value.clone()))
        })
    }

    fn set(&self, key: Key<'_>, value: Bytes, options: SetOptions) -> Reply<'_, SetOutcome> {
        self.step("set", key, |state, now| state.write(key, value, &options, now))
    }

    fn delete(&self, key: Key<'_>) -> Reply<'_, bool> {
        self.step("delete", key, |state, now| {
            Ok(state.entries.remove(key.as_str()).is_some_and(|stored| stored.is_live(now)))
        })
    }

    fn take(&self, key: Key<'_>) -> Reply<'_, Option<Bytes>> {
        self.step("take", key, |state, now| {
            let removed = state.entries.remove(key.as_str());
            Ok(removed.filter(|stored| stored.is_live(now)).map(|stored| stored.value))
        })
    }

    fn entry(&self, key: Key<'_>) -> Reply<'_, Option<Entry>> {
        self.step("entry", key, |state, now| {
            Ok(state
                .live(key, now)
                .map(|stored| Entry::new(stored.value.clone(), stored.ttl(now), stored.version)))
        })
    }

    fn ttl(&self, key: Key<'_>) -> Reply<'_, Option<Ttl>> {
        self.step("ttl", key, |state, now| Ok(state.live(key, now).map(|stored| stored.ttl(now))))
    }

    fn touch(&self, key: Key<'_>, ttl: Ttl) -> Reply<'_, bool> {
        self.step("touch", key, |state, now| {
            let lifetime = ttl.to_millis()?;
            let found = state.entries.get_mut(key.as_str());
            let Some(stored) = found.filter(|stored| stored.is_live(now)) else {
                return Ok(false);
            };
            stored.expires = lifetime.map(|millis| now + Duration::from_millis(millis.get()));
            Ok(true)
        })
    }
}
