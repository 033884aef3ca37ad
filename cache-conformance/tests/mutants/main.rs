//! Backends that are wrong on purpose: the suite catches each, in the case that is named, for the
//! reason that is named, and soon. The same wrapper around the model shows that differential runs find
//! differences, and lets the suite run in real time.

mod differential;
mod dropped;
mod entries;
mod fault;
mod lifetimes;
mod locks;
mod numbers;
mod real_time;
mod watch;
mod wide;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use cache_conformance::{Runtime, cases};
use fault::{Fault, FaultyHarness};

/// How soon a mutant must be caught.
const SOON: Duration = Duration::from_secs(5);

/// The wrapper around the model is no fault of its own.
mod without_a_fault {
    use crate::fault::{FaultyHarness, NoFault};

    cache_conformance::suite!(
        harness = FaultyHarness::<NoFault>::new(),
        left_out = [persistence::*],
    );
}

/// A backend that claims to be persistent, and is.
mod persistent {
    use crate::fault::FaultyHarness;
    use crate::wide::KeepsEverything;

    cache_conformance::suite!(harness = FaultyHarness::<KeepsEverything>::new(), left_out = [],);
}

/// Fails unless the case fails on the mutant, and says this.
#[expect(clippy::disallowed_methods, reason = "how soon is part of the claim")]
fn is_caught<F: Fault>(case: &str, message: &str) {
    let case = cases().iter().find(|one| one.name() == case).expect("a case of this name");
    let begun = Instant::now();
    let run = || case.run(Arc::new(FaultyHarness::<F>::new()), Runtime::MultiThread);
    let failure = catch_unwind(AssertUnwindSafe(run));
    let took = begun.elapsed();
    let said = text(&*failure.expect_err("the case passes, so the mutant is not caught"));
    assert!(said.contains(message), "expected a failure that says {message:?}, found: {said}");
    assert!(took < SOON, "caught after {took:?}");
}

fn text(panic: &(dyn Any + Send)) -> String {
    let owned = panic.downcast_ref::<String>().cloned();
    let literal = || panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    owned.or_else(literal).expect("a message")
}

/// A test a mutant: what it does, the case that catches it, what the failure says.
macro_rules! mutants {
    ($($mutant:ident $module:ident::$fault:ident in $case:literal: $message:literal;)*) => {$(
        #[test]
        fn $mutant() {
            is_caught::<$module::$fault>($case, $message);
        }
    )*};
}

