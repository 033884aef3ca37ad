//! One of the two backends of a run.

use std::collections::HashMap;

use bytes::Bytes;
use cache_core::{
    CacheBackend, ClearScope, Condition, Cursor, Error, Fence, LockBackend, LockRequest, SetItem,
    SetOptions, Version,
};

use super::operation::{KEYS, LOCKS, Operation, PREFIXES, When, Write};
use super::outcome::{FenceChange, Left, Outcome};
use super::wait;
use crate::check::expect_some;
use crate::subject::{key, name, token};
use crate::trial::Trial;

/// A backend, and the last fence of each of its locks.
pub(super) struct Side {
    pub(super) trial: Trial,
    exactly: bool,
    /// Whether fences are compared.
    fenced: bool,
    fences: HashMap<usize, Fence>,
}

impl Side {
    pub(super) fn new(trial: Trial, exactly: bool, fenced: bool) -> Self {
        Self { trial, exactly, fenced, fences: HashMap::new() }
    }

    fn cache(&self) -> &dyn CacheBackend {
        self.trial.cache.raw()
    }

    /// Does an operation that needs nothing of the past.
    pub(super) async fn apply(&mut self, operation: &Operation) -> Outcome {
        let (trial, cache) = (&self.trial, self.cache());
        match operation {
            Operation::Get(at) => {
                Outcome::of(wait(trial, cache.get(key(KEYS[*at]))).await, Outcome::Value)
            }
            Operation::Contains(at) => {
                Outcome::of(wait(trial, cache.contains(key(KEYS[*at]))).await, Outcome::Is)
            }
            Operation::Set(write) => {
                let item = item(write);
                let set = cache.set(item.key, item.value, item.options);
                Outcome::of(wait(trial, set).await, Outcome::Stored)
            }
            Operation::Delete(at) => {
                Outcome::of(wait(trial, cache.delete(key(KEYS[*at]))).await, Outcome::Is)
            }
            Operation::Take(at) => {
                Outcome::of(wait(trial, cache.take(key(KEYS[*at]))).await, Outcome::Value)
            }
            Operation::Ttl(at) => {
                let left = |ttl| Left::new(ttl, self.exactly);
                let answer = wait(trial, cache.ttl(key(KEYS[*at]))).await;
                Outcome::of(answer, |ttl| Outcome::Ttl(ttl.map(left)))
            }
            Operation::Touch(at, ttl) => {
                Outcome::of(wait(trial, cache.touch(key(KEYS[*at]), *ttl)).await, Outcome::Is)
            }
            Operation::Increment(at, delta, ttl) => {
                let increment = cache.increment(key(KEYS[*at]), *delta, *ttl);
                Outcome::of(wait(trial, increment).await, Outcome::Number)
            }
            Operation::Entry(at) => self.entry(*at).await.0,
            other => self.apply_wide(other).await,
        }
    }

    /// Does an operation on more than one key, or on a lock.
    async fn apply_wide(&mut self, operation: &Operation) -> Outcome {
        let (trial, cache) = (&self.trial, self.cache());
        match operation {
            Operation::GetMany(keys) => {
                Outcome::each(wait(trial, cache.get_many(&named(keys))).await, Outcome::Value)
            }
            Operation::SetMany(writes) => {
                let items = writes.iter().map(item).collect();
                Outcome::each(wait(trial, cache.set_many(items)).await, Outcome::Stored)
            }
            Operation::DeleteMany(keys) => {
                Outcome::each(wait(trial, cache.delete_many(&named(keys))).await, Outcome::Is)
            }
            Operation::Clear(prefix) => self.clear(ClearScope::Prefix(PREFIXES[*prefix])).await,
            Operation::ClearAll => self.clear(ClearScope::All).await,
            other => self.apply_lock(other).await,
        }
    }

