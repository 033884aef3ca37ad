use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use cache_core::{
    Acquired, Capabilities, Extended, Lifecycle, LockBackend, LockRequest, LockState, Reply,
};
use cache_memory::{Memory, Options};

use super::*;
use crate::{LockOptions, Locks};

/// How late the acquires are that nobody waits for.
const LATE: Duration = Duration::from_millis(300);

/// Locks in memory whose releases fail at first, and whose acquires may come late.
struct Unreliable {
    inner: Arc<dyn LockBackend>,
    releases: AtomicU32,
    /// How many releases fail, and how.
    failing: Mutex<(u32, ErrorKind)>,
    is_late: bool,
}

impl Unreliable {
    fn new(failing: u32, kind: ErrorKind, is_late: bool) -> Arc<Self> {
        let inner = Memory::open(Options::new()).unwrap().into_backend().locks.unwrap();
        let failing = Mutex::new((failing, kind));
        Arc::new(Self { inner, releases: AtomicU32::new(0), failing, is_late })
    }

    fn releases(&self) -> u32 {
        self.releases.load(Ordering::Relaxed)
    }

    async fn is_held(&self) -> bool {
        self.inner.inspect(LockName::new("job").unwrap()).await.unwrap().is_some()
    }
}

impl Lifecycle for Unreliable {
    fn name(&self) -> &str {
        "unreliable"
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn stop(&self) -> Reply<'_, ()> {
        self.inner.stop()
    }
}

impl LockBackend for Unreliable {
    fn acquire(&self, request: LockRequest<'_>) -> Reply<'_, Acquired> {
        if !self.is_late {
            return self.inner.acquire(request);
        }
        let (inner, token, ttl) = (Arc::clone(&self.inner), request.token, request.ttl);
        Reply::pending(async move {
            tokio::spawn(async move {
                pause(LATE).await;
                let name = LockName::new("job").unwrap();
                inner.acquire(LockRequest::new(name, token, ttl)).await
            })
            .await
            .unwrap()
        })
    }

    fn extend(&self, name: LockName<'_>, token: Token, ttl: Duration) -> Reply<'_, Extended> {
        self.inner.extend(name, token, ttl)
    }

    fn release(&self, name: LockName<'_>, token: Token) -> Reply<'_, Released> {
        let number = self.releases.fetch_add(1, Ordering::Relaxed);
        let (failing, kind) = *self.failing.lock().unwrap();
        if number < failing {
            return Reply::err(Error::not_applied(kind, "it fails for now"));
        }
        self.inner.release(name, token)
    }

    fn inspect(&self, name: LockName<'_>) -> Reply<'_, Option<LockState>> {
        self.inner.inspect(name)
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_given_back_is_given_back_whatever_fails_for_a_moment() {
    let kinds = [
        ErrorKind::Timeout,
        ErrorKind::Unavailable,
        ErrorKind::Overloaded,
        ErrorKind::Busy,
        ErrorKind::Denied,
        ErrorKind::ReadOnly,
        ErrorKind::OutOfMemory,
        ErrorKind::Corrupt,
        ErrorKind::Config,
        ErrorKind::Server,
    ];
    for kind in kinds {
        let unreliable = Unreliable::new(5, kind, false);
        let locks = Locks::over(Arc::clone(&unreliable) as _);
        drop(locks.acquire("job", LockOptions::new()).await.unwrap());
        pause(Duration::from_secs(1)).await;
        assert!(!unreliable.is_held().await, "{kind:?}");
        assert_eq!(unreliable.releases(), 6, "{kind:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_will_fail_again_is_not_asked_for_again() {
    for kind in [ErrorKind::Unsupported, ErrorKind::WrongType, ErrorKind::Stopped] {
        let unreliable = Unreliable::new(u32::MAX, kind, false);
        let locks = Locks::over(Arc::clone(&unreliable) as _);
        drop(locks.acquire("job", LockOptions::new()).await.unwrap());
        pause(Duration::from_secs(60)).await;
        assert_eq!(unreliable.releases(), 1, "{kind:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn acquire_for_replicas_that_comes_after_its_release_leaves_nothing() {
    let unreliable = Unreliable::new(0, ErrorKind::Server, true);
    let locks = Locks::over(Arc::clone(&unreliable) as _);
    let options = LockOptions::new().ttl(Duration::from_secs(600)).require_replicas(1);
    let acquire = locks.acquire("job", options);
    assert!(until(later(now(), LATE / 2), acquire).await.is_none(), "dropped on its way");
    pause(LATE).await;
    assert!(unreliable.releases() > 1);
    pause(LockOptions::DEFAULT_CALL_LIMIT).await;
    assert!(!unreliable.is_held().await);
    let releases = unreliable.releases();
    pause(Duration::from_secs(60)).await;
    assert_eq!(unreliable.releases(), releases, "it is over");
}
