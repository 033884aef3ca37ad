mod hanging;
mod order;
mod split;

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use cache_core::Fence;
use cache_memory::{Memory, Options};

use super::*;
use crate::clock::pause;
use crate::{Chaos, LockOptions, Locks};

const TTL: Duration = Duration::from_secs(10);

/// A server that a test can break.
struct Fragile {
    inner: Arc<dyn LockBackend>,
    hangs: AtomicBool,
    has_fences: AtomicBool,
    /// Ahead of its own fences by so much, as one whose clock is fast.
    ahead: AtomicU64,
    tokens: Mutex<Vec<(String, Token)>>,
}

impl Fragile {
    fn new() -> Arc<Self> {
        let backend = Memory::open(Options::new()).unwrap().into_backend();
        Arc::new(Self {
            inner: backend.locks.unwrap(),
            hangs: AtomicBool::new(false),
            has_fences: AtomicBool::new(true),
            ahead: AtomicU64::new(0),
            tokens: Mutex::default(),
        })
    }

    fn or_hang<'a, T: Send + 'a>(&self, reply: Reply<'a, T>) -> Reply<'a, T> {
        if self.hangs.load(Ordering::Relaxed) {
            return Reply::pending(std::future::pending());
        }
        reply
    }

    async fn holders(&self) -> usize {
        usize::from(self.inner.inspect(name()).await.unwrap().is_some())
    }
}

impl Lifecycle for Fragile {
    fn name(&self) -> &str {
        "fragile"
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = self.inner.capabilities();
        capabilities.fences = self.has_fences.load(Ordering::Relaxed);
        capabilities
    }

    fn stop(&self) -> Reply<'_, ()> {
        self.inner.stop()
    }
}

