//! The rules that every backend keeps, on a server.

mod conformance {
    pub(crate) mod driver;
    #[path = "../../../cache-redis/tests/conformance/harness.rs"]
    pub(crate) mod harness;
}

use conformance::driver;

mod resp2 {
    use crate::conformance::harness::ServerHarness;
    use crate::driver::Protocol;

    cache_conformance::suite!(
        harness = ServerHarness::new(Protocol::Resp2),
        // The server is bounded by memory and not by entries, and its clock goes by itself.
        left_out = [
            capacity::*,
            entries_are_counted,
            removals_are_counted_by_cause,
            every_insert_is_an_entry_or_a_removal,
            shortest_lifetime_lasts_a_millisecond,
            lifetime_is_rounded_up_to_a_millisecond,
        ],
    );
}

mod resp3 {
    use crate::conformance::harness::ServerHarness;
    use crate::driver::Protocol;

    cache_conformance::suite!(
        harness = ServerHarness::new(Protocol::Resp3),
        left_out = [
            capacity::*,
            entries_are_counted,
            removals_are_counted_by_cause,
            every_insert_is_an_entry_or_a_removal,
            shortest_lifetime_lasts_a_millisecond,
            lifetime_is_rounded_up_to_a_millisecond,
        ],
    );
}

mod resp3_on_one_thread {
    use crate::conformance::harness::ServerHarness;
    use crate::driver::Protocol;

    cache_conformance::suite!(
        harness = ServerHarness::new(Protocol::Resp3),
        runtime = current_thread,
        left_out = [
            capacity::*,
            entries_are_counted,
            removals_are_counted_by_cause,
            every_insert_is_an_entry_or_a_removal,
            shortest_lifetime_lasts_a_millisecond,
            lifetime_is_rounded_up_to_a_millisecond,
        ],
    );
}
