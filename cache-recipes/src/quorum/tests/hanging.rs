//! Servers that hang, and come back.

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
        crate::clock::now()
    };
    let asking = async {
        pause(Duration::from_millis(100)).await;
        (ask(Arc::new(quorum)).await, crate::clock::now())
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
