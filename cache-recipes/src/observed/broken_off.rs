//! Calls that somebody stopped waiting for.

use std::cell::RefCell;

use cache_core::Error;

thread_local! {
    /// Why the calls end that this thread is dropping at the moment.
    static REASON: RefCell<Option<Error>> = const { RefCell::new(None) };
}

/// Drops a call that is not waited for any longer, and tells why.
///
/// `call` is whatever holds the call: a [`Reply`](cache_core::Reply), or a future around it. What is
/// [observed](crate::observe) in it ends with `error`, as if the backend had answered that, where it
/// would be seen as `dropped` otherwise. Who keeps a deadline calls it when the deadline has passed.
pub fn break_off<T>(call: T, error: &Error) {
    let _reason = Reason::set(error);
    drop(call);
}

/// The error that the call being dropped ends with; `None` where it is just dropped.
pub(super) fn reason() -> Option<Error> {
    REASON.try_with(|reason| reason.borrow().clone()).ok().flatten()
}

/// Takes the reason back when it goes, after a panic too.
struct Reason(Option<Error>);

impl Reason {
    fn set(error: &Error) -> Self {
        Self(exchange(Some(error.clone())))
    }
}

impl Drop for Reason {
    fn drop(&mut self) {
        exchange(self.0.take());
    }
}

fn exchange(new: Option<Error>) -> Option<Error> {
    // A thread that ends drops calls when its variables are gone.
    REASON.try_with(|reason| reason.replace(new)).ok().flatten()
}
