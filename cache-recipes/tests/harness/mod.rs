//! How the conformance suite opens a wrapped backend and moves its clock.

use std::time::Duration;

use cache_conformance::{Harness, ModelHarness};
use cache_core::{Backend, Error, Reply};
use cache_memory::{Bound, Clock, Memory, MockClock, Options};

/// Opens what another harness opens, in a wrapper.
pub(crate) struct Wrapped<H> {
    inner: H,
    wrap: fn(Backend) -> Backend,
}

impl<H: Harness> Wrapped<H> {
    pub(crate) fn new(inner: H, wrap: fn(Backend) -> Backend) -> Self {
        Self { inner, wrap }
    }
}

impl<H: Harness> Harness for Wrapped<H> {
    fn open(&self) -> Reply<'_, Backend> {
        self.inner.open().map(self.wrap)
    }

    fn advance(&self, by: Duration) -> Reply<'_, ()> {
        self.inner.advance(by)
    }

    fn restart(&self, backend: Backend) -> Reply<'_, Option<Backend>> {
        self.inner.restart(backend).map(|opened| opened.map(self.wrap))
    }

    fn open_bounded(&self, entries: u64) -> Reply<'_, Option<Backend>> {
        self.inner.open_bounded(entries).map(|opened| opened.map(self.wrap))
    }
}

pub(crate) fn model(wrap: fn(Backend) -> Backend) -> Wrapped<ModelHarness> {
    Wrapped::new(ModelHarness::new(), wrap)
}

pub(crate) fn memory(wrap: fn(Backend) -> Backend) -> Wrapped<MemoryHarness> {
    let (clock, mock) = Clock::mock();
    Wrapped::new(MemoryHarness { clock, mock }, wrap)
}

pub(crate) struct MemoryHarness {
    clock: Clock,
    mock: MockClock,
}

impl MemoryHarness {
    fn open_with(&self, bound: Bound) -> Result<Backend, Error> {
        let options = Options::new().bound(bound).clock(self.clock.clone());
        Ok(Memory::open(options)?.into_backend())
    }
}

impl Harness for MemoryHarness {
    fn open(&self) -> Reply<'_, Backend> {
        Reply::ready(self.open_with(Bound::default()))
    }

    fn advance(&self, by: Duration) -> Reply<'_, ()> {
        self.mock.advance(by);
        Reply::ok(())
    }

    fn restart(&self, backend: Backend) -> Reply<'_, Option<Backend>> {
        drop(backend);
        Reply::ready(self.open_with(Bound::default()).map(Some))
    }

    fn open_bounded(&self, entries: u64) -> Reply<'_, Option<Backend>> {
        Reply::ready(self.open_with(Bound::Entries(entries)).map(Some))
    }
}
