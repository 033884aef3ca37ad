//! Many requests in one round trip.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use bytes::Bytes;
use cache_core::{Error, Lifecycle};

use crate::Redis;
use crate::command::Command;
use crate::driver::Driver;
use crate::key;
use crate::operation::Request;
use crate::reply::Answer;
use crate::script::Script;
use crate::supervise::{Call, Lane};

/// Requests about entries, in their order. One that was refused here is not sent, and the others are.
pub(crate) struct Batch<T> {
    pub(crate) call: Call,
    /// As many as there are requests.
    pub(crate) keys: Vec<Bytes>,
    pub(crate) requests: Vec<Result<Request<T>, Error>>,
}

/// Where an answer belongs, and how it is read.
type Place<T> = (usize, fn(Answer) -> Result<T, Error>);

impl<D: Driver> Redis<D> {
    /// Sends what is to be sent, one round trip a group, all groups at once; one answer a request.
    ///
    /// # Errors
    /// [`Stopped`](cache_core::ErrorKind::Stopped) for the batch as a whole, before anything is tried.
    pub(crate) async fn ask_all<T: Send>(
        &self,
        batch: Batch<T>,
    ) -> Result<Vec<Result<T, Error>>, Error> {
        let Batch { call, keys, requests } = batch;
        if self.link.is_stopped() {
            return Err(Error::stopped(self.name(), call.operation));
        }
        let mut refused = Vec::new();
        let mut pending: Vec<Option<Request<T>>> = Vec::with_capacity(requests.len());
        for (index, request) in requests.into_iter().enumerate() {
            pending.push(request.map_err(|error| refused.push((index, error))).ok());
        }
        let mut answers: Vec<Option<Result<T, Error>>> = Vec::new();
        answers.resize_with(keys.len(), || None);
        for (index, error) in refused {
            answers[index] = Some(Err(error));
        }
        let asked = groups(&keys, self.is_cluster).into_iter().map(|group| {
            let (commands, expected) = prepared(group, &mut pending);
            self.ask_group(call, commands, expected)
        });
        for (index, answer) in all(asked.collect()).await.into_iter().flatten() {
            answers[index] = Some(answer);
        }
        let named = |(answer, key): (Option<Result<T, Error>>, &Bytes)| {
            let answer = answer.unwrap_or_else(|| Err(crate::operation::unexpected(Answer::Nil)));
            answer.map_err(|error| self.named_by(error, call, key))
        };
        Ok(answers.into_iter().zip(&keys).map(named).collect())
    }

    /// One round trip.
    async fn ask_group<T>(
        &self,
        call: Call,
        commands: Vec<Command>,
        expected: Vec<Place<T>>,
    ) -> Vec<(usize, Result<T, Error>)> {
        if commands.is_empty() {
            return Vec::new();
        }
        match self.link.pipeline(Lane::Cache, call, commands).await {
            Ok(answers) => {
                let read = |((index, decode), answer): (Place<T>, Answer)| (index, decode(answer));
                expected.into_iter().zip(answers).map(read).collect()
            }
            Err(error) => {
                expected.into_iter().map(|(index, _)| (index, Err(error.clone()))).collect()
            }
        }
    }
}

/// The commands of a group. The first call of a script carries its text: so the server knows it when the
/// later ones come, and none of them can fail for that.
fn prepared<T>(
    group: Vec<usize>,
    pending: &mut [Option<Request<T>>],
) -> (Vec<Command>, Vec<Place<T>>) {
    let mut commands = Vec::with_capacity(group.len());
    let mut expected = Vec::with_capacity(group.len());
    let mut given: Option<&'static Script> = None;
    for index in group {
        let Some(Request { command, script, decode }) = pending[index].take() else { continue };
        commands.push(match script {
            Some(script) if !given.is_some_and(|given| std::ptr::eq(given, script)) => {
                given = Some(script);
                script.with_text(command)
            }
            _ => command,
        });
        expected.push((index, decode));
    }
    (commands, expected)
}

/// The positions of keys that may travel together, each group in order: all of them, or those of one hash
/// slot in a cluster.
pub(crate) fn groups(keys: &[Bytes], is_cluster: bool) -> Vec<Vec<usize>> {
    if keys.is_empty() {
        return Vec::new();
    }
    if !is_cluster {
        return vec![(0..keys.len()).collect()];
    }
    let mut groups = BTreeMap::<u16, Vec<usize>>::new();
    for (index, key) in keys.iter().enumerate() {
        groups.entry(key::slot(key)).or_default().push(index);
    }
    groups.into_values().collect()
}

/// Waits for all, at once.
async fn all<F: Future>(mut futures: Vec<F>) -> Vec<F::Output> {
    if futures.len() == 1 {
        return match futures.pop() {
            Some(only) => vec![only.await],
            None => Vec::new(),
        };
    }
    let mut waiting: Vec<Pin<Box<F>>> = futures.into_iter().map(Box::pin).collect();
    let mut outputs: Vec<Option<F::Output>> = Vec::new();
    outputs.resize_with(waiting.len(), || None);
    poll_fn(|context| {
        for (future, output) in waiting.iter_mut().zip(&mut outputs) {
            if output.is_none()
                && let Poll::Ready(ready) = future.as_mut().poll(context)
            {
                *output = Some(ready);
            }
        }
        if outputs.iter().all(Option::is_some) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    outputs.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests;
