//! The one subscription of a name that its waiters and holders share.

use std::sync::Arc;
use std::time::Duration;

use cache_core::{Scope, Subscription, Watch};

use super::hub::Name;
use crate::clock::{later, now, pause, until};
use crate::race::{First, race};

/// A subscription outlives its last user so long: under contention the next one comes at once.
const LINGER: Duration = Duration::from_secs(1);

/// A subscription that failed is tried again after this.
const AGAIN: Duration = Duration::from_millis(500);

/// How long a backend may take to subscribe.
const LIMIT: Duration = Duration::from_secs(1);

/// Keeps a subscription while anybody is interested, on the runtime of the caller.
pub(super) fn start(name: Arc<Name>, watch: Arc<dyn Watch>) {
    let mut running = Running(Some(Arc::clone(&name)));
    drop(tokio::spawn(async move {
        loop {
            match race(unused(&name), tell(&name, &watch)).await {
                First::Left(()) if name.stop_pumping() => break,
                First::Left(()) | First::Right(()) => name.set_has_events(false),
            }
        }
        running.ended();
    }));
}

/// A runtime that ends drops the pump: others may then start one on theirs.
struct Running(Option<Arc<Name>>);

impl Running {
    fn ended(&mut self) {
        self.0 = None;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(name) = &self.0 {
            name.pump_broke_off();
        }
    }
}

/// Answers when nobody has been interested for a while.
async fn unused(name: &Name) {
    let interested = name.interested();
    loop {
        interested.wait_for(|count| *count == 0).await;
        let used_again = interested.wait_for(|count| *count > 0);
        if until(later(now(), LINGER), used_again).await.is_none() {
            return;
        }
    }
}

/// Subscribes, and tells the name what the subscription tells; answers when it has failed or ended.
async fn tell(name: &Name, watch: &Arc<dyn Watch>) {
    if let Some(mut subscription) = subscribe(name, watch).await {
        name.set_has_events(true);
        // Whatever happened before the subscription was in force was not told: look again.
        name.changed();
        while subscription.next().await.is_some() {
            name.changed();
        }
        name.set_has_events(false);
        // Waiters now ask more often, by themselves.
        name.changed();
    }
    pause(AGAIN).await;
}

async fn subscribe(name: &Name, watch: &Arc<dyn Watch>) -> Option<Subscription> {
    let lock_name = name.lock_name().ok()?;
    until(later(now(), LIMIT), watch.watch(Scope::Lock(lock_name))).await?.ok()
}
