//! Running a case.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use cache_core::Backend;

use crate::Harness;
use crate::check::expect_some;
use crate::need::Need;
use crate::trial::Trial;

/// One case of the suite.
#[derive(Debug)]
pub struct Case {
    group: &'static str,
    name: &'static str,
    needs: &'static [Need],
    run: fn(Trial) -> Pin<Box<dyn Future<Output = ()> + Send>>,
}

/// The tokio runtime on which a case runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Runtime {
    /// With two worker threads.
    #[default]
    MultiThread,
    /// On one thread, which waits and works in turns.
    CurrentThread,
}

/// The table as values.
#[doc(hidden)]
#[macro_export]
macro_rules! __list {
    ({} $($group:ident { $($case:ident [$($need:ident),*];)* })*) => {
        &[$($(Case {
            group: stringify!($group),
            name: stringify!($case),
            needs: &[$(Need::$need),*],
            run: |trial| Box::pin($crate::cases::$group::$case(trial)),
        }),*),*]
    };
}

static CASES: &[Case] = crate::__cases! { __list {} };

/// Every case of the suite, group by group.
pub fn cases() -> &'static [Case] {
    CASES
}

impl Case {
    /// The group, which is the module of the test.
    pub fn group(&self) -> &'static str {
        self.group
    }

    /// The name, which is that of the test. No two cases have the same.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Runs the case on a thread and a runtime of its own, and blocks until it has ended, or for
    /// five minutes: a backend that hangs fails the case, whatever it blocks.
    ///
    /// A case that does not apply shows instead that the backend refuses what it does not claim,
    /// and prints why it was left out.
    ///
    /// # Panics
    /// If the backend fails the case, with what was expected and what was found.
    pub fn run(&'static self, harness: Arc<dyn Harness>, runtime: Runtime) {
        const LONGEST: Duration = Duration::from_secs(300);
        let (sender, ended) = mpsc::channel();
        let thread = thread::Builder::new().name(self.name.to_owned()).spawn(move || {
            // Nobody waits for it any more if this took too long.
            let _ = sender.send(self.outcome(harness, runtime));
        });
        expect_some("a thread for the case", thread.ok());
        match ended.recv_timeout(LONGEST) {
            Ok(Ok(())) => {}
            Ok(Err(failure)) => resume_unwind(failure),
            Err(_) => panic!("expected the case to end, found it still running after {LONGEST:?}"),
        }
    }

    /// How the case ended; an `Err` holds what it panicked with.
    fn outcome(&'static self, harness: Arc<dyn Harness>, runtime: Runtime) -> thread::Result<()> {
        let executor = runtime.build();
        let case = AssertUnwindSafe(|| executor.block_on(self.run_or_leave_out(harness)));
        let outcome = catch_unwind(case);
        // A thread that hangs in the backend must not keep the outcome from being told.
        executor.shutdown_timeout(Duration::from_secs(1));
        outcome
    }

    async fn run_or_leave_out(&'static self, harness: Arc<dyn Harness>) {
        let trial = Trial::new(harness).await;
        match self.missing(trial.harness(), trial.backend()).await {
            None => (self.run)(trial).await,
            Some(need) => {
                need.is_refused(&trial).await;
                print_left_out(self, need.reason());
            }
        }
    }

    /// The first need that is not met, if there is one.
    pub(crate) async fn missing(&self, harness: &dyn Harness, backend: &Backend) -> Option<Need> {
        for need in self.needs {
            if !need.is_met(harness, backend).await {
                return Some(*need);
            }
        }
        None
    }
}

impl Runtime {
    pub(crate) fn build(self) -> tokio::runtime::Runtime {
        let mut builder = match self {
            Self::MultiThread => tokio::runtime::Builder::new_multi_thread(),
            Self::CurrentThread => tokio::runtime::Builder::new_current_thread(),
        };
        let built = builder.worker_threads(2).enable_all().build();
        expect_some("a tokio runtime for the case", built.ok())
    }
}

/// Runs a case by its name.
///
/// # Panics
/// If the backend fails the case, or there is none of this name.
pub fn run(name: &str, harness: Arc<dyn Harness>, runtime: Runtime) {
    let case = cases().iter().find(|case| case.name == name);
    expect_some(format!("a case named `{name}`"), case).run(harness, runtime);
}

#[expect(clippy::print_stdout, reason = "a test shows it with its output")]
fn print_left_out(case: &Case, reason: &str) {
    println!("left out: {}::{}: {reason}", case.group, case.name);
}
