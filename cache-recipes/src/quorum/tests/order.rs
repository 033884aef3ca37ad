//! Calls of a token, of which some reach a server late.

use super::*;

/// A server that some requests reach late.
pub(super) struct Late {
    pub(super) inner: Arc<Fragile>,
    pub(super) acquires: Duration,
    pub(super) releases: Duration,
}

impl Lifecycle for Late {
    fn name(&self) -> &str {
        "late"
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn stop(&self) -> Reply<'_, ()> {
        self.inner.stop()
    }
}

impl LockBackend for Late {
    fn acquire(&self, request: LockRequest<'_>) -> Reply<'_, Acquired> {
        let (token, ttl, least) = (request.token, request.ttl, request.min_fence);
        Reply::pending(async move {
            pause(self.acquires).await;
            self.inner.acquire(LockRequest::new(name(), token, ttl).min_fence(least)).await
        })
    }

    fn extend(&self, name: LockName<'_>, token: Token, ttl: Duration) -> Reply<'_, Extended> {
        self.inner.extend(name, token, ttl)
    }

    fn release(&self, _: LockName<'_>, token: Token) -> Reply<'_, Released> {
        Reply::pending(async move {
            pause(self.releases).await;
            self.inner.release(name(), token).await
        })
    }

    fn inspect(&self, name: LockName<'_>) -> Reply<'_, Option<LockState>> {
        self.inner.inspect(name)
    }
}

/// Three servers, the last of which some requests reach late; and that last one.
fn open_with_a_late_one(acquires: u64, releases: u64) -> (Arc<Fragile>, Quorum) {
    let (mut servers, _) = open(3);
    let last = servers.pop().unwrap();
    let (acquires, releases) = (Duration::from_millis(acquires), Duration::from_millis(releases));
    let late: Arc<dyn LockBackend> =
        Arc::new(Late { inner: Arc::clone(&last), acquires, releases });
    let quick = servers.into_iter().map(|server| server as Arc<dyn LockBackend>);
    (last, Quorum::new(quick.chain([late])).unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_release_does_not_overtake_its_acquire() {
    let (last, quorum) = open_with_a_late_one(50, 0);
    let begun = now_for_tests();
    fence(&take(&quorum, 1).await.unwrap());
    assert_eq!(quorum.release(name(), token(1)).await.unwrap(), Released::Released);
    assert_eq!(now_for_tests() - begun, Duration::ZERO, "nobody waits for the last one");
    pause(Duration::from_millis(200)).await;
    assert_eq!(last.holders().await, 0, "a lease without an owner");
    assert_eq!(quorum.turns.len(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_acquire_does_not_overtake_the_release_before_it() {
    let (last, quorum) = open_with_a_late_one(0, 50);
    for _ in 0..3 {
        fence(&take(&quorum, 1).await.unwrap());
        assert_eq!(quorum.release(name(), token(1)).await.unwrap(), Released::Released);
    }
    fence(&take(&quorum, 1).await.unwrap());
    pause(Duration::from_secs(1)).await;
    assert_eq!(last.holders().await, 1, "ended by the release of an earlier lease");
    assert_eq!(quorum.turns.len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_was_given_up_before_its_turn_lets_nobody_overtake() {
    let (last, quorum) = open_with_a_late_one(50, 0);
    for number in 1..4 {
        fence(&take(&quorum, number).await.unwrap());
        for _ in 0..number {
            let mut given_up = quorum.extend(name(), token(number), TTL);
            let _pending = polled_once(&mut given_up).await;
        }
        assert_eq!(quorum.release(name(), token(number)).await.unwrap(), Released::Released);
        pause(Duration::from_millis(500)).await;
        assert_eq!(last.holders().await, 0, "a lease without an owner");
        assert_eq!(quorum.turns.len(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_was_given_up_before_its_turn_leaves_nothing_behind() {
    let (_last, quorum) = open_with_a_late_one(50, 0);
    fence(&take(&quorum, 1).await.unwrap());
    let mut given_up = quorum.extend(name(), token(1), TTL);
    let _pending = polled_once(&mut given_up).await;
    drop(given_up);
    pause(Duration::from_millis(500)).await;
    assert_eq!(quorum.turns.len(), 0);
}

/// Polls once; whether it has answered.
async fn polled_once<T>(reply: &mut Reply<'_, T>) -> bool {
    let polled = std::future::poll_fn(|context| {
        let pinned = std::pin::Pin::new(&mut *reply);
        std::task::Poll::Ready(pinned.poll(context).is_ready())
    });
    polled.await
}
