//! Who is not the owner of a lock neither releases nor extends it, whatever happens at the same moment.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use cache_core::{
    Acquired, Capabilities, Error, Extended, Lifecycle, LockBackend, LockState, Released, Reply,
};

use super::*;

/// How many tries of strangers are made: 50,000, or what the variable `LOCK_TRIES` says.
fn tries() -> u64 {
    std::env::var("LOCK_TRIES").ok().map_or(50_000, |number| number.parse().expect("a number"))
}

/// So often, at the least, a lease ends while its owner gives it back or extends it.
const TURNS: u64 = 200;

/// Two tries of each stranger: those whose token differs from the owner's in one bit, and one who was
/// the owner.
const STRANGERS: u64 = 25;

const NAME: &str = "owner";

fn name() -> LockName<'static> {
    LockName::new(NAME).unwrap()
}

fn token(number: u64) -> Token {
    Token::from_bytes(u128::from(number).to_be_bytes())
}

/// What was tried, and what should not have come of it.
#[derive(Debug, Default)]
struct Tally {
    tries: AtomicU64,
    turns: AtomicU64,
    released: AtomicU64,
    extended: AtomicU64,
}

impl Tally {
    fn harm(&self) -> (u64, u64) {
        (self.released.load(Ordering::Relaxed), self.extended.load(Ordering::Relaxed))
    }
}

/// Owners whose leases end while they still act on them, and strangers who try all the time, on another
/// connection.
struct Scene {
    /// Takes the name.
    takers: Arc<dyn LockBackend>,
    /// Comes too late, or has no business there.
    others: Arc<dyn LockBackend>,
    /// The number of the token that holds the name, or did a moment ago.
    owner: AtomicU64,
    is_over: AtomicBool,
    tally: Tally,
}

impl Scene {
    async fn new(ground: &impl Ground) -> Arc<Self> {
        let [takers, others] =
            [ground.open().await, ground.open().await].map(|backend| backend.locks.unwrap());
        let (owner, is_over, tally) = (AtomicU64::new(2), AtomicBool::new(false), Tally::default());
        Arc::new(Self { takers, others, owner, is_over, tally })
    }

    /// One lease of a millisecond or a few, which its owner acts on at about its end, and another taker
    /// that has the name as soon as it is free. Nothing may happen to the second lease.
    async fn turn(&self, turn: u64) -> Result<(), Error> {
        let (brief, next) = (2 * turn, 2 * turn + 1);
        let ttl = Duration::from_millis(1 + turn % 3);
        let acts_after = Duration::from_millis(turn / 3 % 4);
        self.take(brief, ttl).await?;
        let acting = async {
            pass(acts_after).await;
            match turn % 2 {
                0 => self.others.release(name(), token(brief)).await.map(drop),
                // For so little that the lease of another would end at once.
                _ => self.others.extend(name(), token(brief), ttl).await.map(drop),
            }
        };
        let (acted, taken) = tokio::join!(acting, self.take(next, LONG * 2));
        acted.and(taken)?;
        let left = self.takers.inspect(name()).await?.map(|state| state.ttl_left);
        let is_whole = left.is_some_and(|left| left > LONG);
        let answer = self.takers.release(name(), token(next)).await?;
        let harmed =
            if turn.is_multiple_of(2) { &self.tally.released } else { &self.tally.extended };
        let is_harmed = !is_whole || answer != Released::Released;
        harmed.fetch_add(u64::from(is_harmed), Ordering::Relaxed);
        self.tally.turns.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// Asks until it is granted, as fast as answers come.
    async fn take(&self, number: u64, ttl: Duration) -> Result<(), Error> {
        let request = || LockRequest::new(name(), token(number), ttl);
        for ask in 1_u64.. {
            if let Acquired::Granted { .. } = self.takers.acquire(request()).await? {
                self.owner.store(number, Ordering::Relaxed);
                break;
            }
            if ask.is_multiple_of(16) {
                // Where time is simulated it goes on only now.
                pass(Duration::from_millis(1)).await;
            }
        }
        Ok(())
    }

    /// Turns until there is nothing more to do. One in which a call failed, on a machine that stood still,
    /// says nothing.
    async fn turns(&self) {
        let mut turn = 0;
        while !self.is_over.load(Ordering::Relaxed) {
            turn += 1;
            if let Err(error) = self.turn(turn).await {
                assert!(error.is_retryable(), "{error}");
                self.give_back(turn).await;
            }
        }
    }

    /// Ends both leases of a turn, for so long that one whose request was given up has come.
    async fn give_back(&self, turn: u64) {
        for _ in 0..20 {
            for number in [2 * turn, 2 * turn + 1] {
                let freed =
                    async { while self.takers.release(name(), token(number)).await.is_err() {} };
                soon("an answer", freed).await;
            }
            pass(Duration::from_millis(100)).await;
        }
    }

    /// Every stranger tries to release and to extend.
    async fn try_all(&self) {
        let ttl = Duration::from_secs(1);
        let owner = self.owner.load(Ordering::Relaxed);
        // Above all numbers that are used, and before the last two.
        let in_a_bit = (1..STRANGERS).map(|bit| owner ^ (1 << (bit + 31)));
        let strangers = in_a_bit.chain([owner.saturating_sub(4)]);
        let trying = strangers.map(|stranger| async move {
            let released = self.others.release(name(), token(stranger)).await;
            let extended = self.others.extend(name(), token(stranger), ttl).await;
            let is_harm = |it: &Result<bool, Error>| matches!(it, Ok(false));
            let released = released.map(|answer| answer == Released::NotOwner);
            let extended = extended.map(|answer| answer == Extended::NotOwner);
            let tries = u64::from(released.is_ok()) + u64::from(extended.is_ok());
            self.tally.tries.fetch_add(tries, Ordering::Relaxed);
            self.tally.released.fetch_add(u64::from(is_harm(&released)), Ordering::Relaxed);
            self.tally.extended.fetch_add(u64::from(is_harm(&extended)), Ordering::Relaxed);
        });
        together(trying).await;
    }

    /// Lets all of them at the lock until this is so.
    async fn until(self: &Arc<Self>, is_enough: impl Fn(&Tally) -> bool) {
        let turning = tokio::spawn({
            let scene = Arc::clone(self);
            async move { scene.turns().await }
        });
        while !is_enough(&self.tally) && !turning.is_finished() {
            self.try_all().await;
            pass(Duration::from_millis(1)).await;
        }
        self.is_over.store(true, Ordering::Relaxed);
        soon("the last turn", turning).await.unwrap();
    }
}

/// `LOCK_TRIES=1000000` makes the long form.
#[expect(clippy::print_stdout, reason = "it is what was counted")]
pub(crate) async fn nobody_else_can_release_or_extend(ground: &impl Ground) {
    let (scene, tries) = (Scene::new(ground).await, tries());
    let count = |count: &AtomicU64| count.load(Ordering::Relaxed);
    scene.until(|tally| count(&tally.tries) >= tries && count(&tally.turns) >= TURNS).await;
    let (released, extended) = scene.tally.harm();
    println!(
        "{} tries by strangers, {} leases that ended under their owners: {released} released, \
         {extended} extended",
        count(&scene.tally.tries),
        count(&scene.tally.turns)
    );
    assert_eq!((released, extended), (0, 0), "a stranger released or extended");
}

/// What shows that the test above sees what it looks for.
pub(crate) async fn a_backend_that_compares_first_and_then_acts_is_found_out(ground: &impl Ground) {
    let torn = TornGround { whole: ground, owner: Arc::default() };
    let scene = Scene::new(&torn).await;
    let (begun, both) = (tokio::time::Instant::now(), |tally: &Tally| {
        let (released, extended) = tally.harm();
        released > 0 && extended > 0
    });
    scene.until(|tally| both(tally) || begun.elapsed() > LONG * 4).await;
    assert!(both(&scene.tally), "it was not noticed: {:?}", scene.tally);
}

/// A ground whose locks are released and extended in two steps.
struct TornGround<'a, G> {
    whole: &'a G,
    owner: Arc<Mutex<Option<Token>>>,
}

