//! A lock over several servers that know nothing of each other.

mod acquire;
mod aliases;
mod release;
mod round;
mod turns;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cache_core::{
    Acquired, Capabilities, Effect, Error, ErrorKind, Extended, Lifecycle, LockBackend, LockName,
    LockRequest, LockState, Released, Reply, Token, Ttl,
};

use self::aliases::Aliases;
use self::round::{Order, Round, Server};
use self::turns::Turns;
use crate::clock::{later, now};

/// A [`LockBackend`] over several independent ones: a name is held by whoever holds it on a
/// majority (Redlock; redis.io, "Distributed Locks with Redis").
///
/// It goes on while a majority answers, and no single server that fails or forgets decides.
///
/// - **Fences.** Servers count for themselves, so a grant counts only once a majority has recorded
///   the **same** fence: then every later majority has a server that goes above it, and fences only
///   rise. To agree at the first try, each is asked for one a second ahead of this clock; where they
///   differ all the same they are given back, and asked again above the largest. Where one of the
///   servers has no fences, [`Capabilities::fences`] is false and grants have none.
/// - **Time.** What is left of a lease is counted from before the first request, less what clocks
///   may differ by: 1 % and 2 ms. Each server has the [call limit](Quorum::call_limit) to answer.
/// - **Order.** The calls of a token begin on a server in the order in which they were made, also
///   where the answer of a majority has been given before the last server has heard of it. Where a
///   release was given up without an answer, the servers know the token by an alias from its next
///   acquire on: the release may arrive at any time, and ends nothing then. So a token that holds a
///   name is to be extended and released through the quorum that acquired it.
/// - **Losers.** What was granted without a majority is given back before the answer, but by servers
///   that do not answer. Where nobody has won one, those that had a server try again, each after a
///   random time, until one has or the call limit has passed. An acquire takes up to five call limits
///   more where servers hang; give locks over it a [call limit](crate::LockOptions::call_limit) that
///   leaves room for that.
/// - **Events.** There are none; waiters ask every 0.1 s.
///
/// It needs a runtime of tokio. Dropping a [`Reply`] stops the requests that have not gone out.
pub struct Quorum {
    servers: Arc<[Server]>,
    call_limit: Duration,
    aliases: Aliases,
    turns: Turns,
    is_stopped: AtomicBool,
}

impl Quorum {
    /// How long a server may take to answer unless said otherwise: 250 ms.
    pub const DEFAULT_CALL_LIMIT: Duration = Duration::from_millis(250);

    /// A lock over these servers; an odd number of three or more, for it to be of use.
    ///
    /// # Errors
    /// [`Config`](ErrorKind::Config) where there is none.
    pub fn new(servers: impl IntoIterator<Item = Arc<dyn LockBackend>>) -> Result<Self, Error> {
        let servers: Arc<[_]> =
            servers.into_iter().enumerate().map(|(index, locks)| Server { index, locks }).collect();
        if servers.is_empty() {
            let problem = "a quorum of no servers was asked for; give three or five";
            return Err(Error::not_applied(ErrorKind::Config, problem));
        }
        let (call_limit, aliases) = (Self::DEFAULT_CALL_LIMIT, Aliases::default());
        let (turns, is_stopped) = (Turns::default(), AtomicBool::new(false));
        Ok(Self { servers, call_limit, aliases, turns, is_stopped })
    }

    /// How long a server may take to answer before it is left out.
    #[must_use]
    pub fn call_limit(mut self, limit: Duration) -> Self {
        self.call_limit = limit;
        self
    }

    /// How many servers decide.
    fn majority(&self) -> usize {
        self.servers.len() / 2 + 1
    }

    /// How many servers may fail to agree.
    fn minority(&self) -> usize {
        self.servers.len() - self.majority()
    }

    fn has_fences(&self) -> bool {
        self.servers.iter().all(|server| server.locks.capabilities().fences)
    }

