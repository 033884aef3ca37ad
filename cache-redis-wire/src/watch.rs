//! Change events, by the server's tracking of keys (Redis manual, "Client-side caching in Redis",
//! broadcasting mode).

mod cover;
mod hub;
mod rush;
mod table;
mod task;

use std::sync::Arc;

use cache_core::{Error, Reply, Scope, Subscription};
use tokio::sync::oneshot;

use self::hub::{Begin, Hub};
use self::table::Wanted;
use crate::clock;
use crate::driver::Driver;
use crate::supervise::{Call, Fault, Link, no_runtime};

/// The subscriptions of one backend, over one listener at a time. Its drop ends them all.
///
/// The listener is opened by the first subscription, on the runtime of that call, and closed when there
/// has been none for a while. When it is lost, every subscription is told of a gap at once, and of
/// another when the next is in force. Where its runtime ends, all subscriptions end: nobody could
/// tell them anything more.
pub(crate) struct Watching<D: Driver>(Arc<Hub<D>>);

impl<D: Driver> Watching<D> {
    /// Nothing is dialled before the first subscription. Shares the limit of attempts with `link`.
    pub(crate) fn new(link: &Link<D>) -> Self {
        Self(Hub::new(Arc::clone(link.shared())))
    }

    /// Subscribes. Ready means in force.
    ///
    /// # Errors
    /// The kind of the error with which connecting failed; `Unavailable` where the deadline passed
    /// before; `Stopped`; `Config` without a runtime.
    pub(crate) fn watch(&self, scope: Scope<'_>) -> Reply<'_, Subscription> {
        match Wanted::of(scope) {
            Some(wanted) => Reply::pending(self.subscribe(wanted)),
            None => Reply::err(Error::unsupported(self.0.shared.driver.name(), "watch")),
        }
    }

    /// Ends every subscription. Further ones are refused.
    pub(crate) fn stop(&self) {
        self.0.stop();
    }

    async fn subscribe(&self, wanted: Wanted) -> Result<Subscription, Error> {
        let shared = &self.0.shared;
        let call = Call { operation: "watch", reads_only: true };
        let fault = Fault { settings: &shared.settings, backend: shared.driver.name(), call };
        let timer = clock::start(shared.settings.deadline());
        let timer = timer.map_err(|over| fault.no_connection(over))?;
        let (subscription, in_force) = match self.0.subscribe(wanted) {
            Begin::InForce(subscription) => return Ok(subscription),
            Begin::Waiting(subscription, in_force) => (subscription, in_force),
            Begin::Stopped => return Err(fault.stopped()),
            Begin::NoRuntime => return Err(fault.refused(no_runtime())),
        };
        match clock::before(std::pin::pin!(timer), std::pin::pin!(in_force)).await {
            Ok(Ok(Ok(()))) => Ok(subscription),
            Ok(Ok(Err(error))) => Err(fault.refused(error)),
            Ok(Err(oneshot::error::RecvError { .. })) if self.0.is_stopped() => {
                Err(fault.stopped())
            }
            Ok(Err(oneshot::error::RecvError { .. })) => Err(fault.refused(no_runtime())),
            Err(over) => Err(fault.no_connection(over)),
        }
    }
}

impl<D: Driver> Drop for Watching<D> {
    fn drop(&mut self) {
        self.stop();
    }
}

#[cfg(test)]
mod tests;
