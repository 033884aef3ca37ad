//! The model as a lock server.

use std::time::Duration;

use cache_core::{
    Acquired, Error, ErrorKind, Extended, Fence, LockBackend, LockName, LockRequest, LockState,
    Released, Reply, Token, Ttl,
};

use super::Model;
use super::state::{Change, Lease, State};

/// Where the wall clock of the model begins, so that its fences look like real ones.
const WALL_CLOCK_BEGINS: Duration = Duration::from_secs(1_700_000_000);

#[deny(clippy::missing_trait_methods)]
impl LockBackend for Model {
    fn acquire(&self, request: LockRequest<'_>) -> Reply<'_, Acquired> {
        self.step("acquire", |state, now| acquire(state, now, &request))
    }

    fn extend(&self, name: LockName<'_>, token: Token, ttl: Duration) -> Reply<'_, Extended> {
        self.step("extend", |state, now| {
            let ends = now + lifetime(ttl)?;
            let Some(lease) = held(state, name, token) else { return Ok(Extended::NotOwner) };
            lease.ends = ends;
            changed(state, name, ends);
            Ok(Extended::Extended)
        })
    }

    fn release(&self, name: LockName<'_>, token: Token) -> Reply<'_, Released> {
        self.step("release", |state, now| {
            if held(state, name, token).is_none() {
                return Ok(Released::NotOwner);
            }
            state.locks.remove(name.as_str());
            changed(state, name, now);
            Ok(Released::Released)
        })
    }

    fn inspect(&self, name: LockName<'_>) -> Reply<'_, Option<LockState>> {
        self.step("inspect", |state, now| {
            let show = |lease: &Lease| {
                LockState::new(Some(lease.fence), lease.holder.clone(), lease.ends - now)
            };
            Ok(state.locks.get(name.as_str()).map(show))
        })
    }
}

fn acquire(state: &mut State, now: Duration, request: &LockRequest<'_>) -> Result<Acquired, Error> {
    let ttl = Duration::from_millis(request.check()?.get());
    if request.replicas > 0 {
        let detail = "the model has no replicas; ask for none";
        return Err(Error::not_applied(ErrorKind::NotReplicated, detail));
    }
    let name = request.name.as_str();
    let fence = match state.locks.get(name) {
        Some(lease) if lease.token != request.token => {
            return Ok(Acquired::held(lease.ends - now));
        }
        Some(lease) => lease.fence,
        None => mint(state, now, request),
    };
    let (token, holder) = (request.token, request.holder.into());
    state.locks.insert(name.to_owned(), Lease { token, holder, fence, ends: now + ttl });
    changed(state, request.name, now + ttl);
    Ok(Acquired::granted(Some(fence), ttl))
}

/// The next fence of a name: above the last one, the wall clock, and what the caller has seen.
fn mint(state: &mut State, now: Duration, request: &LockRequest<'_>) -> Fence {
    let name = request.name.as_str();
    let last = state.fences.get(name).map_or(0, |fence| fence.get());
    let wall_clock = (WALL_CLOCK_BEGINS + now).as_micros();
    let wall_clock = u64::try_from(wall_clock).unwrap_or(u64::MAX);
    let fence = Fence::new((last + 1).max(wall_clock).max(request.min_fence.get()));
    state.fences.insert(name.to_owned(), fence);
    fence
}

/// The lease, if this token holds it.
fn held<'a>(state: &'a mut State, name: LockName<'_>, token: Token) -> Option<&'a mut Lease> {
    state.locks.get_mut(name.as_str()).filter(|lease| lease.token == token)
}

fn lifetime(ttl: Duration) -> Result<Duration, Error> {
    let millis = Ttl::After(ttl).to_millis()?;
    Ok(Duration::from_millis(millis.map_or(0, |millis| millis.get())))
}

fn changed(state: &mut State, name: LockName<'_>, ends: Duration) {
    state.will_end(ends);
    state.changes.push(Change::Lock(name.as_str().to_owned()));
}
