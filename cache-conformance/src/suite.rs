//! The macro that makes the tests.

/// Makes one named test of every case, for the backend that a [`Harness`](crate::Harness) opens.
///
/// Use it at the top of a test file or inside a module of its own. Each group of cases becomes a
/// module, so that a test is called `ttl::entry_is_gone_at_the_instant_it_expires`. One more test,
/// `left_out`, lists which cases do not apply and why. It fails for an exception that is not needed,
/// and where the harness contradicts what the backend claims: it cannot restart a backend that claims
/// to be persistent, opens a bounded one that does not claim to evict, or one that claims something
/// else than what [`open`](crate::Harness::open) opens.
///
/// - `harness = EXPRESSION` makes a harness; it is evaluated for each case.
/// - `runtime = current_thread` runs the cases on one thread; `multi_thread`, with two workers, is
///   the default.
/// - `except = [CASE: "reason", …]` marks tests as `#[ignore = "reason"]`. They can still be run
///   with `cargo test -- --ignored`.
/// - `left_out = [CASE, GROUP::CASE, GROUP::*, …]` says exactly which cases do not apply; `GROUP::*`
///   stands for every case of a group. `left_out` then fails for a case that is left out and not
///   named, and for one that is named and run. Without this argument it only lists them, so that a
///   capability that is lost by mistake goes by unseen: give it once the backend is complete.
///
/// ```no_run
/// use cache_conformance::ModelHarness;
///
/// cache_conformance::suite!(
///     harness = ModelHarness::new(),
///     runtime = current_thread,
///     except = [largest_value_comes_back: "the machine of this example is small"],
///     left_out = [persistence::*],
/// );
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! suite {
    (harness = $harness:expr
        $(, runtime = $runtime:ident)?
        $(, except = [$($case:ident : $reason:literal),* $(,)?])?
        $(, left_out = [$($first:ident $(:: $second:tt)?),* $(,)?])?
        $(,)?
    ) => {
        fn conformance_harness() -> ::std::sync::Arc<dyn $crate::Harness> {
            ::std::sync::Arc::new($harness)
        }

        $crate::__cases! { __tests {
            [$] [$($runtime)?] [$($($case : $reason),*)?]
        } }

        #[test]
        fn left_out() {
            let exceptions: &[(&str, &str)] = &[$($((stringify!($case), $reason)),*)?];
            let expected: &[&[&str]] =
                &[$(&[$(concat!(stringify!($first) $(, "::", stringify!($second))?)),*])?];
            $crate::left_out(&conformance_harness(), exceptions, expected.first().copied());
        }
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