impl<G: Ground> Ground for TornGround<'_, G> {
    async fn open(&self) -> Backend {
        let backend = self.whole.open().await;
        let whole = backend.locks.clone().unwrap();
        backend.with_locks(Arc::new(Torn { whole, owner: Arc::clone(&self.owner) }))
    }

    fn lateness(&self) -> Duration {
        self.whole.lateness()
    }

    async fn forget(&self, name: &str) {
        self.whole.forget(name).await;
    }
}

/// As a program does that sends `GET`, compares, and sends `DEL` or `PEXPIRE`.
struct Torn {
    whole: Arc<dyn LockBackend>,
    /// Who was granted the name last, on any connection.
    owner: Arc<Mutex<Option<Token>>>,
}

impl Torn {
    fn owner(&self) -> Option<Token> {
        *self.owner.lock().unwrap()
    }

    /// Who owns the name when it is acted on, where the token did when that was asked.
    async fn compared(&self, name: LockName<'_>, token: Token) -> Result<Option<Token>, Error> {
        let is_held = self.whole.inspect(name).await?.is_some();
        if !is_held || self.owner() != Some(token) {
            return Ok(None);
        }
        pass(Duration::from_millis(2)).await;
        Ok(self.owner())
    }
}

impl Lifecycle for Torn {
    fn name(&self) -> &str {
        self.whole.name()
    }

    fn capabilities(&self) -> Capabilities {
        self.whole.capabilities()
    }

    fn stop(&self) -> Reply<'_, ()> {
        self.whole.stop()
    }
}

impl LockBackend for Torn {
    fn acquire(&self, request: LockRequest<'_>) -> Reply<'_, Acquired> {
        let token = request.token;
        self.whole.acquire(request).map(move |answer| {
            if let Acquired::Granted { .. } = answer {
                *self.owner.lock().unwrap() = Some(token);
            }
            answer
        })
    }

    fn extend(&self, name: LockName<'_>, token: Token, ttl: Duration) -> Reply<'_, Extended> {
        let name = name.as_str().to_owned();
        Reply::pending(async move {
            let name = LockName::new(&name).unwrap();
            match self.compared(name, token).await? {
                Some(owner) => self.whole.extend(name, owner, ttl).await,
                None => Ok(Extended::NotOwner),
            }
        })
    }

    fn release(&self, name: LockName<'_>, token: Token) -> Reply<'_, Released> {
        let name = name.as_str().to_owned();
        Reply::pending(async move {
            let name = LockName::new(&name).unwrap();
            match self.compared(name, token).await? {
                Some(owner) => self.whole.release(name, owner).await,
                None => Ok(Released::NotOwner),
            }
        })
    }

    fn inspect(&self, name: LockName<'_>) -> Reply<'_, Option<LockState>> {
        self.whole.inspect(name)
    }
}
