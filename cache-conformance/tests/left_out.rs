//! A backend that has nothing beyond get, set and delete: what it lacks is left out, with a reason,
//! and is shown to be refused.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cache_conformance::{Harness, ManualClock, Model, report};
use cache_core::{
    Backend, CacheBackend, Capabilities, Condition, Error, Key, Lifecycle, Reply, SetOptions,
    SetOutcome,
};

struct Bare {
    model: Model,
    claimed: Capabilities,
}

impl Lifecycle for Bare {
    fn name(&self) -> &str {
        self.model.name()
    }

    fn capabilities(&self) -> Capabilities {
        self.claimed
    }

    fn stop(&self) -> Reply<'_, ()> {
        self.model.stop()
    }
}

impl CacheBackend for Bare {
    fn get(&self, key: Key<'_>) -> Reply<'_, Option<Bytes>> {
        self.model.get(key)
    }

    fn set(&self, key: Key<'_>, value: Bytes, options: SetOptions) -> Reply<'_, SetOutcome> {
        if options.condition != Condition::Always {
            return Reply::err(Error::unsupported(self.name(), "set"));
        }
        self.model.set(key, value, options)
    }

    fn delete(&self, key: Key<'_>) -> Reply<'_, bool> {
        self.model.delete(key)
    }
}

#[derive(Default)]
struct BareHarness(ManualClock);

impl Harness for BareHarness {
    fn open(&self) -> Reply<'_, Backend> {
        let (model, claimed) = (Model::new(self.0.clone()), Capabilities::none());
        Reply::ok(Backend::new(Arc::new(Bare { model, claimed })))
    }

    fn advance(&self, by: Duration) -> Reply<'_, ()> {
        self.0.advance(by);
        Reply::ok(())
    }
}

mod bare {
    cache_conformance::suite!(
        harness = super::BareHarness::default(),
        left_out = [
            take_reads_and_removes,
            keys::awkward_keys_work_in_every_optional_operation,
            longest_lifetime_is_capped_and_readable,
            ttl_tells_what_is_left,
            ttl_of_endless_entry_is_never,
            ttl_of_absent_key_is_none,
            touch_counts_from_now,
            touch_shortens,
            touch_with_never_keeps_for_ever,
            touch_of_absent_key_creates_nothing,
            touch_with_zero_is_refused_and_changes_nothing,
            expired_entry_has_no_entry,
            expired_entry_cannot_be_taken,
            expired_entry_has_no_ttl,
            expired_entry_cannot_be_touched,
            expired_entry_is_absent_for_conditions,
            expired_entry_has_no_version,
            expired_number_counts_from_zero,
            conditions::*,
            versions::*,
            batch::conditions_hold_item_by_item,
            increment::*,
            reserved::marker_never_equals,
            clear_never_touches_locks,
            clear_never_touches_fences,
            clear::*,
            no_increment_is_lost,
            one_writer_wins_if_absent,
            one_writer_wins_if_equals,
            no_update_by_version_is_lost,
            each_entry_is_taken_once,
            dropped_take_leaves_all_or_nothing,
            dropped_increment_counts_once_or_not,
            dropped_touch_leaves_the_value,
            dropped_optional_reads_leave_everything,
            dropped_clear_leaves_what_is_out_of_scope,
            dropped_acquire_can_be_released,
            dropped_extend_keeps_the_owner,
            dropped_release_frees_or_keeps,
            dropped_inspect_changes_nothing,
            dropped_watch_harms_nobody,
            statistics::*,
            stopped_locks_refuse_every_operation,
            stopped_locks_refuse_bad_input_as_stopped,
            stopped_watch_ends_subscriptions,
            wrong_type_names_operation_and_backend,
            refused_lock_names_operation_and_backend,
            number_is_in_no_error,
            token_is_in_no_error,
            capacity::*,
            persistence::*,
            locks::*,
            fences::*,
            watch::*,
        ],
    );
}

mod with_exceptions {
    cache_conformance::suite!(
        harness = super::BareHarness::default(),
        runtime = current_thread,
        except = [
            set_value_is_read_back: "shows that a case can be excepted",
            largest_value_comes_back: "shows that several can",
        ],
    );
}

fn harness() -> Arc<dyn Harness> {
    Arc::new(BareHarness::default())
}

/// Opens backends that claim this, at each way to open one.
struct Claiming {
    opened: Capabilities,
    restarted: Option<Capabilities>,
    bounded: Option<Capabilities>,
}

impl Claiming {
    /// Nothing is claimed, and there is one way to open a backend.
    fn nothing() -> Self {
        Self { opened: Capabilities::none(), restarted: None, bounded: None }
    }

    fn backend(claimed: Capabilities) -> Backend {
        Backend::new(Arc::new(Bare { model: Model::new(ManualClock::new()), claimed }))
    }

