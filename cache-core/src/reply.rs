//! The answer of a backend, at once or later.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::Error;

/// A future of `Result<T, Error>` that is ready without an allocation, or pending in one box.
///
/// It borrows the backend and nothing else: never the key, never the options. So a wrapper can
/// build a key, call through, and hand on the reply as it is.
///
/// An effect may begin when the method is called, before the first poll. Dropping a `Reply`
/// leaves that effect **unknown**: done, not done, or done later.
///
/// ```
/// use cache_core::Reply;
///
/// let reply = Reply::ok(1).map(|n| n + 1);
/// assert_eq!(reply.try_ready().unwrap(), Ok(2));
/// ```
#[must_use = "a reply does nothing more unless it is awaited"]
pub struct Reply<'a, T>(State<'a, T>);

enum State<'a, T> {
    Ready(Result<T, Error>),
    Pending(Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>),
    Taken,
}

impl<'a, T> Reply<'a, T> {
    /// An answer that is there. Allocates nothing.
    #[inline]
    pub fn ready(answer: Result<T, Error>) -> Self {
        Self(State::Ready(answer))
    }

    /// A success that is there. Allocates nothing.
    #[inline]
    pub fn ok(value: T) -> Self {
        Self::ready(Ok(value))
    }

    /// A failure that is there.
    pub fn err(error: Error) -> Self {
        Self::ready(Err(error))
    }

    /// An answer that comes later. Allocates one box.
    pub fn pending(future: impl Future<Output = Result<T, Error>> + Send + 'a) -> Self {
        Self(State::Pending(Box::pin(future)))
    }

    /// The answer if it is there, else the reply itself: for code that has no executor.
    ///
    /// # Errors
    /// The `Err` side is the reply that is still pending, not a failure.
    ///
    /// # Panics
    /// If the reply was polled to its end before.
    #[inline]
    pub fn try_ready(self) -> Result<Result<T, Error>, Self> {
        match self.0 {
            State::Ready(answer) => Ok(answer),
            State::Pending(_) => Err(self),
            State::Taken => panic!("a reply was asked again after it had answered"),
        }
    }

    /// Changes the value of a success; a ready reply stays ready.
    pub fn map<U>(self, change: impl FnOnce(T) -> U + Send + 'a) -> Reply<'a, U>
    where
        T: 'a,
        U: 'a,
    {
        self.map_answer(|answer| answer.map(change))
    }

    /// Changes the error of a failure; a ready reply stays ready.
    pub fn map_err(self, change: impl FnOnce(Error) -> Error + Send + 'a) -> Self
    where
        T: 'a,
    {
        self.map_answer(|answer| answer.map_err(change))
    }

    /// Changes the answer, success or failure; a ready reply stays ready.
    #[inline]
    pub fn map_answer<U>(
        self,
        change: impl FnOnce(Result<T, Error>) -> Result<U, Error> + Send + 'a,
    ) -> Reply<'a, U>
    where
        T: 'a,
        U: 'a,
    {
        match self.0 {
            State::Ready(answer) => Reply::ready(change(answer)),
            State::Pending(future) => Reply::pending(async move { change(future.await) }),
            State::Taken => Reply(State::Taken),
        }
    }
}

// Nothing is ever pinned in place: a pending future is pinned in its box.
impl<T> Unpin for Reply<'_, T> {}

impl<T> Future for Reply<'_, T> {
    type Output = Result<T, Error>;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let reply = self.get_mut();
        match std::mem::replace(&mut reply.0, State::Taken) {
            State::Ready(answer) => Poll::Ready(answer),
            State::Pending(mut future) => {
                let polled = future.as_mut().poll(context);
                if polled.is_pending() {
                    reply.0 = State::Pending(future);
                }
                polled
            }
            State::Taken => panic!("a reply was polled after it had answered"),
        }
    }
}

impl<T> fmt::Debug for Reply<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The value is left out: it may be a cached one.
        f.write_str(match &self.0 {
            State::Ready(Ok(_)) => "Reply(ready)",
            State::Ready(Err(_)) => "Reply(ready, failed)",
            State::Pending(_) => "Reply(pending)",
            State::Taken => "Reply(taken)",
        })
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;
    use crate::ErrorKind;

    fn poll_once<T>(reply: &mut Reply<'_, T>) -> Poll<Result<T, Error>> {
        Pin::new(reply).poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn ready_reply_answers_at_the_first_poll() {
        assert_eq!(poll_once(&mut Reply::ok(7)), Poll::Ready(Ok(7)));
    }

    #[test]
    fn pending_reply_is_given_back_by_try_ready() {
        let reply = Reply::pending(async { Ok(7) });
        let mut reply = reply.try_ready().unwrap_err();
        assert_eq!(poll_once(&mut reply), Poll::Ready(Ok(7)));
    }

    #[test]
    fn map_keeps_a_ready_reply_ready_and_changes_a_pending_one() {
        assert_eq!(Reply::ok(1).map(|n| n + 1).try_ready().unwrap(), Ok(2));
        let mut pending = Reply::pending(async { Ok(1) }).map(|n| n + 1);
        assert_eq!(poll_once(&mut pending), Poll::Ready(Ok(2)));
    }

    #[test]
    fn map_err_changes_only_failures() {
        let failed = Reply::<u8>::err(Error::not_applied(ErrorKind::Busy, "loading"));
        let named = failed.map_err(|error| error.with_backend("memory"));
        assert_eq!(named.try_ready().unwrap().unwrap_err().backend(), Some("memory"));
    }

    #[test]
    #[should_panic(expected = "polled after it had answered")]
    fn polling_an_answered_reply_panics() {
        let mut reply = Reply::ok(());
        let _answer = poll_once(&mut reply);
        let _again = poll_once(&mut reply);
    }
}
