//! Faults of subscribing to events, and the gap that an outage leaves.

use cache_core::{Reply, Scope, Subscription, Watch};

use super::part::Part;
use crate::Operation;

#[deny(clippy::missing_trait_methods)]
impl Watch for Part<dyn Watch> {
    fn watch(&self, scope: Scope<'_>) -> Reply<'_, Subscription> {
        self.run(Operation::Watch, |watch| watch.watch(scope)).map(|subscription| {
            self.control().tell_gaps_to(&subscription);
            subscription
        })
    }
}
