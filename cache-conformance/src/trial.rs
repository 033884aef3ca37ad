//! What a case works with: an opened backend, and time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use cache_core::{Backend, Ttl};

use crate::check::{answer, expect_ok, expect_some, shown};
use crate::subject::{Cache, Locks, Watching};
use crate::{Harness, Time, clock};

/// One run of one case.
pub(crate) struct Trial {
    harness: Arc<dyn Harness>,
    backend: Backend,
    /// The cache of the backend that was opened for the case.
    pub(crate) cache: Cache,
    advanced: AtomicU64,
}

/// An instant from which a case measures.
#[derive(Clone, Copy)]
pub(crate) struct Moment {
    advanced: Duration,
    real: Instant,
}

impl Trial {
    /// Opens a backend.
    pub(crate) async fn new(harness: Arc<dyn Harness>) -> Self {
        let opened = answer("open", harness.patience(), harness.open()).await;
        let backend = expect_ok("open", opened);
        Self::over(harness, backend)
    }

    fn over(harness: Arc<dyn Harness>, backend: Backend) -> Self {
        let cache = Cache::new(&backend, harness.patience());
        Self { harness, backend, cache, advanced: AtomicU64::new(0) }
    }

    /// The harness of the case.
    pub(crate) fn harness(&self) -> &dyn Harness {
        &*self.harness
    }

    /// The backend that was opened for the case.
    pub(crate) fn backend(&self) -> &Backend {
        &self.backend
    }

    /// Another backend of the same harness.
    pub(crate) async fn another(&self) -> Self {
        Self::new(Arc::clone(&self.harness)).await
    }

    /// Another backend that holds at most so many entries.
    pub(crate) async fn bounded(&self, entries: u64) -> Self {
        let reply = self.harness.open_bounded(entries);
        let opened = answer("open_bounded", self.harness.patience(), reply).await;
        let backend = expect_some("open_bounded", expect_ok("open_bounded", opened));
        Self::over(Arc::clone(&self.harness), backend)
    }

    /// The backend closed and opened again.
    pub(crate) async fn restart(self) -> Self {
        let reply = self.harness.restart(self.backend.clone());
        let opened = answer("restart", self.harness.patience(), reply).await;
        let backend = expect_some("restart", expect_ok("restart", opened));
        Self::over(Arc::clone(&self.harness), backend)
    }

    /// The locks; the case has declared that it needs them.
    pub(crate) fn locks(&self) -> Locks {
        let locks = expect_some("the locks of the backend", self.backend.locks.as_ref());
        Locks::new(locks, self.harness.patience())
    }

    /// The change events; the case has declared that it needs them.
    pub(crate) fn watching(&self) -> Watching {
        let watch = expect_some("the events of the backend", self.backend.watch.as_ref());
        Watching::new(watch, self.harness.patience())
    }

    /// Lets time pass.
    pub(crate) async fn advance(&self, by: Duration) {
        let nanos = u64::try_from(by.as_nanos()).unwrap_or(u64::MAX);
        // The harness waits as long as it was told to: the guard starts after that.
        let limit = self.harness.patience() + by;
        expect_ok("advance", answer("advance", limit, self.harness.advance(by)).await);
        self.advanced.fetch_add(nanos, Ordering::Relaxed);
    }

    /// Whether time stands still between calls of `advance`.
    pub(crate) fn time_is_stepped(&self) -> bool {
        self.harness.time() == Time::Stepped
    }

    /// A lifetime to let end: long enough for a few calls, and soon over.
    pub(crate) fn life(&self) -> Duration {
        match self.harness.time() {
            Time::Stepped => Duration::from_secs(1),
            Time::Real { resolution } => (resolution * 100).max(Duration::from_millis(500)),
        }
    }

    /// The present.
    pub(crate) fn now(&self) -> Moment {
        let advanced = Duration::from_nanos(self.advanced.load(Ordering::Relaxed));
        Moment { advanced, real: clock::now() }
    }

    /// The least and the most that may have passed for the backend since then.
    pub(crate) fn passed(&self, since: Moment) -> (Duration, Duration) {
        let now = self.now();
        let least = now.advanced.saturating_sub(since.advanced);
        match self.harness.time() {
            Time::Stepped => (least, least),
            Time::Real { resolution } => {
                (least.saturating_sub(resolution), now.real - since.real + resolution)
            }
        }
    }

    /// Fails unless so much is left of a lifetime of `given` that was given at `since`.
    pub(crate) fn left_is(&self, what: &str, found: Duration, given: Duration, since: Moment) {
        let (least, most) = self.passed(since);
        let (low, high) = (given.saturating_sub(most), given.saturating_sub(least));
        assert!(
            low <= found && found <= high,
            "{what}: expected {low:?} to {high:?} left of a lifetime of {given:?}, found {found:?} \
             (a harness whose time passes by itself must answer `Time::Real`)"
        );
    }

    /// Fails unless the lifetime ends, and so much is left of it.
    pub(crate) fn ttl_is(&self, what: &str, found: Ttl, given: Duration, since: Moment) {
        match found {
            Ttl::After(left) => self.left_is(what, left, given, since),
            Ttl::Never => panic!("{what}: expected a lifetime of {given:?}, found an endless one"),
        }
    }

    /// Stores an entry and lets its lifetime end.
    pub(crate) async fn expire(&self, key: &str, value: &'static str) {
        self.cache.put_for(key, value, self.life()).await;
        self.advance(self.life()).await;
    }

    /// Fails unless an entry with a lifetime of `ttl` is still served after `part` of it.
    ///
    /// In real time a machine under load may sleep through the rest; then nothing was shown, and
    /// it tries again.
    pub(crate) async fn is_served_after(&self, part: Duration, ttl: Duration) {
        const TRIES: u32 = 20;
        for _ in 0..TRIES {
            let since = self.now();
            self.cache.put_for("key", "value", ttl).await;
            self.advance(part).await;
            let found = self.cache.get("key").await;
            if self.passed(since).1 >= ttl {
                continue;
            }
            assert!(
                found.as_deref() == Some(b"value"),
                "{part:?} into a lifetime of {ttl:?}: expected \"value\", found {}",
                shown(found.as_deref())
            );
            return;
        }
        panic!(
            "{TRIES} times more than {ttl:?} passed while {part:?} were asked for: the machine is too busy to tell"
        );
    }
}
