//! The model under its own suite.

use std::sync::Arc;
use std::time::Duration;

use cache_core::{Backend, Reply};

use super::{ManualClock, Model};
use crate::Harness;

/// Opens [`Model`]s that share a [`ManualClock`].
#[derive(Debug, Default)]
pub struct ModelHarness {
    clock: ManualClock,
}

impl ModelHarness {
    /// A harness whose clock stands at its beginning.
    pub fn new() -> Self {
        Self::default()
    }

    fn backend(model: Model) -> Backend {
        let model = Arc::new(model);
        let (locks, watch) = (Arc::clone(&model), Arc::clone(&model));
        Backend::new(model).with_locks(locks).with_watch(watch)
    }
}

impl Harness for ModelHarness {
    fn open(&self) -> Reply<'_, Backend> {
        Reply::ok(Self::backend(Model::new(self.clock.clone())))
    }

    fn advance(&self, by: Duration) -> Reply<'_, ()> {
        self.clock.advance(by);
        Reply::ok(())
    }

    fn restart(&self, backend: Backend) -> Reply<'_, Option<Backend>> {
        drop(backend);
        self.open().map(Some)
    }

    fn open_bounded(&self, entries: u64) -> Reply<'_, Option<Backend>> {
        Reply::ok(Some(Self::backend(Model::bounded(self.clock.clone(), entries))))
    }
}
