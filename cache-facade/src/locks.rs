//! Locks beside the cache.

use crate::{Cache, Locks};

impl Cache {
    /// The locks of the backend, in the namespace of this handle.
    ///
    /// All clones and namespaces of a cache wait in the same queues, first come, first served. Locks
    /// and entries never meet: the lock `a` and the key `a` are two things. The name of a lock, the
    /// namespace in front of it included, has up to 1024 bytes.
    ///
    /// Locks in memory exclude each other within this process alone, whatever
    /// [`capabilities`](Cache::capabilities) of a cache on a server say: `shared` tells whether other
    /// processes see them.
    ///
    /// Where the backend has no locks, each method answers
    /// [`Unsupported`](crate::ErrorKind::Unsupported).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), cache_facade::Error> {
    /// # #[cfg(feature = "memory")] {
    /// # let cache = cache_facade::open(cache_facade::Settings::new()).await?;
    /// use cache_facade::LockOptions;
    ///
    /// let guard = cache.locks().acquire("nightly report", LockOptions::new()).await?;
    /// let report = guard.run(async { "done" }).await?;
    /// guard.release().await?;
    /// # assert_eq!(report, "done");
    /// # }
    /// # Ok(())
    /// # }
    /// ```
    pub fn locks(&self) -> Locks {
        self.locks.with_prefix(&self.lock_prefix())
    }
}
