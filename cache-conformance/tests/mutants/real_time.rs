//! The suite holds where time passes by itself and cannot be moved.

use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

use cache_conformance::{Harness, ManualClock, Runtime, Time, cases, differential, left_out};
use cache_core::{Backend, Reply};

use crate::fault::{Fault, FaultyHarness};

#[expect(clippy::disallowed_methods, reason = "these tests are about real time")]
static BEGUN: LazyLock<Instant> = LazyLock::new(Instant::now);
static MOVING: Mutex<()> = Mutex::new(());

/// Brings the model's clock up to the present before each call.
#[derive(Default)]
struct RealTime;

impl Fault for RealTime {
    fn before(&self, clock: &ManualClock) {
        let moving = MOVING.lock().expect("no panic while it was held");
        clock.advance(BEGUN.elapsed().saturating_sub(clock.now()));
        drop(moving);
    }
}

struct WaitingHarness(FaultyHarness<RealTime>);

impl WaitingHarness {
    fn new() -> Self {
        Self(FaultyHarness::new())
    }
}

impl Harness for WaitingHarness {
    fn open(&self) -> Reply<'_, Backend> {
        self.0.open()
    }

    #[expect(clippy::disallowed_methods, reason = "these tests are about real time")]
    fn advance(&self, by: Duration) -> Reply<'_, ()> {
        Reply::pending(async move {
            tokio::time::sleep(by).await;
            Ok(())
        })
    }

    fn time(&self) -> Time {
        Time::real(Duration::from_millis(1))
    }

    fn restart(&self, backend: Backend) -> Reply<'_, Option<Backend>> {
        self.0.restart(backend)
    }
}

/// Runs the cases of a few groups, many at once because most of the time they wait.
#[test]
fn cases_about_time_pass_in_real_time() {
    const AT_ONCE: usize = 20;
    let groups = ["ttl", "expiry", "conditions", "versions", "increment", "locks", "fences"];
    let timed: Vec<_> = cases().iter().filter(|case| groups.contains(&case.group())).collect();
    assert!(timed.len() > 80, "the groups have lost their cases: {}", timed.len());
    for batch in timed.chunks(AT_ONCE) {
        std::thread::scope(|scope| {
            for case in batch {
                scope.spawn(|| case.run(Arc::new(WaitingHarness::new()), Runtime::CurrentThread));
            }
        });
    }
}

#[test]
fn only_cases_that_need_an_exact_instant_are_left_out() {
    let harness: Arc<dyn Harness> = Arc::new(WaitingHarness::new());
    let expected = [
        "ttl::shortest_lifetime_lasts_a_millisecond",
        "ttl::lifetime_is_rounded_up_to_a_millisecond",
        // The harness opens no bounded backend, and the model is not persistent.
        "capacity::*",
        "persistence::*",
    ];
    left_out(&harness, &[], Some(&expected));
}

#[test]
fn differential_run_agrees_in_real_time() {
    differential(WaitingHarness::new(), 3, 20_000);
}