mutants! {
    ignored_lifetime_is_caught
        lifetimes::IgnoresLifetimes in "entry_is_gone_at_the_instant_it_expires":
        "expected nothing, found \"value\"";
    lifetime_truncated_to_seconds_is_caught
        lifetimes::TruncatesLifetimesToSeconds in "lifetime_between_seconds_is_not_truncated":
        "1.2s into a lifetime of 1.9s: expected \"value\", found nothing";
    lifetime_rounded_down_is_caught
        lifetimes::RoundsLifetimesDown in "lifetime_is_rounded_up_to_a_millisecond":
        "expected \"value\", found nothing";
    entry_served_at_the_instant_of_expiry_is_caught
        lifetimes::ServesAtTheInstantOfExpiry in "entry_is_gone_at_the_instant_it_expires":
        "expected nothing, found \"value\"";
    zero_taken_for_never_is_caught
        lifetimes::TakesZeroForNever in "zero_lifetime_is_refused_and_stores_nothing":
        "expected an error of kind InvalidInput, found success";
    long_lifetime_that_wraps_is_caught
        lifetimes::WrapsLongLifetimes in "longest_lifetime_is_capped_and_readable":
        "expected 99 to 100 years";
    overwrite_that_keeps_the_lifetime_is_caught
        lifetimes::OverwriteKeepsTheLifetime in "overwrite_drops_the_old_lifetime":
        "expected \"new\", found nothing";
    expired_entry_that_is_present_for_a_condition_is_caught
        entries::IfAbsentSeesExpired in "expired_entry_is_absent_for_conditions":
        "set if absent over an expired entry: expected true, found false";
    condition_that_is_not_atomic_is_caught
        entries::IfAbsentIsNotAtomic in "one_writer_wins_if_absent":
        "stored in turns: expected 1, found 8";
    version_that_comes_again_is_caught
        entries::VersionIsTheLength in "version_differs_whenever_the_value_differs":
        "value with Version";
    version_that_comes_again_after_a_restart_is_caught
        entries::VersionsBeginAnew in "version_of_an_earlier_life_does_not_match":
        "a new value with a version from before the restart: expected false, found true";
    accepted_marker_is_caught
        entries::AcceptsTheMarker in "marker_is_refused_by_set":
        "expected an error of kind InvalidInput, found success";
    torn_value_is_caught
        entries::TearsValues in "no_value_is_torn":
        "a value that one writer wrote whole: expected true, found false";
    folded_key_is_caught
        entries::FoldsTheCaseOfKeys in "awkward_keys_are_all_distinct":
        "get \"A\"";
    lost_increment_is_caught
        numbers::LosesIncrements in "no_increment_is_lost":
        "the sums of increments in turns";
    increment_that_resets_the_lifetime_is_caught
        numbers::IncrementResetsTheLifetime in "increment_keeps_the_lifetime":
        "ttl after increment";
    sum_that_wraps_is_caught
        numbers::WrapsSums in "increment_past_the_limits_is_refused_and_changes_nothing":
        "expected an error of kind InvalidInput, found success";
    value_in_an_error_is_caught
        numbers::TellsTheValue in "number_is_in_no_error":
        "expected a text without \"sentinel";
    operation_that_is_not_claimed_is_caught
        numbers::ClaimsLessThanItDoes in "increment_adds_and_subtracts":
        "increment, not claimed: expected an error of kind Unsupported, found success";
    torn_batch_is_caught
        wide::DropsTheLastItem in "set_many_stores_in_order":
        "expected \"4\", found \"3\"";
    batch_in_another_order_is_caught
        wide::AnswersInTheOrderOfItsOwn in "get_many_answers_in_the_order_of_the_keys":
        "get_many: expected";
    batch_without_duplicates_is_caught
        wide::AnswersDuplicatesOnce in "get_many_answers_in_the_order_of_the_keys":
        "get_many: expected";
    batch_that_fails_whole_is_caught
        wide::FailsTheWholeBatch in "item_with_zero_lifetime_fails_alone":
        "set_many: expected success";
    capacity_that_is_off_by_one_is_caught
        wide::HoldsOneTooMany in "bound_holds_after_every_write":
        "expected at most 1, found 2";
    overwrite_that_evicts_is_caught
        wide::OverwriteEvicts in "overwrite_evicts_nothing":
        "entries after overwriting \"key 0\": expected";
    condition_that_meets_its_own_eviction_is_caught
        wide::EvictsWhatItGoesOver in "condition_met_survives_making_room":
        "under IfPresent in a full cache: expected true, found false";
    version_that_meets_its_own_eviction_is_caught
        wide::EvictsWhatItGoesOver in "version_met_survives_making_room":
        "in a full cache: expected true, found false";
    number_that_meets_its_own_eviction_is_caught
        wide::EvictsWhatItGoesOver in "number_survives_making_room":
        "in a full cache: expected 10, found 1";
    prefix_taken_for_a_glob_is_caught
        wide::TakesThePrefixForAGlob in "glob_characters_of_a_prefix_are_plain":
        "entries removed under \"*\": expected 1, found";
    clear_that_ends_early_is_caught
        wide::ClearsOneStep in "clear_goes_through_thousands_of_entries":
        "entries removed: expected 5000, found 100";
    take_that_is_not_atomic_is_caught
        wide::TakeIsNotAtomic in "each_entry_is_taken_once":
        "taken in turns: expected 1, found 8";
    misses_that_are_not_counted_are_caught
        wide::CountsNoMisses in "hits_and_misses_are_counted":
        "misses: expected 4, found 0";
    inserts_that_are_not_counted_are_caught
        wide::CountsNothingButReads in "inserts_are_counted":
        "inserts: expected 4, found 0";
    entries_that_are_not_counted_are_caught
        wide::CountsNothingButReads in "entries_are_counted":
        "entries: expected 3, found 0";
    deletes_that_are_not_counted_are_caught
        wide::CountsNothingButReads in "deleted_entries_are_counted":
        "entries deleted: expected 2, found 0";
    persistence_that_is_only_claimed_is_caught
        wide::ClaimsPersistence in "entries_survive_a_restart":
        "get \"text\": expected \"value\", found nothing";
    acting_after_stop_is_caught
        wide::ActsAfterStop in "stopped_cache_refuses_every_operation":
        "get after stop: expected an error of kind Stopped, found success";
    check_before_the_look_at_the_end_is_caught
        wide::ChecksBeforeItLooks in "stopped_cache_refuses_bad_input_as_stopped":
        "set of the marker after stop: expected an error of kind Stopped, found InvalidInput";
    effect_that_is_not_said_is_caught
        wide::SaysNotWhetherItWasDone in "zero_lifetime_is_refused_and_stores_nothing":
        "expected effect NotApplied";
    mistaken_kind_of_error_is_caught
        numbers::MistakesTheKindOfError in "increment_refuses_what_is_no_number":
        "expected an error of kind WrongType, found Server";
    lock_left_by_a_dropped_call_is_caught
        dropped::StaysLockedWhenDropped in "dropped_set_leaves_the_old_or_the_new_value":
        "expected an answer, found none within";
    half_done_call_is_caught
        dropped::HalfDoneWhenDropped in "dropped_set_leaves_the_old_or_the_new_value":
        "after a dropped call: expected one of";
    reply_that_never_wakes_is_caught
        dropped::ForgetsToWake in "set_value_is_read_back":
        "expected an answer, found none within";
    release_of_a_foreign_lock_is_caught
        locks::ReleasesForeignLocks in "only_the_owner_releases":
        "release \"lock\": expected NotOwner, found Released";
    extension_of_a_foreign_lock_is_caught
        locks::ExtendsForeignLocks in "only_the_owner_extends":
        "extend \"lock\": expected NotOwner, found Extended";
    cleared_lock_is_caught
        locks::ClearsLocks in "clear_never_touches_locks":
        "expected it to be held, found Granted";
    fence_that_falls_after_a_restart_is_caught
        locks::FenceFallsAfterRestart in "fence_rises_after_a_restart":
        "expected a fence above 10, found 1";
    new_fence_for_the_same_token_is_caught
        locks::MintsAFenceForTheSameToken in "same_token_gets_the_same_fence":
        "the fence when acquired again: expected";
    label_that_is_cut_is_caught
        locks::CutsTheRequest in "oversized_holder_is_refused":
        "with a label of 1025 bytes: expected an error of kind InvalidInput, found success";
    least_fence_that_is_cut_is_caught
        locks::CutsTheRequest in "unreachable_fence_is_refused":
        "expected an error of kind InvalidInput, found success";
    ignored_least_fence_is_caught
        locks::IgnoresTheLeastFence in "least_fence_is_honoured":
        "a grant with a least fence: expected";
    lock_held_at_the_instant_of_expiry_is_caught
        locks::HoldsAtTheInstantOfExpiry in "lock_is_free_at_the_instant_it_expires":
        "inspect at that instant: expected None";
    lock_granted_to_several_is_caught
        locks::GrantsToSeveral in "one_of_many_wins":
        "owners of one lock: expected 1, found";
    swallowed_gap_is_caught
        watch::SwallowsGaps in "overflow_is_told_as_a_gap":
        "expected an event or a gap, found silence";
    watch_that_begins_late_is_caught
        watch::WatchesLate in "change_right_after_ready_is_told":
        "expected an event or a gap, found silence";
    subscription_that_never_ends_is_caught
        watch::NeverEnds in "stopped_watch_ends_subscriptions":
        "the end of the subscription: expected an event or a gap, found silence";
    touch_that_is_not_told_is_caught
        watch::TellsNoTouch in "touch_is_told":
        "a touch of \"key\": expected an event or a gap, found silence";
    waking_under_a_lock_is_caught
        watch::WakesUnderItsLock in "waker_may_call_the_backend":
        "the end of a write whose reader calls the backend, within 1s";
    scope_that_covers_nothing_is_caught
        watch::EmptyPrefixCoversNothing in "empty_prefix_tells_every_key":
        "expected an event or a gap, found silence";
}
