//! The one table of cases: the tests that `suite!` makes, the list and the runner come from it.

/// Hands the table to the macro `$next` of this crate, behind the arguments given for it.
///
/// A line is the name of a function in the module `cases::<group>`, and what it needs.
#[doc(hidden)]
#[macro_export]
macro_rules! __cases {
    ($next:ident $arguments:tt) => {
        $crate::$next! { $arguments
            values {
                set_value_is_read_back [];
                key_never_set_is_absent [];
                overwrite_replaces_the_value [];
                overwrite_drops_the_old_lifetime [];
                deleted_entry_is_absent [];
                contains_tells_what_get_tells [];
                take_reads_and_removes [Take];
                empty_value_is_a_value [];
                every_byte_comes_back [];
                number_like_values_stay_as_given [];
                largest_value_comes_back [];
                largest_value_is_overwritten_whole [];
                backends_opened_apart_share_nothing [];
            }
            keys {
                awkward_keys_are_all_distinct [];
                awkward_keys_work_in_every_single_operation [];
                awkward_keys_work_in_every_optional_operation [Versions, Lifetimes, Increment, Take];
                awkward_keys_work_in_batches [];
                glob_characters_delete_nothing_else [];
                longest_key_is_a_key_and_one_byte_more_is_refused [];
                longest_keys_differ_in_their_last_byte [];
                reserved_prefix_is_refused_and_its_beginning_is_a_key [];
            }
            ttl {
                zero_lifetime_is_refused_and_stores_nothing [];
                shortest_lifetime_lasts_a_millisecond [SteppedTime];
                lifetime_is_rounded_up_to_a_millisecond [SteppedTime];
                shortest_lifetimes_end [];
                longest_lifetime_is_accepted [];
                longest_lifetime_is_capped_and_readable [Lifetimes];
                entry_is_gone_at_the_instant_it_expires [];
                entry_is_served_until_just_before_it_expires [];
                lifetime_below_a_second_is_not_truncated [];
                lifetime_between_seconds_is_not_truncated [];
                entry_without_lifetime_stays [];
                reading_does_not_prolong [];
                ttl_tells_what_is_left [Lifetimes];
                ttl_of_endless_entry_is_never [Lifetimes];
                ttl_of_absent_key_is_none [Lifetimes];
                touch_counts_from_now [Lifetimes];
                touch_shortens [Lifetimes];
                touch_with_never_keeps_for_ever [Lifetimes];
                touch_of_absent_key_creates_nothing [Lifetimes];
                touch_with_zero_is_refused_and_changes_nothing [Lifetimes];
            }
            expiry {
                expired_entry_is_absent [];
                expired_entry_has_no_entry [Versions];
                expired_entry_cannot_be_taken [Take];
                expired_entry_has_no_ttl [Lifetimes];
                expired_entry_cannot_be_touched [Lifetimes];
                expired_entry_cannot_be_deleted [];
                expired_entry_is_absent_for_conditions [Conditions];
                expired_entry_has_no_version [Versions];
                expired_number_counts_from_zero [Increment];
                expired_entry_is_absent_in_batches [];
                expired_key_can_be_set_again [];
            }
            conditions {
                if_absent_stores_only_where_nothing_is [Conditions];
                if_present_stores_only_over_an_entry [Conditions];
                if_equals_stores_only_over_the_same_bytes [Conditions];
                condition_not_met_keeps_the_lifetime [Conditions];
                condition_met_gives_the_new_lifetime [Conditions];
                zero_lifetime_is_refused_under_a_condition [Conditions];
            }
            versions {
                entry_tells_value_and_lifetime [Versions];
                entry_of_absent_key_is_none [Versions];
                version_differs_whenever_the_value_differs [Versions];
                version_stays_while_nothing_is_written [Versions];
                version_stays_when_the_lifetime_changes [Versions, Lifetimes];
                if_version_stores_over_that_state_alone [Versions];
                if_version_not_met_keeps_the_lifetime [Versions];
                deleted_version_does_not_match_its_successor [Versions];
                version_of_an_earlier_life_does_not_match [Versions, Restart];
                increment_changes_the_version [Versions, Increment];
                entry_is_of_one_instant [Versions];
            }
            batch {
                get_many_answers_in_the_order_of_the_keys [];
                set_many_stores_in_order [];
                delete_many_answers_each_key_in_order [];
                empty_batch_answers_nothing [];
                items_have_lifetimes_of_their_own [];
                item_with_zero_lifetime_fails_alone [];
                item_with_the_marker_fails_alone [];
                conditions_hold_item_by_item [Conditions];
                thousand_keys_travel_in_one_batch [];
            }
            increment {
                increment_counts_from_zero [Increment];
                increment_adds_and_subtracts [Increment];
                increment_counts_on_from_a_set_number [Increment];
                sum_is_stored_as_text [Increment];
                increment_keeps_the_lifetime [Increment, Lifetimes];
                increment_gives_its_lifetime_to_what_it_creates [Increment];
                increment_refuses_what_is_no_number [Increment];
                increment_past_the_limits_is_refused_and_changes_nothing [Increment];
                limits_can_be_reached [Increment];
                increment_with_zero_lifetime_is_refused [Increment];
            }
            reserved {
                marker_is_refused_by_set [];
                marker_never_equals [Conditions];
                beginning_of_the_marker_is_a_value [];
                clear_never_touches_locks [Clear, Locks];
                clear_never_touches_fences [Clear, Fences];
            }
            clear {
                clear_removes_exactly_the_prefix [Clear];
                glob_characters_of_a_prefix_are_plain [Clear];
                empty_prefix_is_refused [Clear];
                clear_all_removes_every_entry [Clear];
                clear_goes_through_thousands_of_entries [Clear];
                clear_of_nothing_removes_nothing [Clear];
                cleared_keys_can_be_set_again [Clear];
                clear_spares_what_is_written_outside_meanwhile [Clear];
            }
            concurrency {
                no_increment_is_lost [Increment];
                no_value_is_torn [];
                one_writer_wins_if_absent [Conditions];
                one_writer_wins_if_equals [Conditions];
                no_update_by_version_is_lost [Versions];
                each_entry_is_taken_once [Take];
                each_entry_is_deleted_once [];
            }
            dropped {
                dropped_set_leaves_the_old_or_the_new_value [];
                dropped_delete_leaves_all_or_nothing [];
                dropped_take_leaves_all_or_nothing [Take];
                dropped_increment_counts_once_or_not [Increment];
                dropped_touch_leaves_the_value [Lifetimes];
                dropped_reads_leave_everything [];
                dropped_optional_reads_leave_everything [Versions, Lifetimes];
                dropped_set_many_leaves_whole_values [];
                dropped_delete_many_leaves_whole_values [];
                dropped_clear_leaves_what_is_out_of_scope [Clear];
                dropped_acquire_can_be_released [Locks];
                dropped_extend_keeps_the_owner [Locks];
                dropped_release_frees_or_keeps [Locks];
                dropped_inspect_changes_nothing [Locks];
                dropped_watch_harms_nobody [Watch];
                dropped_stop_stops [];
            }
            statistics {
                hits_and_misses_are_counted [Statistics];
                inserts_are_counted [Statistics];
                entries_are_counted [Statistics, Sole];
                deleted_entries_are_counted [Statistics];
                removals_are_counted_by_cause [Statistics, Sole];
                cleared_entries_are_counted [Statistics, Clear];
                every_insert_is_an_entry_or_a_removal [Statistics, Sole];
                statistics_answer_after_stop [Statistics];
            }
            stop {
                stop_is_idempotent [];
                stopped_cache_refuses_every_operation [];
                stopped_cache_refuses_batches [];
                stopped_cache_refuses_bad_input_as_stopped [];
                stopped_locks_refuse_every_operation [Locks];
                stopped_locks_refuse_bad_input_as_stopped [Locks];
                stopped_watch_ends_subscriptions [Watch];
                calls_during_stop_all_answer [];
            }
            errors {
                name_and_capabilities_never_change [];
                refused_lifetime_names_operation_and_backend [];
                refused_value_names_operation_and_backend [];
                wrong_type_names_operation_and_backend [Increment];
                refused_lock_names_operation_and_backend [Locks];
                value_is_in_no_error [];
                number_is_in_no_error [Increment];
                key_in_an_error_is_escaped_and_shortened [];
                token_is_in_no_error [Locks];
            }
            capacity {
                bound_holds_after_every_write [Bounded];
                bound_holds_while_others_write [Bounded];
                capacity_of_one_keeps_one [Bounded];
                overwrite_evicts_nothing [Bounded];
                condition_met_survives_making_room [Bounded, Conditions];
                version_met_survives_making_room [Bounded, Versions];
                number_survives_making_room [Bounded, Increment];
                bounded_backend_claims_eviction [Bounded];
                evictions_are_counted [Bounded, Statistics];
                evicted_entry_is_told [Bounded, Watch];
            }
            persistence {
                entries_survive_a_restart [Persistent, Restart];
                lifetimes_survive_a_restart [Persistent, Restart];
            }
            locks {
                held_lock_excludes_others [Locks];
                released_lock_is_free [Locks];
                only_the_owner_releases [Locks];
                only_the_owner_extends [Locks];
                free_lock_has_no_owner [Locks];
                owner_acquires_again [Locks];
                lock_is_held_until_just_before_it_expires [Locks];
                lock_is_free_at_the_instant_it_expires [Locks];
                extend_counts_from_now [Locks];
                expired_lease_cannot_be_extended_or_released [Locks];
                late_owner_leaves_the_next_one_alone [Locks];
                retry_after_is_within_the_lease [Locks];
                lease_tells_what_is_left [Locks];
                inspect_tells_holder_and_what_is_left [Locks];
                inspect_of_free_lock_is_none [Locks];
                zero_lease_is_refused [Locks];
                oversized_holder_is_refused [Locks];
                unreachable_fence_is_refused [Locks];
                longest_lease_is_accepted [Locks];
                shortest_lease_ends [Locks];
                awkward_lock_names_are_all_distinct [Locks];
                locks_and_keys_never_meet [Locks];
                one_of_many_wins [Locks];
                critical_sections_never_overlap [Locks];
                replicas_are_acknowledged_or_the_grant_fails [Locks];
            }
            fences {
                fence_rises_with_every_grant [Fences];
                fence_rises_after_expiry [Fences];
                same_token_gets_the_same_fence [Fences];
                extend_keeps_the_fence [Fences];
                inspect_tells_the_fence [Fences];
                least_fence_is_honoured [Fences];
                least_fence_leaves_a_held_lease_alone [Fences];
                fences_of_many_names_rise [Fences];
                fence_rises_after_a_restart [Fences, Restart];
                fences_of_racing_owners_rise [Fences];
            }
            watch {
                change_right_after_ready_is_told [Watch];
                every_kind_of_write_is_told [Watch];
                take_is_told [Watch, Take];
                touch_is_told [Watch, Lifetimes];
                increment_is_told [Watch, Increment];
                clear_is_told [Watch, Clear];
                batch_is_told [Watch];
                prefix_tells_every_key_under_it [Watch];
                empty_prefix_tells_every_key [Watch];
                lock_changes_are_told [Watch, Locks];
                overflow_is_told_as_a_gap [Watch];
                changes_are_told_after_an_overflow [Watch];
                every_subscriber_is_told [Watch];
                dropped_subscription_harms_nobody [Watch];
                waiting_reader_is_woken [Watch];
                waker_may_call_the_backend [Watch];
            }
        }
    };
}