    fn fit(self, expected: Option<&[&str]>) {
        let harness: Arc<dyn Harness> = Arc::new(self);
        cache_conformance::left_out(&harness, &[], expected);
    }
}

impl Harness for Claiming {
    fn open(&self) -> Reply<'_, Backend> {
        Reply::ok(Self::backend(self.opened))
    }

    fn advance(&self, _by: Duration) -> Reply<'_, ()> {
        Reply::ok(())
    }

    fn restart(&self, _backend: Backend) -> Reply<'_, Option<Backend>> {
        Reply::ok(self.restarted.map(Self::backend))
    }

    fn open_bounded(&self, _entries: u64) -> Reply<'_, Option<Backend>> {
        Reply::ok(self.bounded.map(Self::backend))
    }
}

fn claim(change: impl FnOnce(&mut Capabilities)) -> Capabilities {
    let mut claimed = Capabilities::none();
    change(&mut claimed);
    claimed
}

/// The reason for which a case is left out.
fn reason(case: &str) -> Option<&'static str> {
    let report = report(&harness());
    let line = report.lines().iter().find(|line| line.case.name() == case);
    line.expect("a case of this name").left_out
}

#[test]
fn report_gives_a_reason_for_each_case_that_is_left_out() {
    assert_eq!(reason("set_value_is_read_back"), None);
    assert_eq!(
        reason("if_absent_stores_only_where_nothing_is").unwrap(),
        "the backend does not claim `conditions`"
    );
    assert_eq!(reason("held_lock_excludes_others").unwrap(), "the backend has no locks");
    assert_eq!(reason("overflow_is_told_as_a_gap").unwrap(), "the backend has no change events");
    assert_eq!(
        reason("bound_holds_after_every_write").unwrap(),
        "the harness opens no backend that is bounded by entries"
    );
    let text = report(&harness()).to_string();
    assert!(text.contains("run: values::set_value_is_read_back\n"), "{text}");
    assert!(
        text.contains("left out: increment::limits_can_be_reached: the backend does not claim"),
        "{text}"
    );
}

#[test]
fn excepted_cases_are_ignored_tests() {
    let program = std::env::current_exe().expect("the path of this program");
    let list = ["--list", "--ignored", "--format", "terse"];
    let listed = std::process::Command::new(program).args(list).output().expect("a list");
    let listed = String::from_utf8(listed.stdout).expect("names in UTF-8");
    let mut ignored: Vec<&str> = listed.lines().collect();
    ignored.sort_unstable();
    assert_eq!(
        ignored,
        [
            "with_exceptions::values::largest_value_comes_back: test",
            "with_exceptions::values::set_value_is_read_back: test",
        ]
    );
}

#[test]
#[should_panic(expected = "the exception `no_such_case` names no case")]
fn exception_without_a_case_is_refused() {
    cache_conformance::left_out(&harness(), &[("no_such_case", "misspelt")], None);
}

#[test]
#[should_panic(expected = "the exception `take_reads_and_removes` is not needed")]
fn exception_for_what_is_left_out_is_refused() {
    cache_conformance::left_out(&harness(), &[("take_reads_and_removes", "not needed")], None);
}

#[test]
#[should_panic(expected = "capacity::bound_holds_after_every_write is left out, which was not \
                           expected: the harness opens no backend that is bounded by entries")]
fn case_that_is_left_out_and_not_expected_is_refused() {
    Claiming::nothing().fit(Some(&["values::*"]));
}

#[test]
#[should_panic(expected = "values::set_value_is_read_back is run, though `left_out` names it")]
fn case_that_is_run_and_expected_to_be_left_out_is_refused() {
    Claiming::nothing().fit(Some(&["set_value_is_read_back"]));
}

#[test]
#[should_panic(expected = "ttl::empty_value_is_a_value` in `left_out` names no case")]
fn expected_case_that_does_not_exist_is_refused() {
    Claiming::nothing().fit(Some(&["ttl::empty_value_is_a_value"]));
}

#[test]
fn harness_without_a_contradiction_fits() {
    let evicting = claim(|claimed| claimed.evicts = true);
    let opened = Capabilities::none();
    Claiming { opened, restarted: Some(opened), bounded: Some(evicting) }.fit(None);
}

#[test]
#[should_panic(expected = "claims to be `persistent`, and the harness cannot restart it")]
fn persistence_that_cannot_be_tested_is_refused() {
    let opened = claim(|claimed| claimed.persistent = true);
    Claiming { opened, ..Claiming::nothing() }.fit(None);
}

#[test]
#[should_panic(expected = "`open_bounded` opens a backend that does not claim `evicts`")]
fn bounded_backend_that_does_not_claim_to_evict_is_refused() {
    Claiming { bounded: Some(Capabilities::none()), ..Claiming::nothing() }.fit(None);
}

#[test]
#[should_panic(expected = "`restart` opens a backend with other claims or parts than `open` does")]
fn restart_that_opens_something_else_is_refused() {
    let restarted = Some(claim(|claimed| claimed.take = true));
    Claiming { restarted, ..Claiming::nothing() }.fit(None);
}
