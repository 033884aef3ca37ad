//! How the conformance suite opens this backend and moves its clock.

use std::time::Duration;

use cache_conformance::Harness;
use cache_core::{Backend, Error, Reply};
use cache_memory::{Bound, Clock, Memory, MockClock, Options};

pub(crate) struct MemoryHarness {
    bound: Bound,
    clock: Clock,
    mock: MockClock,
}

impl MemoryHarness {
    pub(crate) fn new(bound: Bound) -> Self {
        let (clock, mock) = Clock::mock();
        Self { bound, clock, mock }
    }

    fn open_with(&self, bound: Bound) -> Result<Backend, Error> {
        let options = Options::new().bound(bound).clock(self.clock.clone());
        Ok(Memory::open(options)?.into_backend())
    }
}

impl Harness for MemoryHarness {
    fn open(&self) -> Reply<'_, Backend> {
        Reply::ready(self.open_with(self.bound))
    }

    fn advance(&self, by: Duration) -> Reply<'_, ()> {
        self.mock.advance(by);
        Reply::ok(())
    }

    fn restart(&self, backend: Backend) -> Reply<'_, Option<Backend>> {
        drop(backend);
        Reply::ready(self.open_with(self.bound).map(Some))
    }

    fn open_bounded(&self, entries: u64) -> Reply<'_, Option<Backend>> {
        Reply::ready(self.open_with(Bound::Entries(entries)).map(Some))
    }
}
