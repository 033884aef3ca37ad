//! The macro that makes the tests.

/// Makes one named test of every case, for the backend that a [`Harness`](crate::Harness) opens.
///
/// Use it at the top of a test file or inside a module of its own. Each group of cases becomes a
/// module, so that a test is called `ttl::entry_is_gone_at_the_instant_it_expires`. One more test,
/// `left_out`, lists which cases do not apply and why, and fails for an exception that is not needed.
///
/// - `harness = EXPRESSION` makes a harness; it is evaluated for each case.
/// - `runtime = current_thread` runs the cases on one thread; `multi_thread`, with two workers, is
///   the default.
/// - `except = [CASE: "reason", …]` marks tests as `#[ignore = "reason"]`. They can still be run
///   with `cargo test -- --ignored`.
///
/// ```no_run
/// use cache_conformance::ModelHarness;
///
/// cache_conformance::suite!(
///     harness = ModelHarness::new(),
///     runtime = current_thread,
///     except = [largest_value_comes_back: "the machine of this example is small"],
/// );
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! suite {
    (harness = $harness:expr
        $(, runtime = $runtime:ident)?
        $(, except = [$($case:ident : $reason:literal),* $(,)?])?
        $(,)?
    ) => {
        fn conformance_harness() -> ::std::sync::Arc<dyn $crate::Harness> {
            ::std::sync::Arc::new($harness)
        }

        $crate::__cases! { __tests {
            [$] [$($runtime)?] [$($($case : $reason),*)?]
        } }
    };
}

/// The tests of the table.
#[doc(hidden)]
#[macro_export]
macro_rules! __tests {
    ({ [$d:tt] $runtime:tt [$($excepted:ident : $reason:literal),*] }
        $($group:ident { $($case:ident $needs:tt;)* })*
    ) => {
        macro_rules! conformance_test {
            $(($excepted) => {
                #[test]
                #[ignore = $reason]
                fn $excepted() {
                    $crate::__run!($excepted $runtime);
                }
            };)*
            ($d case:ident) => {
                #[test]
                fn $d case() {
                    $crate::__run!($d case $runtime);
                }
            };
        }

        $(mod $group {
            $(conformance_test! { $case })*
        })*

        #[test]
        fn left_out() {
            $crate::list(&conformance_harness(), &[$((stringify!($excepted), $reason)),*]);
        }
    };
}

/// One case on the runtime that was chosen.
#[doc(hidden)]
#[macro_export]
macro_rules! __run {
    ($case:ident []) => {
        $crate::__run!($case[multi_thread])
    };
    ($case:ident [multi_thread]) => {
        $crate::run(stringify!($case), super::conformance_harness(), $crate::Runtime::MultiThread)
    };
    ($case:ident [current_thread]) => {
        $crate::run(stringify!($case), super::conformance_harness(), $crate::Runtime::CurrentThread)
    };
}