impl LockBackend for Fragile {
    fn acquire(&self, request: LockRequest<'_>) -> Reply<'_, Acquired> {
        self.tokens.lock().unwrap().push((request.name.as_str().into(), request.token));
        let ahead = Fence::new(unix_ahead(self.ahead.load(Ordering::Relaxed)));
        self.or_hang(self.inner.acquire(request.min_fence(request.min_fence.max(ahead))))
    }

    fn extend(&self, name: LockName<'_>, token: Token, ttl: Duration) -> Reply<'_, Extended> {
        self.or_hang(self.inner.extend(name, token, ttl))
    }

    fn release(&self, name: LockName<'_>, token: Token) -> Reply<'_, Released> {
        self.or_hang(self.inner.release(name, token))
    }

    fn inspect(&self, name: LockName<'_>) -> Reply<'_, Option<LockState>> {
        self.or_hang(self.inner.inspect(name))
    }
}

fn unix_ahead(ahead: u64) -> u64 {
    if ahead == 0 { 0 } else { crate::clock::unix_micros() + ahead }
}

fn name() -> LockName<'static> {
    LockName::new("job").unwrap()
}

fn token(number: u8) -> Token {
    Token::from_bytes([number; 16])
}

fn open(count: usize) -> (Vec<Arc<Fragile>>, Quorum) {
    let servers: Vec<_> = (0..count).map(|_| Fragile::new()).collect();
    let quorum = Quorum::new(servers.iter().map(|server| Arc::clone(server) as _)).unwrap();
    (servers, quorum)
}

async fn take(quorum: &Quorum, number: u8) -> Result<Acquired, Error> {
    quorum.acquire(LockRequest::new(name(), token(number), TTL)).await
}

fn fence(answer: &Acquired) -> Fence {
    match answer {
        Acquired::Granted { fence, .. } => fence.unwrap(),
        other => panic!("expected a grant, found {other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_majority_holds_and_every_other_is_refused() {
    let (servers, quorum) = open(3);
    let granted = take(&quorum, 1).await.unwrap();
    let Acquired::Granted { ttl_left, .. } = granted else { panic!("{granted:?}") };
    assert!(ttl_left <= TTL - TTL / 100 - Duration::from_millis(2));
    assert!(matches!(take(&quorum, 2).await.unwrap(), Acquired::Held { .. }));
    assert_eq!(quorum.release(name(), token(2)).await.unwrap(), Released::NotOwner);
    assert_eq!(quorum.extend(name(), token(2), TTL).await.unwrap(), Extended::NotOwner);
    assert_eq!(quorum.extend(name(), token(1), TTL).await.unwrap(), Extended::Extended);
    let state = quorum.inspect(name()).await.unwrap().unwrap();
    assert_eq!(state.fence, Some(fence(&granted)));
    assert_eq!(fence(&take(&quorum, 1).await.unwrap()), fence(&granted), "the same token");
    assert_eq!(quorum.release(name(), token(1)).await.unwrap(), Released::Released);
    pause(Duration::from_millis(1)).await;
    for server in &servers {
        assert_eq!(server.holders().await, 0);
    }
    assert_eq!(quorum.inspect(name()).await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn a_minority_that_hangs_or_is_down_does_not_matter() {
    for (count, broken) in [(3, 1), (5, 2)] {
        let (servers, quorum) = open(count);
        for server in &servers[..broken] {
            server.hangs.store(true, Ordering::Relaxed);
        }
        let begun = now_for_tests();
        let first = fence(&take(&quorum, 1).await.unwrap());
        assert_eq!(quorum.extend(name(), token(1), TTL).await.unwrap(), Extended::Extended);
        assert_eq!(quorum.inspect(name()).await.unwrap().unwrap().fence, Some(first));
        assert_eq!(quorum.release(name(), token(1)).await.unwrap(), Released::Released);
        assert_eq!(now_for_tests() - begun, Duration::ZERO, "nobody waits for those that hang");
        assert!(fence(&take(&quorum, 2).await.unwrap()) > first);
    }
}

fn now_for_tests() -> crate::clock::Moment {
    now()
}

#[tokio::test(start_paused = true)]
async fn without_a_majority_it_fails_in_time_and_gives_back_what_was_granted() {
    let (servers, quorum) = open(5);
    for server in &servers[..3] {
        server.hangs.store(true, Ordering::Relaxed);
    }
    let begun = now_for_tests();
    let error = take(&quorum, 1).await.unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Timeout, Effect::Unknown), "{error}");
    assert!(error.to_string().contains("3 of 5 servers failed"), "{error}");
    assert!(now_for_tests() - begun <= 2 * Quorum::DEFAULT_CALL_LIMIT + Duration::from_millis(2));
    for server in &servers[3..] {
        assert_eq!(server.holders().await, 0, "given back");
    }
    for server in &servers {
        server.hangs.store(false, Ordering::Relaxed);
    }
    assert!(fence(&take(&quorum, 1).await.unwrap()) > Fence::new(0), "it takes all of them again");
    let state = servers[0].inner.inspect(name()).await.unwrap().unwrap();
    let released = servers[0].inner.release(name(), token(1)).await.unwrap();
    assert_eq!(released, Released::NotOwner, "{state:?} is known by an alias");
}

#[tokio::test(start_paused = true)]
async fn servers_whose_fences_differ_are_raised_to_one() {
    let (servers, quorum) = open(3);
    // One is 5 s ahead, another 3: at the first try all three differ.
    servers[0].ahead.store(5_000_000, Ordering::Relaxed);
    servers[1].ahead.store(3_000_000, Ordering::Relaxed);
    let mut last = Fence::new(0);
    for round in 0..20_u8 {
        // Each time without another of the three.
        let hanging = &servers[usize::from(round) % 3];
        hanging.hangs.store(true, Ordering::Relaxed);
        let granted = fence(&take(&quorum, round).await.unwrap());
        assert!(granted > last, "{granted} after {last} in round {round}");
        let mut recorded = 0;
        for server in &servers {
            let state = server.inner.inspect(name()).await.unwrap();
            recorded += usize::from(state.is_some_and(|state| state.fence == Some(granted)));
        }
        assert!(recorded >= 2, "{recorded} have recorded the fence");
        last = granted;
        quorum.release(name(), token(round)).await.unwrap();
        pause(Duration::from_millis(1)).await;
        hanging.hangs.store(false, Ordering::Relaxed);
        // What hung was never asked; a server that answers late is not simulated here.
        let _answer = hanging.inner.release(name(), token(round)).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn fences_rise_whichever_majority_answers() {
    let (servers, quorum) = open(5);
    let random = fastrand::Rng::with_seed(7);
    let mut random = random;
    let mut last = Fence::new(0);
    for round in 0..200_u8 {
        for server in &servers {
            server.hangs.store(false, Ordering::Relaxed);
            server.ahead.store(random.u64(0..4_000_000), Ordering::Relaxed);
        }
        for _ in 0..2 {
            servers[random.usize(0..5)].hangs.store(true, Ordering::Relaxed);
        }
        if let Ok(answer) = take(&quorum, round).await {
            assert!(fence(&answer) > last, "{answer:?} after {last} in round {round}");
            last = fence(&answer);
        }
        for server in &servers {
            let _answer = server.inner.release(name(), token(round)).await.unwrap();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_without_fences_leaves_the_quorum_without() {
    let (servers, quorum) = open(3);
    assert!(quorum.capabilities().fences && !quorum.capabilities().shared);
    servers[2].has_fences.store(false, Ordering::Relaxed);
    assert!(!quorum.capabilities().fences);
    let granted = take(&quorum, 1).await.unwrap();
    assert!(matches!(granted, Acquired::Granted { fence: None, .. }), "{granted:?}");
    assert_eq!(quorum.inspect(name()).await.unwrap().unwrap().fence, None);
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_took_too_long_is_no_grant() {
    let (_, quorum) = open(3);
    let slow = |_| {
        let memory = Memory::open(Options::new()).unwrap().into_backend();
        let slow = Duration::from_millis(200);
        Chaos::new(memory, 1).latency(slow..=slow).into_backend().locks.unwrap()
    };
    drop(quorum);
    let quorum = Quorum::new((0..3).map(slow)).unwrap();
    let request = LockRequest::new(name(), token(1), Duration::from_millis(150));
    assert!(!matches!(quorum.acquire(request).await, Ok(Acquired::Granted { .. })));
    assert!(matches!(take(&quorum, 2).await.unwrap(), Acquired::Granted { .. }), "given back");
}

#[tokio::test(start_paused = true)]
async fn bad_input_is_refused_before_a_server_is_asked() {
    assert_eq!(Quorum::new([]).unwrap_err().kind(), ErrorKind::Config);
    let (servers, quorum) = open(3);
    let request = LockRequest::new(name(), token(1), Duration::ZERO);
    let error = quorum.acquire(request).await.unwrap_err();
    assert_eq!((error.kind(), error.backend()), (ErrorKind::InvalidInput, Some("quorum")));
    let error = quorum.extend(name(), token(1), Duration::ZERO).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(servers.iter().all(|server| server.tokens.lock().unwrap().is_empty()));
}

#[test]
fn outside_of_a_runtime_it_is_an_error() {
    let (_, quorum) = open(3);
    let error = pollster::block_on(take(&quorum, 1)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
}

#[tokio::test(start_paused = true)]
async fn locks_over_a_quorum_survive_the_loss_of_a_server() {
    let (servers, quorum) = open(3);
    let locks = Locks::over(Arc::new(quorum));
    let guard = locks.acquire("job", LockOptions::new().ttl(TTL)).await.unwrap();
    servers[1].hangs.store(true, Ordering::Relaxed);
    pause(TTL * 3).await;
    // The clocks of these servers stand still under a paused runtime: our own decides.
    assert!(!guard.is_lost(), "{guard:?}");
    servers[2].hangs.store(true, Ordering::Relaxed);
    let lost = guard.lost().await;
    assert_eq!(lost.reason, crate::LossReason::Expired);
}

#[tokio::test(start_paused = true)]
async fn contenders_for_a_quorum_all_come_to_turn() {
    let (_, quorum) = open(3);
    let quorum: Arc<dyn LockBackend> = Arc::new(quorum);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let locks = Locks::over(Arc::clone(&quorum));
        tasks.spawn(async move {
            for _ in 0..5 {
                let guard = locks.acquire("job", LockOptions::new()).await.unwrap();
                guard.release().await.unwrap();
            }
        });
    }
    for outcome in tasks.join_all().await {
        outcome
    }
}

#[tokio::test(start_paused = true)]
async fn a_release_whose_answer_is_lost_leaves_a_doubt() {
    let (servers, quorum) = open(3);
    fence(&take(&quorum, 1).await.unwrap());
    servers[2].hangs.store(true, Ordering::Relaxed);
    assert_eq!(quorum.release(name(), token(1)).await.unwrap(), Released::Released);
    pause(Quorum::DEFAULT_CALL_LIMIT * 2).await;
    let of = |number| quorum.aliases.of(token(number)).token;
    assert_eq!(of(1), token(1), "another release is of the same lease");
    assert_ne!(quorum.aliases.for_asking(token(1)).token, token(1));
    assert_eq!(quorum.aliases.for_asking(token(2)).token, token(2));
}

/// Three servers, one of which refuses everything.
fn open_with_one_down(down: usize) -> Arc<dyn LockBackend> {
    let server = |number| {
        let memory = Memory::open(Options::new()).unwrap().into_backend();
        let share = if number == down { 1.0 } else { 0.0 };
        let chaos = Chaos::new(memory, 1).errors(ErrorKind::Unavailable, share);
        chaos.into_backend().locks.unwrap()
    };
    Arc::new(Quorum::new((0..3).map(server)).unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_held_name_is_no_failure_while_a_minority_is_down() {
    for down in 0..3 {
        let quorum = open_with_one_down(down);
        for (number, is_granted) in [(1, true), (2, false)] {
            let answer = quorum.acquire(LockRequest::new(name(), token(number), TTL)).await;
            let found = matches!(answer, Ok(Acquired::Granted { .. }));
            assert_eq!(found, is_granted, "{down} is down: {answer:?}");
            assert!(answer.is_ok(), "{down} is down: {answer:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn waiters_outlast_a_minority_that_is_down() {
    let quorum = open_with_one_down(0);
    let (one, two) = (Locks::over(Arc::clone(&quorum)), Locks::over(quorum));
    let options = LockOptions::new().ttl(Duration::from_secs(1));
    let guard = one.acquire("job", options.clone()).await.unwrap();
    let waiting = tokio::spawn(async move { two.acquire("job", options).await });
    pause(Duration::from_secs(5)).await;
    assert!(!waiting.is_finished(), "it waits for longer than failures are put up with");
    guard.release().await.unwrap();
    assert!(waiting.await.unwrap().is_ok());
}
