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

struct Bare(Model);

impl Lifecycle for Bare {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::none()
    }

    fn stop(&self) -> Reply<'_, ()> {
        self.0.stop()
    }
}

impl CacheBackend for Bare {
    fn get(&self, key: Key<'_>) -> Reply<'_, Option<Bytes>> {
        self.0.get(key)
    }

    fn set(&self, key: Key<'_>, value: Bytes, options: SetOptions) -> Reply<'_, SetOutcome> {
        if options.condition != Condition::Always {
            return Reply::err(Error::unsupported(self.name(), "set"));
        }
        self.0.set(key, value, options)
    }

    fn delete(&self, key: Key<'_>) -> Reply<'_, bool> {
        self.0.delete(key)
    }
}

#[derive(Default)]
struct BareHarness(ManualClock);

impl Harness for BareHarness {
    fn open(&self) -> Reply<'_, Backend> {
        Reply::ok(Backend::new(Arc::new(Bare(Model::new(self.0.clone())))))
    }

    fn advance(&self, by: Duration) -> Reply<'_, ()> {
        self.0.advance(by);
        Reply::ok(())
    }
}

mod bare {
    cache_conformance::suite!(harness = super::BareHarness::default());
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
    cache_conformance::list(&harness(), &[("no_such_case", "misspelt")]);
}

#[test]
#[should_panic(expected = "the exception `take_reads_and_removes` is not needed")]
fn exception_for_what_is_left_out_is_refused() {
    cache_conformance::list(&harness(), &[("take_reads_and_removes", "not needed")]);
}
