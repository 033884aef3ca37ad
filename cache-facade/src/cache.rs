//! The handle that users hold.

mod batch;
mod call;
mod clear;
mod diagnose;
pub(crate) mod limit;
mod policies;
mod read;
mod stop;
mod watch;
mod write;

use std::fmt;

use cache_core::{
    Backend, CacheBackend, Capabilities, Effect, Error, Key, Lifecycle, Reply, Statistics, Ttl,
};

pub use watch::Events;

use self::call::Call;
use self::policies::Policies;
use crate::namespace::Namespace;

/// A cache: keys to bytes whose entries expire.
///
/// It is a handle: clones and [namespaces](Cache::namespace) share one backend, and cloning is
/// cheap. Nothing happens before the future of a method is polled.
///
/// # Keys
/// A key is 1 byte to 64 KiB of UTF-8, the namespace in front of it included; no character is
/// special. A hit with a key of up to 512 bytes, the namespace included, allocates nothing where
/// the backend allocates nothing.
///
/// # Values
/// A value comes back byte for byte. Everything that turns into [`Bytes`](crate::Bytes) without a
/// copy is taken: `Vec<u8>`, `String`, and literals. Text that is borrowed has to be copied first,
/// by `to_owned`.
///
/// # Lifetimes
/// What is written without a lifetime of its own gets the default TTL of the handle, from the
/// settings or [`with_default_ttl`](Cache::with_default_ttl). A lifetime is rounded up to a
/// millisecond, zero is refused, and more than 100 years are capped.
///
/// # Cancellation
/// Every future may be dropped at any time. Dropping it before its first poll does nothing;
/// afterwards a write is done whole, not at all, or later, and nothing stays locked.
///
/// # Errors
/// Every error names the method and the key that was asked for. Each method may fail with
/// [`Stopped`](crate::ErrorKind::Stopped) after [`stop`](Cache::stop), with
/// [`InvalidInput`](crate::ErrorKind::InvalidInput) for a key that is refused, with
/// [`Unsupported`](crate::ErrorKind::Unsupported) where the backend lacks the operation, with
/// [`Timeout`](crate::ErrorKind::Timeout) after the [deadline](Cache::with_deadline), with
/// [`Config`](crate::ErrorKind::Config) where nothing can keep that, and with what the backend
/// reports of its server. Failed reads are misses instead where [`OnError`](crate::OnError) says so.
#[derive(Clone)]
pub struct Cache {
    backend: Backend,
    namespace: Namespace,
    default_ttl: Ttl,
    policies: Policies,
    /// Made once, so that all clones wait in the same queues.
    #[cfg(feature = "locks")]
    pub(crate) locks: crate::Locks,
}

impl Cache {
    /// A cache over any backend, with no namespace and no deadline, where entries never expire
    /// unless said.
    ///
    /// ```
    /// # #[cfg(feature = "memory")] {
    /// use cache_facade::Cache;
    /// use cache_facade::memory::{Memory, Options};
    ///
    /// let cache = Cache::from_backend(Memory::open(Options::new())?.into_backend());
    /// assert!(cache.capabilities().conditions);
    /// # }
    /// # Ok::<(), cache_facade::Error>(())
    /// ```
    pub fn from_backend(backend: Backend) -> Self {
        let (namespace, policies) = (Namespace::root(), Policies::default());
        Self {
            #[cfg(feature = "locks")]
            locks: crate::Locks::new(&backend),
            backend,
            namespace,
            default_ttl: Ttl::Never,
            policies,
        }
    }

    /// A handle on the same cache through which entries live so long that are written without a
    /// lifetime; its clones and namespaces take it over. Writes refuse a default of zero.
    #[must_use]
    pub fn with_default_ttl(&self, ttl: impl Into<Ttl>) -> Self {
        Self { default_ttl: ttl.into(), ..self.clone() }
    }

    /// A handle whose keys are apart from those of every other namespace.
    ///
    /// Namespaces nest. Two different pairs of path and key never meet, whatever characters they
    /// hold: the namespace `a` with the key `b:c` is not the namespace `a:b` with the key `c`.
    /// A handle without a namespace is the root: it sees the whole key space, and so reaches the
    /// entry `k` of the namespace `a` as `a:k`.
    ///
    /// On a server a full key is the names, joined by `/`, then `:`, then the key byte for byte. In
    /// names `%`, `:`, `/`, `{` and `}` are written as `%25`, `%3A`, `%2F`, `%7B` and `%7D`. So a hash tag of
    /// Redis Cluster is always the key's own.
    ///
    /// ```
    /// # #[cfg(feature = "memory")]
    /// # pollster::block_on(async {
    /// # let cache = cache_facade::open(cache_facade::Settings::new()).await?;
    /// let users = cache.namespace("shop")?.namespace("users")?;
    /// users.set("1", "Ada").await?;
    /// assert_eq!(cache.get("shop/users:1").await?.as_deref(), Some(&b"Ada"[..]));
    /// assert!(!cache.namespace("shop")?.contains("users:1").await?);
    /// # Ok::<(), cache_facade::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for an empty name, for a path of more than
    /// 1 KiB, and for a name whose keys would fall under the reserved prefix.
    pub fn namespace(&self, name: impl AsRef<str>) -> Result<Self, Error> {
        let namespace = self
            .namespace
            .child(name.as_ref())
            .map_err(|error| error.with_operation("namespace"))?;
        Ok(Self { namespace, ..self.clone() })
    }

    /// What the backend can do.
    pub fn capabilities(&self) -> Capabilities {
        self.backend.cache.capabilities()
    }

    /// What the backend has counted since it was opened, over all namespaces. It answers after
    /// [`stop`](Cache::stop) too.
    ///
    /// # Errors
    /// [`Unsupported`](crate::ErrorKind::Unsupported) where nothing is counted.
    pub fn statistics(&self) -> Result<Statistics, Error> {
        let counted = self.backend.cache.statistics();
        let mut counted = counted.map_err(|error| error.with_operation("statistics"))?;
        counted.failures_as_misses += self.failures_as_misses();
        Ok(counted)
    }

    /// What is in front of every name of a lock: the namespace as keys have it.
    #[cfg(feature = "locks")]
    pub(crate) fn lock_prefix(&self) -> String {
        self.namespace.join("")
    }

    /// What is behind the handle, whole and without its namespace: for code over the core traits.
    pub fn backend(&self) -> &Backend {
        &self.backend
    }

    /// The way of every read of one key. A failure that may pass is a miss, where the handle is
    /// told so.
    #[inline]
    fn read<'a, K: AsRef<str>, T: Default + Send + 'a>(
        &'a self,
        operation: &'static str,
        key: K,
        begin: impl FnOnce(&'a dyn CacheBackend, Key<'_>) -> Reply<'a, T>,
    ) -> impl Future<Output = Result<T, Error>> {
        Call::new(self, operation, key, Effect::NotApplied, Self::failed_read, begin)
    }

    /// The way of every change of one key. A failure is told in any case.
    #[inline]
    fn change<'a, K: AsRef<str>, T: Send + 'a>(
        &'a self,
        operation: &'static str,
        key: K,
        begin: impl FnOnce(&'a dyn CacheBackend, Key<'_>) -> Reply<'a, T>,
    ) -> impl Future<Output = Result<T, Error>> {
        Call::new(self, operation, key, Effect::Unknown, |_, error| Err(error), begin)
    }
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache")
            .field("backend", &self.backend)
            .field("namespace", &self.namespace)
            .field("default_ttl", &self.default_ttl)
            .field("deadline", &self.policies.deadline)
            .field("on_error", &self.policies.on_error)
            .finish()
    }
}
