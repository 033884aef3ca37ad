//! Being seen is no change: the backend inside passes the suite as it does alone.

mod harness;

mod over_memory {
    use super::harness;

    cache_conformance::suite!(harness = harness::memory(cache_recipes::observe));
}

mod over_the_model {
    use super::harness;

    cache_conformance::suite!(
        harness = harness::model(cache_recipes::observe),
        runtime = current_thread,
    );
}
