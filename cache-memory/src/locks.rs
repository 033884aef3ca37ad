//! Locks, in one table.

use std::collections::HashMap;
use std::time::Duration;

use cache_core::{
    Acquired, Error, ErrorKind, Extended, Fence, LockName, LockRequest, LockState, Released, Token,
    Ttl,
};

use crate::clock::Clock;
use crate::problem::Problem;
use crate::store::Stopped;
use crate::sync::{Mutex, MutexGuard};

/// A table is looked through for what can go when it has this many locks, and then whenever it has
/// grown to twice of what was left.
const FIRST_LOOK: usize = 64;

/// The locks of a backend.
pub(crate) struct Locks {
    table: Mutex<Table>,
    clock: Clock,
}

#[derive(Default)]
struct Table {
    records: HashMap<Box<str>, Record>,
    look_at: usize,
    stopped: bool,
}

/// What is known of a name. It is kept after the lease has ended for as long as the clock has not
/// passed the fence: from then on the clock alone makes the next fence larger.
struct Record {
    fence: Fence,
    lease: Option<Lease>,
}

struct Lease {
    token: Token,
    holder: Box<str>,
    deadline: u64,
}

impl Locks {
    pub(crate) fn new(clock: Clock) -> Self {
        Self { table: Mutex::default(), clock }
    }

    pub(crate) fn acquire(&self, request: &LockRequest<'_>) -> Result<Acquired, Problem> {
        let lifetime = lifetime(request.ttl)?;
        if request.replicas > 0 {
            let problem = format!(
                "{} replicas were asked for and memory has none; ask for 0, or use a server",
                request.replicas
            );
            return Err(Error::not_applied(ErrorKind::NotReplicated, problem).into());
        }
        let mut table = self.lock()?;
        let now = self.clock.now();
        table.forget_what_is_over(now, self.clock.unix_micros());
        let record = table.records.get(request.name.as_str());
        let fence = match record.map(|record| (record, record.live(now))) {
            Some((record, Some(lease))) if lease.token == request.token => record.fence,
            Some((_, Some(lease))) => {
                return Ok(Acquired::held(Duration::from_nanos(lease.deadline - now)));
            }
            Some((record, None)) => self.next_fence(Some(record.fence), request.min_fence)?,
            None => self.next_fence(None, request.min_fence)?,
        };
        let deadline = now.saturating_add(lifetime);
        let lease = Lease { token: request.token, holder: request.holder.into(), deadline };
        let record = Record { fence, lease: Some(lease) };
        table.records.insert(request.name.as_str().into(), record);
        Ok(Acquired::granted(Some(fence), Duration::from_nanos(lifetime)))
    }

    pub(crate) fn extend(
        &self,
        name: LockName<'_>,
        token: Token,
        ttl: Duration,
    ) -> Result<Extended, Problem> {
        let lifetime = lifetime(ttl)?;
        let mut table = self.lock()?;
        let now = self.clock.now();
        let Some(lease) = table.owned(name, token, now) else { return Ok(Extended::NotOwner) };
        lease.deadline = now.saturating_add(lifetime);
        Ok(Extended::Extended)
    }

    pub(crate) fn release(&self, name: LockName<'_>, token: Token) -> Result<Released, Problem> {
        let mut table = self.lock()?;
        if table.owned(name, token, self.clock.now()).is_none() {
            return Ok(Released::NotOwner);
        }
        if let Some(record) = table.records.get_mut(name.as_str()) {
            record.lease = None;
        }
        Ok(Released::Released)
    }

    pub(crate) fn inspect(&self, name: LockName<'_>) -> Result<Option<LockState>, Problem> {
        let table = self.lock()?;
        let now = self.clock.now();
        Ok(table.records.get(name.as_str()).and_then(|record| {
            let lease = record.live(now)?;
            let ttl_left = Duration::from_nanos(lease.deadline - now);
            Some(LockState::new(Some(record.fence), lease.holder.clone(), ttl_left))
        }))
    }

    pub(crate) fn stop(&self) {
        let mut table = self.table.lock();
        table.stopped = true;
        table.records = HashMap::new();
    }

    fn lock(&self) -> Result<MutexGuard<'_, Table>, Stopped> {
        let table = self.table.lock();
        if table.stopped { Err(Stopped) } else { Ok(table) }
    }

    /// Larger than the last one, not below the wall clock, not below what was asked for.
    fn next_fence(&self, last: Option<Fence>, least: Fence) -> Result<Fence, Error> {
        if last == Some(Fence::MAX) {
            let problem = "the fences of this name are used up, because a caller asked for the \
                           largest one; use another name";
            return Err(Error::not_applied(ErrorKind::InvalidInput, problem));
        }
        let after_last = last.map_or(0, |fence| fence.get() + 1);
        Ok(Fence::new(after_last.max(self.clock.unix_micros())).max(least))
    }
}

impl Table {
    fn owned(&mut self, name: LockName<'_>, token: Token, now: u64) -> Option<&mut Lease> {
        let lease = self.records.get_mut(name.as_str())?.lease.as_mut()?;
        if lease.token == token && now < lease.deadline { Some(lease) } else { None }
    }

    fn forget_what_is_over(&mut self, now: u64, unix_micros: u64) {
        if self.records.len() < self.look_at.max(FIRST_LOOK) {
            return;
        }
        self.records
            .retain(|_, record| record.live(now).is_some() || record.fence.get() >= unix_micros);
        self.look_at = self.records.len() * 2;
    }
}

impl Record {
    fn live(&self, now: u64) -> Option<&Lease> {
        self.lease.as_ref().filter(|lease| now < lease.deadline)
    }
}

/// A lifetime in ns.
fn lifetime(ttl: Duration) -> Result<u64, Error> {
    let millis = Ttl::After(ttl).to_millis()?.map_or(0, std::num::NonZeroU64::get);
    Ok(millis.saturating_mul(1_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(name: &str) -> LockRequest<'_> {
        let token = Token::from_bytes([7; 16]);
        LockRequest::new(LockName::new(name).unwrap(), token, Duration::from_secs(1))
    }

    #[test]
    fn locks_that_are_over_are_forgotten() {
        let (clock, mock) = Clock::mock();
        let locks = Locks::new(clock);
        for number in 0..10_000 {
            locks.acquire(&request(&format!("lock {number}"))).unwrap();
            mock.advance(Duration::from_millis(100));
        }
        assert!(locks.table.lock().records.len() <= FIRST_LOOK);
    }

    #[test]
    fn a_fence_ahead_of_the_clock_is_remembered_after_the_lease() {
        let (clock, mock) = Clock::mock();
        let ahead = Fence::new(clock.unix_micros() + 3_600_000_000);
        let locks = Locks::new(clock);
        let asked = request("job");
        locks.acquire(&asked.min_fence(ahead)).unwrap();
        for number in 0..1_000 {
            locks.acquire(&request(&format!("other {number}"))).unwrap();
        }
        mock.advance(Duration::from_secs(60));
        locks.acquire(&request("one more")).unwrap();
        let fence = Fence::new(ahead.get() + 1);
        let granted = Acquired::granted(Some(fence), Duration::from_secs(1));
        assert_eq!(locks.acquire(&asked).unwrap(), granted);
    }

    #[test]
    fn a_name_whose_fences_are_used_up_says_so() {
        let (clock, mock) = Clock::mock();
        let locks = Locks::new(clock);
        locks.acquire(&request("job").min_fence(Fence::MAX)).unwrap();
        mock.advance(Duration::from_secs(2));
        let error = locks.acquire(&request("job")).unwrap_err().of("acquire", None);
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }
}
