//! Removing many entries.

use std::future::poll_fn;
use std::task::Poll;

use cache_core::{CacheBackend, ClearScope, Cursor, Effect, Error, ErrorKind};

use crate::Cache;

impl Cache {
    /// Removes the entries whose key begins with `prefix`; how many.
    ///
    /// No character is special. Entries that are written meanwhile may go or stay. It works in
    /// steps: dropping the future, or a failure, leaves a part of the entries removed.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for an empty prefix: clearing everything is
    /// [`clear_namespace`](Cache::clear_namespace) or [`clear_all`](Cache::clear_all), by name. And
    /// those of [every method](Cache#errors).
    pub async fn clear_prefix(&self, prefix: impl AsRef<str>) -> Result<u64, Error> {
        if prefix.as_ref().is_empty() {
            let problem = if self.namespace.is_root() {
                "the prefix is empty; to remove every entry, call clear_all"
            } else {
                "the prefix is empty; to remove every entry of the namespace, call clear_namespace"
            };
            return Err(refused("clear_prefix", problem));
        }
        let full_prefix = self.namespace.join(prefix.as_ref());
        self.clear("clear_prefix", ClearScope::Prefix(&full_prefix)).await
    }

    /// Removes the entries of this handle's namespace, those of the namespaces inside it not
    /// included; how many.
    ///
    /// Entries that are written meanwhile may go or stay. It works in steps: dropping the future,
    /// or a failure, leaves a part of the entries removed.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) on a handle without a namespace: that would
    /// be [`clear_all`](Cache::clear_all). And those of [every method](Cache#errors).
    pub async fn clear_namespace(&self) -> Result<u64, Error> {
        if self.namespace.is_root() {
            let problem = "this handle has no namespace; to remove every entry, call clear_all";
            return Err(refused("clear_namespace", problem));
        }
        self.clear("clear_namespace", ClearScope::Prefix(self.namespace.prefix())).await
    }

    /// Removes every entry of the backend, whatever namespace it is in; how many. Locks stay.
    ///
    /// Entries that are written meanwhile may go or stay. It works in steps: dropping the future,
    /// or a failure, leaves a part of the entries removed.
    ///
    /// # Errors
    /// Those of [every method](Cache#errors).
    pub async fn clear_all(&self) -> Result<u64, Error> {
        self.clear("clear_all", ClearScope::All).await
    }

    async fn clear(&self, operation: &'static str, scope: ClearScope<'_>) -> Result<u64, Error> {
        let mut removed = 0;
        let mut cursor = Cursor::START;
        loop {
            let reply = self.backend.cache.clear(scope, cursor);
            let step = match self.in_time(reply, Effect::Unknown).await {
                Ok(step) => step,
                Err(error) => return Err(broken_off(error, removed).with_operation(operation)),
            };
            removed += step.removed;
            match step.next {
                Some(next) => cursor = next,
                None => return Ok(removed),
            }
            yield_now().await;
        }
    }
}

/// A step that changed nothing does not mean that the whole clear did.
fn broken_off(error: Error, removed: u64) -> Error {
    if removed == 0 {
        return error;
    }
    let detail = format!("{}; {removed} entries were removed before", error.detail());
    error.with_effect(Effect::Unknown).with_detail(detail)
}

fn refused(operation: &'static str, problem: &'static str) -> Error {
    Error::not_applied(ErrorKind::InvalidInput, problem).with_operation(operation)
}

/// Lets other tasks of the thread run: the steps of a backend in memory never wait.
async fn yield_now() {
    let mut yielded = false;
    poll_fn(|context| {
        if yielded {
            return Poll::Ready(());
        }
        yielded = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
