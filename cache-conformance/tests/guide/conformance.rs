use super::small;

use std::sync::Arc;
use std::time::Duration;

use cache_conformance::{Harness, ManualClock};
use cache_core::{Backend, Reply};
use small::Small;

#[derive(Default)]
struct SmallHarness {
    clock: ManualClock,
}

impl Harness for SmallHarness {
    fn open(&self) -> Reply<'_, Backend> {
        let clock = self.clock.clone();
        Reply::ok(Backend::new(Arc::new(Small::with_clock(move || clock.now()))))
    }

    fn advance(&self, by: Duration) -> Reply<'_, ()> {
        self.clock.advance(by);
        Reply::ok(())
    }

    fn restart(&self, backend: Backend) -> Reply<'_, Option<Backend>> {
        drop(backend);
        self.open().map(Some)
    }
}

cache_conformance::suite!(harness = SmallHarness::default());

// The chapter ends here.

/// The chapter says which capabilities `Small` claims: no more and no fewer cases are left out.
#[test]
fn small_leaves_out_what_it_does_not_claim() {
    let expected = [
        "awkward_keys_work_in_every_optional_operation",
        "expired_number_counts_from_zero",
        "increment_changes_the_version",
        "increment::*",
        "clear_never_touches_locks",
        "clear_never_touches_fences",
        "clear::*",
        "no_increment_is_lost",
        "dropped_increment_counts_once_or_not",
        "dropped_clear_leaves_what_is_out_of_scope",
        "dropped_acquire_can_be_released",
        "dropped_extend_keeps_the_owner",
        "dropped_release_frees_or_keeps",
        "dropped_inspect_changes_nothing",
        "dropped_watch_harms_nobody",
        "statistics::*",
        "stopped_locks_refuse_every_operation",
        "stopped_locks_refuse_bad_input_as_stopped",
        "stopped_watch_ends_subscriptions",
        "wrong_type_names_operation_and_backend",
        "refused_lock_names_operation_and_backend",
        "number_is_in_no_error",
        "token_is_in_no_error",
        "capacity::*",
        "persistence::*",
        "locks::*",
        "fences::*",
        "watch::*",
    ];
    cache_conformance::left_out(&conformance_harness(), &[], Some(&expected));
}
