//! Locks, in one table.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use cache_core::{
    Acquired, Error, ErrorKind, Extended, Fence, LockName, LockRequest, LockState, Released, Token,
    Ttl,
};

use crate::clock::Clock;
use crate::problem::Problem;
use crate::store::Stopped;
use crate::sync::{Mutex, MutexGuard, Signal};

/// The table is looked through for what can go after so many ns, 10 s, while there is anything in
/// it.
const INTERVAL: u64 = 10_000_000_000;

/// Room for so many locks is kept in any case.
const LEAST_ROOM: usize = 1024;

/// The locks of a backend.
pub(crate) struct Locks {
    table: Mutex<Table>,
    clock: Clock,
    /// Wakes the sweeper.
    signal: Arc<Signal>,
}

#[derive(Default)]
struct Table {
    records: HashMap<Box<str>, Record>,
    /// When the table is looked through next; `None` while it is empty.
    next_look: Option<u64>,
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
    pub(crate) fn new(clock: Clock, signal: Arc<Signal>) -> Self {
        Self { table: Mutex::default(), clock, signal }
    }

    pub(crate) fn acquire(&self, request: &LockRequest<'_>) -> Result<Acquired, Problem> {
        // After a stop every call says so, whatever else is wrong with it.
        let mut table = self.lock()?;
        let lifetime = request.check()?.get().saturating_mul(1_000_000);
        if request.replicas > 0 {
            let problem = format!(
                "{} replicas were asked for and memory has none; ask for 0, or use a server",
                request.replicas
            );
            return Err(Error::not_applied(ErrorKind::NotReplicated, problem).into());
        }
        let now = self.clock.now();
        let record = table.records.get(request.name.as_str());
        let fence = match record.map(|record| (record, record.live(now))) {
            Some((record, Some(lease))) if lease.token == request.token => record.fence,
            Some((_, Some(lease))) => {
                return Ok(Acquired::held(Duration::from_nanos(lease.deadline - now)));
            }
            Some((record, None)) => self.next_fence(Some(record.fence), request.min_fence),
            None => self.next_fence(None, request.min_fence),
        };
        let deadline = now.saturating_add(lifetime);
        let lease = Lease { token: request.token, holder: request.holder.into(), deadline };
        let record = Record { fence, lease: Some(lease) };
        table.records.insert(request.name.as_str().into(), record);
        if table.next_look.is_none() {
            table.next_look = Some(now.saturating_add(INTERVAL));
            self.signal.raise();
        }
        Ok(Acquired::granted(Some(fence), Duration::from_nanos(lifetime)))
    }

    pub(crate) fn extend(
        &self,
        name: LockName<'_>,
        token: Token,
        ttl: Duration,
    ) -> Result<Extended, Problem> {
        let mut table = self.lock()?;
        let lifetime = lifetime(ttl)?;
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

    /// Forgets what is over, where it is time to; when it will be again.
    ///
    /// A fence that the clock has not passed is kept: it was asked for, and may not come again.
    pub(crate) fn sweep(&self) -> Option<u64> {
        let mut table = self.table.lock();
        let now = self.clock.now();
        if table.next_look? <= now {
            let unix_micros = self.clock.unix_micros();
            table.records.retain(|_, record| {
                record.live(now).is_some() || record.fence.get() >= unix_micros
            });
            let left = table.records.len();
            if table.records.capacity() > 8 * left + LEAST_ROOM {
                table.records.shrink_to_fit();
            }
            table.next_look = (left > 0).then(|| now.saturating_add(INTERVAL));
        }
        table.next_look
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
    fn next_fence(&self, last: Option<Fence>, least: Fence) -> Fence {
        let after_last = last.map_or(0, |fence| fence.get() + 1);
        Fence::new(after_last.max(self.clock.unix_micros())).max(least)
    }
}

impl Table {
    fn owned(&mut self, name: LockName<'_>, token: Token, now: u64) -> Option<&mut Lease> {
        let lease = self.records.get_mut(name.as_str())?.lease.as_mut()?;
        if lease.token == token && now < lease.deadline { Some(lease) } else { None }
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

    fn open(clock: Clock) -> Locks {
        Locks::new(clock, Arc::default())
    }

    #[test]
    fn locks_that_are_over_are_forgotten_without_being_asked_for() {
        let (clock, mock) = Clock::mock();
        let locks = open(clock);
        assert_eq!(locks.sweep(), None);
        for number in 0..100_000 {
            locks.acquire(&request(&format!("lock {number}"))).unwrap();
        }
        let lasting = LockRequest::new(
            LockName::new("lasting").unwrap(),
            Token::from_bytes([7; 16]),
            Duration::from_secs(60),
        );
        locks.acquire(&lasting).unwrap();
        assert_eq!(locks.sweep(), Some(INTERVAL));
        mock.advance(Duration::from_secs(10));
        assert_eq!(locks.sweep(), Some(2 * INTERVAL));
        let table = locks.table.lock();
        assert!(table.records.len() == 1 && table.records.capacity() < 2 * LEAST_ROOM);
        drop(table);
        mock.advance(Duration::from_secs(60));
        assert_eq!(locks.sweep(), None);
        assert_eq!(locks.table.lock().records.len(), 0);
    }

    #[test]
    fn a_fence_ahead_of_the_clock_is_remembered_after_the_lease() {
        let (clock, mock) = Clock::mock();
        let ahead = Fence::new(clock.unix_micros() + 3_600_000_000);
        let locks = open(clock);
        let asked = request("job");
        locks.acquire(&asked.min_fence(ahead)).unwrap();
        mock.advance(Duration::from_secs(60));
        assert!(locks.sweep().is_some());
        let fence = Fence::new(ahead.get() + 1);
        let granted = Acquired::granted(Some(fence), Duration::from_secs(1));
        assert_eq!(locks.acquire(&asked).unwrap(), granted);
    }
}
