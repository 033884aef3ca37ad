//! Deadlines, and what becomes of reads that fail.

use std::sync::Arc;
use std::time::Duration;

use cache_core::{Effect, Error, Lifecycle, Reply};

use super::limit::{Allowance, BrokenOff};
use crate::observe::FailedReads;
use crate::{Cache, OnError, observe};

/// The key that [`Cache::probe`] looks at. It is in the namespace of the handle, because a user of
/// the server may be limited to that; whether there is an entry does not matter.
const PROBED_KEY: &str = "cache-facade-probe";

/// What a handle does when its backend is slow or down.
#[derive(Debug, Clone, Default)]
pub(super) struct Policies {
    pub(super) deadline: Option<Duration>,
    pub(super) on_error: OnError,
    /// Shared by every handle that was made of another.
    failed_reads: Arc<FailedReads>,
}

impl Cache {
    /// A handle on the same cache whose calls each end within `limit`; its clones and namespaces
    /// take it over. [`open`](crate::open()) sets the one of the settings,
    /// [`from_backend`](Cache::from_backend) none.
    ///
    /// When it passes, the call is dropped and fails with
    /// [`Timeout`](crate::ErrorKind::Timeout). After a read nothing was changed; a write may have
    /// happened, or may happen yet. A batch has one deadline. Removing many entries has it for each
    /// step, [`watch_key`](Cache::watch_key) for the subscription and not for its events.
    /// [`stop`](Cache::stop) has a limit of its own.
    ///
    /// An answer that is there at once costs nothing more. Waiting takes a timer of tokio: outside
    /// a runtime of tokio that has `time` enabled, a call that has to wait fails with
    /// [`Config`](crate::ErrorKind::Config). (In a runtime without `time`, or one that has ended,
    /// tokio panics; the panic is caught, and told in the same way. With `panic = "abort"` it cannot
    /// be caught.) Zero lets only those calls succeed that need not wait, and takes no timer.
    ///
    /// ```
    /// # #[cfg(feature = "memory")]
    /// # pollster::block_on(async {
    /// # let cache = cache_facade::open(cache_facade::Settings::new()).await?;
    /// use std::time::Duration;
    ///
    /// let hasty = cache.with_deadline(Duration::from_millis(50));
    /// assert_eq!(hasty.get("k").await?, None);
    /// # Ok::<(), cache_facade::Error>(())
    /// # }).unwrap();
    /// ```
    #[must_use]
    pub fn with_deadline(&self, limit: Duration) -> Self {
        self.with_policies(|policies| policies.deadline = Some(limit))
    }

    /// A handle on the same cache whose calls take as long as the backend takes.
    #[must_use]
    pub fn without_deadline(&self) -> Self {
        self.with_policies(|policies| policies.deadline = None)
    }

    /// A handle on the same cache that answers failed reads so; its clones and namespaces take it
    /// over.
    ///
    /// Under [`OnError::Miss`] the methods `get`, `get_many`, `contains`, `entry` and `ttl` answer
    /// that there is no entry where the error [may pass](crate::Error::is_retryable).
    #[must_use]
    pub fn with_on_error(&self, on_error: OnError) -> Self {
        self.with_policies(|policies| policies.on_error = on_error)
    }

    /// How many failed reads were answered as misses, by this handle and all that were made of the
    /// same one. [`statistics`](Cache::statistics) holds it too, where the backend has them.
    pub fn failures_as_misses(&self) -> u64 {
        self.policies.failed_reads.answered_as_misses()
    }

    fn with_policies(&self, change: impl FnOnce(&mut Policies)) -> Self {
        let mut cache = self.clone();
        change(&mut cache.policies);
        cache
    }

    /// Looks whether the backend answers, within the deadline. [`OnError::Miss`] has no say here:
    /// whoever looks wants to know.
    pub(crate) async fn probe(&self) -> Result<(), Error> {
        let backend = &*self.backend.cache;
        let reply = self
            .namespace
            .with_full_key(PROBED_KEY, |full| full.map(|full| backend.contains(full)))?;
        let answer = self.in_time(reply, Effect::NotApplied).await;
        answer.map(|_found| ()).map_err(|error| error.with_operation("open"))
    }

    /// The reply, broken off at the deadline; `late` is what is known then of the effect.
    pub(super) fn in_time<'a, T: Send + 'a>(
        &'a self,
        reply: Reply<'a, T>,
        late: Effect,
    ) -> Reply<'a, T> {
        self.break_off(reply, late, Err)
    }

    /// The reply to a batch, broken off at the deadline. That is the answer of every key then: an
    /// error of the whole batch would say that nothing was tried.
    pub(super) fn each_in_time<'a, T: Send + 'a>(
        &'a self,
        reply: Reply<'a, Vec<Result<T, Error>>>,
        late: Effect,
        keys: usize,
    ) -> Reply<'a, Vec<Result<T, Error>>> {
        self.break_off(reply, late, move |error| Ok(each(keys, &error)))
    }

    /// A reply that is ready stays ready.
    fn break_off<'a, T: Send + 'a>(
        &'a self,
        reply: Reply<'a, T>,
        late: Effect,
        answer: impl FnOnce(Error) -> Result<T, Error> + Send + 'a,
    ) -> Reply<'a, T> {
        let Some(limit) = self.policies.deadline else { return reply };
        match reply.try_ready() {
            Ok(answer) => Reply::ready(answer),
            Err(mut pending) => Reply::pending(async move {
                let waited = Allowance::new(limit).wait(&mut pending).await;
                waited.unwrap_or_else(|broken_off| {
                    let error = self.told(&broken_off, late);
                    observe::broken_off(pending, &error);
                    answer(error)
                })
            }),
        }
    }

    #[cold]
    fn told(&self, broken_off: &BrokenOff, late: Effect) -> Error {
        let too_late = |limit| {
            format!(
                "no answer within the deadline of {limit:?}; the backend is slow or cannot be \
                 reached, or the deadline is too short"
            )
        };
        let error = broken_off.error(too_late, NO_TIME).with_effect(late);
        error.with_backend(self.backend.cache.name())
    }

    /// What becomes of a read that failed: a miss, where the handle is told so and it may pass.
    #[cold]
    pub(super) fn failed_read<T: Default>(&self, error: Error) -> Result<T, Error> {
        if !self.misses_instead_of(&error) {
            return Err(error);
        }
        self.policies.failed_reads.note(self.backend.cache.name(), &error);
        Ok(T::default())
    }

    /// A failure of a whole batch of reads, as the answer of each key where it is to be a miss.
    pub(super) fn spread<T>(
        &self,
        answers: Result<Vec<Result<T, Error>>, Error>,
        keys: usize,
    ) -> Result<Vec<Result<T, Error>>, Error> {
        match answers {
            Err(error) if self.misses_instead_of(&error) => Ok(each(keys, &error)),
            answers => answers,
        }
    }

    fn misses_instead_of(&self, error: &Error) -> bool {
        self.policies.on_error == OnError::Miss && error.is_retryable()
    }
}

const NO_TIME: &str = "the call had to wait and nothing keeps its deadline; call the cache inside a \
                       runtime of tokio with `time` enabled that has not ended, or open it with the \
                       deadline \"none\"";

/// An error as the answer of each key.
pub(super) fn each<T>(keys: usize, error: &Error) -> Vec<Result<T, Error>> {
    std::iter::repeat_with(|| Err(error.clone())).take(keys).collect()
}
