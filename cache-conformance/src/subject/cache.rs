//! A cache under test.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cache_core::{
    Backend, CacheBackend, ClearScope, Condition, Cursor, Entry, Error, ErrorKind, Key, Reply,
    SetItem, SetOptions, SetOutcome, Statistics, Ttl,
};

use crate::check::{answer, expect_ok, expect_some, in_turns, refused, same, shown};

/// A cache whose errors fail the case.
#[derive(Clone)]
pub(crate) struct Cache {
    raw: Arc<dyn CacheBackend>,
    patience: Duration,
}

/// A key that the case knows to be valid.
pub(crate) fn key(key: &str) -> Key<'_> {
    expect_ok("Key::new", Key::new(key))
}

impl Cache {
    pub(crate) fn new(backend: &Backend, patience: Duration) -> Self {
        Self { raw: Arc::clone(&backend.cache), patience }
    }

    /// The backend itself, for calls that shall fail.
    pub(crate) fn raw(&self) -> &dyn CacheBackend {
        &*self.raw
    }

    /// Waits for an answer that shall be a success.
    pub(crate) async fn ok<T>(&self, what: &str, reply: Reply<'_, T>) -> T {
        expect_ok(what, answer(what, self.patience, reply).await)
    }

    /// Begins several calls at once, all of which shall succeed.
    pub(crate) async fn in_turns<T>(&self, what: &str, replies: Vec<Reply<'_, T>>) -> Vec<T> {
        in_turns(what, self.patience, replies).await
    }

    /// Waits for an answer that shall be an error of this kind, with nothing changed.
    pub(crate) async fn refuses<T>(
        &self,
        what: &str,
        kind: ErrorKind,
        reply: Reply<'_, T>,
    ) -> Error {
        refused(what, answer(what, self.patience, reply).await, kind)
    }

    pub(crate) async fn get(&self, at: &str) -> Option<Bytes> {
        self.ok(&format!("get {at:.64?}"), self.raw.get(key(at))).await
    }

    pub(crate) async fn contains(&self, at: &str) -> bool {
        self.ok(&format!("contains {at:.64?}"), self.raw.contains(key(at))).await
    }

    pub(crate) async fn delete(&self, at: &str) -> bool {
        self.ok(&format!("delete {at:.64?}"), self.raw.delete(key(at))).await
    }

    pub(crate) async fn take(&self, at: &str) -> Option<Bytes> {
        self.ok(&format!("take {at:.64?}"), self.raw.take(key(at))).await
    }

    pub(crate) async fn ttl(&self, at: &str) -> Option<Ttl> {
        self.ok(&format!("ttl {at:.64?}"), self.raw.ttl(key(at))).await
    }

    pub(crate) async fn touch(&self, at: &str, ttl: impl Into<Ttl>) -> bool {
        self.ok(&format!("touch {at:.64?}"), self.raw.touch(key(at), ttl.into())).await
    }

    pub(crate) async fn increment(&self, at: &str, delta: i64) -> i64 {
        let what = format!("increment {at:.64?} by {delta}");
        self.ok(&what, self.raw.increment(key(at), delta, Ttl::Never)).await
    }

    /// Reads an entry that may be absent.
    pub(crate) async fn find(&self, at: &str) -> Option<Entry> {
        self.ok(&format!("entry {at:.64?}"), self.raw.entry(key(at))).await
    }

    /// Reads an entry that shall be there.
    pub(crate) async fn entry(&self, at: &str) -> Entry {
        expect_some(format!("entry {at:.64?}"), self.find(at).await)
    }

    pub(crate) async fn set(
        &self,
        at: &str,
        value: impl Into<Bytes>,
        options: SetOptions,
    ) -> SetOutcome {
        let what = format!("set {at:.64?}");
        self.ok(&what, self.raw.set(key(at), value.into(), options)).await
    }

    /// Stores a value for ever.
    pub(crate) async fn put(&self, at: &str, value: impl Into<Bytes>) {
        let outcome = self.set(at, value, SetOptions::new()).await;
        same(format!("set {at:.64?}"), &outcome, &SetOutcome::Stored);
    }

