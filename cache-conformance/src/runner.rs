//! Running a case.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use cache_core::Backend;

use crate::check::expect_some;
use crate::need::Need;
use crate::trial::Trial;
use crate::{Harness, clock};

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
    /// On the thread of the test alone.
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

    /// Runs the case on a runtime of its own, and blocks until it has ended.
    ///
    /// A case that does not apply shows instead that the backend refuses what it does not claim,
    /// and prints why it was left out.
    ///
    /// # Panics
    /// If the backend fails the case, with what was expected and what was found.
    pub fn run(&'static self, harness: Arc<dyn Harness>, runtime: Runtime) {
        let executor = runtime.build();
        let case = async move {
            let trial = Trial::new(harness).await;
            match self.missing(trial.harness(), trial.backend()).await {
                None => (self.run)(trial).await,
                Some(need) => {
                    need.is_refused(&trial).await;
                    print_left_out(self, need.reason());
                }
            }
        };
        match runtime {
            Runtime::MultiThread => block_on_worker(&executor, case),
            Runtime::CurrentThread => executor.block_on(case),
        }
        // A thread that hangs in the backend must not keep the failure from being told.
        executor.shutdown_timeout(Duration::from_secs(1));
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

/// Waits on this thread for a case that runs on another, so that one which blocks for ever fails.
fn block_on_worker(
    executor: &tokio::runtime::Runtime,
    case: impl Future<Output = ()> + Send + 'static,
) {
    const LONGEST: Duration = Duration::from_secs(300);
    let task = executor.spawn(case);
    match executor.block_on(clock::within(LONGEST, task)) {
        Some(Ok(())) => {}
        Some(Err(failure)) => std::panic::resume_unwind(failure.into_panic()),
        None => panic!("expected the case to end, found it still running after {LONGEST:?}"),
    }
}

#[expect(clippy::print_stdout, reason = "a test shows it with its output")]
fn print_left_out(case: &Case, reason: &str) {
    println!("left out: {}::{}: {reason}", case.group, case.name);
}
