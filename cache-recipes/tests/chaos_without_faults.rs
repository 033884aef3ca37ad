//! Chaos without faults is no change: the backend inside passes the suite as it does alone.

use cache_core::Backend;
use cache_recipes::Chaos;

mod harness;

fn calm(backend: Backend) -> Backend {
    Chaos::new(backend, 0).into_backend()
}

mod over_memory {
    use super::{calm, harness};

    cache_conformance::suite!(harness = harness::memory(calm));
}

mod over_the_model {
    use super::{calm, harness};

    cache_conformance::suite!(harness = harness::model(calm), runtime = current_thread);
}
