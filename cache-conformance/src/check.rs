//! Assertions whose messages say what was expected and what was found.

use std::fmt::{Debug, Display};
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use cache_core::{Effect, Error, ErrorKind, Reply};

use crate::clock;

/// Fails unless `found` is `expected`.
#[track_caller]
pub(crate) fn same<T: PartialEq + Debug>(what: impl Display, found: &T, expected: &T) {
    assert!(found == expected, "{what}: expected {expected:?}, found {found:?}");
}

/// The value of a step of the suite's own that cannot fail, or a message that says which did.
#[track_caller]
pub(crate) fn expect_ok<T>(what: impl Display, result: Result<T, Error>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{what}: expected success, found the error `{error}`"),
    }
}

/// What a provided part holds, or a message that says which is missing.
#[track_caller]
pub(crate) fn expect_some<T>(what: impl Display, option: Option<T>) -> T {
    match option {
        Some(value) => value,
        None => panic!("{what}: expected something, found nothing"),
    }
}

/// Waits for an answer; fails if none comes within the harness's patience.
pub(crate) async fn answer<T>(
    what: &str,
    patience: Duration,
    reply: Reply<'_, T>,
) -> Result<T, Error> {
    match clock::within(patience, reply).await {
        Some(answer) => answer,
        None => panic!("{what}: expected an answer, found none within {patience:?}"),
    }
}

/// Begins all calls before it waits for any, and polls them in turns until each has succeeded.
///
/// What is done in two steps is caught between them, on any machine: no luck is needed.
pub(crate) async fn in_turns<T>(
    what: &str,
    patience: Duration,
    mut replies: Vec<Reply<'_, T>>,
) -> Vec<T> {
    let mut answers: Vec<Option<T>> = replies.iter().map(|_| None).collect();
    let all = std::future::poll_fn(|context| {
        for (reply, answer) in replies.iter_mut().zip(&mut answers) {
            if answer.is_none()
                && let Poll::Ready(ready) = Pin::new(reply).poll(context)
            {
                *answer = Some(expect_ok(what, ready));
            }
        }
        if answers.iter().all(Option::is_some) { Poll::Ready(()) } else { Poll::Pending }
    });
    expect_some(
        format!("{what}: all answers within {patience:?}"),
        clock::within(patience, all).await,
    );
    answers.into_iter().flatten().collect()
}

/// Fails unless the answer is an error of this kind that changed nothing.
#[track_caller]
pub(crate) fn refused<T>(what: impl Display, answer: Result<T, Error>, kind: ErrorKind) -> Error {
    let Err(error) = answer else {
        panic!("{what}: expected an error of kind {kind:?}, found success");
    };
    assert!(
        error.kind() == kind,
        "{what}: expected an error of kind {kind:?}, found {:?}: `{error}`",
        error.kind()
    );
    assert!(
        error.effect() == Effect::NotApplied,
        "{what}: expected effect NotApplied, because nothing was done, found {:?}: `{error}`",
        error.effect()
    );
    error
}

/// Bytes as a message shows them: short ones whole, long ones by their beginning and length.
pub(crate) fn shown(value: Option<&[u8]>) -> String {
    const LONGEST: usize = 40;
    match value {
        None => "nothing".to_owned(),
        Some(bytes) if bytes.len() <= LONGEST => format!("\"{}\"", bytes.escape_ascii()),
        Some(bytes) => {
            format!("\"{}\"… ({} bytes)", bytes[..LONGEST].escape_ascii(), bytes.len())
        }
    }
}

/// The result of a task; a failure in it fails the case.
pub(crate) async fn joined<T>(task: tokio::task::JoinHandle<T>) -> T {
    match task.await {
        Ok(value) => value,
        Err(failure) if failure.is_panic() => std::panic::resume_unwind(failure.into_panic()),
        Err(failure) => panic!("a task of the case: expected it to end, found {failure}"),
    }
}
