//! Locks and elections over the backend in the process, in time that a test moves.

#![expect(clippy::unwrap_used, reason = "a test that meets an error fails")]

mod ground;
mod locks_over;

use ground::MemoryGround;

locks_over!(ground = MemoryGround::new(), test = tokio::test(start_paused = true));

mod of_memory {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    use cache_core::{
        Acquired, Backend, Capabilities, ErrorKind, Extended, Fence, Lifecycle, LockBackend,
        LockName, LockRequest, LockState, Released, Reply, Token,
    };
    use cache_memory::{Memory, Options};
    use cache_recipes::{Chaos, LockOptions, Locks, Operation};

    use super::ground::MemoryGround;
    use super::locks_over::{Ground, comes_free, options, pass, soon};

    fn memory() -> Backend {
        Memory::open(Options::new()).unwrap().into_backend()
    }

    #[tokio::test(start_paused = true)]
    async fn a_backend_without_locks_is_unsupported_by_name() {
        let without = Backend::new(memory().cache);
        let locks = Locks::new(&without);
        let election = locks.election("e", Default::default());
        for (operation, error) in [
            ("acquire", locks.acquire("a", options()).await.unwrap_err()),
            ("acquire", locks.try_acquire("a", options()).await.unwrap_err()),
            ("acquire", locks.acquire_all(&["a"], options()).await.unwrap_err()),
            ("acquire", election.campaign().await.unwrap_err()),
            ("inspect", locks.inspect("a").await.unwrap_err()),
            ("inspect", election.leader().await.unwrap_err()),
            ("inspect", election.observe().unwrap_err()),
        ] {
            assert_eq!(error.kind(), ErrorKind::Unsupported);
            assert_eq!((error.operation(), error.backend()), (Some(operation), Some("memory")));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_no_lock_is_told_at_once_and_is_not_taken_for_a_busy_one() {
        let foreign = Chaos::new(memory(), 1).errors(ErrorKind::WrongType, 1.0);
        let locks = Locks::new(&foreign.into_backend());
        let begun = tokio::time::Instant::now();
        assert_eq!(locks.acquire("a", options()).await.unwrap_err().kind(), ErrorKind::WrongType);
        assert_eq!(
            locks.try_acquire("a", options()).await.unwrap_err().kind(),
            ErrorKind::WrongType
        );
        assert_eq!(begun.elapsed(), Duration::ZERO);
    }

    /// A tenth of all answers is lost, of acquires and releases: 10,000 in the optimised build.
    #[tokio::test(start_paused = true)]
    async fn lost_replies_leave_no_lock_without_an_owner() {
        const BOUND: Duration = Duration::from_millis(250);
        let ground = MemoryGround::new();
        let sure = Locks::new(&ground.open().await);
        let chaos = Chaos::new(ground.open().await, 3)
            .lost_answers(0.1)
            .only([Operation::Acquire, Operation::Release]);
        let most = if cfg!(debug_assertions) { 500 } else { 10_000 };
        let (control, faulty) = (chaos.control(), Locks::new(&chaos.into_backend()));
        let (mut longest, mut round) = (Duration::ZERO, 0);
        while control.counts().lost < most {
            round += 1;
            let name = format!("lost {round}");
            let options = options().ttl(Duration::from_secs(600)).wait_limit(BOUND);
            match faulty.acquire(&name, options).await {
                Ok(guard) if round % 2 == 0 => drop(guard.release().await),
                Ok(guard) => drop(guard),
                Err(error) => assert_eq!(error.kind(), ErrorKind::Timeout),
            }
            longest = longest.max(comes_free(&sure, &name).await);
        }
        println!("{round} rounds, {:?}, longest {longest:?}", control.counts());
        assert!(longest <= BOUND, "a lock had no owner for {longest:?}");
    }

    /// A server that promises a least fence and does not keep it, and is replaced by one whose
    /// clock lags.
    struct Forgetful {
        before: Arc<dyn LockBackend>,
        after: Arc<dyn LockBackend>,
        is_replaced: AtomicBool,
    }

    impl Forgetful {
        fn present(&self) -> &dyn LockBackend {
            if self.is_replaced.load(Ordering::Relaxed) { &self.after } else { &self.before }
        }
    }

    impl Lifecycle for Forgetful {
        fn name(&self) -> &str {
            "forgetful"
        }

        fn capabilities(&self) -> Capabilities {
            self.before.capabilities()
        }

        fn stop(&self) -> Reply<'_, ()> {
            self.before.stop()
        }
    }

    impl LockBackend for Forgetful {
        fn acquire(&self, request: LockRequest<'_>) -> Reply<'_, Acquired> {
            let is_kept = !self.is_replaced.load(Ordering::Relaxed);
            let least = if is_kept { request.min_fence } else { Fence::new(0) };
            self.present().acquire(request.min_fence(least))
        }

        fn extend(&self, name: LockName<'_>, token: Token, ttl: Duration) -> Reply<'_, Extended> {
            self.present().extend(name, token, ttl)
        }

        fn release(&self, name: LockName<'_>, token: Token) -> Reply<'_, Released> {
            self.present().release(name, token)
        }

        fn inspect(&self, name: LockName<'_>) -> Reply<'_, Option<LockState>> {
            self.present().inspect(name)
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_fence_below_one_seen_before_is_reported_and_nothing_is_held() {
        let locks = |backend: Backend| backend.locks.unwrap();
        let (before, after) = (locks(memory()), locks(memory()));
        let is_replaced = AtomicBool::new(false);
        let server = Arc::new(Forgetful { before, after, is_replaced });
        let locks = Locks::over(Arc::clone(&server) as _);
        let hour_ahead = locks.acquire("f", options()).await.unwrap();
        let hour_ahead = Fence::new(hour_ahead.fence().unwrap().get() + 3_600_000_000);
        let guard = locks.acquire("f", options().min_fence(hour_ahead)).await.unwrap();
        assert!(guard.fence() >= Some(hour_ahead));
        guard.release().await.unwrap();
        server.is_replaced.store(true, Ordering::Relaxed);
        let error = soon("an answer", locks.acquire("f", options())).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::FenceRegression, "{error}");
        comes_free(&locks, "f").await;
        let other = locks.acquire("another", options()).await.unwrap();
        other.release().await.unwrap();
    }

    #[test]
    fn outside_of_a_runtime_it_is_an_error_and_no_panic() {
        let locks = Locks::new(&memory());
        let error = pollster::block_on(locks.acquire("a", options())).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{error}");
        assert!(locks.election("e", Default::default()).observe().is_err());
    }

    #[test]
    fn a_guard_that_outlives_its_runtime_does_not_panic() {
        let runtime = || {
            let mut builder = tokio::runtime::Builder::new_current_thread();
            builder.enable_time().build().unwrap()
        };
        let locks = Locks::new(&memory());
        let first = runtime();
        let guards = ["a", "b"].map(|name| first.block_on(locks.acquire(name, options())).unwrap());
        drop(first);
        let [a, b] = guards;
        assert!(!a.is_lost());
        drop(a);
        let second = runtime();
        assert_eq!(second.block_on(b.release()).unwrap(), Released::Released);
        let again = LockOptions::new().wait_limit(Duration::from_secs(5));
        drop(second.block_on(locks.acquire("b", again)).unwrap());
    }

    #[test]
    fn a_holder_whose_runtime_stands_still_is_replaced_when_its_lease_ends() {
        let runtime =
            || tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let locks = Locks::new(&memory());
        let ttl = Duration::from_millis(200);
        let (held, is_held) = std::sync::mpsc::channel();
        let (go_on, stands_still) = std::sync::mpsc::channel::<()>();
        let holder = std::thread::spawn({
            let locks = locks.clone();
            move || {
                runtime().block_on(async {
                    let guard = locks.acquire("still", options().ttl(ttl)).await.unwrap();
                    held.send(()).unwrap();
                    // The thread, and with it whatever would renew or tell.
                    stands_still.recv().unwrap();
                    guard.release().await.unwrap()
                })
            }
        });
        is_held.recv().unwrap();
        let next = runtime().block_on(async {
            let next = soon("the lock", locks.acquire("still", options())).await.unwrap();
            go_on.send(()).unwrap();
            assert_eq!(holder.join().unwrap(), Released::NotOwner);
            next.release().await.unwrap()
        });
        assert_eq!(next, Released::Released);
    }

    #[tokio::test(start_paused = true)]
    async fn a_stopped_backend_ends_what_waits_and_what_is_held() {
        let backend = memory();
        let locks = Locks::new(&backend);
        let guard = locks.acquire("s", options()).await.unwrap();
        let waiting = {
            let locks = locks.clone();
            tokio::spawn(async move { locks.acquire("s", options()).await })
        };
        let mut observer = locks.election("e", Default::default()).observe().unwrap();
        assert!(observer.next().await.unwrap().is_ok());
        pass(Duration::from_millis(50)).await;
        backend.locks.as_ref().unwrap().stop().await.unwrap();
        let error = soon("an answer", waiting).await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Stopped);
        soon("the loss", guard.lost()).await;
        assert_eq!(observer.next().await.unwrap().unwrap_err().kind(), ErrorKind::Stopped);
        assert!(observer.next().await.is_none());
    }

    #[test]
    fn nothing_shows_a_token() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let locks = Locks::new(&memory());
            let guard = locks.acquire("shown", options().holder("label")).await.unwrap();
            let shown =
                format!("{locks:?} {guard:?} {:?}", locks.election("e", Default::default()));
            assert!(shown.contains("shown") && !shown.contains("oken"), "{shown}");
        });
    }
}