    async fn apply_lock(&mut self, operation: &Operation) -> Outcome {
        let exactly = self.exactly;
        match operation {
            Operation::Acquire { lock, owner, ttl, holder } => {
                let request = LockRequest::new(name(LOCKS[*lock]), token(*owner), *ttl);
                let acquire = self.locks().acquire(request.holder(holder));
                let answer = wait(&self.trial, acquire).await;
                let change = |fence| self.fence_change(*lock, fence);
                Outcome::of(answer, |acquired| Outcome::acquired(acquired, exactly, change))
            }
            Operation::Extend { lock, owner, ttl } => {
                let extend = self.locks().extend(name(LOCKS[*lock]), token(*owner), *ttl);
                Outcome::of(wait(&self.trial, extend).await, Outcome::Extended)
            }
            Operation::Release { lock, owner } => {
                let release = self.locks().release(name(LOCKS[*lock]), token(*owner));
                Outcome::of(wait(&self.trial, release).await, Outcome::Released)
            }
            Operation::Inspect { lock } => {
                let answer = wait(&self.trial, self.locks().inspect(name(LOCKS[*lock]))).await;
                let change = |fence| self.fence_change(*lock, fence);
                Outcome::of(answer, |state| Outcome::lock(state, exactly, change))
            }
            other => Outcome::Other(format!("{other:?} is not done by one side alone")),
        }
    }

    /// Reads an entry: the outcome, and the version apart, because each side has its own.
    pub(super) async fn entry(&self, at: usize) -> (Outcome, Option<Version>) {
        let answer = wait(&self.trial, self.cache().entry(key(KEYS[at]))).await;
        let version = answer.as_ref().ok().and_then(|entry| Some(entry.as_ref()?.version));
        let outcome = Outcome::of(answer, |entry| {
            Outcome::Entry(entry.map(|entry| (entry.value, Left::new(entry.ttl, self.exactly))))
        });
        (outcome, version)
    }

    /// Writes by a version.
    pub(super) async fn set_if_version(
        &self,
        at: usize,
        value: Bytes,
        version: Version,
    ) -> Outcome {
        let options = SetOptions::new().condition(Condition::IfVersion(version));
        let set = self.cache().set(key(KEYS[at]), value, options);
        Outcome::of(wait(&self.trial, set).await, Outcome::Stored)
    }

    async fn clear(&self, scope: ClearScope<'_>) -> Outcome {
        Outcome::of(self.clear_steps(scope).await, Outcome::Cleared)
    }

    async fn clear_steps(&self, scope: ClearScope<'_>) -> Result<u64, Error> {
        let (mut removed, mut cursor) = (0, Cursor::START);
        loop {
            let step = wait(&self.trial, self.cache().clear(scope, cursor)).await?;
            removed += step.removed;
            match step.next {
                Some(next) => cursor = next,
                None => return Ok(removed),
            }
        }
    }

    fn locks(&self) -> &dyn LockBackend {
        &**expect_some("the locks of the backend", self.trial.backend().locks.as_ref())
    }

    fn fence_change(&mut self, lock: usize, fence: Option<Fence>) -> FenceChange {
        let Some(fence) = fence.filter(|_| self.fenced) else { return FenceChange::None };
        match self.fences.insert(lock, fence) {
            Some(before) if before == fence => FenceChange::Same,
            Some(before) if before > fence => FenceChange::Fell,
            _ => FenceChange::Rose,
        }
    }
}

fn named(keys: &[usize]) -> Vec<cache_core::Key<'static>> {
    keys.iter().map(|at| key(KEYS[*at])).collect()
}

fn item(write: &Write) -> SetItem<'static> {
    let condition = match &write.condition {
        When::Always => Condition::Always,
        When::Absent => Condition::IfAbsent,
        When::Present => Condition::IfPresent,
        When::Equals(value) => Condition::IfEquals(value.clone()),
    };
    let options = SetOptions::new().ttl(write.ttl).condition(condition);
    SetItem::new(key(KEYS[write.key]), write.value.clone(), options)
}
