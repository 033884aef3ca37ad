//! Servers that hang, and come back.

use super::order::Late;
use super::*;

#[tokio::test(start_paused = true)]
async fn extends_do_not_pile_up_behind_a_server_that_hangs() {
    let (servers, quorum) = open(3);
    take(&quorum, 1).await.unwrap();
    pause(Duration::from_millis(1)).await;
    servers[0].hangs.store(true, Ordering::Relaxed);
    let mut most = 0;
    for _ in 0..200 {
        assert_eq!(quorum.extend(name(), token(1), TTL).await.unwrap(), Extended::Extended);
        pause(Duration::from_millis(25)).await;
        most = most.max(tokio::runtime::Handle::current().metrics().num_alive_tasks());
    }
    // One that is asked, and those that came within its call limit; the line has one more.
    assert!(most <= 2 * 250 / 25 + 1, "{most} calls at once");
}

#[tokio::test(start_paused = true)]
async fn an_acquire_after_a_release_that_hangs_is_not_ended_by_it() {
    let (servers, quorum) = open(3);
    take(&quorum, 1).await.unwrap();
    pause(Duration::from_millis(1)).await;
    servers[0].hangs.store(true, Ordering::Relaxed);
    assert_eq!(quorum.release(name(), token(1)).await.unwrap(), Released::Released);
    pause(2 * Quorum::DEFAULT_CALL_LIMIT).await;
    servers[0].hangs.store(false, Ordering::Relaxed);
    let _late = servers[0].inner.release(name(), token(1)).await.unwrap();
    assert!(matches!(take(&quorum, 1).await.unwrap(), Acquired::Granted { .. }));
    pause(Duration::from_millis(1)).await;
    // The release comes once more, later than anybody expected.
    assert_eq!(servers[0].inner.release(name(), token(1)).await.unwrap(), Released::NotOwner);
    assert_eq!(quorum.extend(name(), token(1), TTL).await.unwrap(), Extended::Extended);
    assert_eq!(quorum.release(name(), token(1)).await.unwrap(), Released::Released);
    pause(Duration::from_millis(1)).await;
    for server in &servers {
        assert_eq!(server.holders().await, 0);
    }
}

#[tokio::test(start_paused = true)]
async fn aliases_are_forgotten_when_nothing_can_be_on_its_way() {
    let (servers, quorum) = open(3);
    servers[0].hangs.store(true, Ordering::Relaxed);
    for round in 0..4 {
        for number in 0..=255 {
            take(&quorum, number).await.unwrap();
            assert_eq!(quorum.release(name(), token(number)).await.unwrap(), Released::Released);
        }
        pause(Duration::from_secs(61)).await;
        assert!(quorum.aliases.len() <= 512, "round {round}: {}", quorum.aliases.len());
    }
}

/// So many of three servers hang for a while; the name is asked for the whole time.
async fn granted_soon_after_the_servers_are_back<T>(
    hanging: usize,
    ask: impl AsyncFnOnce(Arc<dyn LockBackend>) -> T,
) -> T {
    let (servers, quorum) = open(3);
    let outage = async {
        for server in &servers[..hanging] {
            server.hangs.store(true, Ordering::Relaxed);
        }
        pause(Duration::from_secs(3)).await;
        for server in &servers[..hanging] {
            server.hangs.store(false, Ordering::Relaxed);
        }
        now()
    };
    let asking = async {
        pause(Duration::from_millis(100)).await;
        (ask(Arc::new(quorum)).await, now())
    };
    let (back, (granted, at)) = tokio::join!(outage, asking);
    assert!(at - back.min(at) <= Duration::from_secs(2), "{:?} after {hanging}", at - back);
    granted
}

