//! Ending a cache.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use cache_core::{Backend, Effect, Error, Lifecycle, Reply};

use super::limit::Allowance;
use crate::Cache;

/// How long [`Cache::stop`] waits.
const LIMIT: Duration = Duration::from_secs(30);

const NO_TIME: &str = "stopping had to wait and nothing keeps its limit of 30 s; the cache takes no \
                       new calls; stop it inside a runtime of tokio with `time` enabled that has \
                       not ended";

impl Cache {
    /// Ends the cache, with all its clones and namespaces: waits for what is in flight, then frees
    /// threads, memory and sockets.
    ///
    /// Every other call that begins afterwards fails with [`Stopped`](crate::ErrorKind::Stopped).
    /// Calling it again is fine. The deadline of the handle does not hold here: stopping has 30
    /// seconds of its own. Waiting takes a timer of tokio, as it does
    /// [elsewhere](Cache::with_deadline). Dropping the future after its first poll leaves the cache
    /// stopped for new calls; what was in flight may still go on.
    ///
    /// # Errors
    /// The first failure of the cache, its locks and its events; all three are asked to end in
    /// any case. [`Timeout`](crate::ErrorKind::Timeout), the effect
    /// [`Unknown`](crate::Effect::Unknown), where one of them has not ended after 30 seconds.
    pub async fn stop(&self) -> Result<(), Error> {
        let Backend { cache, locks, watch, .. } = &self.backend;
        // All of them begin here, before the first is waited for.
        let cache = cache.stop();
        let locks = locks.as_ref().map_or_else(|| Reply::ok(()), |locks| locks.stop());
        let watch = watch.as_ref().map_or_else(|| Reply::ok(()), |watch| watch.stop());
        let mut ended = pin!(all([cache, locks, watch]));
        let answer = Allowance::new(LIMIT).wait(&mut ended).await;
        let answer = answer.unwrap_or_else(|broken_off| {
            let late = |limit| {
                format!(
                    "the backend had not ended after {limit:?}; it takes no new calls, and what \
                     was in flight may still go on"
                )
            };
            let error = broken_off.error(late, NO_TIME).with_effect(Effect::Unknown);
            Err(error.with_backend(self.backend.cache.name()))
        });
        answer.map_err(|error| error.with_operation("stop"))
    }
}

/// Waits for all of them at once; the first failure in their order.
async fn all<const N: usize>(mut replies: [Reply<'_, ()>; N]) -> Result<(), Error> {
    let mut answers = [const { None }; N];
    poll_fn(|context| poll_all(&mut replies, &mut answers, context)).await;
    answers.into_iter().flatten().collect()
}

fn poll_all(
    replies: &mut [Reply<'_, ()>],
    answers: &mut [Option<Result<(), Error>>],
    context: &mut Context<'_>,
) -> Poll<()> {
    for (reply, answer) in replies.iter_mut().zip(&mut *answers) {
        if answer.is_none()
            && let Poll::Ready(ended) = Pin::new(reply).poll(context)
        {
            *answer = Some(ended);
        }
    }
    if answers.iter().all(Option::is_some) { Poll::Ready(()) } else { Poll::Pending }
}
