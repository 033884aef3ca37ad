//! Subscribing to events.

use cache_core::{Reply, Scope, Subscription, Watch};

use super::findings::Findings;
use super::part::Part;
use crate::Operation;

#[deny(clippy::missing_trait_methods)]
impl Watch for Part<dyn Watch> {
    fn watch(&self, scope: Scope<'_>) -> Reply<'_, Subscription> {
        self.see(Operation::Watch, scope.into(), Findings::none, |watch| watch.watch(scope))
    }
}
