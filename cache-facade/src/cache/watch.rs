//! Change events with the keys of the handle.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use cache_core::{Effect, Error, Event, Scope, Subscription, Watch};
use futures_core::Stream;

use crate::Cache;
use crate::namespace::Namespace;

impl Cache {
    /// Subscribes to the changes of one entry.
    ///
    /// When it has answered, the subscription is in force: a look at the key after that misses no
    /// change. Dropping the future or the events ends the subscription.
    ///
    /// ```
    /// # #[cfg(feature = "memory")]
    /// # pollster::block_on(async {
    /// # let cache = cache_facade::open(cache_facade::Settings::new()).await?;
    /// use cache_facade::{Event, Origin};
    ///
    /// let users = cache.namespace("users")?;
    /// let mut events = users.watch_key("1").await?;
    /// users.set("1", "Ada").await?;
    /// assert_eq!(events.next().await, Some(Event::changed("1", Origin::Local)));
    /// # Ok::<(), cache_facade::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// [`Unsupported`](crate::ErrorKind::Unsupported) where the backend has no events; and those of
    /// [every method](Cache#errors).
    pub async fn watch_key(&self, key: impl AsRef<str>) -> Result<Events, Error> {
        let (operation, key) = ("watch_key", key.as_ref());
        let begun = self.watch_backend(operation).and_then(|watch| {
            self.namespace.with_full_key(key, |full| Ok(watch.watch(Scope::Key(full?))))
        });
        let answer = match begun {
            Ok(reply) => self.in_time(reply, Effect::NotApplied).await,
            Err(error) => Err(error),
        };
        match answer {
            Ok(subscription) => Ok(Events::new(subscription, &self.namespace)),
            Err(error) => Err(error.with_operation(operation).with_key(key)),
        }
    }

    /// Subscribes to the changes of every entry whose key begins with `prefix`; of every entry of
    /// this handle's namespace if it is empty.
    ///
    /// When it has answered, the subscription is in force. Dropping the future or the events ends
    /// the subscription.
    ///
    /// # Errors
    /// [`Unsupported`](crate::ErrorKind::Unsupported) where the backend has no events; and those of
    /// [every method](Cache#errors).
    pub async fn watch_prefix(&self, prefix: impl AsRef<str>) -> Result<Events, Error> {
        let operation = "watch_prefix";
        let watch = self.watch_backend(operation)?;
        let full_prefix = self.namespace.join(prefix.as_ref());
        let reply = watch.watch(Scope::Prefix(&full_prefix));
        match self.in_time(reply, Effect::NotApplied).await {
            Ok(subscription) => Ok(Events::new(subscription, &self.namespace)),
            Err(error) => Err(error.with_operation(operation)),
        }
    }

    fn watch_backend(&self, operation: &'static str) -> Result<&dyn Watch, Error> {
        self.backend
            .watch
            .as_deref()
            .ok_or_else(|| Error::unsupported(self.backend.cache.name(), operation))
    }
}

/// A bounded stream of [`Event`]s, their keys as the handle knows them, without its namespace.
///
/// It ends when the cache stops. [`Event::Gap`] says that changes may have been missed. Events are
/// a hint that saves time; the passing of a lifetime is told late or not at all.
#[must_use = "dropped events tell nothing"]
pub struct Events {
    subscription: Subscription,
    namespace: Namespace,
}

impl Events {
    fn new(subscription: Subscription, namespace: &Namespace) -> Self {
        Self { subscription, namespace: namespace.clone() }
    }

    /// Waits for the next event; `None` once the cache has stopped.
    ///
    /// Dropping the future loses no event.
    pub async fn next(&mut self) -> Option<Event> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// The event in the words of the handle; `None` if it is about another namespace.
    fn translate(&self, event: Event) -> Option<Event> {
        match event {
            Event::Changed { key, origin, .. } => {
                self.namespace.strip(&key).map(|key| Event::changed(key, origin))
            }
            other => Some(other),
        }
    }
}

impl Stream for Events {
    type Item = Event;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Event>> {
        loop {
            match ready!(Pin::new(&mut self.subscription).poll_next(context)) {
                None => return Poll::Ready(None),
                Some(event) => {
                    if let Some(event) = self.translate(event) {
                        return Poll::Ready(Some(event));
                    }
                }
            }
        }
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events").field("namespace", &self.namespace).finish_non_exhaustive()
    }
}
