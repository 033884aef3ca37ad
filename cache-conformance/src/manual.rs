//! The harness that most backends in a process need.

use std::fmt;
use std::time::Duration;

use cache_core::{Backend, Error, Reply};

use crate::{Harness, ManualClock};

/// A [`Harness`] for a backend that takes its time from a [`ManualClock`], made of how it is opened.
///
/// ```
/// use std::sync::Arc;
/// use cache_conformance::{ManualHarness, Model};
/// use cache_core::Backend;
///
/// cache_conformance::suite!(
///     harness = ManualHarness::new(|clock| Ok(Backend::new(Arc::new(Model::new(clock)))))
/// );
/// # fn main() {}
/// ```
pub struct ManualHarness<F> {
    clock: ManualClock,
    open: F,
}

impl<F: Fn(ManualClock) -> Result<Backend, Error> + Send + Sync> ManualHarness<F> {
    /// A harness whose backends are opened so, with a clock that all of them share.
    pub fn new(open: F) -> Self {
        Self { clock: ManualClock::new(), open }
    }
}

impl<F: Fn(ManualClock) -> Result<Backend, Error> + Send + Sync> Harness for ManualHarness<F> {
    fn open(&self) -> Reply<'_, Backend> {
        Reply::ready((self.open)(self.clock.clone()))
    }

    fn advance(&self, by: Duration) -> Reply<'_, ()> {
        self.clock.advance(by);
        Reply::ok(())
    }
}

impl<F> fmt::Debug for ManualHarness<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ManualHarness").field("clock", &self.clock).finish_non_exhaustive()
    }
}