    fn extend_on<'a>(&'a self, name: Box<str>, token: Token, ttl: Duration) -> Reply<'a, Extended> {
        Reply::pending(async move {
            let alias = self.aliases.of(token);
            let order = Order::BehindOrNever(&self.turns, alias.token);
            let mut round = Round::start(&*self.servers, self.call_limit, &order, move |server| {
                let name = name.clone();
                async move { server.locks.extend(LockName::new(&name)?, alias.token, ttl).await }
            })?;
            let is_extended = |answer: &Extended| *answer == Extended::Extended;
            let is_agreed = self.agree(&mut round, is_extended).await?;
            round.finish_alone();
            if is_agreed {
                self.aliases.extended(token, later(now(), ttl));
            }
            Ok(if is_agreed { Extended::Extended } else { Extended::NotOwner })
        })
    }

    fn release_on<'a>(&'a self, name: Box<str>, token: Token) -> Reply<'a, Released> {
        Reply::pending(async move {
            let alias = self.aliases.released(token);
            let mut round = self.start_release(&*self.servers, &name, token, alias)?;
            let is_released = |answer: &Released| *answer == Released::Released;
            let is_agreed = self.agree(&mut round, is_released).await?;
            round.finish_alone();
            Ok(if is_agreed { Released::Released } else { Released::NotOwner })
        })
    }

    /// Whether a majority has done what was asked; `false` where one can no more.
    async fn agree<T: Send + 'static>(
        &self,
        round: &mut Round<T>,
        is_done: impl Fn(&T) -> bool,
    ) -> Result<bool, Error> {
        let (mut done, mut refused, mut failure) = (0, 0, None);
        while let Some((_, answer)) = round.next().await {
            match answer {
                Ok(answer) if is_done(&answer) => done += 1,
                Ok(_) => refused += 1,
                Err(error) => failure = Some(error),
            }
            if done >= self.majority() || refused > self.minority() {
                return Ok(done >= self.majority());
            }
        }
        // Too many did not answer, or as many refused as agreed.
        failure.map_or(Ok(false), |error: Error| Err(error.with_effect(Effect::Unknown)))
    }

    fn inspect_on<'a>(&'a self, name: Box<str>) -> Reply<'a, Option<LockState>> {
        Reply::pending(async move {
            let mut round =
                Round::start(&*self.servers, self.call_limit, &Order::Any, move |server| {
                    let name = name.clone();
                    async move { server.locks.inspect(LockName::new(&name)?).await }
                })?;
            let mut states: Vec<LockState> = Vec::new();
            let (mut answered, mut failure) = (0, None);
            while let Some((_, answer)) = round.next().await {
                match answer {
                    Ok(state) => {
                        answered += 1;
                        states.extend(state);
                    }
                    Err(error) => failure = Some(error),
                }
                if let Some(state) = self.agreed(&states) {
                    return Ok(Some(state));
                }
                let most = states.iter().map(|state| same(&states, state).count()).max();
                if most.unwrap_or(0) + self.servers.len() - answered < self.majority() {
                    return Ok(None);
                }
            }
            failure.map_or(Ok(None), Err)
        })
    }

    /// The state that a majority tells of.
    fn agreed(&self, states: &[LockState]) -> Option<LockState> {
        let state = states.iter().find(|state| same(states, state).count() >= self.majority())?;
        let ttl_left = same(states, state).map(|state| state.ttl_left).min()?;
        let fence = state.fence.filter(|_| self.has_fences());
        Some(LockState::new(fence, state.holder.clone(), ttl_left))
    }
}

/// The states of the same grant, as far as others can tell.
fn same<'a>(
    states: &'a [LockState],
    of: &'a LockState,
) -> impl Iterator<Item = &'a LockState> + use<'a> {
    states.iter().filter(move |state| state.fence == of.fence && state.holder == of.holder)
}

#[deny(clippy::missing_trait_methods)]
impl Lifecycle for Quorum {
    fn name(&self) -> &str {
        "quorum"
    }

    fn capabilities(&self) -> Capabilities {
        let all = |claim: fn(Capabilities) -> bool| {
            self.servers.iter().all(|server| claim(server.locks.capabilities()))
        };
        let mut capabilities = Capabilities::none();
        capabilities.fences = all(|claimed| claimed.fences);
        capabilities.shared = all(|claimed| claimed.shared);
        capabilities.persistent = all(|claimed| claimed.persistent);
        capabilities
    }

    /// Stops every server at once, and answers the first failure.
    fn stop(&self) -> Reply<'_, ()> {
        Reply::pending(async move {
            self.is_stopped.store(true, Ordering::Relaxed);
            let mut outcome = Ok(());
            let stop = |server: Server| async move { server.locks.stop().await };
            match Round::start(&*self.servers, Duration::MAX, &Order::Any, stop) {
                Ok(mut round) => {
                    while let Some((_, stopped)) = round.next().await {
                        outcome = outcome.and(stopped);
                    }
                }
                // Outside of tokio, one after the other.
                Err(_) => {
                    for server in &*self.servers {
                        outcome = outcome.and(stop(server.clone()).await);
                    }
                }
            }
            outcome
        })
    }
}

#[deny(clippy::missing_trait_methods)]
impl LockBackend for Quorum {
    fn acquire(&self, request: LockRequest<'_>) -> Reply<'_, Acquired> {
        match self.running("acquire").and_then(|()| request.check()) {
            Ok(_) => acquire::run(self, &request),
            Err(error) => Reply::err(self.named(error, "acquire", request.name)),
        }
    }

    fn extend(&self, name: LockName<'_>, token: Token, ttl: Duration) -> Reply<'_, Extended> {
        match self.running("extend").and_then(|()| Ttl::After(ttl).to_millis()) {
            Ok(_) => self.extend_on(name.as_str().into(), token, ttl),
            Err(error) => Reply::err(self.named(error, "extend", name)),
        }
    }

    fn release(&self, name: LockName<'_>, token: Token) -> Reply<'_, Released> {
        match self.running("release") {
            Ok(()) => self.release_on(name.as_str().into(), token),
            Err(error) => Reply::err(self.named(error, "release", name)),
        }
    }

    fn inspect(&self, name: LockName<'_>) -> Reply<'_, Option<LockState>> {
        match self.running("inspect") {
            Ok(()) => self.inspect_on(name.as_str().into()),
            Err(error) => Reply::err(self.named(error, "inspect", name)),
        }
    }
}

impl Quorum {
    /// # Errors
    /// `Stopped` after the stop, whatever the input is worth.
    fn running(&self, operation: &'static str) -> Result<(), Error> {
        if self.is_stopped.load(Ordering::Relaxed) {
            return Err(Error::stopped(self.name(), operation));
        }
        Ok(())
    }

    fn named(&self, error: Error, operation: &'static str, name: LockName<'_>) -> Error {
        error.with_operation(operation).with_backend(self.name()).with_key(name.as_str())
    }
}

impl fmt::Debug for Quorum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.servers.iter().map(|server| server.locks.name()).collect();
        f.debug_struct("Quorum")
            .field("servers", &names)
            .field("call_limit", &self.call_limit)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