    /// Stores a value with a lifetime.
    pub(crate) async fn put_for(&self, at: &str, value: impl Into<Bytes>, ttl: Duration) {
        let outcome = self.set(at, value, SetOptions::new().ttl(ttl)).await;
        same(format!("set {at:.64?} for {ttl:?}"), &outcome, &SetOutcome::Stored);
    }

    /// Stores a value for ever under a condition, and tells whether it was stored.
    pub(crate) async fn put_if(
        &self,
        condition: Condition,
        at: &str,
        value: impl Into<Bytes>,
    ) -> bool {
        self.set(at, value, SetOptions::new().condition(condition)).await.is_stored()
    }

    /// Fails unless the key holds exactly this.
    pub(crate) async fn holds(&self, at: &str, expected: impl AsRef<[u8]>) {
        let (found, expected) = (self.get(at).await, expected.as_ref());
        assert!(
            found.as_deref() == Some(expected),
            "get {at:.64?}: expected {}, found {}",
            shown(Some(expected)),
            shown(found.as_deref())
        );
    }

    /// Fails unless the key is absent.
    pub(crate) async fn lacks(&self, at: &str) {
        let found = self.get(at).await;
        assert!(
            found.is_none(),
            "get {at:.64?}: expected nothing, found {}",
            shown(found.as_deref())
        );
    }

    pub(crate) async fn get_many(&self, keys: &[&str]) -> Vec<Option<Bytes>> {
        let keys: Vec<_> = keys.iter().map(|at| key(at)).collect();
        let answers = self.ok("get_many", self.raw.get_many(&keys)).await;
        each_ok("get_many", answers)
    }

    pub(crate) async fn delete_many(&self, keys: &[&str]) -> Vec<bool> {
        let keys: Vec<_> = keys.iter().map(|at| key(at)).collect();
        let answers = self.ok("delete_many", self.raw.delete_many(&keys)).await;
        each_ok("delete_many", answers)
    }

    pub(crate) async fn set_many(&self, items: Vec<SetItem<'_>>) -> Vec<Result<SetOutcome, Error>> {
        self.ok("set_many", self.raw.set_many(items)).await
    }

    /// Stores the same value under many keys, a thousand in a batch.
    pub(crate) async fn fill(&self, keys: &[String], value: &'static str) {
        for batch in keys.chunks(1_000) {
            let item = |at: &String| (at.clone(), Bytes::from_static(value.as_bytes()));
            let pairs: Vec<_> = batch.iter().map(item).collect();
            let items = pairs
                .iter()
                .map(|(at, value)| SetItem::new(key(at), value.clone(), SetOptions::new()))
                .collect();
            let outcomes = each_ok("set_many", self.set_many(items).await);
            same("outcomes of set_many", &outcomes, &vec![SetOutcome::Stored; batch.len()]);
        }
    }

    /// Clears step by step to the end, and tells how many entries went.
    pub(crate) async fn clear(&self, scope: ClearScope<'_>) -> u64 {
        const MOST_STEPS: usize = 1_000_000;
        let (mut removed, mut cursor) = (0, Cursor::START);
        for _ in 0..MOST_STEPS {
            let step = self.ok(&format!("clear {scope:?}"), self.raw.clear(scope, cursor)).await;
            removed += step.removed;
            match step.next {
                Some(next) => cursor = next,
                None => return removed,
            }
        }
        panic!("clear {scope:?}: expected an end, found none after {MOST_STEPS} steps");
    }

    pub(crate) fn statistics(&self) -> Statistics {
        expect_ok("statistics", self.raw.statistics())
    }
}

/// The values of a batch all of whose items shall succeed.
pub(crate) fn each_ok<T>(what: &str, answers: Vec<Result<T, Error>>) -> Vec<T> {
    let value = |(index, answer)| expect_ok(format!("{what}, item {index}"), answer);
    answers.into_iter().enumerate().map(value).collect()
}
