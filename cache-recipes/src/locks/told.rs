//! A value that others may wait for.

use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

/// A value, and those who wait for it to be another.
///
/// In the place of `tokio::sync::watch`: this is made and dropped with every hold, most of which nobody
/// ever waits for, and a `watch` has nine lists of waiters, to be made, and walked at every change.
#[derive(Debug, Default)]
pub(super) struct Told<T> {
    value: Mutex<T>,
    changed: Notify,
}

impl<T: Copy> Told<T> {
    pub(super) fn new(value: T) -> Self {
        Self { value: Mutex::new(value), changed: Notify::new() }
    }

    pub(super) fn get(&self) -> T {
        *self.value.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the value. Where the answer is that this is news, it is told, and otherwise nobody is
    /// woken.
    pub(super) fn change(&self, change: impl FnOnce(&mut T) -> bool) {
        let is_news = change(&mut self.value.lock().unwrap_or_else(PoisonError::into_inner));
        // After the lock is released: a waker may run anything.
        if is_news {
            self.changed.notify_waiters();
        }
    }

    /// Answers when the value is as it is wanted. One that is so for a moment alone may be missed.
    ///
    /// Dropping the future has no effect.
    pub(super) async fn wait_for(&self, is_wanted: impl Fn(&T) -> bool) -> T {
        loop {
            // From before the look: so no change between the two is missed.
            let changed = self.changed.notified();
            let value = self.get();
            if is_wanted(&value) {
                return value;
            }
            changed.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::task::{Context, Poll, Waker};

    use super::*;

    #[tokio::test]
    async fn all_who_wait_hear_of_the_value_that_each_wants() {
        let told = Arc::new(Told::new(0));
        let waiting: Vec<_> = (1..4)
            .map(|wanted| {
                let told = Arc::clone(&told);
                tokio::spawn(async move { told.wait_for(|value| *value >= wanted).await })
            })
            .collect();
        for _ in 0..3 {
            tokio::task::yield_now().await;
            told.change(|value| {
                *value += 1;
                true
            });
        }
        for (wanted, waiting) in (1..).zip(waiting) {
            assert!(waiting.await.unwrap() >= wanted);
        }
    }

    #[test]
    fn change_after_the_wait_began_is_heard_of_and_what_is_no_news_is_not() {
        let (told, mut context) = (Told::new(0), Context::from_waker(Waker::noop()));
        let mut waiting = Box::pin(told.wait_for(|value| *value > 0));
        assert!(waiting.as_mut().poll(&mut context).is_pending());
        told.change(|value| {
            *value = 1;
            false
        });
        assert!(waiting.as_mut().poll(&mut context).is_pending());
        told.change(|_| true);
        assert_eq!(waiting.as_mut().poll(&mut context), Poll::Ready(1));
    }

    #[test]
    fn change_between_the_look_and_the_wait_is_not_missed() {
        let (told, mut context) = (Told::new(0), Context::from_waker(Waker::noop()));
        let mut waiting = Box::pin(told.wait_for(|seen| {
            let is_wanted = *seen > 0;
            told.change(|value| {
                *value = 1;
                !is_wanted
            });
            is_wanted
        }));
        assert_eq!(waiting.as_mut().poll(&mut context), Poll::Ready(1));
    }
}
