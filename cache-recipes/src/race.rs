//! Two futures, of which the first to answer counts.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

/// Which of two futures answered, and what.
pub(crate) enum First<L, R> {
    Left(L),
    Right(R),
}

/// Polls both until one answers; the left one first, so that it counts where both would. The other
/// is dropped.
pub(crate) async fn race<L: Future, R: Future>(left: L, right: R) -> First<L::Output, R::Output> {
    let (mut left, mut right) = (pin!(left), pin!(right));
    poll_fn(|context| {
        if let Poll::Ready(answer) = left.as_mut().poll(context) {
            return Poll::Ready(First::Left(answer));
        }
        right.as_mut().poll(context).map(First::Right)
    })
    .await
}
