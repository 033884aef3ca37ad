//! Waiting for what a thread of the backend does.

/// Lets other threads run until `condition` holds. It gives up after a number of rounds and reads no
/// clock.
#[track_caller]
pub(crate) fn wait_until(condition: impl Fn() -> bool) {
    let mut rounds = 0_u64;
    while !condition() {
        std::thread::yield_now();
        rounds += 1;
        assert!(rounds < 20_000_000, "it never came to be");
    }
}