#[tokio::test(start_paused = true)]
async fn an_acquire_is_granted_soon_after_the_servers_are_back() {
    for hanging in 1..=3 {
        let acquire = async |quorum| Locks::over(quorum).acquire("job", LockOptions::new()).await;
        let guard = granted_soon_after_the_servers_are_back(hanging, acquire).await;
        guard.unwrap().release().await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_campaign_is_won_soon_after_the_servers_are_back() {
    for hanging in 1..=3 {
        let campaign = async |quorum| {
            let locks = Locks::over(quorum);
            locks.election("job", crate::ElectionOptions::new()).campaign().await.map(drop)
        };
        granted_soon_after_the_servers_are_back(hanging, campaign).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn fences_are_raised_by_those_that_answer_though_another_hangs() {
    let (mut servers, _) = open(3);
    for (server, ahead) in servers.iter().zip([2_000_000, 4_000_000]) {
        server.ahead.store(ahead, Ordering::Relaxed);
    }
    let last = servers.pop().unwrap();
    let (acquires, releases) = (Duration::ZERO, Duration::from_secs(10));
    let late: Arc<dyn LockBackend> = Arc::new(Late { inner: last, acquires, releases });
    let all = servers.iter().map(|server| Arc::clone(server) as _).chain([late]);
    let quorum = Quorum::new(all).unwrap();
    assert!(fence(&take(&quorum, 1).await.unwrap()) > Fence::new(0));
    assert_eq!(quorum.extend(name(), token(1), TTL).await.unwrap(), Extended::Extended);
}

/// A server that carries out requests whose answers get lost, and that some do not reach.
struct Lossy {
    inner: Arc<Fragile>,
    /// Whether their callers are told: by a reset, and then by a server that nobody can reach.
    is_told: bool,
    lost_answers: AtomicU64,
    lost_releases: AtomicU64,
}

/// Whether one of those that are left is used up.
fn takes_one(left: &AtomicU64) -> bool {
    left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
}

impl Lifecycle for Lossy {
    fn name(&self) -> &str {
        "lossy"
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn stop(&self) -> Reply<'_, ()> {
        self.inner.stop()
    }
}

impl LockBackend for Lossy {
    fn acquire(&self, request: LockRequest<'_>) -> Reply<'_, Acquired> {
        let answer = self.inner.acquire(request);
        if takes_one(&self.lost_answers) {
            let is_told = self.is_told;
            return Reply::pending(async move {
                drop(answer.await);
                if is_told {
                    return Err(Error::unknown(ErrorKind::Unavailable, "reset"));
                }
                std::future::pending().await
            });
        }
        answer
    }

    fn extend(&self, name: LockName<'_>, token: Token, ttl: Duration) -> Reply<'_, Extended> {
        self.inner.extend(name, token, ttl)
    }

    fn release(&self, name: LockName<'_>, token: Token) -> Reply<'_, Released> {
        if takes_one(&self.lost_releases) {
            if self.is_told {
                return Reply::err(Error::not_applied(ErrorKind::Unavailable, "refused"));
            }
            return Reply::pending(std::future::pending());
        }
        self.inner.release(name, token)
    }

    fn inspect(&self, name: LockName<'_>) -> Reply<'_, Option<LockState>> {
        self.inner.inspect(name)
    }
}

/// Three servers, two of which lose the answer to an acquire, and then so many releases.
fn open_with_losses(releases: u64, is_told: bool) -> (Vec<Arc<Fragile>>, Arc<Quorum>) {
    let (servers, _) = open(3);
    let lossy = |(index, server): (usize, &Arc<Fragile>)| {
        let (inner, is_lossy) = (Arc::clone(server), u64::from(index > 0));
        let lost_answers = AtomicU64::new(is_lossy);
        let lost_releases = AtomicU64::new(is_lossy * releases);
        Arc::new(Lossy { inner, is_told, lost_answers, lost_releases }) as Arc<dyn LockBackend>
    };
    let quorum = Quorum::new(servers.iter().enumerate().map(lossy)).unwrap();
    (servers, Arc::new(quorum))
}

#[tokio::test(start_paused = true)]
async fn a_grant_and_a_release_that_got_lost_do_not_keep_their_owner_out() {
    for (releases, is_told) in [(1, false), (2, false), (3, false), (1, true), (2, true)] {
        let (servers, quorum) = open_with_losses(releases, is_told);
        let locks = Locks::over(Arc::clone(&quorum) as _);
        let begun = now();
        let limit = Duration::from_secs(20);
        let options = LockOptions::new().ttl(Duration::from_secs(600)).wait_limit(limit);
        let guard = locks.acquire("job", options).await.unwrap();
        assert!(now() - begun <= Duration::from_secs(4), "{releases}");
        guard.release().await.unwrap();
        pause(Duration::from_secs(1)).await;
        for server in &servers {
            assert_eq!(server.holders().await, 0, "{releases}");
        }
        assert_eq!(quorum.aliases.len(), 0, "nothing is left to be remembered");
    }
}

#[tokio::test(start_paused = true)]
async fn a_try_whose_answers_and_releases_get_lost_leaves_nothing() {
    for is_told in [false, true] {
        let (servers, quorum) = open_with_losses(2, is_told);
        let locks = Locks::over(quorum as _);
        let limit = Duration::from_millis(300);
        let options = LockOptions::new().ttl(Duration::from_secs(600)).call_limit(limit);
        drop(locks.try_acquire("job", options).await);
        pause(Duration::from_secs(10)).await;
        for server in &servers {
            assert_eq!(server.holders().await, 0, "a lease without an owner");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn who_holds_a_name_asks_again_and_has_it_though_a_server_is_in_doubt() {
    let (servers, quorum) = open(3);
    let held = take(&quorum, 1).await.unwrap();
    pause(Duration::from_millis(1)).await;
    drop(quorum.aliases.doubt(2, token(1), quorum.aliases.of(token(1))));
    let again = take(&quorum, 1).await.unwrap();
    assert_eq!(fence(&again), fence(&held));
    assert_eq!(quorum.release(name(), token(1)).await.unwrap(), Released::Released);
    pause(Duration::from_millis(1)).await;
    for server in &servers {
        assert_eq!(server.holders().await, 0);
    }
}
