//! One call on one key, from its first poll to its answer.

use std::pin::Pin;
use std::task::{Context, Poll};

use cache_core::{CacheBackend, Effect, Error, Key, Reply};

use crate::Cache;

/// A call on one key. Nothing happens before it is polled first.
///
/// It is written by hand because a hit in memory is short: an `async` block copies the answer from
/// one place to the next more often, and each of these copies waits for the one before.
pub(super) struct Call<'a, K, T, F> {
    cache: &'a Cache,
    operation: &'static str,
    key: K,
    /// What is known of the effect where the deadline passes.
    late: Effect,
    failed: fn(&Cache, Error) -> Result<T, Error>,
    /// What is still to be begun.
    begin: Option<F>,
    /// What was begun and has to be waited for.
    begun: Option<Reply<'a, T>>,
}

// Nothing in it is pinned in place: a reply that is pending is pinned in its box.
impl<K, T, F> Unpin for Call<'_, K, T, F> {}

impl<'a, K, T, F> Call<'a, K, T, F>
where
    K: AsRef<str>,
    T: Send + 'a,
    F: FnOnce(&'a dyn CacheBackend, Key<'_>) -> Reply<'a, T>,
{
    #[inline]
    pub(super) const fn new(
        cache: &'a Cache,
        operation: &'static str,
        key: K,
        late: Effect,
        failed: fn(&Cache, Error) -> Result<T, Error>,
        begin: F,
    ) -> Self {
        Self { cache, operation, key, late, failed, begin: Some(begin), begun: None }
    }

    /// Waits for what was begun, and tells a failure in the words of the caller.
    #[cold]
    #[inline(never)]
    fn go_on(&mut self, context: &mut Context<'_>) -> Poll<Result<T, Error>> {
        let Some(begun) = &mut self.begun else {
            panic!("a call was polled after it had answered");
        };
        let answer = std::task::ready!(Pin::new(begun).poll(context));
        self.begun = None;
        Poll::Ready(answer.or_else(|error| self.tell(error)))
    }

    fn tell(&self, error: Error) -> Result<T, Error> {
        (self.failed)(self.cache, error.with_operation(self.operation).with_key(self.key.as_ref()))
    }

    #[cold]
    #[inline(never)]
    fn wait(&mut self, begun: Reply<'a, T>, context: &mut Context<'_>) -> Poll<Result<T, Error>> {
        self.begun = Some(self.cache.in_time(begun, self.late));
        self.go_on(context)
    }
}

impl<'a, K, T, F> Future for Call<'a, K, T, F>
where
    K: AsRef<str>,
    T: Send + 'a,
    F: FnOnce(&'a dyn CacheBackend, Key<'_>) -> Reply<'a, T>,
{
    type Output = Result<T, Error>;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let Some(begin) = this.begin.take() else { return this.go_on(context) };
        let Cache { backend, namespace, .. } = this.cache;
        let reply = namespace.with_full_key(this.key.as_ref(), |key| match key {
            Ok(key) => begin(&*backend.cache, key),
            Err(refused) => Reply::err(refused),
        });
        match reply.try_ready() {
            Ok(Ok(value)) => Poll::Ready(Ok(value)),
            Ok(Err(error)) => this.wait(Reply::err(error), context),
            Err(pending) => this.wait(pending, context),
        }
    }
}
