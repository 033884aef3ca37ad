//! The rules that every backend keeps.

use cache_memory::Bound;

mod harness;

mod by_weight {
    use super::{Bound, harness::MemoryHarness};

    cache_conformance::suite!(
        harness = MemoryHarness::new(Bound::default()),
        left_out = [persistence::*],
    );
}

mod by_entries_on_one_thread {
    use super::{Bound, harness::MemoryHarness};

    cache_conformance::suite!(
        harness = MemoryHarness::new(Bound::Entries(100_000)),
        runtime = current_thread,
        left_out = [persistence::*],
    );
}

/// Random operations, one by one beside the reference model.
mod beside_the_model {
    use super::{Bound, harness::MemoryHarness};

    #[test]
    fn ten_thousand_operations_answer_the_same() {
        for seed in 0..4 {
            cache_conformance::differential(MemoryHarness::new(Bound::default()), seed, 10_000);
        }
    }

    #[test]
    #[cfg_attr(debug_assertions, ignore = "a load for the release build: cargo xtask test runs it")]
    fn a_million_operations_answer_the_same() {
        cache_conformance::differential(MemoryHarness::new(Bound::default()), 2026, 1_000_000);
    }
}
