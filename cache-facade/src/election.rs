//! Leader election beside the cache.

use crate::{Cache, Election, ElectionOptions};

impl Cache {
    /// An election among all who use this name and the same backend, in the namespace of this
    /// handle; with a TTL of 15 s and no label. [`Locks::election`](crate::Locks::election) takes
    /// options.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), cache_facade::Error> {
    /// # #[cfg(feature = "memory")] {
    /// # let cache = cache_facade::open(cache_facade::Settings::new()).await?;
    /// let leadership = cache.election("scheduler").campaign().await?;
    /// assert!(leadership.is_leader());
    /// leadership.resign().await?;
    /// # }
    /// # Ok(())
    /// # }
    /// ```
    pub fn election(&self, name: &str) -> Election {
        self.locks().election(name, ElectionOptions::new())
    }
}
