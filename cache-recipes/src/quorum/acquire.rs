//! How a majority is won.

use std::time::Duration;

use cache_core::{
    Acquired, Effect, Error, ErrorKind, Fence, LockName, LockRequest, Released, Reply, Token,
};

use super::Quorum;
use super::aliases::{Alias, Aliases};
use super::release::{Release, is_answered};
use super::round::{Order, Round, Server};
use crate::clock::{Moment, later, now, pause, unix_micros};
use crate::locks::random;

/// How far ahead of the clock fences are asked for, in µs: further than the clocks of servers
/// differ, so that all of them grant the same.
const AHEAD: u64 = 1_000_000;

/// Half of the longest time that a candidate stays away at first.
const MEETING: Duration = Duration::from_millis(1);

/// A request that owns what it needs.
#[derive(Clone)]
struct Asked {
    name: Box<str>,
    /// Whose request it is.
    owner: Token,
    /// What the servers know the owner by.
    alias: Alias,
    ttl: Duration,
    holder: Box<str>,
    replicas: u32,
    min_fence: Fence,
}

/// What the servers answered.
#[derive(Default)]
struct Tally {
    /// Which servers granted, with which fence.
    granted: Vec<(usize, Option<Fence>)>,
    /// When the leases of others end.
    held: Vec<Duration>,
    /// Which servers surely have nothing of the owner's.
    refused: Vec<usize>,
    failures: Vec<Error>,
    /// Whether any had granted what was given back since.
    was_granted: bool,
}

pub(super) fn run<'a>(quorum: &'a Quorum, request: &LockRequest<'_>) -> Reply<'a, Acquired> {
    let ahead = Fence::new(unix_micros().saturating_add(AHEAD)).min(LockRequest::MAX_MIN_FENCE);
    let mut asked = Asked {
        name: request.name.as_str().into(),
        owner: request.token,
        alias: quorum.aliases.of(request.token),
        ttl: request.ttl,
        holder: request.holder.into(),
        replicas: request.replicas,
        min_fence: request.min_fence.max(ahead),
    };
    Reply::pending(async move {
        let (end, mut longest) = (later(now(), quorum.call_limit), MEETING);
        loop {
            let begun = now();
            let mut tally = Tally::default();
            asked.alias = quorum.aliases.for_asking(asked.owner);
            quorum.ask(quorum.servers.iter(), &asked, &mut tally).await?;
            if tally.granted.len() >= quorum.majority() && tally.agreed(quorum).is_none() {
                quorum.raise(asked.clone(), &mut tally).await?;
            }
            let answer = quorum.decide(&asked, begun, &mut tally).await?;
            let is_candidate = matches!(answer, Acquired::Held { .. }) && tally.was_granted;
            if !is_candidate || !quorum.is_split(&asked).await {
                return Ok(answer);
            }
            // Long enough for another candidate to be done before this one comes back.
            longest = 2 * longest.max(now().duration_since(begun));
            let length = random::up_to(longest);
            if later(now(), length) >= end {
                return Ok(answer);
            }
            pause(length).await;
        }
    })
}

impl Quorum {
    /// Whether nobody has the name on a majority, as far as a majority tells: candidates have taken
    /// each other's servers. Who comes back after a random time finds it free (Ongaro, Ousterhout:
    /// "In Search of an Understandable Consensus Algorithm", 2014, 5.2, for the same of elections).
    async fn is_split(&self, asked: &Asked) -> bool {
        matches!(self.inspect_on(asked.name.clone()).await, Ok(None))
    }

    /// Asks until it is decided, or all have answered.
    async fn ask(
        &self,
        servers: impl ExactSizeIterator<Item = &Server>,
        asked: &Asked,
        tally: &mut Tally,
    ) -> Result<(), Error> {
        let (order, mut left) = (Order::Behind(&self.turns, asked.alias.token), servers.len());
        let mut round = Round::start(servers, self.call_limit, &order, |server| {
            let (asked, aliases) = (asked.clone(), self.aliases.clone());
            async move { asked.of(&server, &aliases).await }
        })?;
        while let Some((index, answer)) = round.next().await {
            left -= 1;
            tally.add(index, answer);
            if tally.agreed(self).is_some() {
                round.finish_alone();
                return Ok(());
            }
            if tally.is_lost(left, self) {
                // Those that have not answered are given back with the others.
                return Ok(());
            }
        }
        Ok(())
    }

    /// The fences of the grants differ: gives them back, and asks for one above all. A token that
    /// holds a name keeps its fence, so there is no shorter way.
    async fn raise(&self, mut asked: Asked, tally: &mut Tally) -> Result<(), Error> {
        let highest = tally.granted.iter().filter_map(|(_, fence)| *fence).max();
        let highest = highest.unwrap_or(Fence::new(0)).get().max(asked.min_fence.get());
        let above = Fence::new(highest.saturating_add(AHEAD));
        if above > LockRequest::MAX_MIN_FENCE {
            tally.granted.clear();
            return Ok(());
        }
        asked.min_fence = above;
        let granted: Vec<_> = std::mem::take(&mut tally.granted);
        let granted = self
            .servers
            .iter()
            .filter(|server| granted.iter().any(|(index, _)| *index == server.index));
        let given_back = self.give_back(granted, &asked, tally).await?;
        let servers: Vec<_> =
            self.servers.iter().filter(|server| given_back.contains(&server.index)).collect();
        self.ask(servers.into_iter(), &asked, tally).await
    }

    async fn decide(
        &self,
        asked: &Asked,
        begun: Moment,
        tally: &mut Tally,
    ) -> Result<Acquired, Error> {
        let drift = asked.ttl / 100 + Duration::from_millis(2);
        let spent = now().duration_since(begun) + drift;
        let left = asked.ttl.saturating_sub(spent);
        match tally.agreed(self) {
            Some(fence) if !left.is_zero() => {
                self.aliases.granted(asked.owner, asked.alias, later(now(), asked.ttl));
                return Ok(Acquired::granted(fence, left));
            }
            Some(_) | None => {}
        }
        let may_have_granted: Vec<_> =
            self.servers.iter().filter(|server| !tally.refused.contains(&server.index)).collect();
        let count = may_have_granted.len();
        self.aliases.released(asked.owner);
        let given_back = self.give_back(may_have_granted, asked, tally).await?;
        self.refusal(tally, count - given_back.len())
    }

    /// Releases the token on servers; which of them have answered.
    async fn give_back<'s>(
        &self,
        servers: impl IntoIterator<Item = &'s Server>,
        asked: &Asked,
        tally: &mut Tally,
    ) -> Result<Vec<usize>, Error> {
        let mut round = self.start_release(servers, &asked.name, asked.owner, asked.alias)?;
        let mut answered = Vec::new();
        while let Some((index, answer)) = round.next().await {
            tally.was_granted |= matches!(answer, Ok(Released::Released));
            answered.extend(index.filter(|_| is_answered(&answer)));
        }
        Ok(answered)
    }

    /// What to answer when no majority was won, and all was given back but on so many servers.
    fn refusal(&self, tally: &mut Tally, unsure: usize) -> Result<Acquired, Error> {
        let heard = tally.heard();
        // Where a majority may have the token yet, others cannot be said to hold the name.
        if heard >= self.majority() && unsure < self.majority() {
            tally.held.sort_unstable();
            let missing = self.majority().saturating_sub(tally.granted.len()).max(1);
            // When so many of the others' leases have ended, a majority is free. Where nobody had a
            // majority, the others give back what they have at once.
            let retry_after = tally.held.get(missing - 1).or_else(|| tally.held.last());
            return Ok(Acquired::held(retry_after.copied().unwrap_or(Duration::from_millis(1))));
        }
        if tally.failures.is_empty() {
            let problem = "the servers answered, and not when the name was given back to them";
            tally.failures.push(Error::unknown(ErrorKind::Unavailable, problem));
        }
        let lasting = tally.failures.iter().position(|error| !error.is_retryable());
        let error = tally.failures.swap_remove(lasting.unwrap_or(0));
        let is_untouched = unsure == 0 && error.kind() != ErrorKind::Timeout;
        let effect = if is_untouched { Effect::NotApplied } else { Effect::Unknown };
        let (failed, all) = (unsure.max(self.servers.len() - heard), self.servers.len());
        let problem = format!("{failed} of {all} servers failed, one of them: {}", error.detail());
        Err(error.with_effect(effect).with_detail(problem))
    }
}

impl Asked {
    /// Asks one server, whose turn has come: every call before it has ended, or is in doubt.
    async fn of(&self, server: &Server, aliases: &Aliases) -> Result<Acquired, Error> {
        let name = LockName::new(&self.name)?;
        let release = Release { aliases, name, owner: self.owner };
        let is_free = match release.earlier(server, self.alias).await {
            Ok(()) => !aliases.is_doubtful(server.index, self.owner, self.alias),
            Err(_) => false,
        };
        if !is_free {
            let problem = "an earlier release of the token may still be on its way";
            return Err(Error::not_applied(ErrorKind::Unavailable, problem));
        }
        server.locks.acquire(self.request(name)).await
    }

    fn request<'a>(&'a self, name: LockName<'a>) -> LockRequest<'a> {
        LockRequest::new(name, self.alias.token, self.ttl)
            .holder(&self.holder)
            .replicas(self.replicas)
            .min_fence(self.min_fence)
    }
}

impl Tally {
    fn add(&mut self, index: Option<usize>, answer: Result<Acquired, Error>) {
        match (index, answer) {
            (Some(index), Ok(Acquired::Granted { fence, .. })) => {
                self.granted.push((index, fence));
            }
            (index, Ok(Acquired::Held { retry_after, .. })) => {
                self.refused.extend(index);
                self.held.push(retry_after);
            }
            (index, Err(error)) => {
                self.refused.extend(index.filter(|_| error.effect() == Effect::NotApplied));
                self.failures.push(error);
            }
            (_, Ok(_)) => {
                let problem = "a server gave an answer that this version does not know";
                self.failures.push(Error::unknown(ErrorKind::Corrupt, problem));
            }
        }
    }

    fn heard(&self) -> usize {
        self.granted.len() + self.held.len()
    }

    /// Whether no majority can be won any more, and it is known why: others hold it, or too many
    /// failed. One server that is down beside one that is held says nothing yet.
    fn is_lost(&self, left: usize, quorum: &Quorum) -> bool {
        let majority = quorum.majority();
        let is_told = self.heard() >= majority || self.heard() + left < majority;
        self.granted.len() + left < majority && is_told
    }

    /// The fence that a majority has recorded, where one has; `None` in it where there are none.
    fn agreed(&self, quorum: &Quorum) -> Option<Option<Fence>> {
        if !quorum.has_fences() {
            return (self.granted.len() >= quorum.majority()).then_some(None);
        }
        let of = |fence| self.granted.iter().filter(|(_, other)| *other == fence).count();
        let agreed = |(_, fence): &&(usize, Option<Fence>)| {
            fence.is_some() && of(*fence) >= quorum.majority()
        };
        self.granted.iter().find(agreed).map(|(_, fence)| *fence)
    }
}
